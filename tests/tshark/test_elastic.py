"""For Elasticsearch: -T ek, and a mapping that takes what it prints."""

import ipaddress
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime

import pytest
from conftest import TESTS
from wireshark import AS_NOBODY

TOOL = TESTS.parent / "tools/elastic-mapping"
SAMPLES = ("broken-two-calls", "cms-expressway-skype-ipv6", "ms-turn-constructed")  # TURN in IPv4 and IPv6, and Microsoft's messages

# By Wireshark's types; some differ from version to version. Elasticsearch has no type for what has no value (FT_NONE).
WIRESHARKS = {"FT_IPv4": {"ip"}, "FT_IPv6": {"ip"}, "FT_FRAMENUM": {"long"}, "FT_UINT8": {"short"}, "FT_UINT16": {"integer"},
              "FT_UINT24": {"integer"}, "FT_UINT32": {"long"}, "FT_BOOLEAN": {"boolean"}, "FT_ABSOLUTE_TIME": {"date", "date_nanos"}}
OURS = WIRESHARKS | {"FT_STRING": {"keyword"}, "FT_BYTES": {"keyword"}, "FT_RELATIVE_TIME": {"double"}, "FT_NONE": {None}}


def is_whole(bits: int):
    return lambda value: -(1 << bits - 1) <= int(value) < 1 << bits - 1


def is_date(value: str) -> bool:
    assert value.endswith("Z")
    return datetime.fromisoformat(value[:19]).year > 2000


# What Elasticsearch takes for a type; one value that it does not take, and it refuses the packet.
TAKES = {"ip": ipaddress.ip_address, "short": is_whole(16), "integer": is_whole(32), "long": is_whole(64), "double": lambda value: float(value) >= 0,
         "boolean": lambda value: isinstance(value, bool), "date": is_date, "date_nanos": is_date,
         "keyword": lambda value: isinstance(value, str) and len(value.encode()) <= 32766}


@pytest.fixture(scope="module")
def fields(tshark) -> dict[str, tuple[str, bool]]:
    """Wireshark's type of each field of msturn by its name in Elasticsearch, and whether it is printed in hexadecimal."""
    lines = [line.split("\t") for line in tshark.output("-G", "fields").splitlines()]
    return {f"msturn_{line[2].replace('.', '_')}": (line[3], "HEX" in line[5]) for line in lines if line[0] == "F" and line[4] == "msturn"}


def types(mapping: str) -> dict[str, str]:
    properties = json.loads(mapping)["mappings"]["properties"]["layers"]["properties"]["msturn"]["properties"]
    return {name: described["type"] for name, described in properties.items()}


@pytest.fixture(scope="module")
def mapped(tshark) -> dict[str, str]:
    run = subprocess.run([*AS_NOBODY, TOOL, "msturn"], env=tshark.environment | {"TSHARK": tshark.program}, capture_output=True, text=True,
                         check=True)
    return types(run.stdout)


def packets(tshark, capture) -> Iterator[dict]:
    """The msturn layers of all frames, in Elasticsearch's form."""
    for line in tshark.run(capture, "-2", "-T", "ek", "-J", "msturn").splitlines():
        found = json.loads(line).get("layers", {}).get("msturn", [])
        yield from found if isinstance(found, list) else [found]


def test_wiresharks_types(tshark, fields):
    """Of msturn, -G elastic-mapping calls an address ip, a number by its size, a time a date."""
    known = types(tshark.output("-G", "elastic-mapping", "--elastic-mapping-filter", "msturn"))
    assert {name for name, (kind, _) in fields.items() if kind in WIRESHARKS and known.get(name) not in WIRESHARKS[kind]} == set()
    assert known.keys() <= fields.keys()


def test_types(fields, mapped):
    wanted = {name: {"keyword"} if is_hex else OURS[kind] for name, (kind, is_hex) in fields.items()}
    assert {name: mapped.get(name) for name, right in wanted.items() if mapped.get(name) not in right} == {}
    assert (mapped["msturn_msturn_path_verdict"], mapped["msturn_msturn_xor_relayed_address_ip"]) == ("keyword", "ip")
    assert (mapped["msturn_msturn_response_in"], mapped["msturn_msturn_error_code"]) == ("long", "integer")


def test_values_fit(tshark, sample, fields, mapped):
    taken = set()
    for layer in (layer for name in SAMPLES for layer in packets(tshark, sample(name))):
        for name in layer.keys() & fields.keys():
            values = layer[name] if isinstance(layer[name], list) else [layer[name]]
            for value in values if fields[name][0] != "FT_NONE" else ():
                assert TAKES[mapped[name]](value), f"{name}: {value} is no {mapped[name]}"
            taken.add(mapped.get(name))
    assert taken >= {"ip", "short", "integer", "long", "double", "boolean", "keyword", "date" if "date" in mapped.values() else "date_nanos"}


def test_without_the_plugin(stock):
    run = subprocess.run([*AS_NOBODY, TOOL, "msturn"], env=stock.environment | {"TSHARK": stock.program}, capture_output=True, text=True,
                         check=False)
    assert run.returncode == 1 and "tshark does not know msturn" in run.stderr and run.stdout.strip(os.linesep) == ""
