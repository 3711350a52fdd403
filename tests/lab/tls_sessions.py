#!/usr/bin/python3
"""TLS on port 443 that has nothing to do with Microsoft's pseudo-TLS, and two things that look like it.

OpenSSL (in Python) is on both sides of the sessions. The hello of 45 bytes is the test's, its answer OpenSSL's; the
other pseudo-SSL is Google's, spoken by libnice and answered by the test.
"""

import argparse
import socket
import ssl
import struct
import subprocess
import sys
from pathlib import Path

from connection import PATIENCE, CallFailed, require
from msturn_messages import CLIENT_HELLO_LENGTH, is_client_hello, noise, tls_handshake, tls_record
from openings import Handler, Place, receive, receive_all, send, tls_server

FIRST_CLIENT_PORT = 33380
TIME = 1_500_000_000
TLS_1_2 = 0x0303
AES_128 = 0x002F  # TLS_RSA_WITH_AES_128_CBC_SHA
HANDSHAKE, SERVER_HELLO = 0x16, 2
REQUEST = b"GET / HTTP/1.1\r\nHost: edge.example\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
GOOGLE_CLIENT_HELLO = 72  # bytes
RC4_MD5 = 0x0004


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--client", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--certificate", nargs=2, required=True, type=Path, metavar=("FILE", "KEY"))
    parser.add_argument("--google-client", required=True, type=Path, metavar="PROGRAM", help="nice_client")
    arguments = parser.parse_args()
    place = Place(arguments.server, arguments.client, FIRST_CLIENT_PORT)

    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        place.meet(web_server(arguments.certificate), web_client(arguments.certificate[0], version))
    place.meet(refuse_late(arguments.certificate), short_hello)
    google(place, arguments.google_client)


def web_server(certificate: list[Path]) -> Handler:
    def server(sock: socket.socket) -> None:
        with tls_server(certificate).wrap_socket(sock, server_side=True) as session:
            require(receive(session, len(REQUEST)) == REQUEST, "the request")
            send(session, RESPONSE)
            session.unwrap()

    return server


def web_client(certificate: Path, version: ssl.TLSVersion) -> Handler:
    context = ssl.create_default_context(cafile=certificate)
    context.minimum_version = context.maximum_version = version

    def client(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_hostname="edge.example") as session:
            send(session, REQUEST)
            require(receive(session, len(RESPONSE)) == RESPONSE, "the response")
            session.unwrap()

    return client


def refuse_late(certificate: list[Path]) -> Handler:
    """OpenSSL goes on after the short hello, until the client leaves."""
    context = tls_server(certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    # Security level 0, because a client without extensions knows SHA-1 only.
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")

    def server(sock: socket.socket) -> None:
        try:
            context.wrap_socket(sock, server_side=True)
        except (ssl.SSLError, ConnectionError):
            return
        raise CallFailed("a session out of half a handshake")

    return server


def short_hello(sock: socket.socket) -> None:
    """As long as the hello of pseudo-TLS, but TLS 1.2 and with a suite that servers take."""
    hello = struct.pack("!HI28sBHHBB", TLS_1_2, TIME, noise("short hello", 28), 0, 2, AES_128, 1, 0)
    record = tls_record(tls_handshake(1, hello))
    require(len(record) == CLIENT_HELLO_LENGTH and not is_client_hello(record), "a hello that only looks alike")
    send(sock, record)
    answer = receive(sock, 6)
    require((answer[0], answer[5]) == (HANDSHAKE, SERVER_HELLO), f"a ServerHello, not {answer.hex()}")
    receive(sock, int.from_bytes(answer[3:5], "big") - 1)


def google(place: Place, program: Path) -> None:
    namespace, host = place.client
    with place.serve(google_server) as (server, port):
        command = ["ip", "netns", "exec", namespace, str(program), "--dialect", "google", "--local", host]
        command += ["--ufrag", "google", "--ice-password", "googlegooglegooglegoogle", "--relay", "tls"]
        command += ["--server", server, "--port", str(port), "--user", "user", "--password", "password"]
        client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            client.wait(1)
        except subprocess.TimeoutExpired:
            pass
        client.kill()
        client.wait(PATIENCE)


def google_server(sock: socket.socket) -> None:
    """A record of 74 bytes; libnice knows one answer only, byte by byte, and does not go on after another."""
    hello = receive(sock, GOOGLE_CLIENT_HELLO)
    require(hello.startswith(bytes.fromhex("8046010301")), f"Google's hello, not {hello.hex()}")
    body = struct.pack("!HI28sB32sHB", 0x0301, TIME, noise("google", 28), 32, noise("google session", 32), RC4_MD5, 0)
    send(sock, tls_record(tls_handshake(SERVER_HELLO, body)))
    receive_all(sock)


if __name__ == "__main__":
    try:
        main()
    except (CallFailed, OSError) as error:
        sys.exit(f"TLS sessions: {error}")
