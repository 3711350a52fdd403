"""docs/filters.md is what tools/filters makes of this plugin.

MSTURN_RENEW=1 renews the page instead of comparing it.
"""

import difflib
import os
import re
import subprocess
import sys

import pytest
from conftest import TESTS
from wireshark import PATIENCE

ROOT = TESTS.parent
PAGE = ROOT / "docs" / "filters.md"
TOOL = ROOT / "tools" / "filters"
STALE = "docs/filters.md is not what the plugin registers. To renew it: MSTURN_RENEW=1 tools/test -R filters_doc"


def listings(tshark) -> str:
    return tshark.output("-G", "fields") + tshark.output("-G", "values")


def start(text: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-B", TOOL], input=text, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.fixture(scope="module")
def made(tshark) -> str:
    """The page of the plugin that is tested."""
    run = start(listings(tshark))
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_the_page_is_what_the_plugin_registers(made):
    if os.environ.get("MSTURN_RENEW"):
        PAGE.write_text(made)
    kept = PAGE.read_text() if PAGE.exists() else ""
    if kept != made:
        changes = difflib.unified_diff(kept.splitlines(), made.splitlines(), "docs/filters.md", "the plugin", lineterm="", n=0)
        pytest.fail("\n".join((STALE, *changes)), pytrace=False)


def test_every_field_is_on_the_page_once(tshark, made):
    listed = (line.split("\t") for line in tshark.output("-G", "fields").splitlines())
    registered = [columns[2] for columns in listed if columns[0] == "F" and columns[2].startswith("msturn.")]
    assert sorted(filters_on(made)) == sorted(registered)


def filters_on(page: str) -> list[str]:
    """From the tables of fields, of attributes with their parts, and of findings."""
    found = []
    for line in page.split("## Names of values")[0].splitlines() + page.split("## Findings")[1].splitlines():
        codes = re.findall(r"`([^`]+)`", line) if line.startswith("| ") else []
        if line.startswith("| `"):
            found.append(codes[0])
        elif codes:
            whole, *parts = codes
            found += [whole, *(whole + part for part in parts)]
    return found


@pytest.mark.parametrize("line", [
    "| `msturn.class` | number | **Message class**. Whether the message is a request, an indication, a success response or an error "
    "response (RFC 8489 5): 0 Request; 1 Indication; 2 Success Response; 3 Error Response |",
    "| XOR-PEER-ADDRESS | 0x0012 | `msturn.xor_peer_address` | text | `.family` `.port` `.ip` `.ipv6` `.xored_port` `.xored_ip` "
    "`.xored_ipv6` | Address and port of the peer as the TURN server sees it: to send to, to allow, to connect to, or where data came "
    "from | RFC 8656 18.3 |",
    "| ICMP (early draft) | 0x0030 | `msturn.legacy_icmp` | there or not | `.type` `.code` | Type and code of an ICMP "
    "error that the server received, as an early draft of TURN had it | unregistered; early draft of RFC 5766 |",
    "| ICMP | 0x8004 | `msturn.icmp` | there or not | `.type` `.code` `.data` | An ICMP error that the server received when it sent "
    "something to the peer | RFC 8656 18.13 |",
    "| Nonce |  | `msturn.ms_nonce` | bytes |  | A value that the server hands out and the client has to send back, which keeps old "
    "requests from being replayed | [MS-TURN] 2.2.2.13 |",
    "| `msturn.finding.mid_stream` | note | Where a message begins is not known: bytes before these were not captured | "
    "Start the capture before the call. |  |",
    "| `msturn.finding.auth_loop` | error | Credentials refused | Wrong user or password, or a time-limited user name that has "
    "expired. Microsoft's clients report `turnAuthUnknownUsernameError`. | RFC 8489 9.2.5, [MS-TURN] 3.1.12 |",
])
def test_rows(made, line):
    """One of each kind: with names of values, with parts, no number, no reference, an ICE warning."""
    assert line in made.splitlines()


def test_severities_are_those_of_the_expert_items(tshark, sample, made):
    """The page has them from the text that the plugin registers with the finding, the packet from the expert item itself."""
    words = {int(number): word.lower() for number, word in expert_severities(tshark).items()}
    rows = (line.strip("| ").split(" | ") for line in made.splitlines() if line.startswith("| `msturn.finding."))
    told = {row[0].strip("`"): row[1] for row in rows if len(row) > 3}
    seen = {}
    for name in ("ms-turn-constructed", "ms-turn-wrong-server", "broken-wrong-password", "broken-one-direction"):
        for packet in tshark.trees(sample(name), "-2", "-Y", "msturn.finding.advice").values():
            for item in (item for protocol in packet.protocols for item in protocol.walk() if item.name == "_ws.expert"):
                names = [child.name for child in item.children if child.name.startswith("msturn.finding.")]
                seen |= {name: words[int(item.get("_ws.expert.severity"))] for name in names}
    assert set(seen.values()) == {"error", "warning", "note"}
    assert seen == {name: told[name] for name in seen}


def expert_severities(tshark) -> dict[str, str]:
    """The host's names of its severities by number, which differ from version to version."""
    rows = (line.split("\t") for line in tshark.output("-G", "values").splitlines())
    return {str(int(row[2], 0)): row[3] for row in rows if row[:2] == ["V", "_ws.expert.severity"]}


@pytest.mark.parametrize("text, complaint", [
    ("", "no field of msturn"),
    ("F\tText\tmsturn.finding.bad\tFT_NONE\tmsturn\t\t0x0\tNo severity\nV\tmsturn.unknown_attributes.type\t1\tA\n", "msturn.finding.bad"),
])
def test_what_it_cannot_read_is_an_error(text, complaint):
    run = start(text)
    assert run.returncode != 0
    assert complaint in run.stderr
