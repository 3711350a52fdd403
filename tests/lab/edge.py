"""The Skype for Business Edge of the lab: the peer on the other side of the relay."""

import socket

from connection import PATIENCE, Connection, new_socket, require

PORT = 53577


class Edge:
    """One TCP connection with the relayed address, opened by either side."""

    def __init__(self, namespace: str, host: str, port: int = PORT):
        self.namespace, self.address = namespace, (host, port)
        self.connection: Connection | None = None
        self.listener: socket.socket | None = None

    def connect(self, relayed: tuple[str, int]) -> None:
        self.connection = Connection.open(self.namespace, self.address, relayed)

    def listen(self) -> None:
        self.listener = new_socket(self.namespace, self.address)
        self.listener.listen(1)

    def accept(self, relayed: tuple[str, int]) -> None:
        """Take the connection that the server opens for a Connect request."""
        self.listener.settimeout(PATIENCE)
        sock, remote = self.listener.accept()
        self.listener.close()
        require(remote[:2] == relayed, f"a connection from {relayed}, not from {remote}")
        self.connection = Connection(sock)
