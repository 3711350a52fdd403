"""Findings about what was offered: RFC 3264 6, RFC 8839 4 and 5, RFC 8445 6 and 7, RFC 6544 4.

What a case is says support/rule_cases.py. The peer offers, over SIP between the two hosts; the client allocates and answers.
"""

import pytest
from relayed_call import CLIENT, PEER
from rule_cases import Cases
from signalled_call import Signalled

cases = Cases()


def of(scene) -> Signalled:
    return Signalled(scene.relayed(), scene.name)


def signalled(scene, at=None, **options) -> Signalled:
    call = of(scene)
    call.offered(at, **options)
    call.call.allocate()
    return call


# ---- calls that work ----


@cases.keeps("media_refused", "tcp_candidate_missing", "relayed_not_allocated", "relayed_not_offered", "candidate_untried",
             "candidate_not_offered", "ufrag_not_offered", "destination_other", "new_offer_missing", "candidate_unreachable",
             verdict="nominated")
def everything_is_right(scene):
    call = signalled(scene)
    call.answered()
    call.connected()
    call.checked()
    call.invited([call.candidate(call.ends.peer, "host")], call.ends.peer, sequence=2)
    scene.wait(20)


# ---- the answer ----


@cases.breaks("media_refused", session=False)
def port_0(scene):
    call = signalled(scene)
    return call.answered([], port=0)


@cases.keeps("media_refused")
def port_0_for_video(scene):
    """Whoever has no camera refuses that, and the call goes on."""
    call = of(scene)
    call.invited([], call.ends.peer, media="video")
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
    call = of(scene)
    call.call.allocate()
    call.answered()
    scene.wait(5)


# ---- checks ----


@cases.breaks("candidate_not_offered", pair=True)
def peer_reflexive(scene):
    """RFC 8445 7.3.1.3: the check comes from an address that no candidate has."""
    call = of(scene)
    call.invited([call.candidate(("192.0.2.77", 5000), "host")], call.ends.peer)
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

OTHER_PORT = 50999


def nominated(scene, at=None, **options) -> Signalled:
    call = signalled(scene, at, **options)
    call.answered(**options)
    call.connected()
    call.checked()
    return call


@cases.breaks("destination_other", pair=True)
def new_offer_with_another_address(scene):
    call = nominated(scene)
    frame = call.invited([call.candidate(call.ends.peer, "host")], (call.ends.peer[0], OTHER_PORT), sequence=2)
    scene.wait(2)
    return frame


@cases.keeps("destination_other")
def offer_of_another_call(scene):
    """By the same hosts, as between two SIP servers."""
    call = nominated(scene)
    call.call_id, call.names["peer"] = "another", ("other", "password")
    call.invited([call.candidate(call.ends.peer, "host")], (call.ends.peer[0], OTHER_PORT))
    scene.wait(2)


@cases.keeps("destination_other")
def restart_of_ice(scene):
    """RFC 8839 4.4.1.1: new user fragments; its pair is yet to be found."""
    call = nominated(scene)
    call.names["peer"] = ("again", "password")
    call.invited([call.candidate(call.ends.peer, "host")], (call.ends.peer[0], OTHER_PORT), sequence=2)
    scene.wait(2)


@cases.breaks("new_offer_missing", pair=True)
def no_offer_for_10_1_s(scene):
    """m= and c= of the offer name another port than the one that won."""
    nominated(scene, ("10.77.0.1", OTHER_PORT))
    scene.wait(10.1)


@cases.keeps("new_offer_missing")
def no_offer_for_9_s(scene):
    nominated(scene, ("10.77.0.2", OTHER_PORT))
    scene.wait(9)


@cases.keeps("new_offer_missing")
def new_offer_that_names_the_pair(scene):
    call = nominated(scene, ("10.77.0.3", OTHER_PORT))
    scene.wait(1)
    call.invited([call.candidate(call.ends.peer, "host")], call.ends.peer, sequence=2)
    call.answered(sequence=2)
    scene.wait(15)


@cases.keeps("new_offer_missing")
def default_is_the_pair(scene):
    """As Skype's offer, whose m= and c= name its relay."""
    nominated(scene)
    scene.wait(15)


@cases.keeps("new_offer_missing")
def agents_that_trickle(scene):
    """RFC 8840: browsers make none."""
    nominated(scene, ("10.77.0.4", OTHER_PORT), extra=("a=ice-options:ice2 trickle",))
    scene.wait(15)


@cases.keeps("new_offer_missing")
def call_that_ends_at_once(scene):
    call = nominated(scene, ("10.77.0.5", OTHER_PORT))
    call.call.hang_up()
    scene.wait(15)


# ---- private addresses ----

PUBLIC, PRIVATE, OTHER_PRIVATE = ("8.8.4.4", 6000), ("192.168.7.7", 5000), ("10.8.8.8", 6001)


def exchanged(scene, offered, answered) -> int:
    """Candidates only: nothing of the call itself. Returns the frame of the offer."""
    call = of(scene)
    call.call.allocate()
    frame = call.invited([call.candidate(*candidate) for candidate in offered], PUBLIC)
    call.answered([call.candidate(*candidate) for candidate in answered], at=PUBLIC)
    return frame


@cases.breaks("candidate_unreachable", session=False)
def private_for_an_end_in_public(scene):
    """As a client at home that calls a server: it has its reflexive address for that."""
    return exchanged(scene, [(PRIVATE, "host"), (("9.9.9.9", 5000), "srflx", PRIVATE)], [(PUBLIC, "host")])


@cases.keeps("candidate_unreachable")
def private_on_both_sides(scene):
    """They may be in one network."""
    exchanged(scene, [(PRIVATE, "host")], [(OTHER_PRIVATE, "host")])


@cases.keeps("candidate_unreachable")
def the_other_end_is_behind_a_nat(scene):
    """Its related address is private: the same network, perhaps."""
    exchanged(scene, [(PRIVATE, "host")], [(PUBLIC, "srflx", OTHER_PRIVATE)])


@cases.keeps("candidate_unreachable")
def the_other_end_has_a_name(scene):
    """Browsers hide their host candidates behind mDNS names."""
    exchanged(scene, [(PRIVATE, "host")], [(PUBLIC, "host"), (("f4e1.local", 6002), "host")])


@cases.keeps("candidate_unreachable")
def public_on_both_sides(scene):
    exchanged(scene, [(("9.9.9.9", 5000), "host")], [(PUBLIC, "host")])


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
