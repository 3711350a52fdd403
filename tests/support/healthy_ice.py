"""Healthy ICE agents, by what they send on a pair: libwebrtc, ICE-lite servers, agents of RFC 5245, Skype for Business."""

import turn
from case_calls import refuse_check
from healthy import (ALL, BOUND, CHANNEL, DIRECT, MILLISECOND, NOMINATED, SECOND, SEND, UDP, UDP_TURN, UNFINISHED, UNKNOWN,
                     VALID, Behaviours, beside, both_check, check, checked, consent, indication, leave, media, nominated,
                     nominating)
from relayed_call import CLIENT, PEER
from stun import Attribute, Method

ice = Behaviours()

GOOG_PING = 0x080  # registered to Google, without RFC
GOOG_MISC_INFO, GOOG_INTEGRITY_32, GOOG_NETWORK_INFO = 0xC059, 0xC060, 0xC057


# ---- libwebrtc ----


def pings(call, seconds: float, label: str = "ping", interval: int = 2_500, **options) -> None:
    """libwebrtc pings a stable pair every 2.5 s, and one that is not yet stable every 480 ms, for ever: selected or not."""
    for number in range(int(seconds * 1000 / interval)):
        checked(call, PEER, f"{label} {number}", wait=interval * MILLISECOND, **options)
        checked(call, CLIENT, f"{label} back {number}", **options)


@ice.on(*ALL)
def endless_pings_of_the_selected_pair(scene, path):
    """RFC 8445 7.2.5.3.4: nominated by a check with USE-CANDIDATE; RFC 7675 5.1: checks go on after that."""
    call = path.begin(scene)
    nominated(call)
    pings(call, 30)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def quick_pings_before_nomination(scene, path):
    """RFC 8445 8.1.1: when to nominate is the controlling agent's business. Each 480 ms until the pair is called stable."""
    call = path.begin(scene)
    both_check(call)
    pings(call, 4, "quick ping", interval=480)
    checked(call, PEER, "nomination", nominate=True)
    pings(call, 10)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def every_ping_of_the_controlling_end_nominates(scene, path):
    """libwebrtc repeats USE-CANDIDATE in each ping of the selected pair."""
    call = path.begin(scene)
    nominated(call)
    for number in range(10):
        checked(call, PEER, f"ping {number}", nominate=True, wait=2_500 * MILLISECOND)
        checked(call, CLIENT, f"ping back {number}")
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def pair_pinged_and_not_selected(scene, path):
    """RFC 8445 8.1.1: one pair is nominated, the others are not; libwebrtc goes on pinging them. Not a fault of the
    second pair."""
    call = path.begin(scene)
    second = beside(call, path)
    nominated(call)
    both_check(second)
    for number in range(8):
        for one in (call, second):
            checked(one, PEER, f"ping {number}", wait=1_250 * MILLISECOND)
            checked(one, CLIENT, f"ping back {number}")
    leave(second, path)
    path.end(call)
    return NOMINATED, VALID


@ice.on(*ALL, may={"never_nominated"})
def only_the_pair_that_is_not_selected_is_captured(scene, path):
    """As before, but the selected pair goes another way: that it was never nominated may be said, it is not broken."""
    call = path.begin(scene)
    both_check(call)
    pings(call, 30)
    path.end(call)
    return VALID,


@ice.on(*ALL)
def renomination(scene, path):
    """draft-thatcher-ice-renomination-01: NOMINATION instead of USE-CANDIDATE; repeated until it was acknowledged,
    then no more."""
    call = path.begin(scene)
    both_check(call)
    checked(call, PEER, "nomination", nominating(1), wait=480 * MILLISECOND)
    media(call)
    pings(call, 30)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def renomination_of_another_pair(scene, path):
    """The last nomination wins: the first pair was nominated too, and is left."""
    call = path.begin(scene)
    second = beside(call, path)
    both_check(call)
    checked(call, PEER, "nomination", nominating(1))
    media(call)
    pings(call, 10)
    both_check(second)
    checked(second, PEER, "nomination", nominating(2))
    media(second)
    pings(second, 10)
    leave(second, path)
    path.end(call)
    return NOMINATED, NOMINATED


@ice.on(*ALL)
def late_check_of_a_pair_that_is_not_needed(scene, path):
    """RFC 8445 8.1.2: when a pair is nominated, the others are not checked any more; the peer's check that comes then
    is answered."""
    call = path.begin(scene)
    nominated(call)
    second = beside(call, path)
    checked(second, PEER, "late")
    media(call)
    consent(call, 15)
    leave(second, path)
    path.end(call)
    return NOMINATED, f"{UNFINISHED}|{UNKNOWN}|{VALID}"


@ice.on(DIRECT, BOUND, UDP, UDP_TURN)
def goog_ping(scene, path):
    """libwebrtc's short ping of an otherwise unchanged check: method 0x080, GOOG-MESSAGE-INTEGRITY-32, no FINGERPRINT
    needed."""
    call = path.begin(scene)
    both_check(call)
    checked(call, PEER, "nomination", (GOOG_MISC_INFO, b"\0\1"), nominate=True)
    for number in range(8):
        for sender, label in ((PEER, f"goog {number}"), (CLIENT, f"goog back {number}")):
            for kind, who in ((0, sender), (2, not sender)):
                packet = call.message(GOOG_PING, kind, label, (GOOG_INTEGRITY_32, bytes(4)), key=None)
                call.pass_on(who, packet, f"{label} {kind}", wait=SECOND if kind == 0 else 10 * MILLISECOND)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def attributes_of_libwebrtc(scene, path):
    """GOOG-NETWORK-INFO and GOOG-MISC-INFO are comprehension-optional (RFC 8489 14)."""
    extra = (GOOG_NETWORK_INFO, bytes.fromhex("0001000a")), (GOOG_MISC_INFO, b"\0\1")
    call = path.begin(scene)
    checked(call, PEER, "first", *extra)
    checked(call, CLIENT, "back", *extra)
    checked(call, PEER, "nomination", *extra, nominate=True)
    path.end(call)
    return NOMINATED,


# ---- ICE-lite: RFC 8445 2.5, 6.1.1, 7: it answers and never checks ----


def lite_consent(call, asker: bool, seconds: float, label: str = "consent") -> None:
    for number in range(int(seconds / 5)):
        checked(call, asker, f"{label} {number}", role=Attribute.ICE_CONTROLLING, wait=5 * SECOND)


@ice.on(*ALL, name="lite-peer")
def lite_peer(scene, path):
    """mediasoup, Janus, LiveKit, Meet: the full agent checks, is controlling, nominates, and asks for consent."""
    return lite(scene, path, CLIENT)


@ice.on(*ALL, name="lite-client")
def lite_client(scene, path):
    """The same the other way round: the server is behind the relay, or is called local."""
    return lite(scene, path, PEER)


def lite(scene, path, asker: bool):
    call = path.begin(scene)
    checked(call, asker, "first", role=Attribute.ICE_CONTROLLING)
    checked(call, asker, "nomination", role=Attribute.ICE_CONTROLLING, nominate=True)
    media(call)
    lite_consent(call, asker, 30)
    media(call, label="more media")
    path.end(call)
    return NOMINATED,


@ice.on(DIRECT, BOUND, may={"nominated_early"})
@ice.on(SEND, CHANNEL, UDP, UDP_TURN)
def lite_peer_of_an_aggressive_agent(scene, path):
    """The full agent's first check nominates at once: RFC 5245 8.1.1.2; a lite end allows no other (mediasoup takes
    the first)."""
    call = path.begin(scene)
    checked(call, CLIENT, "first", role=Attribute.ICE_CONTROLLING, nominate=True)
    for number in range(6):
        checked(call, CLIENT, f"ping {number}", role=Attribute.ICE_CONTROLLING, nominate=True, wait=2_500 * MILLISECOND)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def lite_peer_pinged_on_a_second_pair(scene, path):
    """Meet: a pair that is only kept warm. The same end is seen to be lite on the other pair of this session."""
    call = path.begin(scene)
    second = beside(call, path)
    checked(call, CLIENT, "first", role=Attribute.ICE_CONTROLLING)
    checked(call, CLIENT, "nomination", role=Attribute.ICE_CONTROLLING, nominate=True)
    checked(second, CLIENT, "first", role=Attribute.ICE_CONTROLLING)
    for number in range(4):
        for one in (call, second):
            checked(one, CLIENT, f"ping {number}", role=Attribute.ICE_CONTROLLING, wait=2_500 * MILLISECOND)
    leave(second, path)
    path.end(call)
    return NOMINATED, VALID


# ---- RFC 5245 and other agents ----


@ice.on(DIRECT, BOUND, may={"nominated_early"}, name="aggressive")
@ice.on(SEND, CHANNEL, UDP, UDP_TURN, name="aggressive")
def aggressive_nomination(scene, path):
    """RFC 5245 8.1.1.2: each check of the controlling agent nominates. Only between TCP candidates it must not (RFC 6544 8);
    libwebrtc does so there, too, and it works: that may be told, and the pair is nominated."""
    call = path.begin(scene)
    checked(call, PEER, "first", nominate=True)
    checked(call, CLIENT, "back")
    checked(call, PEER, "again", nominate=True, wait=480 * MILLISECOND)
    consent(call, 15)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def check_crosses_triggered_check(scene, path):
    """RFC 8445 7.3.1.4: both ends begin at once, and each answers and checks again."""
    call = path.begin(scene)
    for sender, label in ((PEER, "first"), (CLIENT, "back")):
        check(call, sender, label)
    for sender, label in ((CLIENT, "first"), (PEER, "back")):
        call.answer(sender, label)
    for sender, label in ((CLIENT, "triggered"), (PEER, "triggered back")):
        checked(call, sender, label)
    checked(call, PEER, "nomination", nominate=True)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def answer_after_two_seconds(scene, path):
    """A slow end, as through a satellite or behind a host that sleeps: it is answered."""
    call = path.begin(scene)
    checked(call, PEER, "first")
    check(call, CLIENT, "back")
    call.answer(PEER, "back", wait=2 * SECOND)
    checked(call, PEER, "nomination", nominate=True)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def controlling_client(scene, path):
    """Who controls follows from the offer (RFC 8445 6.1.1): the client of the relay as well."""
    call = path.begin(scene)
    checked(call, CLIENT, "first", role=Attribute.ICE_CONTROLLING)
    checked(call, PEER, "back", role=Attribute.ICE_CONTROLLED)
    checked(call, CLIENT, "nomination", role=Attribute.ICE_CONTROLLING, nominate=True)
    media(call)
    path.end(call)
    return NOMINATED,


# ---- roles ----


@ice.on(*ALL, may={"role_conflict"})
def role_switched_then_long_consent(scene, path):
    """RFC 8445 7.3.1.1, 7.2.5.1: both controlling, 487, one changes, and keeps to that for the rest of the call."""
    call = path.begin(scene)
    checked(call, PEER, "first", role=Attribute.ICE_CONTROLLING)
    check(call, CLIENT, "wrong", role=Attribute.ICE_CONTROLLING)
    refuse_check(call, PEER, "wrong", 487)
    checked(call, CLIENT, "right", role=Attribute.ICE_CONTROLLED)
    checked(call, PEER, "nomination", nominate=True)
    consent(call, 40)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL, may={"role_conflict"})
def role_switched_by_the_end_that_controls_after_it(scene, path):
    """Both controlled: the one with the smaller tie-breaker is refused and becomes controlling (RFC 8445 7.3.1.1)."""
    call = path.begin(scene)
    checked(call, CLIENT, "first", role=Attribute.ICE_CONTROLLED)
    check(call, PEER, "wrong", role=Attribute.ICE_CONTROLLED)
    refuse_check(call, CLIENT, "wrong", 487)
    checked(call, PEER, "right", role=Attribute.ICE_CONTROLLING)
    checked(call, PEER, "nomination", role=Attribute.ICE_CONTROLLING, nominate=True)
    consent(call, 20)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def role_switched_without_487(scene, path):
    """RFC 8445 7.3.1.1: the receiver with the smaller tie-breaker changes its own role, and answers with success."""
    call = path.begin(scene)
    checked(call, CLIENT, "first", role=Attribute.ICE_CONTROLLING)
    checked(call, PEER, "back", role=Attribute.ICE_CONTROLLING)
    checked(call, CLIENT, "switched", role=Attribute.ICE_CONTROLLED)
    checked(call, PEER, "nomination", role=Attribute.ICE_CONTROLLING, nominate=True)
    consent(call, 20)
    path.end(call)
    return NOMINATED,


# ---- Skype for Business ----


def microsoft(number: int) -> tuple[tuple[int, bytes], ...]:
    candidate = Attribute.MS_CANDIDATE_IDENTIFIER, bytes([0x30 + number, 0, 0, 0])
    return candidate, (Attribute.MS_IMPLEMENTATION_VERSION, bytes([0, 0, 0, 2]))


@ice.on(DIRECT, BOUND, UDP, UDP_TURN)
def use_candidate_beside_controlled(scene, path):
    """Frame 2597 of the call that the project is made for: [MS-ICE2] agents send USE-CANDIDATE beside ICE-CONTROLLED.
    Harmless."""
    call = path.begin(scene)
    checked(call, PEER, "first", *microsoft(1))
    checked(call, CLIENT, "back", *microsoft(3), nominate=True)
    checked(call, PEER, "nomination", *microsoft(1), nominate=True)
    media(call)
    path.end(call)
    return NOMINATED,


# ---- keep-alives ----


@ice.on(*ALL)
def consent_for_two_minutes(scene, path):
    """RFC 7675 5.1."""
    call = path.begin(scene)
    nominated(call)
    media(call)
    consent(call, 120)
    media(call, label="more media")
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def consent_of_one_end_only(scene, path):
    """RFC 7675 4: consent is for who sends; an end that only receives, or an old one, asks for none."""
    call = path.begin(scene)
    nominated(call)
    for number in range(12):
        checked(call, CLIENT, f"consent {number}", wait=5 * SECOND)
        call.pass_on(CLIENT, turn.rtp(number + 1), f"media {number}")
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def no_consent_at_all(scene, path):
    """RFC 5245 agents send Binding indications instead (RFC 8445 11), and Microsoft's send nothing while media flows."""
    call = path.begin(scene)
    nominated(call)
    for number in range(25):
        media(call, 1, f"media {number}", wait=2 * SECOND)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def binding_indications(scene, path):
    """RFC 8445 11: each 15 s, not answered."""
    call = path.begin(scene)
    nominated(call)
    for number in range(4):
        indication(call, CLIENT, f"alive {number}", wait=15 * SECOND)
        indication(call, PEER, f"alive back {number}")
    path.end(call)
    return NOMINATED,


@ice.on(DIRECT, BOUND)
def frames_of_length_zero(scene, path):
    """RFC 4571 2: LENGTH 0 is a null packet, and legal; used as keep-alive."""
    call = path.begin(scene)
    call.pass_on(PEER, b"", "null before the first check")
    nominated(call)
    for number in range(4):
        call.pass_on(CLIENT, b"", f"null {number}", wait=10 * SECOND)
        call.pass_on(PEER, b"", f"null back {number}")
    media(call)
    path.end(call)
    return NOMINATED,


@ice.on(SEND, CHANNEL, UDP_TURN, BOUND)
def binding_indications_to_the_server(scene, path):
    """Frame 3209 of that call: CMS keeps the control connection alive with Binding indications (RFC 8489 2)."""
    call = path.begin(scene)
    nominated(call)
    for number in range(4):
        call.control.client(call.message(Method.BINDING, 1, f"alive {number}", key=None), wait=15 * SECOND)
    path.end(call)
    return NOMINATED,


@ice.on(SEND, UDP_TURN, BOUND)
def binding_requests_to_the_server(scene, path):
    """RFC 8445 5.1.1.4, libwebrtc: the server-reflexive address is asked for again every 10 s; no check of a pair."""
    call = path.begin(scene)
    nominated(call)
    for number in range(4):
        label = f"reflexive {number}"
        call.control.client(call.message(Method.BINDING, 0, label, key=None), wait=10 * SECOND)
        mapped = call.address(Attribute.XOR_MAPPED_ADDRESS, call.ends.client, label)
        call.control.server(call.message(Method.BINDING, 2, label, mapped, key=None))
    path.end(call)
    return NOMINATED,


# ---- ICE restart: RFC 8445 9 ----


@ice.on(*ALL)
def restart_on_the_same_path(scene, path):
    """New user fragments and passwords, all checks again; the media goes on meanwhile."""
    call = path.begin(scene)
    nominated(call)
    consent(call, 10)
    media(call)
    nominated(call, "restart ", ufrags=("hence", "thence"))
    consent(call, 10, "new consent", ufrags=("hence", "thence"))
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def restart_with_the_other_end_controlling(scene, path):
    """RFC 8445 6.1.1, 9: the roles of a restart may be others; no role conflict."""
    call = path.begin(scene)
    nominated(call)
    consent(call, 10)
    new = {"ufrags": ("hence", "thence")}
    checked(call, CLIENT, "restart first", role=Attribute.ICE_CONTROLLING, **new)
    checked(call, PEER, "restart back", role=Attribute.ICE_CONTROLLED, **new)
    checked(call, CLIENT, "restart nomination", role=Attribute.ICE_CONTROLLING, nominate=True, **new)
    path.end(call)
    return NOMINATED,


@ice.on(*ALL)
def restart_on_another_path(scene, path):
    """RFC 8445 9, RFC 6544 11: a new connection of the same call; the old one is closed when the new one is nominated."""
    call = path.begin(scene)
    nominated(call)
    consent(call, 10)
    second = beside(call, path)
    nominated(second, "restart ", ufrags=("hence", "thence"))
    media(second)
    leave(call, path)
    consent(second, 20, ufrags=("hence", "thence"))
    path.end(second)
    return NOMINATED, NOMINATED


@ice.on(SEND, CHANNEL, UDP, UDP_TURN)
def pair_left_for_another_one(scene, path):
    """On one control connection: the first pair's last consent check has no answer any more, and no data goes that
    way (RFC 7675 5.1)."""
    call = path.begin(scene)
    second = beside(call, path)
    nominated(call)
    media(call)
    check(call, CLIENT, "last consent", wait=SECOND)
    nominated(second)
    for number in range(9):
        consent(second, 5, f"consent {number}")
        media(second, label=f"media {number}")
    path.end(second)
    return NOMINATED, NOMINATED
