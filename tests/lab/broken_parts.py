"""What a call that breaks needs besides the parts of the healthy one: steps that fail, and agents that go wrong."""

import contextlib
import socket
import struct
import subprocess
import time
from dataclasses import dataclass

from cms import Cms
from connection import CallFailed, Connection, require
from edge import PORT, Edge
from ice import Agent
from stun import Attribute, Class, Message, Method, error_code, read_error_code, short_term_key, unsigned32

# Longer than the three seconds after which a missing check or answer counts as missing.
SILENCE = 4


@dataclass(frozen=True)
class Lab:
    """The three hosts, and the credentials that the server knows."""

    cms_host: tuple[str, str]  # namespace and address
    edge_host: tuple[str, str]
    server_namespace: str
    server: tuple[str, int]
    relay: tuple[str, int]  # the first of the relayed addresses
    user: str
    password: str

    def cms(self, kind: type["BrokenCms"] | None = None, password: str = "") -> "BrokenCms":
        return (kind or BrokenCms)(*self.cms_host, self.server, self.user, password or self.password, None)

    def edge(self, port: int = PORT) -> Edge:
        return Edge(*self.edge_host, port)

    def cut_off_cms(self) -> None:
        """From now on what the server sends to CMS gets no answer, not even TCP's."""
        namespace, _ = self.cms_host
        subprocess.run(["ip", "-n", namespace, "route", "add", "blackhole", self.server[0]], check=True)

    def call(self, permission: bool = True, kind: type["BrokenCms"] | None = None):
        """CMS with its allocation, and the Edge that may connect to it; and the relayed address."""
        cms, edge = self.cms(kind), self.edge()
        relayed = cms.allocate()
        require(relayed == self.relay, f"relayed address {self.relay}, not {relayed}")
        if permission:
            cms.create_permission(edge.address[0])
        return cms, edge, relayed


class BrokenCms(Cms):
    """CMS whose requests fail; a method that is called refused returns the error code."""

    def allocate_refused(self) -> int:
        return self._refused(self.control, self._allocate_request())

    def refresh_refused(self, lifetime: int) -> int:
        return self._refused(self.control, self._request(Method.REFRESH).add(Attribute.LIFETIME, unsigned32(lifetime)))

    def permission_refused(self, peer_host: str) -> int:
        return self._refused(self.control, self._peer_request(Method.CREATE_PERMISSION, (peer_host, 0)))

    def connect_refused(self, peer: tuple[str, int]) -> int:
        return self._refused(self.control, self._peer_request(Method.CONNECT, peer))

    def bind_on_control_refused(self, connection_id: bytes) -> int:
        return self._refused(self.control, self._bind_request(connection_id))

    def bind_cut_off(self, connection_id: bytes) -> None:
        """coturn does not answer a bind that it cannot carry out: it resets the connection."""
        self._open_data()
        self._send(self.data, self._bind_request(connection_id))
        wait_for_silent_end(self.data, SILENCE)
        self.data.close()

    def _refused(self, connection: Connection, request: Message) -> int:
        answer = self._exchange(connection, request, Class.ERROR)
        self.offered_nonce = answer.get(Attribute.NONCE)
        return read_error_code(answer.get(Attribute.ERROR_CODE))


class BrokenAgent(Agent):
    """An agent that does not do what the other one expects."""

    def drop_check(self) -> None:
        """The check arrives, and nothing follows."""
        self._receive_any(Class.REQUEST)

    def answer_signed_with(self, password: str) -> None:
        self.send_answer(self._receive_any(Class.REQUEST), password)

    def refuse_check(self, code: int, reason: str, signed: bool) -> None:
        request = self._receive_any(Class.REQUEST)
        answer = Message(Method.BINDING, Class.ERROR, request.transaction_id)
        answer.add(Attribute.ERROR_CODE, error_code(code, reason))
        key = short_term_key(self.me.password) if signed else None
        self.connection.send_packet(answer.encode(key, fingerprint=True))

    def receive_refusal(self, code: int) -> None:
        answer = self._receive_any(Class.ERROR)
        require(answer.transaction_id == self.open_check, "refusal of the open check")
        require(read_error_code(answer.get(Attribute.ERROR_CODE)) == code, f"{code} to a check")

    def drop_answer(self) -> None:
        """An answer whose integrity is wrong counts as not received (RFC 8489 9.1.4)."""
        self._receive_any(Class.SUCCESS)

    def _receive_any(self, message_class: Class) -> Message:
        message = Message.decode(self.connection.receive_packet())
        require(message.is_a(Method.BINDING, message_class), f"Binding {message_class.name}")
        return message


def reset(connection: Connection) -> None:
    """End a connection with RST instead of FIN."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def wait_for_silent_end(connection: Connection, seconds: float) -> None:
    """The other end closes or resets, and has sent nothing before."""
    connection.socket.settimeout(seconds)
    try:
        connection.wait_for_end()
    except TimeoutError as error:
        raise CallFailed(f"no end of the connection in {seconds} s") from error


def expect_nothing(connection: Connection, seconds: float) -> None:
    connection.socket.settimeout(seconds)
    with contextlib.suppress(TimeoutError):
        raise CallFailed(f"{connection.socket.recv(1).hex() or 'the end'} instead of silence")


def give_up(cms: Cms, edge: Edge) -> None:
    """Both ends tidy up, without the media that a call that works would have had."""
    time.sleep(SILENCE)
    edge.connection.close()
    cms.data.wait_for_end()
    cms.data.close()
    release(cms)


def release(cms: Cms) -> None:
    cms.refresh(0)
    cms.control.close()
