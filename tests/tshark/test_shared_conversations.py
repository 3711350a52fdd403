"""UDP conversations that SDP or DTLS gave to RTP: ICE's checks on the same ports are msturn's, and all the rest is as without it.

RFC 7983: STUN, DTLS and RTP share a port. From Wireshark 4.4 on, RTP by default gives messages to the built-in dissector.
"""

import struct

import pytest
import turn
from tcpcap import Capture
from test_ms_dialogue import datagram, first_allocate

ALICE, BOB = ("192.0.2.10", 41000), ("192.0.2.20", 42000)
PROXY = ("192.0.2.1", 5060)
PLAIN = ("-o", "msturn.plain_stun_udp:TRUE")


def sdp(end) -> bytes:
    address, port = end
    return "\r\n".join((
        "v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0", f"m=audio {port} RTP/AVP 0", "a=rtcp-mux", "",
    )).encode()


def sip(first_line: str, sequence: int, body: bytes) -> bytes:
    return "\r\n".join((
        first_line, "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1", "From: <sip:a@example.com>;tag=1",
        "To: <sip:b@example.com>;tag=2", "Call-ID: 1@example.com", f"CSeq: {sequence} INVITE", "Content-Type: application/sdp",
        f"Content-Length: {len(body)}", "", "",
    )).encode() + body


def announced_by_sdp(capture) -> None:
    datagram(capture, ("192.0.2.10", 5060), PROXY, sip("INVITE sip:b@example.com SIP/2.0", 1, sdp(ALICE)))
    datagram(capture, PROXY, ("192.0.2.10", 5060), sip("SIP/2.0 200 OK", 1, sdp(BOB)))


def record(kind: int, sequence: int, body: bytes) -> bytes:
    return struct.pack("!BHHIHH", kind, 0xFEFD, 0, 0, sequence, len(body)) + body


def hello(kind: int, sequence: int, chosen: bytes) -> bytes:
    """RFC 6347 4.2.2, with use_srtp (RFC 5764 4.1.1). `chosen`: after the version, the random number and an empty session id."""
    use_srtp = struct.pack("!HHHHB", 14, 5, 2, 1, 0)
    body = struct.pack("!H", 0xFEFD) + turn.noise(32, kind) + b"\0" + chosen + struct.pack("!H", len(use_srtp)) + use_srtp
    return record(22, sequence, bytes([kind]) + len(body).to_bytes(3, "big") + struct.pack("!H", 0) + bytes(3)
                  + len(body).to_bytes(3, "big") + body)


def announced_by_dtls(capture) -> None:
    """The hellos agree on SRTP, and both ends change their cipher specification."""
    datagram(capture, ALICE, BOB, hello(1, 0, b"\0" + struct.pack("!HH", 2, 0xC02B) + b"\1\0"))
    datagram(capture, BOB, ALICE, hello(2, 0, struct.pack("!HB", 0xC02B, 0)))
    datagram(capture, ALICE, BOB, record(20, 1, b"\1"))
    datagram(capture, BOB, ALICE, record(20, 1, b"\1"))


def checks(capture, label: str = "") -> list[int]:
    """In each direction a check and its answer."""
    return [datagram(capture, ALICE, BOB, turn.check(label + "a")), datagram(capture, BOB, ALICE, turn.answer(label + "a")),
            datagram(capture, BOB, ALICE, turn.check(label + "b")), datagram(capture, ALICE, BOB, turn.answer(label + "b"))]


def media(capture) -> list[int]:
    return [datagram(capture, *ends, data) for ends in ((ALICE, BOB), (BOB, ALICE))
            for data in (turn.rtp(1, payload_type=0), turn.rtcp(), record(23, 2, bytes(40)))]


ANNOUNCED = [(announced_by_sdp,), (announced_by_dtls,), (announced_by_sdp, announced_by_dtls), (announced_by_dtls, announced_by_sdp)]
COLUMNS = ["frame.protocols", "_ws.col.Info"]


@pytest.mark.parametrize("announced", ANNOUNCED, ids=lambda makes: "-".join(make.__name__.split("_")[-1] for make in makes))
@pytest.mark.parametrize("before", [False, True], ids=["", "checks-before"])
def test_checks_and_media(tshark, stock, write, passes, capture, announced, before):
    """The checks are msturn's, and the rest is shown as if there were none."""
    without_checks = Capture()
    ours = checks(capture, "before") if before else []
    for announce in announced:
        for each in (capture, without_checks):
            announce(each)
            media(each)
        ours += checks(capture, announce.__name__)
    for each in (capture, without_checks):
        media(each)
    path, path_without = write(capture), write(without_checks)
    shown = tshark.frames(path, COLUMNS, *PLAIN, *passes)
    assert [frame for frame, row in shown.items() if "msturn" in row["frame.protocols"][0].split(":")] == ours
    theirs = [row for frame, row in shown.items() if frame not in ours]
    assert theirs == list(stock.frames(path_without, COLUMNS, *passes).values())


def test_without_the_preference(tshark, stock, write, passes, capture):
    """MS-TURN is msturn's by default; standard STUN on the same ports is not, and shown as it is without msturn."""
    announced_by_sdp(capture)
    checks(capture)
    ours = datagram(capture, ALICE, BOB, first_allocate())
    checks(capture, "again")
    media(capture)
    path = write(capture)
    with_msturn, without = tshark.frames(path, [*COLUMNS, "msturn.method"], *passes), stock.frames(path, COLUMNS, *passes)
    assert [frame for frame, row in with_msturn.items() if row.pop("msturn.method")] == [ours]
    assert {n: (row, without[n]) for n, row in with_msturn.items() if n != ours and row != without[n]} == {}


def test_switched_off(tshark, stock, write, passes, capture):
    announced_by_sdp(capture)
    checks(capture)
    media(capture)
    path = write(capture)
    for off in (("--disable-protocol", "msturn"), ("--disable-heuristic", "msturn_udp")):
        assert tshark.column(path, "frame.protocols", *PLAIN, *off, *passes) == stock.column(path, "frame.protocols", *passes)
