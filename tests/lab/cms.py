"""The Cisco Meeting Server of the lab: a TURN client over TCP (RFC 6062)."""

import ssl

from connection import Connection, require
from stun import (
    Attribute,
    Class,
    Message,
    Method,
    integrity_is_valid,
    long_term_key,
    read_error_code,
    read_xor_address,
    transaction_id,
    unsigned32,
    xor_address,
)

CONTROL_PORT = 33347
DATA_PORT = 44342
LIFETIME = 600
PROTOCOL_TCP = 6
FAMILY_IPV6 = 2


class Cms:
    """One allocation: its control connection, and the data connection once it is bound."""

    name = "cms"  # in transaction ids
    control_port, data_port = CONTROL_PORT, DATA_PORT
    lifetime = LIFETIME  # asked for

    def __init__(self, namespace, host, server, user, password, tls: ssl.SSLContext | None):
        self.namespace, self.host, self.server, self.tls = namespace, host, server, tls
        self.user, self.password = user, password
        self.realm = self.nonce = b""
        self.key: bytes | None = None
        self.messages = 0
        self.data: Connection | None = None
        self.control = Connection.open(namespace, (host, self.control_port), server, tls)

    def allocate(self) -> tuple[str, int]:
        """Allocate, 401, Allocate with credentials; returns the relayed address."""
        self.learn_realm()
        grant = self._exchange(self.control, self._allocate_request())
        mapped = read_xor_address(grant.get(Attribute.XOR_MAPPED_ADDRESS), grant.transaction_id)
        require(mapped == (self.host, self.control_port), f"XOR-MAPPED-ADDRESS is {mapped}")
        require(grant.get(Attribute.LIFETIME) == unsigned32(self.lifetime), "the lifetime that was asked for")
        return read_xor_address(grant.get(Attribute.XOR_RELAYED_ADDRESS), grant.transaction_id)

    def learn_realm(self) -> None:
        """The Allocate without credentials, whose refusal tells realm and nonce (RFC 8489 9.2.3)."""
        refusal = self._exchange(self.control, self._allocate_request(), Class.ERROR)
        require(read_error_code(refusal.get(Attribute.ERROR_CODE)) == 401, "401 to the first Allocate")
        self.realm, self.nonce = refusal.get(Attribute.REALM), refusal.get(Attribute.NONCE)
        self.key = long_term_key(self.user, self.realm.decode(), self.password)

    def refresh(self, lifetime: int) -> None:
        """Lifetime 0 deletes the allocation."""
        request = self._request(Method.REFRESH).add(Attribute.LIFETIME, unsigned32(lifetime))
        grant = self._exchange(self.control, request)
        require(grant.get(Attribute.LIFETIME) == unsigned32(lifetime), f"Refresh to {lifetime} s")

    def create_permission(self, peer_host: str) -> None:
        """Only the address counts, the port is ignored (RFC 8656 9.1)."""
        self._exchange(self.control, self._peer_request(Method.CREATE_PERMISSION, (peer_host, 0)))

    def connect(self, peer: tuple[str, int]) -> bytes:
        """Let the server open the connection to the peer; returns the CONNECTION-ID."""
        answer = self._exchange(self.control, self._peer_request(Method.CONNECT, peer))
        return answer.get(Attribute.CONNECTION_ID)

    def wait_for_attempt(self, peer: tuple[str, int]) -> bytes:
        """The server tells of the peer's connection; returns the CONNECTION-ID."""
        attempt = Message.decode(self.control.receive_message())
        require(attempt.is_a(Method.CONNECTION_ATTEMPT, Class.INDICATION), "ConnectionAttempt indication")
        who = read_xor_address(attempt.get(Attribute.XOR_PEER_ADDRESS), attempt.transaction_id)
        require(who == peer, f"ConnectionAttempt of {peer}, not of {who}")
        return attempt.get(Attribute.CONNECTION_ID)

    def bind(self, connection_id: bytes) -> None:
        """Open the data connection; behind the answer it carries the peer's bytes (RFC 6062 5.4)."""
        self._open_data()
        self._exchange(self.data, self._bind_request(connection_id))

    def keep_alive(self) -> None:
        indication = Message(Method.BINDING, Class.INDICATION, self._next_id())
        self.control.send(indication.encode(fingerprint=True))

    def _next_id(self) -> bytes:
        self.messages += 1
        return transaction_id(f"{self.name} {self.messages}")

    def _request(self, method: int) -> Message:
        return Message(method, Class.REQUEST, self._next_id())

    def _allocate_request(self) -> Message:
        request = self._request(Method.ALLOCATE)
        request.add(Attribute.REQUESTED_TRANSPORT, bytes([PROTOCOL_TCP, 0, 0, 0]))
        request.add(Attribute.LIFETIME, unsigned32(self.lifetime))
        if ":" in self.host:
            # Without it the server relays on IPv4, also for a client on IPv6 (RFC 8656 7.2).
            request.add(Attribute.REQUESTED_ADDRESS_FAMILY, bytes([FAMILY_IPV6, 0, 0, 0]))
        return request

    def _open_data(self) -> None:
        self.data = Connection.open(self.namespace, (self.host, self.data_port), self.server, self.tls)

    def _bind_request(self, connection_id: bytes) -> Message:
        return self._request(Method.CONNECTION_BIND).add(Attribute.CONNECTION_ID, connection_id)

    def _peer_request(self, method: int, peer: tuple[str, int]) -> Message:
        request = self._request(method)
        return request.add(Attribute.XOR_PEER_ADDRESS, xor_address(*peer, request.transaction_id))

    def _exchange(self, connection: Connection, request: Message, expected=Class.SUCCESS) -> Message:
        """Send the request; returns the answer, checked."""
        self._send(connection, request)
        data = connection.receive_message()
        answer = Message.decode(data)
        require(
            answer.transaction_id == request.transaction_id and answer.is_a(request.method, expected),
            f"{expected.name} answer to {request.method.name}, not {data.hex()}",
        )
        if expected == Class.SUCCESS:
            require(integrity_is_valid(data, self.key), f"integrity of the answer to {request.method.name}")
        return answer

    def _send(self, connection: Connection, request: Message) -> None:
        """With credentials, once there is a key."""
        if self.key:
            request.add(Attribute.USERNAME, self.user.encode())
            request.add(Attribute.REALM, self.realm).add(Attribute.NONCE, self.nonce)
        connection.send(request.encode(self.key, fingerprint=True))
