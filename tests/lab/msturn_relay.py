"""The side of an allocation that faces the peers: one relayed address, over UDP or over TCP."""

import asyncio
import socket
from collections.abc import Callable

CHUNK = 65535
PATIENCE = 5  # seconds for a connection to a peer

Address = tuple[str, int]
Receiver = Callable[[Address, bytes], None]


class UdpRelay(asyncio.DatagramProtocol):
    """Relays datagrams; those of a host that the client has never sent to are dropped ([MS-TURN] 1.3)."""

    def __init__(self, receiver: Receiver):
        self.receiver = receiver
        self.hosts: set[str] = set()
        self.transport: asyncio.DatagramTransport | None = None

    async def open(self, address: Address) -> None:
        self.transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, address)

    def permit(self, host: str) -> None:
        self.hosts.add(host)

    async def send(self, peer: Address, data: bytes) -> None:
        self.transport.sendto(data, peer)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if addr[0] in self.hosts:
            self.receiver(addr, data)

    def close(self) -> None:
        self.transport.close()


class TcpRelay:
    """Relays byte streams, of connections that either side opens.

    Nothing is read from the connection of a host that the client has never sent to.
    """

    def __init__(self, receiver: Receiver):
        self.receiver = receiver
        self.address: Address | None = None
        self.listener: asyncio.Server | None = None
        self.writers: dict[Address, asyncio.StreamWriter] = {}
        self.permissions: dict[str, asyncio.Event] = {}
        self.readers: set[asyncio.Task] = set()

    async def open(self, address: Address) -> None:
        self.address = address
        self.listener = await asyncio.start_server(self._accepted, *address, reuse_port=True)

    def permit(self, host: str) -> None:
        self._permission(host).set()

    def _permission(self, host: str) -> asyncio.Event:
        return self.permissions.setdefault(host, asyncio.Event())

    async def send(self, peer: Address, data: bytes) -> None:
        """Also connects, on first use. A peer that cannot be reached gets nothing, and the client is not told."""
        if peer not in self.writers:
            try:
                reader, writer = await asyncio.wait_for(self._connect(peer), PATIENCE)
            except (OSError, asyncio.TimeoutError):
                return
            self._start(peer, reader, writer)
        self.writers[peer].write(data)

    async def _connect(self, peer: Address):
        """From the relayed address, where the listener is: so the peer recognises the candidate."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.setblocking(False)
            sock.bind(self.address)
            await asyncio.get_running_loop().sock_connect(sock, peer)
            return await asyncio.open_connection(sock=sock)
        except BaseException:
            sock.close()
            raise

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._start(writer.get_extra_info("peername")[:2], reader, writer)

    def _start(self, peer: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers[peer] = writer
        task = asyncio.create_task(self._read(peer, reader))
        self.readers.add(task)
        task.add_done_callback(self.readers.discard)

    async def _read(self, peer: Address, reader: asyncio.StreamReader) -> None:
        await self._permission(peer[0]).wait()
        try:
            while data := await reader.read(CHUNK):
                self.receiver(peer, data)
        except ConnectionResetError:
            pass
        self.writers.pop(peer).close()

    def close(self) -> None:
        self.listener.close()
        for task in list(self.readers):
            task.cancel()
        for writer in self.writers.values():
            writer.close()
