"""MESSAGE-INTEGRITY, where a password is known: signed again with another password, as the plugin would verify it.

RFC 8489 sections 9.1.1, 9.2.2, 14.4 to 14.6; [MS-TURN] and [MS-ICE] with the padding of RFC 3489.
"""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import base64
import binascii
import hashlib
import hmac
import re
import struct
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from excerpts.values import Values

WAYS = [(False, False), (True, False), (True, True), (False, True)]  # padded to 64 bytes; the whole length in the header
MAPPED_TO_NOTHING = re.compile("[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]")  # RFC 3454 B.1


def from_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def password_forms(password: bytes) -> list[bytes]:
    """In which it may go into a key: SASLprep, OpaqueString, decoded as [MS-AVEDGEA] hands it out, as it is."""
    forms = [password, from_base64(password)]
    try:
        spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in password.decode())
        forms += [unicodedata.normalize("NFKC", MAPPED_TO_NOTHING.sub("", spaced)).encode(), unicodedata.normalize("NFC", spaced).encode()]
    except UnicodeDecodeError:
        pass
    return list(dict.fromkeys(filter(None, forms)))


def bare(value: bytes) -> bytes:
    inner = value.rstrip(b"\0")
    return inner[1:-1] if len(inner) >= 2 and inner.startswith(b'"') and inner.endswith(b'"') else inner


@dataclass
class Key:
    """The parts of one key; the same parts replaced are the new key."""

    parts: tuple[tuple[str, bytes], ...]  # kind and value
    hash: str  # "" for a short-term key

    def made(self, values: Values | None) -> bytes:
        parts = [value if values is None else values.password(value) if kind == "password" else values.name(kind, value)
                 for kind, value in self.parts]
        joined = b":".join(parts)
        return hashlib.new(self.hash, joined).digest() if self.hash else joined


@dataclass
class Signer:
    values: Values
    keys: list[tuple[Key, bytes]]  # and the password as it is known
    ways: list[tuple[bool, bool]]

    def sign(self, old: bytes, new: bytes, offset: int, value: bytes, sha256: bool) -> bytes | None:
        """The code for the new bytes; None: no known key has made the old one."""
        name = "sha256" if sha256 else "sha1"
        for key, password in self.keys:
            for way in self.ways:
                if _code(key.made(None), name, old, offset, len(value), way) == value:
                    return _code(_new_key(key, password, self.values), name, new, offset, len(value), way)
        return None


def _new_key(key: Key, password: bytes, values: Values) -> bytes:
    """Whatever form the known password went in, the new one goes in as it is."""
    return Key(tuple((kind, password if kind == "password" else value) for kind, value in key.parts), key.hash).made(values)


def _code(key: bytes, name: str, data: bytes, offset: int, length: int, way: tuple[bool, bool]) -> bytes:
    padded, whole = way
    counted = int.from_bytes(data[2:4], "big") if whole else offset + 4 + length - 20
    covered = data[:2] + struct.pack("!H", counted) + data[4:offset] + (bytes(-offset % 64) if padded else b"")
    return hmac.digest(key, covered, name)[:length]


@dataclass
class Passwords:
    values: Values
    turn: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)  # user, realm (or empty), password
    ice: list[tuple[bytes, bytes]] = field(default_factory=list)  # ufrag, password

    def collect(self) -> None:
        """Users that do not come up are told of as well: it may be that only for them a password is known."""
        for user, realm, password in self.turn:
            self.values.name("user", user)
            self.values.name("realm", realm)
            self.values.password(password)

    def replaced(self) -> tuple[list[tuple[bytes, bytes, bytes]], list[tuple[bytes, bytes]]]:
        """For who reads the excerpt: all for TURN, and those for ICE that came up. In messages a user may be decoded."""
        values = self.values
        turn = [(values.names.get(from_base64(user)) or values.name("user", user), values.name("realm", realm), values.password(password))
                for user, realm, password in self.turn]
        ice = [(values.names.get(ufrag) or values.names[from_base64(ufrag)], values.password(password)) for ufrag, password in self.ice
               if password in values.passwords and (ufrag in values.names or from_base64(ufrag) in values.names)]
        return turn, ice

    def signer(self, user: bytes, realm: bytes | None, binding: bool, standard: bool) -> Signer:
        keys = self._check_keys(user) if realm is None else self._turn_keys(user, realm)
        for _, password in keys:
            self.values.password(password)
        return Signer(self.values, keys, WAYS[:1] if standard and not binding else WAYS)

    def _turn_keys(self, user: bytes, realm: bytes) -> list[tuple[Key, bytes]]:
        keys = []
        for known, known_realm, password in self.turn:
            if bare(user) not in (known, from_base64(known)) or (known_realm and bare(known_realm) != bare(realm)):
                continue
            for form in password_forms(password):
                for parts, name in (((bare(user), bare(realm)), "md5"), ((user, realm), "md5"), ((bare(user), bare(realm)), "sha256")):
                    keys.append((Key((("user", parts[0]), ("realm", parts[1]), ("password", form)), name), password))
        return keys

    def _check_keys(self, user: bytes) -> list[tuple[Key, bytes]]:
        """The receiver's password first; the sender's is what those use who have swapped them."""
        receiver, _, sender = user.rstrip(b"\0").partition(b":")
        return [(Key((("password", form),), ""), password) for ufrag in (receiver, sender) for known, password in self.ice
                if ufrag and ufrag in (known, from_base64(known)) for form in password_forms(password)]

    def user_of_hash(self, userhash: bytes, realm: bytes | None) -> bytes | None:
        return next((user for user, _, _ in self.turn if hashlib.sha256(user + b":" + bare(realm or b"")).digest() == userhash), None)

    def userhash(self, userhash: bytes, realm: bytes | None) -> bytes | None:
        user = self.user_of_hash(userhash, realm)
        if user is None:
            return None
        return hashlib.sha256(self.values.name("user", user) + b":" + self.values.name("realm", bare(realm or b""))).digest()

    # ---- where they are known from ----

    def add_preference(self, preference: str) -> bool:
        """As tshark's -o; returns whether it was one of these."""
        table, _, record = preference.removeprefix("uat:").partition(":")
        return preference.startswith("uat:") and self.add_record(table, record)

    def add_record(self, table: str, record: str) -> bool:
        fields = [_unescaped(text) for text in re.findall(r'"((?:[^"\\]|\\.)*)"', record)]
        if table == "msturn_credentials" and len(fields) >= 3:
            self.turn.append((fields[0], fields[1], fields[2]))
        elif table == "msturn_ice_credentials" and len(fields) >= 2:
            self.ice.append((fields[0], fields[1]))
        else:
            return False
        return True

    def add_table(self, file: Path) -> None:
        """A table of a profile."""
        try:
            lines = file.read_text(errors="replace").splitlines()
        except OSError:
            return
        for line in lines:
            if not line.startswith("#"):
                self.add_record(file.name, line)

    def add_sdp(self, text: str) -> None:
        """RFC 8839 5.4, and the candidates of Microsoft's older form: user and password."""
        ufrag = ""
        for kind, value in re.findall(r"\b(ice-ufrag|ice-pwd):([A-Za-z0-9+/=_-]+)", text):
            if kind == "ice-ufrag":
                ufrag = value
            elif ufrag:
                self._add_ice(ufrag, value)
        for user, password in re.findall(r"candidate:([A-Za-z0-9+/=]{8,}) \d+ ([A-Za-z0-9+/=]{8,}) ", text):
            self._add_ice(user, password)

    def _add_ice(self, ufrag: str, password: str) -> None:
        if (ufrag.encode(), password.encode()) not in self.ice:
            self.ice.append((ufrag.encode(), password.encode()))


def _unescaped(text: str) -> bytes:
    return re.sub(rb"\\x([0-9a-fA-F]{2})|\\(.)", lambda found: bytes([int(found[1], 16)]) if found[1] else found[2],
                  text.encode(errors="surrogateescape"))
