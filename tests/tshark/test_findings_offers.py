"""Findings about what was offered: RFC 3264 6, RFC 8839 4 and 5, RFC 8445 6 and 7, RFC 6544 4.

What a case is says support/rule_cases.py. The peer offers, over SIP between the two hosts; the client allocates and answers.
"""

import pytest
import sip
import stun
from relayed_call import CLIENT, PEER
from rule_cases import Cases
from stun import Attribute, Class, Method

SIP_PORT = 5060
cases = Cases()


class Signalled:
    """A call through a relay, and its signalling."""

    def __init__(self, scene):
        self.call = scene.relayed()
        self.ends = scene.ends
        self.names = {"peer": (f"p{scene.name}", "password"), "client": (f"c{scene.name}", "password")}
        self.line = scene.capture.connection((self.ends.peer[0], 50601), (self.ends.client[0], SIP_PORT), client_sequence=70000)

    def candidate(self, end, kind: str, base=None, transport: str = "TCP-PASS") -> str:
        related = f" raddr {base[0]} rport {base[1]}" if base else ""
        return f"1 1 {transport} 2120613887 {end[0]} {end[1]} typ {kind}{related}"

    def _names(self, who: str) -> tuple[str, str]:
        ufrag, password = self.names[who]
        return "".join(character for character in ufrag if character.isalnum()), password

    def describe(self, who: str, candidates, at, port: int | None = None, **options) -> str:
        return sip.description(f"{who} 1 1", at[0], at[1] if port is None else port, self._names(who), candidates, **options)

    def offered(self) -> None:
        candidates = [self.candidate(self.ends.peer, "host"), self.candidate(self.ends.peer, "host", transport="TCP-ACT")]
        self.line.client(sip.invite(self.describe("peer", candidates, self.ends.peer)))

    def answered(self, candidates=None, **options) -> int:
        if candidates is None:
            candidates = [self.candidate(self.ends.relayed, "relay", self.ends.client)]
        return self.line.server(sip.ok(self.describe("client", candidates, self.ends.relayed, **options)))

    def connected(self) -> None:
        """Up to the first check."""
        self.call.permit()
        self.call.peer_connects()
        self.call.bind()

    def check(self, sender: bool, label: str, nominate: bool = False, receiver: str = "") -> tuple[int, int]:
        peer, client = self._names("peer")[0], self._names("client")[0]
        names = f"{receiver or peer}:{client}" if sender == CLIENT else f"{receiver or client}:{peer}"
        role = Attribute.ICE_CONTROLLED if sender == CLIENT else Attribute.ICE_CONTROLLING
        attributes = [(Attribute.USE_CANDIDATE, b"")] if nominate else []
        attributes += [(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)), (role, bytes(range(8))), (Attribute.USERNAME, names.encode())]
        packet = self.call.message(Method.BINDING, Class.REQUEST, label, *attributes, key=b"password")
        frames = self.call.pass_on(sender, packet, label)
        self.call.answer(not sender, label)
        return frames

    def checked(self) -> None:
        self.check(PEER, "first")
        self.check(CLIENT, "back")
        self.check(PEER, "nomination", nominate=True)


def signalled(scene) -> Signalled:
    call = Signalled(scene)
    call.offered()
    call.call.allocate()
    return call


# ---- calls that work ----


@cases.keeps("media_refused", "tcp_candidate_missing", "relayed_not_allocated", "relayed_not_offered", "candidate_untried",
             "candidate_not_offered", "ufrag_not_offered", "destination_other", verdict="nominated")
def everything_is_right(scene):
    call = signalled(scene)
    call.answered()
    call.connected()
    call.checked()
    candidates = [call.candidate(call.ends.peer, "host")]
    call.line.client(sip.invite(call.describe("peer", candidates, call.ends.peer), sequence=2))
    scene.wait(2)


# ---- the answer ----


@cases.breaks("media_refused", session=False)
def port_0(scene):
    call = signalled(scene)
    return call.answered([], port=0)


@cases.keeps("media_refused")
def port_0_for_video(scene):
    """Whoever has no camera refuses that, and the call goes on."""
    call = Signalled(scene)
    call.line.client(sip.invite(call.describe("peer", [], call.ends.peer, media="video")))
    call.call.allocate()
    call.answered([], port=0, media="video")


@cases.breaks("tcp_candidate_missing", session=False)
def only_udp_in_the_answer(scene):
    call = signalled(scene)
    return call.answered([call.candidate(call.ends.data, "host", transport="UDP")])


@cases.keeps("tcp_candidate_missing")
def udp_beside_tcp_in_the_answer(scene):
    call = signalled(scene)
    relay = call.candidate(call.ends.relayed, "relay", call.ends.client)
    call.answered([call.candidate(call.ends.data, "host", transport="UDP"), relay])


# ---- relayed addresses ----


@cases.breaks("relayed_not_allocated")
def another_address_than_the_allocated_one(scene):
    """As where SDP is rewritten on its way."""
    call = signalled(scene)
    return call.answered([call.candidate(("203.0.113.5", 35000), "relay", call.ends.client)])


@cases.keeps("relayed_not_allocated")
def relay_of_an_allocation_that_was_not_captured(scene):
    call = signalled(scene)
    relay = call.candidate(call.ends.relayed, "relay", call.ends.client)
    call.answered([relay, call.candidate(("203.0.113.5", 35000), "relay", (call.ends.client[0], 9999))])


@cases.breaks("relayed_not_offered")
def only_a_host_candidate(scene):
    call = signalled(scene)
    return call.answered([call.candidate(call.ends.data, "host")])


@cases.breaks("candidate_untried")
def nobody_connects_for_3_1_s(scene):
    call = signalled(scene)
    frame = call.answered()
    scene.wait(3.1)
    return frame


@cases.keeps("candidate_untried")
def nobody_connects_for_2_s(scene):
    call = signalled(scene)
    call.answered()
    scene.wait(2)


@cases.keeps("candidate_untried")
def no_answer_was_captured(scene):
    """Then it is not known who should have."""
    call = Signalled(scene)
    call.call.allocate()
    call.answered()
    scene.wait(5)


# ---- checks ----


@cases.breaks("candidate_not_offered", pair=True)
def peer_reflexive(scene):
    """RFC 8445 7.3.1.3: the check comes from an address that no candidate has."""
    call = Signalled(scene)
    call.line.client(sip.invite(call.describe("peer", [call.candidate(("192.0.2.77", 5000), "host")], call.ends.peer)))
    call.call.allocate()
    call.answered()
    call.connected()
    call.checked()
    scene.wait(2)


@cases.breaks("ufrag_not_offered", pair=True, most=2)
def user_fragment_of_an_earlier_offer(scene):
    call = signalled(scene)
    call.answered()
    call.connected()
    return call.check(PEER, "stale", receiver="0LD1")


@cases.keeps("ufrag_not_offered")
def only_one_description_was_captured(scene):
    call = signalled(scene)
    call.connected()
    call.checked()


# ---- after the nomination ----


@cases.breaks("destination_other", pair=True)
def new_offer_with_another_address(scene):
    call = signalled(scene)
    call.answered()
    call.connected()
    call.checked()
    other = call.describe("peer", [call.candidate(call.ends.peer, "host")], (call.ends.peer[0], 50999))
    frame = call.line.client(sip.invite(other, sequence=2))
    scene.wait(2)
    return frame


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
