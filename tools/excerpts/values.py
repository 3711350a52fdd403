"""What is put in place of addresses, names and secrets: the same for the same, and as long."""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import hashlib
import ipaddress
import os
from collections.abc import Iterator

IPv4, IPv6 = ipaddress.IPv4Network, ipaddress.IPv6Network

# What kind of address it is tells whether it can work (RFC 1918, 6598, 3927, 4193, 4291): private ones stay private, and all
# others become those of documentation, the 762 hosts of RFC 5737 and RFC 3849. The first network is the natural one.
PRIVATE = [IPv4(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
KINDS = [(network, PRIVATE[index:]) for index, network in enumerate(PRIVATE)]
KINDS += [(IPv4(network), [IPv4(network)]) for network in ("100.64.0.0/10", "169.254.0.0/16")]
KINDS += [(IPv6("fe80::/10"), [IPv6("fe80::/64")]), (IPv6("fc00::/7"), [IPv6("fd00::/64")])]
KINDS += [(IPv4("0.0.0.0/0"), [IPv4("192.0.2.0/24"), IPv4("198.51.100.0/24"), IPv4("203.0.113.0/24")])]
KINDS += [(IPv6("::/0"), [IPv6("2001:db8::/64")])]
# An IPv4 address is in the last four bytes (RFC 4291 2.5.5.2, RFC 6052).
HOLDS_IPV4 = [IPv6("::ffff:0:0/96"), IPv6("64:ff9b::/96")]
# Everybody has these.
COMMON = [IPv4("127.0.0.0/8"), IPv4("0.0.0.0/32"), IPv4("224.0.0.0/4"), IPv4("255.255.255.255/32"), IPv6("::/127"), IPv6("ff00::/8")]

NONCE_COOKIE, NONCE_COOKIE_LENGTH = b"obMatJos2", 13  # RFC 8489 9.2: with the security features, which are no secret
SHORTEST_SEARCHED = 4  # shorter ones are in any file


class TooMany(Exception):
    pass


class _Hosts:
    """Of a network, in order, without those that are in the capture."""

    def __init__(self, network, used):
        self.left = (host for host in network.hosts() if host not in used)
        self.next = next(self.left, None)

    def take(self):
        taken, self.next = self.next, next(self.left, None)
        return taken


class Values:
    """First everything that is to be replaced is collected, then assign() decides, and from then on it is replaced."""

    def __init__(self):
        self.assigned = False
        self.addresses: dict = {}  # of ipaddress
        self.names: dict[bytes, bytes] = {}
        self.kinds: dict[bytes, str] = {}  # of a name
        self.macs: dict[bytes, bytes] = {}
        self.composed: dict[bytes, bytes] = {}  # texts of which parts are replaced
        self.passwords: dict[bytes, bytes] = {}
        self.salt = os.urandom(16)

    # ---- addresses ----

    def address(self, packed: bytes) -> bytes:
        address = ipaddress.ip_address(packed)
        if any(address in network for network in COMMON if network.version == address.version):
            return packed
        if any(address in network for network in HOLDS_IPV4 if address.version == 6):
            return packed[:12] + self.address(packed[12:])
        if not self.assigned:
            self.addresses.setdefault(address, None)
            return packed
        return self.addresses[address].packed

    def mac(self, mac: bytes) -> bytes:
        """Addresses of groups, and none, stay."""
        if not mac or mac[0] & 1 or not any(mac):
            return mac
        if not self.assigned:
            self.macs.setdefault(mac, b"")
            return mac
        return self.macs[mac]

    # ---- names ----

    def name(self, kind: str, value: bytes) -> bytes:
        """Quotes around a text and NULs after it are no part of it (RFC 8489 9.2.2)."""
        core = value.rstrip(b"\0")
        quotes = len(core) >= 2 and core.startswith(b'"') and core.endswith(b'"')
        inner = core[1:-1] if quotes else core
        new = self._name(kind, inner)
        return (b'"' + new + b'"' if quotes else new) + value[len(core):]

    def nonce(self, value: bytes) -> bytes:
        kept = NONCE_COOKIE_LENGTH if value.startswith(NONCE_COOKIE) else 0
        new = value[:kept] + self.name("nonce", value[kept:])
        return self._composed(value, new)

    def fragments(self, value: bytes) -> bytes:
        """The user name of a check: that of the receiver, a colon, that of the sender (RFC 8445 7.2.2)."""
        return self._composed(value, b":".join(self.name("user", part) for part in value.split(b":")))

    def _composed(self, value: bytes, new: bytes) -> bytes:
        if self.assigned:
            self.composed[value] = new
        return new

    def _name(self, kind: str, value: bytes) -> bytes:
        if not value:
            return value
        if not self.assigned:
            self.names.setdefault(value, b"")
            self.kinds.setdefault(value, kind)
            return value
        return self.names[value]

    def password(self, value: bytes) -> bytes:
        if not self.assigned:
            self.passwords.setdefault(value, b"")
        return self.passwords[value] or value

    def token(self, value: bytes) -> bytes:
        """For numbers that mean nothing but themselves: nobody can tell from which they were made."""
        made = b"".join(hashlib.sha256(self.salt + bytes([part]) + value).digest() for part in range(len(value) // 32 + 1))
        return made[: len(value)]

    # ---- the decision ----

    def assign(self) -> None:
        self._assign_addresses()
        free = (new for new in map(hardware_address, range(1 << 16)) if new not in self.macs)
        for mac in self.macs:
            self.macs[mac] = _sized(next(free), len(mac))
        taken = set(self.names)
        for value in self.names:
            self.names[value] = next(new for new in names_of(self.kinds[value], len(value)) if _is_free(new, taken))
            taken.add(self.names[value])
        for count, value in enumerate(self.passwords, 1):
            self.passwords[value] = b"password-%d" % count
        self.assigned = True

    def _assign_addresses(self) -> None:
        """In their order, since which of two is the lower one may tell which end is named first."""
        hosts = {network: _Hosts(network, self.addresses) for _, networks in KINDS for network in networks}
        for version in (4, 6):
            last = ipaddress.ip_address("0.0.0.0" if version == 4 else "::")
            for address in sorted(known for known in self.addresses if known.version == version):
                networks = next(to for network, to in KINDS if network.version == version and address in network)
                free = [hosts[network] for network in networks if hosts[network].next is not None]
                if not free:
                    raise TooMany(f"its {len(self.addresses)} addresses are more than there are for documentation")
                chosen = next((host for host in free if host.next > last), free[0])
                self.addresses[address] = chosen.take()
                last = max(last, self.addresses[address])

    # ---- what must not be left ----

    def searched(self) -> Iterator[tuple[str, bytes]]:
        """Everything that was replaced, in each form in which it might stand somewhere."""
        for address in self.addresses:
            yield str(address), address.packed
            if address.version == 4:
                yield f"{address}, XORed", bytes(a ^ b for a, b in zip(address.packed, b"\x21\x12\xa4\x42"))
            yield from ((str(address), text.encode()) for text in {str(address), address.exploded})
        yield from (("the hardware address " + mac.hex(":"), mac) for mac in self.macs)
        for value in [*self.names, *self.passwords]:
            if len(value) >= SHORTEST_SEARCHED:
                yield self.kinds.get(value, "password") + " " + repr(value.decode(errors="replace")), value

    def table(self) -> Iterator[tuple[str, str, str]]:
        """Kind, what it was, what it is."""
        yield from (("address", str(old), str(new)) for old, new in self.addresses.items())
        yield from (("hardware address", old.hex(":"), new.hex(":")) for old, new in self.macs.items())
        yield from ((self.kinds[old], text_of(old), text_of(new)) for old, new in self.names.items())
        yield from (("composed", text_of(old), text_of(new)) for old, new in self.composed.items() if old not in self.names)
        yield from (("password", text_of(old), text_of(new)) for old, new in self.passwords.items())


def hardware_address(count: int) -> bytes:
    """RFC 9542 has 256 for documentation; others are of local use."""
    return b"\x00\x00\x5e\x00\x53" + bytes([count]) if count < 256 else b"\x02\x00\x5e\x00" + count.to_bytes(2, "big")


def text_of(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() else value.hex()


def _sized(value: bytes, length: int) -> bytes:
    return value[-length:].rjust(length, b"\0")


def _is_free(new: bytes, taken: set[bytes]) -> bool:
    return new not in taken and not any(len(old) >= SHORTEST_SEARCHED and old in new for old in taken if old != new)


DIGITS = b"0123456789abcdefghijklmnopqrstuvwxyz"


def names_of(kind: str, length: int) -> Iterator[bytes]:
    """user1xxxxx, user2xxxxx, ...; where that is too long, u001, u002, ..."""
    count = 0
    while True:
        count += 1
        word = kind.encode() + b"%d" % count
        if len(word) <= length:
            yield word.ljust(length, b"x")
            continue
        number, digits = count, b""
        while number:
            number, digit = divmod(number, len(DIGITS))
            digits = DIGITS[digit : digit + 1] + digits
        if len(digits) > length:
            raise TooMany(f"it has more texts of {length} bytes than can be told apart")
        yield digits if len(digits) == length else kind[:1].encode() + digits.rjust(length - 1, b"0")
