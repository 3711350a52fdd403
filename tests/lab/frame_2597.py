#!/usr/bin/python3
"""Write frame 2597 of the call: the check that stock Wireshark does not decode, as far as it is legible.

usage: frame_2597.py OUT

The bytes are those of a public vendor troubleshooting document; illegible ones are zero. So neither
MESSAGE-INTEGRITY nor FINGERPRINT can verify. The headers around the payload are this script's.
"""

import ipaddress
import struct
import sys
from pathlib import Path

import pcapng

CMS = (bytes.fromhex("00005e005330"), "10.48.54.230", 44342)
EXPRESSWAY = (bytes.fromhex("00005e00532a"), "10.48.54.229", 3478)

PAYLOAD = bytes.fromhex(
    "006c"  # RFC 4571: 108 bytes follow
    "00010058 2112a442 a7d42d51 9e4d78c5 93819521"  # Binding request
    "00250000"  # USE-CANDIDATE
    "00240004 6effffff"  # PRIORITY
    "80290008 0000674a 8beecd68"  # ICE-CONTROLLED; first two bytes illegible
    "0006000c 5c304d52 3a417600 79000000"  # USERNAME; eighth byte illegible, three NULs inside the length
    "80540004 33000000"  # CANDIDATE-IDENTIFIER "3"
    "80700004 00000002"  # IMPLEMENTATION-VERSION
    "00080014 00000000 00000000 e06b72ef 458c3e17 2b65006c"  # MESSAGE-INTEGRITY; nine bytes illegible
    "80280004 ff2fa718"  # FINGERPRINT
)

TCP_PUSH_ACK = 0x18
TIME = 1_500_000_000 * 10**9  # the document gives no date


def main() -> None:
    if len(PAYLOAD) != 110:
        sys.exit(f"the document's payload has 110 bytes, not {len(PAYLOAD)}")
    data = frame(PAYLOAD)
    capture = pcapng.Capture([pcapng.Interface("inside")], [pcapng.Packet(0, TIME, len(data), data)])
    pcapng.write(Path(sys.argv[1]), capture)


def frame(payload: bytes) -> bytes:
    """Ethernet, IPv4 and TCP around the payload, with correct checksums."""
    (source_mac, source, source_port), (target_mac, target, target_port) = CMS, EXPRESSWAY
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    tcp = struct.pack("!HHIIBBHHH", source_port, target_port, 1, 1, 5 << 4, TCP_PUSH_ACK, 64240, 0, 0) + payload
    pseudo = addresses + struct.pack("!HH", 6, len(tcp))
    tcp = with_checksum(tcp, 16, pseudo)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 2597, 0x4000, 64, 6, 0) + addresses
    return target_mac + source_mac + b"\x08\x00" + with_checksum(ip, 10) + tcp


def with_checksum(header: bytes, offset: int, pseudo: bytes = b"") -> bytes:
    """The Internet checksum (RFC 1071) over pseudo header and header, put in its place."""
    data = pseudo + header
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return header[:offset] + struct.pack("!H", ~total & 0xFFFF) + header[offset + 2 :]


if __name__ == "__main__":
    main()
