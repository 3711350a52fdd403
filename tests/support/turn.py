"""Messages and packets that many tests send. Standard library only.

A label makes the transaction id: a request and its response have the same one.
"""

import struct

import stun
from stun import Attribute, Class, Message, Method, transaction_id

PEER = ("198.51.100.7", 53577)
RELAYED = ("192.0.2.1", 35000)  # outside of every range of the preferences
USER, REALM, PASSWORD, NONCE = "turn", "TANDBERG", "expressway", b"0123456789abcdef"
KEY = stun.long_term_key(USER, REALM, PASSWORD)
TCP, UDP = bytes([6, 0, 0, 0]), bytes([17, 0, 0, 0])  # REQUESTED-TRANSPORT
CONNECTION_ID = bytes.fromhex("01020304")


def message(method: int, message_class: int, label: str, *attributes: tuple[int, bytes], key: bytes | None = None) -> bytes:
    """A message with these attributes and a FINGERPRINT."""
    return Message(method, message_class, transaction_id(label), list(attributes)).encode(key, fingerprint=True)


# ICE checks


def check(label: str = "check") -> bytes:
    """A Binding request of a controlling agent."""
    attributes = [(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)), (Attribute.ICE_CONTROLLING, bytes(range(8))),
                  (Attribute.USERNAME, b"there:here")]
    return message(Method.BINDING, Class.REQUEST, label, *attributes, key=b"password")


def answer(label: str = "check") -> bytes:
    mapped = stun.xor_address(*PEER, transaction_id(label))
    return message(Method.BINDING, Class.SUCCESS, label, (Attribute.XOR_MAPPED_ADDRESS, mapped), key=b"password")


def keep_alive(label: str = "keep-alive") -> bytes:
    """A Binding indication without attributes but FINGERPRINT."""
    return message(Method.BINDING, Class.INDICATION, label)


# TURN


def credentials() -> list[tuple[int, bytes]]:
    return [(Attribute.USERNAME, USER.encode()), (Attribute.REALM, REALM.encode()), (Attribute.NONCE, NONCE)]


def allocate(label: str = "allocate", transport: bytes = TCP) -> bytes:
    """An Allocate request, for a TCP relay unless the transport is another one."""
    attributes = [(Attribute.REQUESTED_TRANSPORT, transport), (Attribute.LIFETIME, stun.unsigned32(600)), *credentials()]
    return message(Method.ALLOCATE, Class.REQUEST, label, *attributes, key=KEY)


def allocated(label: str = "allocate", relayed=RELAYED, mapped=PEER) -> bytes:
    identity = transaction_id(label)
    attributes = [(Attribute.XOR_RELAYED_ADDRESS, stun.xor_address(*relayed, identity)),
                  (Attribute.XOR_MAPPED_ADDRESS, stun.xor_address(*mapped, identity)),
                  (Attribute.LIFETIME, stun.unsigned32(600))]
    return message(Method.ALLOCATE, Class.SUCCESS, label, *attributes, key=KEY)


def refused(label: str = "allocate") -> bytes:
    attributes = [(Attribute.ERROR_CODE, stun.error_code(401, "Unauthorized")), (Attribute.NONCE, NONCE),
                  (Attribute.REALM, REALM.encode())]
    return message(Method.ALLOCATE, Class.ERROR, label, *attributes)


def refresh(label: str = "refresh") -> bytes:
    return message(Method.REFRESH, Class.REQUEST, label, (Attribute.LIFETIME, stun.unsigned32(600)), *credentials(), key=KEY)


def refreshed(label: str = "refresh") -> bytes:
    return message(Method.REFRESH, Class.SUCCESS, label, (Attribute.LIFETIME, stun.unsigned32(600)), key=KEY)


def attempt(label: str = "attempt", peer=PEER) -> bytes:
    peer_address = stun.xor_address(*peer, transaction_id(label))
    attributes = [(Attribute.CONNECTION_ID, CONNECTION_ID), (Attribute.XOR_PEER_ADDRESS, peer_address)]
    return message(Method.CONNECTION_ATTEMPT, Class.INDICATION, label, *attributes)


def bind(label: str = "bind") -> bytes:
    return message(Method.CONNECTION_BIND, Class.REQUEST, label, (Attribute.CONNECTION_ID, CONNECTION_ID), *credentials(), key=KEY)


def bound(label: str = "bind") -> bytes:
    return message(Method.CONNECTION_BIND, Class.SUCCESS, label, key=KEY)


def bind_refused(label: str = "bind") -> bytes:
    return message(Method.CONNECTION_BIND, Class.ERROR, label, (Attribute.ERROR_CODE, stun.error_code(400, "Bad Request")))


def send(data: bytes, label: str = "send") -> bytes:
    peer_address = stun.xor_address(*PEER, transaction_id(label))
    return message(Method.SEND, Class.INDICATION, label, (Attribute.XOR_PEER_ADDRESS, peer_address), (Attribute.DATA, data))


# What peers send


def rtp(sequence: int = 1, length: int = 40, payload_type: int = 127) -> bytes:
    """RFC 3550 5.1."""
    payload = bytes((sequence + i) & 0xFF for i in range(length))
    return struct.pack("!BBHII", 0x80, payload_type, sequence, 160 * sequence, 0xDECAFBAD) + payload


def rtcp() -> bytes:
    """A receiver report without reports, and an empty source description (RFC 3550 6.4.2, 6.5)."""
    return struct.pack("!BBHI", 0x80, 201, 1, 0xDECAFBAD) + struct.pack("!BBH", 0x80, 202, 0)


def dtls() -> bytes:
    """A DTLS 1.2 change cipher spec record (RFC 6347 4.1)."""
    return struct.pack("!BHHIHHB", 20, 0xFEFD, 0, 0, 1, 1, 1)


def noise(length: int, seed: int = 1) -> bytes:
    """Bytes without a meaning; none of them looks like the beginning of a message, frame or channel."""
    return bytes(0xF0 | (i * 7 + seed * 5) & 0x0F for i in range(length))
