"""TCP connections inside network namespaces, with bounded waits."""

import contextlib
import ctypes
import os
import socket
import ssl
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import stun

PAUSE = 0.05  # seconds before every send: each message travels, and is relayed, as a segment of its own
PATIENCE = 10  # seconds to wait for anything
ALPN_TURN = "stun.turn"  # RFC 7443
CLONE_NEWNET = 0x40000000


class CallFailed(Exception):
    """A step of the call did not happen."""


def require(condition: bool, what: str) -> None:
    if not condition:
        raise CallFailed(what)


@contextlib.contextmanager
def in_namespace(name: str):
    """Sockets made in this block belong to the named network namespace, for as long as they live."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(there)
        os.close(home)


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


def new_socket(namespace: str, local: tuple[str, int]) -> socket.socket:
    """A bound TCP socket; the port may still be in TIME_WAIT from the call before."""
    family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
    with in_namespace(namespace):
        sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(PATIENCE)
    sock.bind(local)
    return sock


class Connection:
    """One TCP (or TLS) connection that is read message by message."""

    def __init__(self, sock: socket.socket):
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = sock

    @classmethod
    def open(cls, namespace, local, remote, tls: ssl.SSLContext | None = None) -> "Connection":
        sock = new_socket(namespace, local)
        time.sleep(PAUSE)
        sock.connect(remote)
        if tls is not None:
            sock = tls.wrap_socket(sock, server_hostname=remote[0])
            require(sock.selected_alpn_protocol() == ALPN_TURN, "the server takes ALPN " + ALPN_TURN)
        return cls(sock)

    def send(self, data: bytes) -> None:
        time.sleep(PAUSE)
        self.socket.sendall(data)

    def receive(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            require(more != b"", f"connection closed after {len(data)} of {count} bytes")
            data += more
        return data

    def receive_message(self) -> bytes:
        """The next message of a stream of plain STUN messages (RFC 8489 6.2.2)."""
        header = self.receive(stun.HEADER_LENGTH)
        return header + self.receive(stun.message_length(header) - stun.HEADER_LENGTH)

    def send_packet(self, packet: bytes) -> None:
        self.send(stun.frame(packet))

    def receive_packet(self) -> bytes:
        """The packet in the next RFC 4571 frame."""
        (length,) = struct.unpack("!H", self.receive(2))
        return self.receive(length)

    def wait_for_end(self) -> None:
        """coturn ends its connections with a reset (SO_LINGER 0), also in good order."""
        with contextlib.suppress(ConnectionResetError):
            require(self.socket.recv(1) == b"", "bytes instead of the end of the connection")

    def close(self) -> None:
        time.sleep(PAUSE)
        if isinstance(self.socket, ssl.SSLSocket):
            # Send close_notify; the server may be gone already, or reset instead of answering.
            with contextlib.suppress(OSError):
                self.socket.unwrap()
        self.socket.close()
