"""Calls through a TURN server that never took place, step by step, so that a test can leave a step out. Standard library only.

    call = RelayedCall(capture)
    call.allocate()
    call.permit()
    call.peer_connects()
    call.bind()
    call.check(PEER, "first")
    call.answer(CLIENT, "first")
    call.release()

As in the sample captures, both sides of the relay are recorded: what passes it is in the file twice. Every step returns
the frame numbers of what it sent. Rules: RFC 6062 4.3 to 5.4 (connections), RFC 8656 9 to 12 (permissions, Send, Data,
channels), RFC 8445 7 (checks), RFC 4571 2 (frames).
"""

from dataclasses import dataclass

import stun
import turn
from stun import Attribute, Class, Method, transaction_id
from tcpcap import INTERVAL, Capture, Connection, Endpoint

CLIENT, PEER = True, False  # who sends
UDP = turn.UDP
LIFETIME = 600
NETWORKS = {4: ("10.20.0.1", "10.20.0.2", "192.0.2.2", "198.51.100.7"),
            6: ("2001:db8:20::1", "2001:db8:20::2", "2001:db8:1::2", "2001:db8:2::7")}
TIE_BREAKER = bytes(range(8))


def text(end: Endpoint) -> str:
    """An endpoint as in the JSON report."""
    host, port = end
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True)
class Ends:
    client: Endpoint  # of the control connection
    server: Endpoint
    relayed: Endpoint
    peer: Endpoint
    data: Endpoint  # the client's, of the data connection


def ends(version: int = 4, number: int = 0) -> Ends:
    """Of the call with this number between the same hosts."""
    client, server, relay, peer = NETWORKS[version]
    return Ends((client, 33347 + number), (server, 3478), (relay, 35000 + number), (peer, 53577 + number), (client, 44342 + number))


class Call:
    """What any call begins and ends with: the control connection."""

    requested_transport = turn.TCP

    def __init__(self, capture: Capture, where: Ends | None = None, name: str = "call", sequence: int = 0):
        """`sequence`: first sequence numbers of TCP; calls with the same ports need different ones."""
        self.capture = capture
        self.ends = where or ends()
        self.name = name
        self.sequence = sequence
        self.mapped = self.ends.client  # as the server sees the client
        self.second_relayed: Endpoint | None = None  # of a dual allocation, RFC 8656 7.2
        self.control: Connection | None = None

    def label(self, label: str) -> str:
        """No two calls have the same transaction ids."""
        return f"{self.name} {label}"

    def message(self, method: int, message_class: int, label: str, *attributes: tuple[int, bytes], key: bytes | None = turn.KEY):
        return turn.message(method, message_class, self.label(label), *attributes, key=key)

    def request(self, method: int, label: str, *attributes: tuple[int, bytes]) -> bytes:
        return self.message(method, Class.REQUEST, label, *attributes, *turn.credentials())

    def exchange(self, method: int, label: str, *attributes: tuple[int, bytes], answer=(), wait: int = INTERVAL) -> tuple[int, int]:
        """A request with credentials, and its success response with the attributes of `answer`."""
        asked = self.control.client(self.request(method, label, *attributes), wait=wait)
        return asked, self.control.server(self.message(method, Class.SUCCESS, label, *answer))

    def address(self, number: int, end: Endpoint, label: str) -> tuple[int, bytes]:
        return number, stun.xor_address(*end, transaction_id(self.label(label)))

    def connection(self, client: Endpoint, server: Endpoint) -> Connection:
        return self.capture.connection(client, server, client_sequence=self.sequence + 1000, server_sequence=self.sequence + 2000)

    def allocate(self, lifetime: int = LIFETIME) -> int:
        """Challenge and success; returns the frame of the success response."""
        self.control = self.connection(self.ends.client, self.ends.server)
        wish = [(Attribute.REQUESTED_TRANSPORT, self.requested_transport), (Attribute.LIFETIME, stun.unsigned32(lifetime))]
        self.control.client(self.message(Method.ALLOCATE, Class.REQUEST, "challenge", *wish, key=None))
        self.control.server(turn.refused(self.label("challenge")))
        relayed = [self.ends.relayed] + ([self.second_relayed] if self.second_relayed else [])
        given = [*(self.address(Attribute.XOR_RELAYED_ADDRESS, end, "allocate") for end in relayed),
                 self.address(Attribute.XOR_MAPPED_ADDRESS, self.mapped, "allocate"),
                 (Attribute.LIFETIME, stun.unsigned32(lifetime))]
        _, success = self.exchange(Method.ALLOCATE, "allocate", *wish, answer=given)
        return success

    def permit(self) -> tuple[int, int]:
        """For the peer's address; the port does not count."""
        peer = self.address(Attribute.XOR_PEER_ADDRESS, (self.ends.peer[0], 0), "permission")
        return self.exchange(Method.CREATE_PERMISSION, "permission", peer)

    def refresh(self, label: str = "refresh", lifetime: int = LIFETIME, wait: int = INTERVAL) -> tuple[int, int]:
        seconds = (Attribute.LIFETIME, stun.unsigned32(lifetime))
        return self.exchange(Method.REFRESH, label, seconds, answer=[seconds], wait=wait)

    def release(self) -> tuple[int, int]:
        frames = self.refresh("release", lifetime=0)
        self.control.close()
        return frames

    def pass_on(self, sender: bool, packet: bytes, label: str, lost: bool = False, wait: int = INTERVAL) -> tuple[int, int]:
        """Sends a packet from end to end; returns the frames of it in front of the relay and behind it (0: not there)."""
        raise NotImplementedError

    # Checks: the peer is controlling. The keys are those of whoever gets the request, here "password" for both.

    def check(self, sender: bool, label: str, nominate: bool = False, **options) -> tuple[int, int]:
        attributes = [(Attribute.USE_CANDIDATE, b"")] if nominate else []
        role = Attribute.ICE_CONTROLLED if sender == CLIENT else Attribute.ICE_CONTROLLING
        names = b"there:here" if sender == CLIENT else b"here:there"
        attributes += [(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)), (role, TIE_BREAKER), (Attribute.USERNAME, names)]
        packet = self.message(Method.BINDING, Class.REQUEST, label, *attributes, key=b"password")
        return self.pass_on(sender, packet, label, **options)

    def answer(self, sender: bool, label: str, **options) -> tuple[int, int]:
        asker = self.ends.relayed if sender == PEER else self.ends.peer
        mapped = self.address(Attribute.XOR_MAPPED_ADDRESS, asker, label)
        packet = self.message(Method.BINDING, Class.SUCCESS, label, mapped, key=b"password")
        return self.pass_on(sender, packet, f"answer to {label}", **options)

    def checked(self, sender: bool, label: str, **options) -> list[tuple[int, int]]:
        """A check and its answer."""
        return [self.check(sender, label, **options), self.answer(not sender, label)]

    def nominated(self) -> list[tuple[int, int]]:
        """All checks of a pair that works."""
        return [*self.checked(PEER, "first"), *self.checked(CLIENT, "back"), *self.checked(PEER, "nomination", nominate=True)]


class RelayedCall(Call):
    """A TCP allocation: the peer connects to the relayed address, and the client binds a connection of its own to that."""

    def __init__(self, capture: Capture, where: Ends | None = None, name: str = "call", sequence: int = 0,
                 connection_id: bytes = turn.CONNECTION_ID):
        super().__init__(capture, where, name, sequence)
        self.connection_id = connection_id
        self.outside: Connection | None = None
        self.data: Connection | None = None

    def peer_connects(self) -> int:
        """Returns the frame of the ConnectionAttempt."""
        self.outside = self.connection(self.ends.peer, self.ends.relayed)
        peer = self.address(Attribute.XOR_PEER_ADDRESS, self.ends.peer, "attempt")
        attempt = self.message(Method.CONNECTION_ATTEMPT, Class.INDICATION, "attempt", (Attribute.CONNECTION_ID, self.connection_id),
                               peer, key=None)
        return self.control.server(attempt)

    def bind(self) -> tuple[int, int]:
        self.data = self.connection(self.ends.data, self.ends.server)
        request = self.request(Method.CONNECTION_BIND, "bind", (Attribute.CONNECTION_ID, self.connection_id))
        return self.data.client(request), self.data.server(self.message(Method.CONNECTION_BIND, Class.SUCCESS, "bind"))

    def pass_on(self, sender: bool, packet: bytes, label: str, lost: bool = False, wait: int = INTERVAL,
                framed: bool = True) -> tuple[int, int]:
        inside, outside = (lambda d, **o: self.data.send(sender, d, **o)), (lambda d, **o: self.outside.send(not sender, d, **o))
        into, out_of = (inside, outside) if sender == CLIENT else (outside, inside)
        data = stun.frame(packet) if framed else packet
        return into(data, wait=wait), 0 if lost else out_of(data)

    def connected(self) -> "RelayedCall":
        """Everything up to the first check."""
        self.allocate()
        self.permit()
        self.peer_connects()
        self.bind()
        return self

    def hang_up(self) -> None:
        """The peer closes, and the server the bound connection."""
        self.outside.close()
        self.data.close()

    def healthy(self) -> "RelayedCall":
        self.connected()
        self.nominated()
        self.hang_up()
        self.release()
        return self


class WrappedCall(Call):
    """A UDP allocation on a TCP connection: packets in Send and Data indications, or in ChannelData. Recorded inside only."""

    requested_transport = UDP

    def __init__(self, capture: Capture, where: Ends | None = None, name: str = "call", channel: int | None = None):
        super().__init__(capture, where, name)
        self.channel = channel

    def bind_channel(self) -> tuple[int, int]:
        number = (Attribute.CHANNEL_NUMBER, self.channel.to_bytes(2, "big") + bytes(2))
        return self.exchange(Method.CHANNEL_BIND, "channel", number, self.address(Attribute.XOR_PEER_ADDRESS, self.ends.peer, "channel"))

    def connected(self) -> "WrappedCall":
        self.allocate()
        self.permit()
        if self.channel is not None:
            self.bind_channel()
        return self

    def pass_on(self, sender: bool, packet: bytes, label: str, lost: bool = False, wait: int = INTERVAL) -> tuple[int, int]:
        assert not lost, "what leaves the relay is not recorded"
        method = Method.SEND if sender == CLIENT else Method.DATA
        label = f"{method.name} {label}"
        peer = self.address(Attribute.XOR_PEER_ADDRESS, self.ends.peer, label)
        if self.channel is None:
            packet = self.message(method, Class.INDICATION, label, peer, (Attribute.DATA, packet), key=None)
        else:
            packet = stun.channel_data(self.channel, packet)
        frame = self.control.send(sender, packet, wait=wait)
        return (frame, 0) if sender == CLIENT else (0, frame)


def packet_later(capture: Capture, seconds: float, host: str = "10.99.0.1") -> int:
    """Something else that passes so many seconds later: the capture went on."""
    connection = capture.connection((host, 40000), ("10.99.0.2", 40001), handshake=False)
    return connection.client(b"\xff", wait=int(seconds * 1_000_000))
