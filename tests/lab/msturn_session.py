"""One client of the lab's MS-TURN server: its authentication, its allocation, its messages ([MS-TURN] 3.3)."""

import base64
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from msturn_messages import (
    CONTROL,
    END_TO_END,
    Attribute,
    Message,
    Type,
    integrity_is_valid,
    long_term_key,
    noise,
    sequence_number,
    start,
    transaction_id,
    xor_address,
)
from msturn_relay import Address, TcpRelay, UdpRelay
from stun import address, error_code, read_address, unsigned32

VERSION = 2  # speaks [MS-ICE2], knows neither SHA-256 nor IPv6 ([MS-TURN] 2.2.2.17)
BANDWIDTH = 12000  # kbit/s
REALM = b'"rtcmedia"'  # with its quotation marks, as Teams has it

# The token that a client gets by [MS-AVEDGEA], and the password that comes with it; both binary.
USERNAME = bytes.fromhex("02000024") + noise("token", 32) + noise("token signature", 20)
PASSWORD = noise("token password", 20)
LONG_TERM_KEY = long_term_key(USERNAME, REALM, PASSWORD)
SHORT_TERM_KEY = PASSWORD

UNAUTHORIZED, INTEGRITY_FAILURE, UNKNOWN_USER = 401, 431, 436
REASONS = {
    UNAUTHORIZED: "The request did not contain a Message-Integrity attribute",
    INTEGRITY_FAILURE: "Integrity Check Failure",
    UNKNOWN_USER: "Unknown User",
}


def credentials() -> tuple[str, str]:
    """User name and password as libnice wants them."""
    return base64.b64encode(USERNAME).decode(), base64.b64encode(PASSWORD).decode()


@dataclass
class Settings:
    """What all clients of the server share."""

    relay_host: str
    lifetime: int
    relay_ports: itertools.count
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))


class Session:
    """Reads the client's messages and data, answers by way of send(kind of frame, bytes)."""

    def __init__(self, settings: Settings, server: Address, client: Address, send: Callable[[int, bytes], None]):
        self.settings, self.server, self.client, self.send = settings, server, client, send
        self.name = f"session {next(settings.numbers)}"
        self.key = LONG_TERM_KEY
        self.nonce = noise(f"{self.name} nonce", 20)
        self.connection_id = noise(f"{self.name} connection", 20)
        self.relayed: Address | None = None
        self.relay: UdpRelay | TcpRelay | None = None
        self.active: Address | None = None
        self.indications = 0

    async def message(self, data: bytes, relay_class: type) -> None:
        request = Message.decode(data)
        if request.kind == Type.ALLOCATE_REQUEST:
            await self._allocate(data, request, relay_class)
        elif not integrity_is_valid(data, self.key) or self.relay is None:
            raise ValueError(f"{self.name}: cannot be answered: {data.hex()}")
        elif request.kind == Type.SEND_REQUEST:
            peer = read_address(request.get(Attribute.DESTINATION_ADDRESS))
            self.relay.permit(peer[0])
            await self.relay.send(peer, request.get(Attribute.DATA))
        elif request.kind == Type.SET_ACTIVE_DESTINATION_REQUEST:
            # In this order: data may come ahead of the response (3.3.5.3).
            self.active = read_address(request.get(Attribute.DESTINATION_ADDRESS))
            self.relay.permit(self.active[0])
            self._respond(start(Type.SET_ACTIVE_DESTINATION_RESPONSE, request.transaction_id))
        else:
            raise ValueError(f"{self.name}: unexpected message: {data.hex()}")

    async def data(self, data: bytes) -> None:
        """What comes without an MS-TURN message around it goes to the active destination."""
        if self.active is None:
            raise ValueError(f"{self.name}: data without an active destination: {data.hex()}")
        await self.relay.send(self.active, data)

    async def _allocate(self, data: bytes, request: Message, relay_class: type) -> None:
        if request.get(Attribute.MESSAGE_INTEGRITY) is None:
            self._refuse(request, UNAUTHORIZED)
            return
        if request.get(Attribute.REALM) is None:
            # A client that knows its password from elsewhere, as in draft-rosenberg-midcom-turn-08.
            self.key = SHORT_TERM_KEY
        if request.get(Attribute.USERNAME) != USERNAME:
            self._refuse(request, UNKNOWN_USER)
        elif not integrity_is_valid(data, self.key):
            self._refuse(request, INTEGRITY_FAILURE)
        elif request.get(Attribute.LIFETIME) == unsigned32(0):
            self._grant(request, 0)
            self.close()
        else:
            if self.relay is None:
                await self._open_relay(relay_class)
            self._grant(request, self.settings.lifetime)

    async def _open_relay(self, relay_class: type) -> None:
        """The relayed address has the transport of the request: libnice's reading of [MS-TURN]."""
        self.relayed = (self.settings.relay_host, next(self.settings.relay_ports))
        self.relay = relay_class(self._from_peer)
        await self.relay.open(self.relayed)

    def _refuse(self, request: Message, code: int) -> None:
        error = start(Type.ALLOCATE_ERROR, request.transaction_id)
        error.add(Attribute.MS_VERSION, unsigned32(VERSION))
        error.add(Attribute.ERROR_CODE, error_code(code, REASONS[code]))
        if code == UNAUTHORIZED:
            error.add(Attribute.ALTERNATE_SERVER, address(*self.server))
            error.add(Attribute.NONCE, self.nonce).add(Attribute.REALM, REALM)
        # Without Message Integrity (3.3.5.1).
        self.send(CONTROL, error.encode())

    def _grant(self, request: Message, lifetime: int) -> None:
        response = start(Type.ALLOCATE_RESPONSE, request.transaction_id)
        response.add(Attribute.LIFETIME, unsigned32(lifetime))
        response.add(Attribute.MAPPED_ADDRESS, address(*self.relayed))
        response.add(Attribute.MS_VERSION, unsigned32(VERSION))
        response.add(Attribute.XOR_MAPPED_ADDRESS, xor_address(*self.client, request.transaction_id))
        response.add(Attribute.MS_SEQUENCE_NUMBER, sequence_number(self.connection_id, 0))
        response.add(Attribute.BANDWIDTH, unsigned32(BANDWIDTH))
        self._respond(response)

    def _respond(self, response: Message) -> None:
        self.send(CONTROL, response.encode(self.key))

    def _from_peer(self, peer: Address, data: bytes) -> None:
        if peer == self.active:
            self.send(END_TO_END, data)
            return
        self.indications += 1
        indication = start(Type.DATA_INDICATION, transaction_id(f"{self.name} indication {self.indications}"))
        indication.add(Attribute.REMOTE_ADDRESS, address(*peer)).add(Attribute.DATA, data)
        self.send(CONTROL, indication.encode())

    def close(self) -> None:
        if self.relay is not None:
            self.relay.close()
            self.relay = self.active = None
