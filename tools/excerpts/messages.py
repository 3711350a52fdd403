"""STUN and TURN messages, of the RFCs and of [MS-TURN], with other values in them and codes that fit these.

What each attribute holds is read from the plugin's own table of attributes. A value of which it is not known is replaced by
bytes without a meaning.
"""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from excerpts.integrity import Passwords, Signer
from excerpts.values import Values

HEADER = 20
COOKIE = b"\x21\x12\xa4\x42"
MS_COOKIE_ATTRIBUTE = b"\x00\x0f\x00\x04\x72\xc6\x4b\xc6"  # [MS-TURN] 2.2.2.8: the first one
CLASS_BITS = 0x0110
CONNECTION_BIND = 0x000B
FINGERPRINT_XOR = 0x5354554E
FAULTY_INDEX, FAULTY_ENTRY = 0x5A, 0x08BBE8EA  # of Microsoft's table for CRC-32

RFC, MS_TURN, RFC3489 = "rfc", "ms", "rfc3489"

NUMBERS = {"number8", "number16", "number32", "number16_list", "hex16", "hex32", "hex32_list", "flag", "seconds", "bandwidth",
           "change_request", "even_port", "port", "type_list", "algorithms", "icmp", "legacy_icmp", "counter", "ecn_check",
           "location_profile", "network_info", "admission_message", "reservation_amount", "sequence_number", "service_quality",
           "site_response", "relay_response"}
LONGEST_NUMBERS = 32  # more may hold anything
KEPT = {"ice_controlled", "ice_controlling", "ms_multiplexed_turn_session_id"}  # random, and compared with others
NAMES = {"username": "user", "ms_username": "user", "realm": "realm", "software": "software", "alternate_domain": "host",
         "ms_alternate_host_name": "host", "third_party_authorization": "host"}
# What servers say of an error code by themselves.
REASONS = {reason.encode() for reason in (
    "address family not supported|allocation mismatch|allocation quota reached|bad request|connection already exists|"
    "connection timeout or failure|forbidden|forbidden ip|insufficient capacity|invalid ip|mobility forbidden|"
    "peer address family mismatch|role conflict|server error|stale nonce|try alternate|unauthenticated|unauthorized|unauthorised|"
    "unknown attribute|unsupported transport protocol|wrong credentials|wrong nonce|wrong username|unknown username|"
    "allocation timeout|integrity check failure|missing username|missing realm|missing nonce|stale credentials").split("|")}


def attribute_table(text: str) -> dict[tuple[bool, int], tuple[str, str]]:
    """By dialect (is it Microsoft's?) and number: filter name and shape."""
    numbers: dict[str, int] = {}
    table = {}
    for dialect, first, second, name, shape in re.findall(
            r'^(RFC|MS)_ATTRIBUTE\((\w+), (\w+), "[^"]*",\s*"(\w+)", &msturn_shape_(\w+)', text, re.MULTILINE):
        number = int(first, 16) if dialect == "RFC" else numbers[first]
        numbers.setdefault(second, number)
        table[dialect == "MS", number] = (name, shape)
    return table


TABLE = attribute_table((Path(__file__).resolve().parents[2] / "plugin/message/attrs_table.inc").read_text())


@dataclass(frozen=True)
class Attribute:
    number: int
    offset: int  # of its header
    start: int  # of its value
    end: int
    whole: bool


# ---- is it one? ----


def message_length(data: bytes, at: int = 0) -> int:
    """Of the message that begins here; 0: none does."""
    if at + HEADER > len(data) or data[at] > 3:
        return 0
    length = HEADER + int.from_bytes(data[at + 2 : at + 4], "big")
    if data[at + 20 : at + 28] == MS_COOKIE_ATTRIBUTE:
        return length
    return length if data[at + 4 : at + 8] == COOKIE and length % 4 == 0 else 0


def is_rfc3489(data: bytes) -> bool:
    """As checks of [MS-ICE] are: no cookie, so all has to fit."""
    binding = data[:2] in (b"\x00\x01", b"\x01\x01", b"\x01\x11")
    return binding and len(data) >= HEADER == len(data) - int.from_bytes(data[2:4], "big") and (_fits(data, False) or _fits(data, True))


def dialect_of(data: bytes) -> str:
    if data[20:28] == MS_COOKIE_ATTRIBUTE:
        return MS_TURN
    return RFC if data[4:8] == COOKIE else RFC3489


def _fits(data: bytes, padded: bool) -> bool:
    offset = HEADER
    while offset < len(data):
        if offset + 4 > len(data):
            return False
        length = int.from_bytes(data[offset + 2 : offset + 4], "big")
        if offset + 4 + length > len(data):
            return False
        offset += 4 + length + (-length % 4 if padded else 0)
    return True


def attributes(data: bytes, length: int) -> Iterator[Attribute]:
    """data: what is there of a message of this length."""
    padded = dialect_of(data) == RFC
    if len(data) == length and not _fits(data, padded) and _fits(data, not padded):
        padded = not padded
    offset = HEADER
    while offset + 4 <= len(data):
        number, value_length = struct.unpack_from("!HH", data, offset)
        end = min(offset + 4 + value_length, len(data))
        yield Attribute(number, offset, offset + 4, end, offset + 4 + value_length <= len(data))
        offset += 4 + value_length + (-value_length % 4 if padded else 0)


# ---- FINGERPRINT ----


def _faulty_crc(data: bytes) -> int:
    table = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ 0xEDB88320 if entry & 1 else entry >> 1
        table.append(entry)
    table[FAULTY_INDEX] = FAULTY_ENTRY
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return ~crc & 0xFFFFFFFF


def fingerprint(old: bytes, new: bytes, value: bytes) -> bytes:
    """Of the new bytes; as wrong as it was for the old ones."""
    number = int.from_bytes(value, "big") ^ FINGERPRINT_XOR
    if number != zlib.crc32(old) and number == _faulty_crc(old):
        return (_faulty_crc(new) ^ FINGERPRINT_XOR).to_bytes(4, "big")
    return (number ^ zlib.crc32(old) ^ zlib.crc32(new) ^ FINGERPRINT_XOR).to_bytes(4, "big")


# ---- a message ----


class Messages:
    def __init__(self, values: Values, passwords: Passwords):
        self.values = values
        self.passwords = passwords
        self.signers: dict[bytes, Signer] = {}  # by transaction: an answer is signed as its request
        self.content: Callable[[bytes], bytes] = bytes  # what is inside of DATA
        self.count = 0

    def rewrite(self, data: bytes, length: int) -> bytes:
        """data: what was captured of a message of this length, its header at least."""
        new = bytearray(len(data))
        new[:HEADER] = data[:HEADER]
        self.count += 1
        found = list(attributes(data, length))
        signer = self._signer(data, found)
        for attribute in found:
            new[attribute.offset : attribute.start] = data[attribute.offset : attribute.start]
            value = self._value(data, bytes(new), attribute, signer, length)
            new[attribute.start : attribute.end] = value
        return bytes(new)

    def _value(self, old: bytes, new: bytes, attribute: Attribute, signer: Signer | None, length: int) -> bytes:
        value = old[attribute.start : attribute.end]
        dialect = dialect_of(old)
        name, shape = self._kind(old, attribute)
        if not attribute.whole:
            return bytes(len(value))
        if name == "fingerprint" and len(value) == 4:
            return fingerprint(old[: attribute.offset], new[: attribute.offset], value)
        if name.startswith("message_integrity"):
            sha256 = name.endswith("sha256") or (dialect == MS_TURN and len(value) == 32)
            made = signer.sign(old, new, attribute.offset, value, sha256) if signer and len(old) == length else None
            return made or self.values.token(value)
        if name == "username" and not self._named(old).get("realm"):
            return self.values.fragments(value)
        if name == "userhash":
            return self.passwords.userhash(value, self._named(old).get("realm")) or self.values.token(value)
        if name in ("nonce", "ms_nonce"):
            return self.values.nonce(value)
        if name in KEPT and len(value) <= 8:
            return value
        if name == "data":
            return self.content(value)
        if name == "enf_flow_description" and len(value) == 4:  # NOMINATION of libwebrtc has its number
            return value
        if shape == "text" or name in NAMES:
            return self.values.name(NAMES.get(name, "text"), value)
        return self._by_shape(shape, value, old)

    def _by_shape(self, shape: str, value: bytes, old: bytes) -> bytes:
        if shape == "address" and len(value) in (8, 20):
            return value[:4] + self.values.address(value[4:])
        if shape == "xor_address" and len(value) in (8, 20):
            return value[:4] + xor(self.values.address(xor(value[4:], old[4:20])), old[4:20])
        if shape in ("error_code", "address_error"):
            return value[:4] + self._reason(value[4:])
        if shape in NUMBERS and len(value) <= LONGEST_NUMBERS:
            return value
        return self.values.token(value)

    def _reason(self, reason: bytes) -> bytes:
        known = reason.rstrip(b"\0 ").lower() in REASONS
        return reason if known else self.values.name("reason", reason)

    def _kind(self, old: bytes, attribute: Attribute) -> tuple[str, str]:
        ms = dialect_of(old) == MS_TURN
        return TABLE.get((ms, attribute.number)) or TABLE.get((False, attribute.number), ("", ""))

    def _named(self, old: bytes) -> dict[str, bytes]:
        """The first attribute of each name counts."""
        named: dict[str, bytes] = {}
        for attribute in attributes(old, len(old)):
            name, _ = self._kind(old, attribute)
            named.setdefault(name, old[attribute.start : attribute.end])
        return named

    def _signer(self, old: bytes, found: list[Attribute]) -> Signer | None:
        """Noted with each request, looked up for each answer; all are collected before the first is needed."""
        transaction = old[4:20]
        if not int.from_bytes(old[:2], "big") & CLASS_BITS and transaction not in self.signers and found:
            named = self._named(old)
            user = named.get("username", named.get("ms_username"))
            realm = named.get("realm")
            if user is None and "userhash" in named:
                user = self.passwords.user_of_hash(named["userhash"], realm)
            if user is not None and "access_token" not in named:
                self.signers[transaction] = self.passwords.signer(user, realm, int.from_bytes(old[:2], "big") == 1, dialect_of(old) == RFC)
        return self.signers.get(transaction)


def xor(value: bytes, key: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(value, key))


def is_bind(data: bytes, at: int) -> bool:
    """After its request and its success the peer's bytes follow (RFC 6062 5.4)."""
    return int.from_bytes(data[at : at + 2], "big") in (CONNECTION_BIND, CONNECTION_BIND | 0x0100)
