"""Traffic of TURN over TCP for the measures. Each function writes a capture of `count` of what its first line says.

Messages are what clients and servers send: FINGERPRINT and MESSAGE-INTEGRITY are right, transaction ids are random and relayed
addresses unique.
"""

import ipaddress
import struct
from collections.abc import Callable, Iterator
from itertools import chain, islice, repeat
from itertools import count as numbers
from pathlib import Path
from random import Random

from capture import Connection, Template, Writer, interleaved
from tcpcap import ACK, FIN, SYN, Endpoint, segments

import stun
import turn
from stun import Attribute, Class, Message, Method

SERVER = ("192.0.2.1", 3478)
LIVE = 200  # connections at the same time
NETWORKS = {"client": "10.0.0.0", "relayed": "172.16.0.0", "peer": "100.64.0.0"}
FIRST_PORT, PORTS = 30000, 16  # for each address
PASSWORD = b"password of the ICE agent"
NO_ADDRESS, NO_IDENTITY = bytes(8), bytes(12)

LIFETIME = (Attribute.LIFETIME, stun.unsigned32(600))
RELEASE = (Attribute.LIFETIME, stun.unsigned32(0))
RELAY_TCP, RELAY_UDP = ((Attribute.REQUESTED_TRANSPORT, transport) for transport in (turn.TCP, turn.UDP))
XOR_MAPPED = (Attribute.XOR_MAPPED_ADDRESS, NO_ADDRESS)
XOR_RELAYED = (Attribute.XOR_RELAYED_ADDRESS, NO_ADDRESS)
XOR_PEER = (Attribute.XOR_PEER_ADDRESS, NO_ADDRESS)
CONNECTION_ID = (Attribute.CONNECTION_ID, bytes(4))
PRIORITY = (Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF))
ERROR_401 = (Attribute.ERROR_CODE, stun.error_code(401, "Unauthorized"))
CHALLENGE = ((Attribute.NONCE, turn.NONCE), (Attribute.REALM, turn.REALM.encode()))
SOFTWARE = (Attribute.SOFTWARE, b"turn server 1.0")


def at(kind: str, number: int) -> Endpoint:
    """The transport address of this number: none has two numbers."""
    host, port = divmod(number, PORTS)
    return str(ipaddress.ip_address(NETWORKS[kind]) + 1 + host), FIRST_PORT + port


def xored(end: Endpoint) -> bytes:
    """As IPv4 is in an XOR-...-ADDRESS, whatever the transaction."""
    return stun.xor_address(*end, NO_IDENTITY)


def template(method: Method, message_class: Class, *attributes, key: bytes | None = None, variable=()) -> Template:
    return Template(Message(method, message_class, NO_IDENTITY, list(attributes)), *variable, key=key)


def turn_template(method: Method, message_class: Class, *attributes, variable=()) -> Template:
    """Of a request with credentials, or of a response to one."""
    credentials = turn.credentials() if message_class == Class.REQUEST else [SOFTWARE]
    return template(method, message_class, *attributes, *credentials, key=turn.KEY, variable=variable)


FIRST_ALLOCATE = template(Method.ALLOCATE, Class.REQUEST, RELAY_TCP, LIFETIME)
CHALLENGED = template(Method.ALLOCATE, Class.ERROR, ERROR_401, *CHALLENGE, SOFTWARE)
ALLOCATE = turn_template(Method.ALLOCATE, Class.REQUEST, RELAY_TCP, LIFETIME)
FIRST_ALLOCATE_UDP = template(Method.ALLOCATE, Class.REQUEST, RELAY_UDP, LIFETIME)
ALLOCATE_UDP = turn_template(Method.ALLOCATE, Class.REQUEST, RELAY_UDP, LIFETIME)
ALLOCATED = turn_template(Method.ALLOCATE, Class.SUCCESS, XOR_RELAYED, XOR_MAPPED, LIFETIME,
                          variable=(Attribute.XOR_RELAYED_ADDRESS, Attribute.XOR_MAPPED_ADDRESS))
PERMIT = turn_template(Method.CREATE_PERMISSION, Class.REQUEST, XOR_PEER, variable=(Attribute.XOR_PEER_ADDRESS,))
PERMITTED = turn_template(Method.CREATE_PERMISSION, Class.SUCCESS)
REFRESH = turn_template(Method.REFRESH, Class.REQUEST, LIFETIME)
REFRESHED = turn_template(Method.REFRESH, Class.SUCCESS, LIFETIME)
DELETE = turn_template(Method.REFRESH, Class.REQUEST, RELEASE)
DELETED = turn_template(Method.REFRESH, Class.SUCCESS, RELEASE)
KEEP_ALIVE = template(Method.BINDING, Class.REQUEST, SOFTWARE)
KEPT_ALIVE = template(Method.BINDING, Class.SUCCESS, XOR_MAPPED, SOFTWARE, variable=(Attribute.XOR_MAPPED_ADDRESS,))
ATTEMPT = template(Method.CONNECTION_ATTEMPT, Class.INDICATION, CONNECTION_ID, XOR_PEER,
                   variable=(Attribute.CONNECTION_ID, Attribute.XOR_PEER_ADDRESS))
BIND = turn_template(Method.CONNECTION_BIND, Class.REQUEST, CONNECTION_ID, variable=(Attribute.CONNECTION_ID,))
BOUND = turn_template(Method.CONNECTION_BIND, Class.SUCCESS)


def check_template(role: Attribute, user: bytes, *attributes) -> Template:
    common = [PRIORITY, (role, bytes(range(8))), (Attribute.USERNAME, user)]
    return template(Method.BINDING, Class.REQUEST, *common, *attributes, key=PASSWORD)


CHECK_OF_CLIENT = check_template(Attribute.ICE_CONTROLLING, b"there:here")
NOMINATION = check_template(Attribute.ICE_CONTROLLING, b"there:here", (Attribute.USE_CANDIDATE, b""))
CHECK_OF_PEER = check_template(Attribute.ICE_CONTROLLED, b"here:there")
ANSWER = template(Method.BINDING, Class.SUCCESS, XOR_MAPPED, key=PASSWORD, variable=(Attribute.XOR_MAPPED_ADDRESS,))


class Call:
    """A TURN client, its control connection, and what both ends say on it."""

    def __init__(self, writer: Writer, number: int, random: Random):
        self.own, self.relayed, self.peer = at("client", 2 * number), at("relayed", number), at("peer", number)
        self.random = random
        self.writer = writer
        self.control = Connection(writer, self.own, SERVER)

    def identity(self) -> bytes:
        return self.random.randbytes(12)

    def exchange(self, request: Template, response: Template, asked=(), answered=()) -> Iterator[None]:
        identity = self.identity()
        self.control.client(request.fill(identity, *asked))
        yield
        self.control.server(response.fill(identity, *answered))
        yield

    def be_challenged(self, first_request: Template = FIRST_ALLOCATE) -> Iterator[None]:
        yield from self.exchange(first_request, CHALLENGED)

    def allocate(self, request: Template = ALLOCATE) -> Iterator[None]:
        yield from self.exchange(request, ALLOCATED, answered=(xored(self.relayed), xored(self.own)))

    def permit(self) -> Iterator[None]:
        yield from self.exchange(PERMIT, PERMITTED, asked=(xored(self.peer),))

    def attempt(self, connection_id: bytes) -> Iterator[None]:
        self.control.server(ATTEMPT.fill(self.identity(), connection_id, xored(self.peer)))
        yield

    def keep_alive(self) -> Iterator[None]:
        yield from self.exchange(KEEP_ALIVE, KEPT_ALIVE, answered=(xored(self.own),))

    def send(self, data: bytes) -> Iterator[None]:
        self.control.client(wrapped(Method.SEND, self.identity(), self.peer, data))
        yield

    def receive(self, data: bytes) -> Iterator[None]:
        self.control.server(wrapped(Method.DATA, self.identity(), self.peer, data))
        yield

    def check(self) -> Iterator[None]:
        """A check in each direction through the relay, and the nomination."""
        yield from self._check(CHECK_OF_CLIENT)
        identity = self.identity()
        yield from self.receive(CHECK_OF_PEER.fill(identity))
        yield from self.send(ANSWER.fill(identity, xored(self.peer)))
        yield from self._check(NOMINATION)

    def _check(self, check: Template) -> Iterator[None]:
        identity = self.identity()
        yield from self.send(check.fill(identity))
        yield from self.receive(ANSWER.fill(identity, xored(self.relayed)))

    def media(self, sequence: int) -> Iterator[None]:
        yield from self.send(turn.rtp(sequence, 160))
        yield from self.receive(turn.rtp(sequence, 160))


def wrapped(method: Method, identity: bytes, peer: Endpoint, data: bytes) -> bytes:
    attributes = [(Attribute.XOR_PEER_ADDRESS, xored(peer)), (Attribute.DATA, data)]
    return Message(method, Class.INDICATION, identity, attributes).encode(fingerprint=True)


# Calls on one connection


def messages(path: Path, count: int) -> int:
    """Messages: whole calls of 40 messages on a connection each, bare, one in a segment. Half of them are Send and Data."""
    return _calls(path, count, _relayed_by_messages)


def requests(path: Path, count: int) -> int:
    """Messages: the same without Send and Data, so that no message carries another one or media."""
    return _calls(path, count, _kept_alive)


def _calls(path: Path, count: int, middle: Callable[[Call], Iterator[None]]) -> int:
    random = Random(1)
    with Writer(path) as writer:
        calls = (_whole_call(Call(writer, number, random), middle) for number in numbers())
        return sum(1 for _ in islice(interleaved(calls, LIVE), count))


def _whole_call(call: Call, middle: Callable[[Call], Iterator[None]]) -> Iterator[None]:
    call.control.open()
    yield from call.keep_alive()
    yield from call.be_challenged(FIRST_ALLOCATE_UDP)
    yield from call.allocate(ALLOCATE_UDP)
    yield from call.permit()
    yield from middle(call)
    yield from call.exchange(REFRESH, REFRESHED)
    yield from call.exchange(DELETE, DELETED)


def _relayed_by_messages(call: Call) -> Iterator[None]:
    """28 messages: checks, speech, and keep-alives between."""
    yield from call.check()
    for sequence in range(7):
        yield from call.media(sequence)
        if sequence % 2 == 0:
            yield from call.keep_alive()


def _kept_alive(call: Call) -> Iterator[None]:
    """28 messages: what has to be repeated as long as a call lasts."""
    for number in range(14):
        if number % 4 == 0:
            yield from call.exchange(REFRESH, REFRESHED)
        elif number % 4 == 2:
            yield from call.permit()
        else:
            yield from call.keep_alive()


# Media in bound connections

MEDIA_CALLS = 20


def bound(path: Path, count: int) -> int:
    """RTP packets in RFC 4571 frames on connections that a ConnectionBind opened, and their control connections."""
    return _media(path, count, with_turn=True)


def framed(path: Path, count: int) -> int:
    """RTP packets: those of bound(), on connections that have nothing else."""
    return _media(path, count, with_turn=False)


def _media(path: Path, count: int, with_turn: bool) -> int:
    random = Random(2)
    with Writer(path) as writer:
        flows = [_media_flow(Call(writer, number, random), number, with_turn) for number in range(MEDIA_CALLS)]
        written = 0
        for packets in interleaved(flows, MEDIA_CALLS):
            written += packets
            if written >= count:
                return written


def _media_flow(call: Call, number: int, with_turn: bool) -> Iterator[int]:
    """Speech in both directions, and the presentation, whose packets TCP puts together to full segments."""
    data = Connection(call.writer, at("client", 2 * number + 1), SERVER)
    if with_turn:
        _set_up(call, data, number)
    else:
        data.open()
    for burst in numbers():
        data.client(_frame(burst, 160))
        data.server(_frame(burst, 160))
        video = b"".join(_frame(4 * burst + i, 1000, payload_type=97) for i in range(4))
        for part in segments(video, repeat(1448)):
            data.server(part)
        yield 6


def _frame(sequence: int, length: int, payload_type: int = 96) -> bytes:
    return stun.frame(turn.rtp(sequence & 0xFFFF, length, payload_type))


def _set_up(call: Call, data: Connection, number: int) -> None:
    """From the control connection to the data connection's ConnectionBind."""
    connection_id = struct.pack("!I", number)
    call.control.open()
    for _ in chain(call.be_challenged(), call.allocate(), call.permit(), call.attempt(connection_id)):
        pass
    data.open()
    identity = call.identity()
    data.client(BIND.fill(identity, connection_id))
    data.server(BOUND.fill(identity))


# Many sessions


def sessions(path: Path, count: int) -> int:
    """Packets, ten for each session: every second one gets a peer connection with checks on it."""
    random = Random(3)
    with Writer(path) as writer:
        calls = (_session(Call(writer, number, random), number) for number in range(count // 10))
        return sum(1 for _ in interleaved(calls, LIVE))


def _session(call: Call, number: int) -> Iterator[None]:
    """4 or 16 packets. Acknowledgements go with data; the short ones know the nonce already."""
    yield from _opened(call.control)
    if number % 2 == 0:
        yield from call.allocate()
        return
    data, connection_id = Connection(call.writer, at("client", 2 * number + 1), SERVER), struct.pack("!I", number)
    yield from chain(call.be_challenged(), call.allocate(), call.permit(), call.attempt(connection_id), _opened(data))
    bind, outward, inward = call.identity(), call.identity(), call.identity()
    data.client(BIND.fill(bind, connection_id))
    yield
    data.server(BOUND.fill(bind) + stun.frame(CHECK_OF_PEER.fill(inward)))
    yield
    data.client(stun.frame(ANSWER.fill(inward, xored(call.peer))) + stun.frame(CHECK_OF_CLIENT.fill(outward)))
    yield
    data.server(stun.frame(ANSWER.fill(outward, xored(call.relayed))))
    yield
    data.packet(True, FIN | ACK)
    yield


def _opened(connection: Connection) -> Iterator[None]:
    connection.packet(True, SYN)
    yield
    connection.packet(False, SYN | ACK)
    yield


# Floods


def unanswered(path: Path, count: int) -> int:
    """Allocate requests from as many ports, never answered."""
    return _flood(path, count, answered=False)


def answered(path: Path, count: int) -> int:
    """Allocate requests from as many ports, and as many responses with a relayed address for each."""
    return _flood(path, count, answered=True)


def _flood(path: Path, count: int, answered: bool) -> int:
    random = Random(4)
    with Writer(path) as writer:
        for number in range(count):
            call = Call(writer, number, random)
            identity = call.identity()
            call.control.client(FIRST_ALLOCATE.fill(identity))
            if answered:
                call.control.server(ALLOCATED.fill(identity, xored(call.relayed), xored(call.own)))
    return count
