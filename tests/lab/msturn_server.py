#!/usr/bin/python3
"""The lab's MS-TURN server: TCP, with and without pseudo-TLS, and UDP ([MS-TURN] 2.1).

It does what a client needs to get a relayed address and to use it; nothing of it comes from a real Edge server.
Whatever it does not understand it reports on stderr.
"""

import argparse
import asyncio
import contextlib
import itertools
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from msturn_messages import (
    CLIENT_HELLO_LENGTH,
    CONTROL,
    END_TO_END,
    frame,
    has_cookie,
    is_client_hello,
    noise,
    server_hello,
)
from msturn_relay import Address, TcpRelay, UdpRelay
from msturn_session import Session, Settings

TLS_HANDSHAKE = 0x16
HELLO_TIME = 1_500_000_000


class UdpService(asyncio.DatagramProtocol):
    """Each address that sends is a client."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.sessions: dict[Address, Session] = {}
        self.queue: asyncio.Queue[tuple[Address, bytes]] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.queue.put_nowait((addr, data))

    async def serve(self) -> None:
        while True:
            client, data = await self.queue.get()
            if client not in self.sessions:
                self.sessions[client] = self._session(client)
            session = self.sessions[client]
            with reporting():
                await (session.message(data, UdpRelay) if has_cookie(data) else session.data(data))

    def _session(self, client: Address) -> Session:
        server = self.transport.get_extra_info("sockname")
        # Also data of the active destination goes out bare.
        return Session(self.settings, server, client, lambda kind, data: self.transport.sendto(data, client))


class TcpService:
    """Each connection is a client."""

    def __init__(self, settings: Settings):
        self.settings = settings

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server, client = writer.get_extra_info("sockname"), writer.get_extra_info("peername")
        session = Session(self.settings, server, client, lambda kind, data: writer.write(frame(kind, data)))
        with reporting():
            try:
                await self._serve(session, reader, writer)
            except (asyncio.IncompleteReadError, ConnectionResetError):
                pass  # the client has gone, and its allocation goes with it
        session.close()
        writer.close()

    async def _serve(self, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header = await reader.readexactly(4)
        if header[0] == TLS_HANDSHAKE:
            hello = header + await reader.readexactly(CLIENT_HELLO_LENGTH - len(header))
            if not is_client_hello(hello):
                raise ValueError(f"not a pseudo-TLS ClientHello: {hello.hex()}")
            writer.write(server_hello(HELLO_TIME, noise("server random", 28), noise("server session", 32)))
            header = await reader.readexactly(4)
        while True:
            payload = await reader.readexactly(int.from_bytes(header[2:], "big"))
            if header[:2] == bytes([CONTROL, 0]):
                await session.message(payload, TcpRelay)
            elif header[:2] == bytes([END_TO_END, 0]):
                await session.data(payload)
            else:
                raise ValueError(f"{session.name}: no frame header: {header.hex()}")
            header = await reader.readexactly(4)


@contextlib.contextmanager
def reporting():
    """An error is shown, and the server goes on."""
    try:
        yield
    except Exception:
        traceback.print_exc()


async def serve(arguments: argparse.Namespace) -> None:
    settings = Settings(arguments.relay, arguments.lifetime, itertools.count(arguments.first_port))
    tcp = TcpService(settings)
    for port in arguments.tcp:
        await asyncio.start_server(tcp.connection, arguments.listen, port)
    _, udp = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: UdpService(settings), (arguments.listen, arguments.udp)
    )
    await udp.serve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", required=True, metavar="ADDRESS", help="where clients come in")
    parser.add_argument("--relay", required=True, metavar="ADDRESS", help="where peers come in")
    parser.add_argument("--tcp", nargs="+", type=int, required=True, metavar="PORT")
    parser.add_argument("--udp", type=int, required=True, metavar="PORT")
    parser.add_argument("--first-port", type=int, required=True, metavar="PORT", help="of the relayed addresses")
    parser.add_argument("--lifetime", type=int, required=True, metavar="SECONDS")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
