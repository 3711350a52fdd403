"""Sample captures with bytes changed at random, always the same ones: many of them in one file. Standard library only.

Each has hosts of its own there, in packets and messages, and FINGERPRINTs that fit them, so that it means what it meant
alone. Then bytes after the headers are changed.
"""

import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msturn_messages as ms
import stun
from tcpcap import PROTOCOL_TCP, Capture

TESTS = Path(__file__).resolve().parents[1]
SAMPLES = TESTS.parent / "sample-captures"

sys.path.insert(0, str(TESTS / "lab"))

import pcapng  # noqa: E402

ETHERNET, IPV6, UDP = 14, 40, 8
HOSTS = ("10.48.54.228", "10.48.54.229", "10.48.54.230", "192.168.1.229", "192.168.1.252")  # sample-captures/README.md
COOKIE = struct.pack("!I", stun.COOKIE)
PAUSE = 1_000_000  # microseconds between two captures


@dataclass(frozen=True)
class Variant:
    """Of a sample: so many of its bytes are changed, and so much of each packet is captured."""

    name: str
    rate: float = 0.0
    seed: int = 0
    snaplen: int | None = None


def merge(variants: Iterable[Variant]) -> tuple[Capture, str]:
    """One after the other in a file; and which frames are whose."""
    merged, places = Capture(), []
    for number, variant in enumerate(variants):
        places.append(f"from frame {merged.frames + 1} on: {variant}")
        _add(merged, variant, number)
    return merged, "\n".join(places)


def _add(merged: Capture, variant: Variant, number: int) -> None:
    captured = pcapng.read(SAMPLES / f"{variant.name}.pcapng")
    random = Random(f"{variant.name} {variant.seed}")
    before = None
    for packet in captured.packets:
        assert packet.length == len(packet.data)
        time = packet.time * 10**6 // 10 ** captured.interfaces[packet.interface].resolution
        data = _changed(_with_hosts(packet.data, number), variant.rate, random)
        merged.add(data, variant.snaplen, wait=PAUSE if before is None else max(0, time - before))
        before = time


def _with_hosts(data: bytes, number: int) -> bytes:
    """Addresses of the samples become those of network 10.`number`, XORed ones too."""
    good = [start for start in _messages(data) if stun.fingerprint_is_valid(_message_at(data, start))]
    for host in HOSTS:
        old = bytes(map(int, host.split(".")))
        new = bytes([10, number]) + old[2:]
        data = data.replace(old, new).replace(_xored(old), _xored(new))
    for start in good:
        message = _message_at(data, start)
        end = start + len(message)
        data = data[: end - 4] + ms.fingerprint(message[:-8]) + data[end:]
    return data


def _xored(address: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(address, COOKIE))


def _messages(data: bytes) -> list[int]:
    """Where whole messages begin."""
    found, at = [], data.find(COOKIE)
    while at >= 0:
        start = at - 4
        try:
            stun.Message.decode(_message_at(data, start))
            found.append(start)
        except stun.StunError:
            pass  # bytes like the cookie
        at = data.find(COOKIE, at + 1)
    return found


def _message_at(data: bytes, start: int) -> bytes:
    return data[start : start + stun.message_length(data[start : start + 4])]


def _changed(data: bytes, rate: float, random: Random) -> bytes:
    result = bytearray(data)
    for at in range(_payload_of(data), len(data)):
        if random.random() < rate:
            result[at] = random.choice((random.randrange(256), data[at] ^ 1 << random.randrange(8), 0, 0xFF, data[at - 1]))
    return bytes(result)


def _payload_of(data: bytes) -> int:
    """Where the payload of TCP or UDP begins."""
    version = data[ETHERNET] >> 4
    protocol = data[ETHERNET + 9] if version == 4 else data[ETHERNET + 6]
    transport = ETHERNET + ((data[ETHERNET] & 15) * 4 if version == 4 else IPV6)
    return transport + ((data[transport + 12] >> 4) * 4 if protocol == PROTOCOL_TCP else UDP)
