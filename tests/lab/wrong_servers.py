#!/usr/bin/python3
"""Open port 443 with pseudo-TLS ([MS-TURN] 2.1.1), and find there everything but the right answer.

The TLS server that sends an alert is OpenSSL's; all else is the test's own.
"""

import argparse
import socket
import ssl
import struct
import sys
import time
from pathlib import Path

from connection import PAUSE, CallFailed, require
from openings import Handler, Place, receive, receive_all, send, tls_server
from msturn_messages import (
    CLIENT_HELLO_LENGTH,
    CONTROL,
    SERVER_HELLO_LENGTH,
    Attribute,
    Message,
    Type,
    client_hello,
    frame,
    is_server_hello,
    noise,
    server_hello,
    server_hello_message,
    start,
    tls_handshake,
    tls_record,
    transaction_id,
)
from msturn_session import REALM, VERSION
from stun import error_code, unsigned32

FIRST_CLIENT_PORT = 33360
TIME = 1_500_000_000
CLIENT_HELLO = client_hello(TIME, noise("client random", 28))
SERVER_RANDOM, SERVER_SESSION = noise("server random", 28), noise("server session", 32)
SERVER_HELLO = server_hello(TIME, SERVER_RANDOM, SERVER_SESSION)
SUITE_OFFSET = 76
AES_256 = 0x0035  # TLS_RSA_WITH_AES_256_CBC_SHA
CERTIFICATE, SERVER_HELLO_DONE = 11, 14
ALERT = 0x15
SILENCE = 4  # seconds: longer than a client waits for a healthy server
PROXY = b"HTTP/1.1 400 Bad Request\r\nServer: proxy.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--client", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--certificate", nargs=2, required=True, type=Path, metavar=("FILE", "KEY"))
    arguments = parser.parse_args()
    place = Place(arguments.server, arguments.client, FIRST_CLIENT_PORT)
    certificate = ssl.PEM_cert_to_DER_cert(arguments.certificate[0].read_text())

    place.meet(openssl(arguments.certificate), expect(lambda answer: answer[0] == ALERT))
    place.meet(answer_with(other_suite(certificate)), expect(lambda answer: not is_server_hello(answer)))
    place.meet(answer_with(PROXY), expect(lambda answer: answer == PROXY))
    place.meet(nothing, give_up)
    place.meet(reset, expect(lambda answer: answer == b""))
    place.meet(answer_with(rewritten()), expect(lambda answer: len(answer) == SERVER_HELLO_LENGTH))
    place.meet(two_records, patient_client)
    place.meet(right_server, hasty_client)


def expect(right) -> Handler:
    """A client that says hello, and leaves after the answer."""

    def client(sock: socket.socket) -> None:
        send(sock, CLIENT_HELLO)
        answer = receive_all(sock)
        require(right(answer), f"another answer than {answer.hex()}")

    return client


def openssl(certificate: list[Path]) -> Handler:
    context = tls_server(certificate)

    def server(sock: socket.socket) -> None:
        try:
            context.wrap_socket(sock, server_side=True)
        except ssl.SSLError:
            return
        raise CallFailed("OpenSSL takes pseudo-TLS for TLS")

    return server


def answer_with(answer: bytes) -> Handler:
    def server(sock: socket.socket) -> None:
        receive(sock, CLIENT_HELLO_LENGTH)
        send(sock, answer)

    return server


def other_suite(certificate: bytes) -> bytes:
    """ServerHello with a suite that was not offered, Certificate, ServerHelloDone: what an old web server sends."""
    hello = struct.pack("!HI28sB32sHB", 0x0301, TIME, SERVER_RANDOM, 32, SERVER_SESSION, AES_256, 0)
    entry = len(certificate).to_bytes(3, "big") + certificate
    entries = len(entry).to_bytes(3, "big") + entry
    messages = tls_handshake(2, hello), tls_handshake(CERTIFICATE, entries), tls_handshake(SERVER_HELLO_DONE, b"")
    return b"".join(tls_record(message) for message in messages)


def nothing(sock: socket.socket) -> None:
    """TCP acknowledges, nobody answers."""
    require(receive_all(sock) == CLIENT_HELLO, "only a hello")


def give_up(sock: socket.socket) -> None:
    send(sock, CLIENT_HELLO)
    time.sleep(SILENCE)


def reset(sock: socket.socket) -> None:
    receive(sock, CLIENT_HELLO_LENGTH)
    # Closes with a reset.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def rewritten() -> bytes:
    """The right answer, but for the suite: as if something on the way had changed it."""
    return SERVER_HELLO[:SUITE_OFFSET] + struct.pack("!H", AES_256) + SERVER_HELLO[SUITE_OFFSET + 2 :]


def two_records(sock: socket.socket) -> None:
    """ServerHello and ServerHelloDone belong into one record; what follows is right again."""
    receive(sock, CLIENT_HELLO_LENGTH)
    hello = server_hello_message(TIME, SERVER_RANDOM, SERVER_SESSION)
    send(sock, tls_record(hello) + tls_record(tls_handshake(SERVER_HELLO_DONE, b"")))
    refuse(sock)


def patient_client(sock: socket.socket) -> None:
    send(sock, CLIENT_HELLO)
    receive(sock, SERVER_HELLO_LENGTH + 5)
    send(sock, first_allocate())
    read_refusal(sock)


def right_server(sock: socket.socket) -> None:
    receive(sock, CLIENT_HELLO_LENGTH)
    # By now the client has sent its first frame, unasked.
    time.sleep(3 * PAUSE)
    send(sock, SERVER_HELLO)
    refuse(sock)


def hasty_client(sock: socket.socket) -> None:
    """Does not wait for the answer, as [MS-TURN] 2.1.1 wants it to."""
    send(sock, CLIENT_HELLO)
    send(sock, first_allocate())
    require(receive(sock, SERVER_HELLO_LENGTH) == SERVER_HELLO, "the right answer")
    read_refusal(sock)


def first_allocate() -> bytes:
    request = start(Type.ALLOCATE_REQUEST, transaction_id("wrong server"))
    return frame(CONTROL, request.add(Attribute.MS_VERSION, unsigned32(VERSION)).encode())


def refuse(sock: socket.socket) -> None:
    request = Message.decode(receive(sock, len(first_allocate()))[4:])
    error = start(Type.ALLOCATE_ERROR, request.transaction_id).add(Attribute.MS_VERSION, unsigned32(VERSION))
    error.add(Attribute.ERROR_CODE, error_code(401, "Unauthorized"))
    error.add(Attribute.NONCE, noise("wrong server nonce", 20)).add(Attribute.REALM, REALM)
    send(sock, frame(CONTROL, error.encode()))
    require(receive_all(sock) == b"", "nothing more from the client")


def read_refusal(sock: socket.socket) -> None:
    header = receive(sock, 4)
    require(Message.decode(receive(sock, header[3])).kind == Type.ALLOCATE_ERROR, "an error")


if __name__ == "__main__":
    try:
        main()
    except (CallFailed, OSError) as error:
        sys.exit(f"wrong servers: {error}")
