"""Findings that one message of RFC 8489 proves, as expert items: severity, group, and the attribute in the text.

The rules themselves, each with a message that keeps it, are in tests/unit/test_message_rules.c and test_refusals.c.
"""

import stun
import turn
from stun import Attribute, Class, Method, error_code, unsigned32

LABEL = "rule"
ERROR, WARNING, NOTE = "8388608", "6291456", "4194304"  # PI_ERROR, PI_WARN, PI_NOTE of epan/proto.h
PROTOCOL, RESPONSE = "150994944", "50331648"  # PI_PROTOCOL, PI_RESPONSE_CODE
PRIVATE, PUBLIC = ("10.1.2.3", 40000), ("203.0.113.7", 40000)


def refusal(method: int, code: int, *attributes: tuple[int, bytes]) -> bytes:
    return turn.message(method, Class.ERROR, LABEL, (Attribute.ERROR_CODE, error_code(code, "no")), *attributes)


def xored(attribute: int, endpoint: tuple[str, int]) -> tuple[int, bytes]:
    return attribute, stun.xor_address(*endpoint, stun.transaction_id(LABEL))


def allocated(relayed: tuple[str, int], *attributes: tuple[int, bytes]) -> bytes:
    return turn.message(Method.ALLOCATE, Class.SUCCESS, LABEL, xored(Attribute.XOR_RELAYED_ADDRESS, relayed),
                        xored(Attribute.XOR_MAPPED_ADDRESS, PUBLIC), *attributes)


LIFETIME = Attribute.LIFETIME, unsigned32(600)

# A message; the finding, its severity and group, and how its text ends.
CASES = {
    "447": (refusal(Method.CONNECT, 447), "connect_failed", ERROR, RESPONSE, "(447)"),
    "446": (refusal(Method.CONNECT, 446), "connection_exists", WARNING, RESPONSE, "(446)"),
    "437": (refusal(Method.CREATE_PERMISSION, 437), "allocation_mismatch", ERROR, RESPONSE, "(437)"),
    "channel 400": (refusal(Method.CHANNEL_BIND, 400), "channel_refused", ERROR, RESPONSE, "(400, 403)"),
    "channel 403": (refusal(Method.CHANNEL_BIND, 403), "channel_refused", ERROR, RESPONSE, "(400, 403)"),
    "403": (refusal(Method.CREATE_PERMISSION, 403), "forbidden", ERROR, RESPONSE, "(403)"),
    "500": (refusal(Method.ALLOCATE, 500), "request_refused", WARNING, RESPONSE, "refused"),
    "420": (refusal(Method.ALLOCATE, 420, (Attribute.UNKNOWN_ATTRIBUTES, b"\0\x18")), "attribute_refused", ERROR, RESPONSE,
            ": EVEN-PORT"),
    "420 unknown": (refusal(Method.ALLOCATE, 420, (Attribute.UNKNOWN_ATTRIBUTES, b"\x7f\xf1")), "attribute_refused", ERROR,
                    RESPONSE, ": 0x7ff1"),
    "401": (refusal(Method.ALLOCATE, 401, (Attribute.REALM, b"realm")), "challenge_incomplete", ERROR, RESPONSE, ": NONCE"),
    "lifetime": (allocated(PUBLIC), "content_missing", ERROR, PROTOCOL, ": LIFETIME"),
    "relayed": (allocated(PRIVATE, LIFETIME), "relayed_private", WARNING, PROTOCOL, "public"),
    "class": (turn.message(Method.SEND, Class.SUCCESS, LABEL), "method_class", WARNING, PROTOCOL, "message"),
    "realm": (turn.message(Method.REFRESH, Class.REQUEST, LABEL, (Attribute.REALM, b'"realm"')), "realm_quoted", WARNING, PROTOCOL,
              "value"),
}

HEALTHY = {
    "challenge": refusal(Method.ALLOCATE, 401, (Attribute.REALM, b"realm"), (Attribute.NONCE, b"nonce")),
    "stale nonce": refusal(Method.REFRESH, 438, (Attribute.REALM, b"realm"), (Attribute.NONCE, b"nonce")),
    "allocated": allocated(PUBLIC, LIFETIME),
    "check": turn.check(LABEL),
    "answer": turn.answer(LABEL),
}


def test_findings(tshark, write, passes, capture):
    frames = {name: capture.connection().server(case[0]) for name, case in CASES.items()}
    packets = tshark.trees(write(capture), *passes)
    for name, (_, finding, severity, group, end) in CASES.items():
        packet = packets[frames[name]]
        experts = [item for top in packet.protocols for item in top.walk() if item.name == "_ws.expert"]
        expert, = [item for item in experts if f"msturn.finding.{finding}" in item.names()]
        assert expert.get("_ws.expert.severity") == severity, name
        assert expert.get("_ws.expert.group") == group, name
        text = next(item.label for item in expert.children if item.name == f"msturn.finding.{finding}")
        assert text.endswith(end), name


def test_messages_without_a_finding_of_their_own(tshark, write, passes, capture):
    frames = [capture.connection().server(data) for data in HEALTHY.values()]
    packets = tshark.trees(write(capture), *passes)
    raised = {row[1] for row in CASES.values()}
    assert [raised & set(packets[frame].findings) for frame in frames] == [set()] * len(frames)
