"""More kinds of calls that never took place, in the manner of relayed_call.py. Standard library only.

UdpTurnCall: TURN over UDP. DirectCall: ICE without a relay. MicrosoftCall: MS-TURN over TCP or UDP.
"""

import ipaddress
import struct

import msturn_messages as ms
import relayed_call
import stun
import turn
from msturn_messages import Type
from relayed_call import CLIENT, PEER, TIE_BREAKER, Call, Ends
from stun import Attribute, Class, Method
from tcpcap import ETHERTYPE, INTERVAL, Capture, Endpoint, checksum

PROTOCOL_UDP = 17
OTHER_ID = b"\0\0\0\7"


class Datagrams:
    """What passes between two UDP endpoints; the methods are those of a TCP connection."""

    def __init__(self, capture: Capture, client: Endpoint, server: Endpoint):
        self.capture = capture
        self.ends = {True: client, False: server}

    def client(self, data: bytes, wait: int = INTERVAL) -> int:
        return self.send(True, data, wait)

    def server(self, data: bytes, wait: int = INTERVAL, source: Endpoint | None = None) -> int:
        return self.send(False, data, wait, source)

    def send(self, from_client: bool, data: bytes, wait: int = INTERVAL, source: Endpoint | None = None) -> int:
        return self.capture.add(datagram(source or self.ends[from_client], self.ends[not from_client], data), wait=wait)


def datagram(source: Endpoint, destination: Endpoint, data: bytes) -> bytes:
    """UDP without a checksum in IPv4 in Ethernet (RFC 768, RFC 791)."""
    ends = [ipaddress.ip_address(end[0]).packed for end in (source, destination)]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(data), 0, 0x4000, 64, PROTOCOL_UDP, 0) + ends[0] + ends[1]
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    macs = b"".join(bytes([0, 0, 0x5E, 0, 0x53, end[-1]]) for end in reversed(ends))
    udp = struct.pack("!HHHH", source[1], destination[1], 8 + len(data), 0)
    return macs + struct.pack("!H", ETHERTYPE[4]) + header + udp + data


# ---- messages that relayed_call.py has no step for ----


def credentials(user: str = turn.USER, realm: str = turn.REALM, nonce: bytes = turn.NONCE) -> list[tuple[int, bytes]]:
    return [(Attribute.USERNAME, user.encode()), (Attribute.REALM, realm.encode()), (Attribute.NONCE, nonce)]


def seconds(number: int) -> tuple[int, bytes]:
    return Attribute.LIFETIME, stun.unsigned32(number)


def peer_of(call: Call, label: str, peer: Endpoint | None = None) -> tuple[int, bytes]:
    return call.address(Attribute.XOR_PEER_ADDRESS, peer or call.ends.peer, label)


def refusal(call: Call, method: int, label: str, code: int, *attributes: tuple[int, bytes]) -> bytes:
    """An error response to the request with this label, without MESSAGE-INTEGRITY."""
    return call.message(method, Class.ERROR, label, (Attribute.ERROR_CODE, stun.error_code(code, "no")), *attributes, key=None)


def challenge(call: Call, method: int, label: str, code: int = 401, nonce: bytes = turn.NONCE, realm: str = turn.REALM) -> bytes:
    return refusal(call, method, label, code, (Attribute.NONCE, nonce), (Attribute.REALM, realm.encode()))


def begin(call: Call) -> None:
    """Opens the control connection."""
    call.control = call.connection(call.ends.client, call.ends.server)


def first_allocate(call: Call, label: str = "challenge") -> bytes:
    return call.message(Method.ALLOCATE, Class.REQUEST, label, (Attribute.REQUESTED_TRANSPORT, call.requested_transport), key=None)


def allocate(call: Call, label: str = "allocate", *attributes: tuple[int, bytes]) -> bytes:
    """With credentials, unless there are others."""
    transport = (Attribute.REQUESTED_TRANSPORT, call.requested_transport)
    return call.message(Method.ALLOCATE, Class.REQUEST, label, transport, *(attributes or credentials()))


def allocated(call: Call, label: str = "allocate", mapped: Endpoint | None = None, lifetime: int = 600) -> bytes:
    return call.message(Method.ALLOCATE, Class.SUCCESS, label, call.address(Attribute.XOR_RELAYED_ADDRESS, call.ends.relayed, label),
                        call.address(Attribute.XOR_MAPPED_ADDRESS, mapped or call.ends.client, label), seconds(lifetime))


def challenged(call: Call) -> int:
    """Up to the first 401; returns its frame."""
    begin(call)
    call.control.client(first_allocate(call))
    return call.control.server(turn.refused(call.label("challenge")))


def refresh(call: Call, label: str = "refresh", *attributes: tuple[int, bytes], lifetime: int = 600) -> bytes:
    return call.message(Method.REFRESH, Class.REQUEST, label, seconds(lifetime), *(attributes or credentials()))


def refreshed(call: Call, label: str = "refresh", lifetime: int = 600) -> bytes:
    return call.message(Method.REFRESH, Class.SUCCESS, label, seconds(lifetime))


def permission(call: Call, label: str, *attributes: tuple[int, bytes], peer: Endpoint | None = None) -> bytes:
    return call.message(Method.CREATE_PERMISSION, Class.REQUEST, label, peer_of(call, label, peer), *(attributes or credentials()))


def permitted(call: Call, label: str) -> bytes:
    return call.message(Method.CREATE_PERMISSION, Class.SUCCESS, label)


def permit_again(call: Call, label: str = "again") -> int:
    """Returns the frame of the success response."""
    call.control.client(permission(call, label))
    return call.control.server(permitted(call, label))


def role_check(call: Call, sender: bool, label: str, role: int, nominate: bool = False, **options) -> tuple[int, int]:
    """A check in this role; returns its frames in front of and behind the relay."""
    attributes = [(Attribute.USE_CANDIDATE, b"")] if nominate else []
    names = b"there:here" if sender == CLIENT else b"here:there"
    attributes += [(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)), (role, TIE_BREAKER), (Attribute.USERNAME, names)]
    return call.pass_on(sender, call.message(Method.BINDING, Class.REQUEST, label, *attributes, key=b"password"), label, **options)


def all_of(*frames: tuple[int, int]) -> list[int]:
    """The frames of checks on both legs."""
    return [frame for both in frames for frame in both]


def refuse_check(call: Call, sender: bool, label: str, code: int, **options) -> tuple[int, int]:
    return call.pass_on(sender, refusal(call, Method.BINDING, label, code), f"refusal of {label}", **options)


# ---- peer connections, RFC 6062 ----


def prepared(scene):
    """A TCP allocation with a permission for the peer."""
    call = scene.relayed()
    call.allocate(lifetime=3600)
    call.permit()
    return call


def connect(call, label: str, peer=None, wait: float = 0.01) -> int:
    return call.control.client(call.request(Method.CONNECT, label, peer_of(call, label, peer)), wait=round(wait * 1e6))


def connect_succeeded(call, label: str, connection_id: bytes) -> int:
    return call.control.server(call.message(Method.CONNECT, Class.SUCCESS, label, (Attribute.CONNECTION_ID, connection_id)))


def connect_failed(call, label: str) -> int:
    return call.control.server(refusal(call, Method.CONNECT, label, 447))


def attempt(call, label: str, connection_id: bytes, peer=None) -> int:
    attributes = (Attribute.CONNECTION_ID, connection_id), peer_of(call, label, peer)
    return call.control.server(call.message(Method.CONNECTION_ATTEMPT, Class.INDICATION, label, *attributes, key=None))


def bind(call, connection, connection_id: bytes, label: str = "bind", *attributes, wait: float = 0.01) -> int:
    """The request."""
    identity = (Attribute.CONNECTION_ID, connection_id)
    request = call.message(Method.CONNECTION_BIND, Class.REQUEST, label, identity, *(attributes or credentials()))
    return connection.client(request, wait=round(wait * 1e6))


def bound(call, connection, label: str = "bind") -> int:
    return connection.server(call.message(Method.CONNECTION_BIND, Class.SUCCESS, label))


def bind_refused(call, connection, label: str = "bind", code: int = 400) -> int:
    return connection.server(refusal(call, Method.CONNECTION_BIND, label, code))


def data_connection(call, port: int = 0):
    """A new connection to the server."""
    return call.connection((call.ends.data[0], call.ends.data[1] + port), call.ends.server)


def other_peer(call) -> tuple[str, int]:
    return call.ends.peer[0], 60001


# ---- calls ----


class UdpTurnCall(Call):
    """A UDP allocation over UDP: packets in Send and Data indications."""

    requested_transport = relayed_call.UDP

    def connection(self, client: Endpoint, server: Endpoint) -> Datagrams:
        return Datagrams(self.capture, client, server)


class DirectCall(Call):
    """Two ends without a relay; checks are in RFC 4571 frames on TCP, and bare over UDP."""

    def __init__(self, capture: Capture, where: Ends, name: str, udp: bool = False):
        super().__init__(capture, where, name)
        self.udp = udp
        self.line = None

    def connected(self) -> "DirectCall":
        if self.udp:
            self.line = Datagrams(self.capture, self.ends.peer, self.ends.data)
        else:
            self.line = self.connection(self.ends.peer, self.ends.data)
        return self

    def pass_on(self, sender: bool, packet: bytes, label: str, lost: bool = False, wait: int = INTERVAL) -> tuple[int, int]:
        assert not lost, "there is no relay"
        return self.line.send(sender == PEER, packet if self.udp else stun.frame(packet), wait=wait), 0


class MicrosoftCall:
    """MS-TURN, [MS-TURN] 2.1.4 and 2.2; microsoft.md 3.3 says what is in which message."""

    USERNAME, REALM, NONCE = b"\2\0\0\x24" + ms.noise("token", 52), b'"rtcmedia"', ms.noise("nonce", 20)
    KEY = ms.long_term_key(USERNAME, REALM, b"password")
    CONNECTION_ID = ms.noise("connection id", 20)

    def __init__(self, capture: Capture, where: Ends, name: str, udp: bool):
        self.capture = capture
        self.ends = where
        self.name = name
        self.udp = udp
        self.line = Datagrams(capture, where.client, where.server) if udp else None

    def open(self) -> None:
        """Pseudo-TLS is not used."""
        if not self.udp:
            self.line = self.capture.connection(self.ends.client, self.ends.server)

    def identity(self, label: str) -> bytes:
        return ms.transaction_id(f"{self.name} {label}")

    def message(self, kind: int, label: str, *attributes: tuple[int, bytes], key: bytes | None = KEY, digest: str = "sha1",
                version: int = 2) -> bytes:
        built = ms.start(kind, self.identity(label)).add(ms.Attribute.MS_VERSION, stun.unsigned32(version))
        for number, value in attributes:
            built.add(number, value)
        return built.encode(key, digest)

    def send(self, from_client: bool, message: bytes, wait: int = INTERVAL, **options) -> int:
        return self.line.send(from_client, message if self.udp else ms.frame(ms.CONTROL, message), wait=wait, **options)

    def credentials(self) -> list[tuple[int, bytes]]:
        return [(ms.Attribute.NONCE, self.NONCE), (ms.Attribute.REALM, self.REALM), (ms.Attribute.USERNAME, self.USERNAME)]

    def sequence(self, number: int, connection_id: bytes = CONNECTION_ID) -> tuple[int, bytes]:
        return ms.Attribute.MS_SEQUENCE_NUMBER, ms.sequence_number(connection_id, number)

    def challenge(self, label: str = "challenge") -> tuple[int, int]:
        """Allocate without credentials, and 401."""
        asked = self.send(CLIENT, self.message(Type.ALLOCATE_REQUEST, label, key=None))
        return asked, self.send(PEER, self.refused(label))

    def refused(self, label: str, code: int = 401) -> bytes:
        return self.message(Type.ALLOCATE_ERROR, label, (ms.Attribute.ERROR_CODE, stun.error_code(code, "no")),
                            (ms.Attribute.NONCE, self.NONCE), (ms.Attribute.REALM, self.REALM), key=None)

    def allocate_request(self, label: str, *attributes: tuple[int, bytes], **options) -> bytes:
        return self.message(Type.ALLOCATE_REQUEST, label, *attributes, *self.credentials(), **options)

    def allocated(self, label: str, *attributes: tuple[int, bytes], mapped: Endpoint | None = None, lifetime: int = 600,
                  **options) -> bytes:
        seen = ms.xor_address(*(mapped or self.ends.client), self.identity(label))
        return self.message(Type.ALLOCATE_RESPONSE, label, (ms.Attribute.LIFETIME, stun.unsigned32(lifetime)),
                            (ms.Attribute.MAPPED_ADDRESS, stun.address(*self.ends.relayed)), (ms.Attribute.XOR_MAPPED_ADDRESS, seen),
                            *attributes, **options)

    def allocate(self, label: str = "allocate", *attributes: tuple[int, bytes], wait: int = INTERVAL, **options) -> tuple[int, int]:
        """With credentials; the options are those of allocated()."""
        asked = self.send(CLIENT, self.allocate_request(label, *attributes), wait=wait)
        return asked, self.send(PEER, self.allocated(label, **options))

    def connected(self) -> "MicrosoftCall":
        self.open()
        self.challenge()
        self.allocate()
        return self

    def release(self) -> tuple[int, int]:
        asked = self.send(CLIENT, self.allocate_request("release", (ms.Attribute.LIFETIME, bytes(4))))
        return asked, self.send(PEER, self.allocated("release", lifetime=0))

    def send_request(self, label: str, data: bytes, *attributes: tuple[int, bytes], wait: int = INTERVAL) -> int:
        peer = (ms.Attribute.DESTINATION_ADDRESS, stun.address(*self.ends.peer))
        return self.send(CLIENT, self.message(Type.SEND_REQUEST, label, *attributes, (ms.Attribute.USERNAME, self.USERNAME), peer,
                                              (ms.Attribute.DATA, data)), wait=wait)

    def data_indication(self, label: str, data: bytes, wait: int = INTERVAL) -> int:
        peer = (ms.Attribute.REMOTE_ADDRESS, stun.address(*self.ends.peer))
        return self.send(PEER, self.message(Type.DATA_INDICATION, label, peer, (ms.Attribute.DATA, data), key=None), wait=wait)

    def set_active_request(self, label: str = "active", **options) -> bytes:
        peer = (ms.Attribute.DESTINATION_ADDRESS, stun.address(*self.ends.peer))
        return self.message(Type.SET_ACTIVE_DESTINATION_REQUEST, label, (ms.Attribute.USERNAME, self.USERNAME), peer, **options)

    def set_active(self, label: str = "active") -> tuple[int, int]:
        asked = self.send(CLIENT, self.set_active_request(label))
        return asked, self.send(PEER, self.message(Type.SET_ACTIVE_DESTINATION_RESPONSE, label))

    def end_to_end(self, sender: bool, packet: bytes, wait: int = INTERVAL) -> int:
        """Data for the active destination."""
        return self.line.send(sender, packet if self.udp else ms.frame(ms.END_TO_END, packet), wait=wait)
