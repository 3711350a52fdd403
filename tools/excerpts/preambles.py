"""What may stand before STUN and TURN on a TCP connection: SSLTCP, the PROXY protocol, the talk with a proxy."""
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

import re

from excerpts.values import Values

SSLTCP = [(bytes.fromhex("80460103 01002d"), 72), (bytes.fromhex("16030100 4a020000 46030142 8545a7"), 79)]  # nothing in them varies
PROXY_V2 = b"\r\n\r\n\0\r\nQUIT\n"
KEPT_HEADERS = (b"content-length", b"connection", b"proxy-connection", b"transfer-encoding")


def rewrite(data: bytes, values: Values) -> bytes:
    """Nothing: no such thing begins here."""
    for start, length in SSLTCP:
        if data.startswith(start) and len(data) >= length:
            return data[:length]
    return _proxy_v1(data) or _proxy_v2(data, values) or _http(data, values)


def _proxy_v1(data: bytes) -> bytes:
    """The addresses are text of any length; of an unknown family nothing is read (PROXY protocol 2.1)."""
    end = data.find(b"\r\n", 0, 107)
    if not data.startswith(b"PROXY ") or end < 13:
        return b""
    return b"PROXY UNKNOWN".ljust(end, b" ") + b"\r\n"


def _proxy_v2(data: bytes, values: Values) -> bytes:
    if not data.startswith(PROXY_V2) or len(data) < 16:
        return b""
    length = 16 + int.from_bytes(data[14:16], "big")
    if length > len(data):
        return b""
    size = {1: 4, 2: 16}.get(data[13] >> 4, 0)
    body = values.address(data[16 : 16 + size]) + values.address(data[16 + size : 16 + 2 * size]) if size else b""
    ports = data[16 + 2 * size : 20 + 2 * size] if size else b""
    new = data[:16] + body + ports
    return new + bytes(length - len(new))


def _http(data: bytes, values: Values) -> bytes:
    """CONNECT to a proxy, and its answer; names of hosts are as long as before, and so are addresses, which become names."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or not data.startswith((b"CONNECT ", b"HTTP/1.")):
        return b""
    first, *headers = data[:end].split(b"\r\n")
    return b"\r\n".join([_first_line(first, values), *(_header(header) for header in headers)]) + b"\r\n\r\n"


def _first_line(line: bytes, values: Values) -> bytes:
    request = re.fullmatch(rb"CONNECT (.*?)(:\d+)?( HTTP/1\.\d)", line)
    if request:
        return b"CONNECT " + values.name("host", request[1]) + (request[2] or b"") + request[3]
    answer = re.fullmatch(rb"(HTTP/1\.\d \d{3})(.*)", line)
    return answer[1] + _veiled(answer[2]) if answer else _veiled(line)


def _header(line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    return line if name.lower() in KEPT_HEADERS else _veiled(name) + colon + _veiled(value)


def _veiled(text: bytes) -> bytes:
    return re.sub(rb"[^ ]", b"x", text)
