"""SIP with session descriptions, as far as tests need it. Standard library only.

The descriptions are those of the call that this project is about: Skype's offer with Microsoft's candidates, and the answer of the
Meeting Server. User fragments and passwords are those of tests/lab/ice.py.
"""

EDGE, CMS = ("SfB9", "SkypeEdgeIcePassword/1"), ("cMS1", "MeetingServerIcePwd/01")

OFFER_CANDIDATES = (
    "1 1 TCP-PASS 2120613887 192.168.251.128 18027 typ host",
    "1 2 TCP-PASS 2120613374 192.168.251.128 18027 typ host",
    "2 1 TCP-ACT 2121006591 192.168.251.128 13450 typ host",
    "2 2 TCP-ACT 2121006078 192.168.251.128 13450 typ host",
    "3 1 TCP-PASS 174455807 192.168.1.252 53577 typ relay raddr 10.149.4.201 rport 65417",
    "3 2 TCP-PASS 174455294 192.168.1.252 53577 typ relay raddr 10.149.4.201 rport 65417",
    "4 1 TCP-ACT 174848511 192.168.1.252 53577 typ relay raddr 10.149.4.201 rport 65417",
    "4 2 TCP-ACT 174847998 192.168.1.252 53577 typ relay raddr 10.149.4.201 rport 65417",
    "5 1 TCP-ACT 1684797439 10.149.4.201 65417 typ srflx raddr 192.168.251.128 rport 17476",
    "5 2 TCP-ACT 1684796926 10.149.4.201 65417 typ srflx raddr 192.168.251.128 rport 17476",
)
ANSWER_CANDIDATES = (
    "1 1 TCP-PASS 2120613887 10.48.54.230 38547 typ host",
    "2 1 TCP-PASS 174455807 192.168.1.229 24000 typ relay raddr 10.48.54.230 rport 33347",
)


def description(origin: str, address: str, port: int, names: tuple[str, str], candidates, role: str = "sharer",
                protocol: str = "TCP/RTP/SAVP", setup: str = "active", media: str = "applicationsharing", extra=()) -> str:
    ufrag, password = names
    lines = ["v=0", f"o={origin} IN IP4 {address}", "s=session", f"c=IN IP4 {address}", "t=0 0",
             f"m={media} {port} {protocol} 127", f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}",
             *(f"a=candidate:{candidate}" for candidate in candidates), f"a=setup:{setup}", "a=connection:new",
             "a=rtpmap:127 x-data/90000", f"a=x-applicationsharing-role:{role}", "a=x-applicationsharing-media-type:rdp",
             *extra]
    return "".join(f"{line}\r\n" for line in lines)


def offer(candidates=OFFER_CANDIDATES, **options) -> str:
    return description("- 0 0", "192.168.1.252", 53577, EDGE, candidates, **options)


def answer(candidates=ANSWER_CANDIDATES, port: int = 24000, names: tuple[str, str] = CMS, **options) -> str:
    return description("cms 1 1", "192.168.1.229", port, names, candidates, role="viewer", setup="passive", **options)


def _headers(start: str, call: str, sequence: str, kind: str, length: int) -> str:
    lines = (start, "Via: SIP/2.0/TCP 192.0.2.9:5060;branch=z9hG4bK776asdhds", "From: <sip:skype@example.com>;tag=1",
             "To: <sip:cms@example.com>;tag=2", f"Call-ID: {call}", f"CSeq: {sequence}", "Max-Forwards: 70",
             "Contact: <sip:skype@192.0.2.9:5060;transport=tcp>", f"Content-Type: {kind}", f"Content-Length: {length}")
    return "".join(f"{line}\r\n" for line in lines) + "\r\n"


def invite(body: str, call: str = "call-1", kind: str = "application/sdp", sequence: int = 1) -> bytes:
    return (_headers("INVITE sip:cms@example.com SIP/2.0", call, f"{sequence} INVITE", kind, len(body)) + body).encode()


def ok(body: str, call: str = "call-1", sequence: int = 1) -> bytes:
    return (_headers("SIP/2.0 200 OK", call, f"{sequence} INVITE", "application/sdp", len(body)) + body).encode()


def http(start: str, body: str) -> bytes:
    """The same without SIP."""
    return f"{start}\r\nHost: cms.example.com\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def multipart(*bodies: str) -> str:
    """For the kind 'multipart/mixed;boundary=part'."""
    parts = "".join(f"--part\r\nContent-Type: application/sdp\r\n\r\n{body}\r\n" for body in bodies)
    return f"{parts}--part--\r\n"
