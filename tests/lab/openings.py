"""Both ends of the first bytes on TCP 443: a server in one network namespace, a client in the other."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

from connection import PATIENCE, PAUSE, CallFailed, new_socket, require

PORT = 443

Handler = Callable[[socket.socket], None]


class Place:
    """Where the server and the client are; each meeting is one connection."""

    def __init__(self, server: list[str], client: list[str], first_client_port: int):
        self.server, self.client, self.client_port = server, client, first_client_port

    @contextlib.contextmanager
    def serve(self, handler: Handler):
        """Give one connection to the handler; its failure is the caller's, once the block is over."""
        namespace, host = self.server
        listener = new_socket(namespace, (host, PORT))
        listener.listen(1)
        errors: list[BaseException] = []
        thread = threading.Thread(target=_accept, args=(listener, handler, errors), daemon=True)
        thread.start()
        yield (host, PORT)
        thread.join(PATIENCE)
        require(not thread.is_alive(), "the server's end in time")
        if errors:
            raise CallFailed(f"the server: {errors[0]!r}")

    def meet(self, handler: Handler, client: Handler) -> None:
        with self.serve(handler) as address:
            namespace, host = self.client
            with new_socket(namespace, (host, self.client_port)) as sock:
                self.client_port += 1
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client(sock)


def _accept(listener: socket.socket, handler: Handler, errors: list[BaseException]) -> None:
    try:
        sock, _ = listener.accept()
        listener.close()
        with sock:
            sock.settimeout(PATIENCE)
            handler(sock)
    except (OSError, CallFailed) as error:
        errors.append(error)


def send(sock: socket.socket, data: bytes) -> None:
    """Each in a segment of its own."""
    time.sleep(PAUSE)
    sock.sendall(data)


def receive(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        require(more != b"", f"{count} bytes, not {data.hex()}")
        data += more
    return data


def receive_all(sock: socket.socket) -> bytes:
    """Until the other side ends the connection, in good order or with a reset."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while more := sock.recv(4096):
            data += more
    return data


def tls_server(certificate: list[Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
