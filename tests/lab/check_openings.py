#!/usr/bin/python3
"""Check the captures of port 443: what the two sides of each TCP connection say first.

usage: check_openings.py CAPTURE ...
"""

import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from check_capture import Wrong, follow, tshark
from msturn_messages import (
    CLIENT_HELLO_LENGTH,
    SERVER_HELLO_LENGTH,
    is_client_hello,
    is_server_hello,
    read_frames,
)

HANDSHAKE, ALERT = 0x16, 0x15
CLIENT_HELLO, SERVER_HELLO = 1, 2

EXPECTED = {
    "ms-turn-wrong-server.pcapng": [
        ("pseudo-TLS", "alert"),
        ("pseudo-TLS", "ServerHello, 0x0035, more records"),
        ("pseudo-TLS", "HTTP"),
        ("pseudo-TLS", "nothing"),
        ("pseudo-TLS", "nothing"),
        ("pseudo-TLS", "ServerHello, 0x0035"),
        ("pseudo-TLS and a frame", "ServerHello, 0x0018, more records"),
        ("pseudo-TLS and a frame", "pseudo-TLS and a frame"),
    ],
    "tls-only-443.pcapng": [
        ("ClientHello", "ServerHello, 0xc030, more records"),
        ("ClientHello", "ServerHello, 0x1302, more records"),
        ("ClientHello of 45 bytes", "ServerHello, 0x002f, more records"),
        ("Google's hello", "ServerHello, 0x0004"),
    ],
}


def main() -> None:
    for path in map(Path, sys.argv[1:]):
        try:
            found = list(openings(path))
            wanted = EXPECTED[path.name]
            if found != wanted:
                raise Wrong(f"openings {wanted}, not {found}")
        except (Wrong, ValueError) as error:
            sys.exit(f"{path}: {error}")
        print(f"{path.name}: " + "; ".join(f"{client}: {server}" for client, server in found))


def openings(path: Path):
    for number in sorted({int(line) for line in tshark(path, "-T", "fields", "-e", "tcp.stream").split()}):
        client, server = follow(path, "tcp", number)
        yield client_opening(client), server_opening(server)


def client_opening(data: bytes) -> str:
    if is_client_hello(data[:CLIENT_HELLO_LENGTH]):
        return "pseudo-TLS" + frames_behind(data[CLIENT_HELLO_LENGTH:])
    if data.startswith(bytes.fromhex("8046010301")):
        return "Google's hello"
    if data[0] == HANDSHAKE and data[5] == CLIENT_HELLO:
        return "ClientHello" + (" of 45 bytes" if data[3:5] == bytes([0, 45]) else "")
    raise Wrong(f"unknown: {data[:12].hex()}")


def server_opening(data: bytes) -> str:
    if not data:
        return "nothing"
    if is_server_hello(data[:SERVER_HELLO_LENGTH]):
        return "pseudo-TLS" + frames_behind(data[SERVER_HELLO_LENGTH:])
    if data.startswith(b"HTTP/"):
        return "HTTP"
    if data[0] == ALERT:
        return "alert"
    if data[0] == HANDSHAKE and data[5] == SERVER_HELLO:
        session = data[43]
        (suite,) = struct.unpack_from("!H", data, 44 + session)
        more = len(data) > 5 + struct.unpack_from("!H", data, 3)[0]
        return f"ServerHello, {suite:#06x}" + (", more records" if more else "")
    raise Wrong(f"unknown: {data[:12].hex()}")


def frames_behind(data: bytes) -> str:
    return " and a frame" if len(list(read_frames(data))) == 1 else ""


if __name__ == "__main__":
    main()
