"""ICE-TCP checks as Microsoft clients send them ([MS-ICE2] 2.2.2, RFC 6544, RFC 8445)."""

from dataclasses import dataclass

from connection import Connection, require
from stun import (
    Attribute,
    Class,
    Message,
    Method,
    fingerprint_is_valid,
    integrity_is_valid,
    read_xor_address,
    short_term_key,
    transaction_id,
    unsigned32,
    xor_address,
)

# The value in frame 2597 of the call that the lab reproduces.
IMPLEMENTATION_VERSION = 2


@dataclass(frozen=True)
class Identity:
    """What an agent tells the other one in SDP, and its role."""

    name: str
    ufrag: str
    password: str
    foundation: str
    # Of the peer-reflexive candidate that a check would make known: type preference 110 (RFC 8445 7.1.1).
    priority: int
    role: int  # Attribute.ICE_CONTROLLING or Attribute.ICE_CONTROLLED
    tie_breaker: int


EDGE = Identity(
    "edge", "SfB9", "SkypeEdgeIcePassword/1", "4", 0x6E6BFDFF, Attribute.ICE_CONTROLLING, 0x1C5D9E27A04B8F63
)
CMS = Identity(
    "cms", "cMS1", "MeetingServerIcePwd/01", "3", 0x6EFFFFFF, Attribute.ICE_CONTROLLED, 0x40C2674A8BEECD68
)


class Agent:
    """One end of a candidate pair: sends checks and answers those of the other end."""

    def __init__(self, me: Identity, peer: Identity, connection: Connection, remote: tuple[str, int]):
        self.me, self.peer, self.connection, self.remote = me, peer, connection, remote
        self.checks = 0
        self.open_check = b""

    def send_check(self, nominate: bool = False) -> None:
        self.checks += 1
        self.open_check = transaction_id(f"{self.me.name} check {self.checks}")
        request = Message(Method.BINDING, Class.REQUEST, self.open_check)
        if nominate:
            request.add(Attribute.USE_CANDIDATE)
        request.add(Attribute.PRIORITY, unsigned32(self.me.priority))
        request.add(self.me.role, self.me.tie_breaker.to_bytes(8, "big"))
        request.add(Attribute.USERNAME, self._username(to=self.peer, of=self.me))
        request.add(Attribute.MS_CANDIDATE_IDENTIFIER, padded(self.me.foundation))
        request.add(Attribute.MS_IMPLEMENTATION_VERSION, unsigned32(IMPLEMENTATION_VERSION))
        self.connection.send_packet(request.encode(short_term_key(self.peer.password), fingerprint=True))

    def answer_check(self) -> None:
        request = self._receive(Class.REQUEST, short_term_key(self.me.password))
        require(
            request.get(Attribute.USERNAME) == self._username(to=self.me, of=self.peer),
            f"USERNAME {request.get(Attribute.USERNAME)} in a check for {self.me.name}",
        )
        self.send_answer(request, self.me.password)

    def send_answer(self, request: Message, password: str) -> None:
        answer = Message(Method.BINDING, Class.SUCCESS, request.transaction_id)
        # The peer's own address also behind a relay: checks are between the peers (RFC 8445 7.3.1.2).
        answer.add(Attribute.XOR_MAPPED_ADDRESS, xor_address(*self.remote, request.transaction_id))
        answer.add(Attribute.MS_IMPLEMENTATION_VERSION, unsigned32(IMPLEMENTATION_VERSION))
        self.connection.send_packet(answer.encode(short_term_key(password), fingerprint=True))

    def receive_answer(self, own_address: tuple[str, int]) -> None:
        answer = self._receive(Class.SUCCESS, short_term_key(self.peer.password))
        require(answer.transaction_id == self.open_check, "answer to the open check")
        mapped = read_xor_address(answer.get(Attribute.XOR_MAPPED_ADDRESS), answer.transaction_id)
        require(mapped == own_address, f"XOR-MAPPED-ADDRESS {own_address}, not {mapped}")

    def _receive(self, message_class: Class, key: bytes) -> Message:
        data = self.connection.receive_packet()
        message = Message.decode(data)
        require(message.is_a(Method.BINDING, message_class), f"Binding {message_class.name}, not {data.hex()}")
        require(integrity_is_valid(data, key), f"integrity of a Binding {message_class.name}")
        require(fingerprint_is_valid(data), f"fingerprint of a Binding {message_class.name}")
        return message

    @staticmethod
    def _username(to: Identity, of: Identity) -> bytes:
        return padded(f"{to.ufrag}:{of.ufrag}")


def padded(text: str) -> bytes:
    """Text as Microsoft clients pad it: NULs up to four bytes, which the attribute's length counts."""
    return text.encode() + bytes(-len(text) % 4)
