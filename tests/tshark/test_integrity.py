"""MESSAGE-INTEGRITY where passwords are given: RFC 8489 9.1, 9.2, 14.5 and 14.6, RFC 8445 7.2.2, [MS-TURN] 2.2.2.3.

The samples were made by coturn, libnice and the agents of tests/lab, with the passwords that stand there.
"""

import pytest
import sip
import stun
import turn
from case_calls import credentials
from relayed_call import CLIENT, PEER, RelayedCall
from stun import Attribute, Class, Method
from verdicts import report_of

STATUS = "msturn.message_integrity.status"
BAD, GOOD, UNVERIFIED = "0", "1", "2"
TURN_PASSWORD, CMS_PASSWORD, EDGE_PASSWORD = "expressway", "MeetingServerIcePwd/01", "SkypeEdgeIcePassword/1"
# By tests/lab/msturn_session.py; the token of [MS-AVEDGEA] is binary.
MS_USER = "AgAAJGabFbDx8gscPi/OeLR9QUh6P7snqLWXlPRnA54EXgmGmsYpJqocCSPICAc84rkBnjMkAgw="
MS_PASSWORD = "zH147yBH68R0PG3R6SWVfboI5g0="


def turn_row(user: str, realm: str, password: str) -> tuple[str, str]:
    return "-o", f'uat:msturn_credentials:"{user}","{realm}","{password}"'


def ice_row(ufrag: str, password: str) -> tuple[str, str]:
    return "-o", f'uat:msturn_ice_credentials:"{ufrag}","{password}"'


TURN = turn_row("turn", "TANDBERG", TURN_PASSWORD)
ICE = (*ice_row("cMS1", CMS_PASSWORD), *ice_row("SfB9", EDGE_PASSWORD))
OURS = {"integrity_bad", "password_other", "password_refused"}


def statuses(tshark, path, *options: str) -> set[str]:
    return {status for values in tshark.column(path, STATUS, *options).values() for status in values}


def said(tshark, path, *options: str) -> dict[str, set[str]]:
    """The texts of our findings by their codes, from a single pass."""
    found: dict[str, set[str]] = {}
    for problem in report_of(tshark, path, *options).problems:
        if problem["code"] in OURS:
            found.setdefault(problem["code"], set()).add(problem["text"])
    return found


def told_with_it(tshark, path, code: str, *options: str) -> set[str]:
    """Which other findings are told with those of this code."""
    return {effect["code"] for problem in report_of(tshark, path, *options).problems if problem["code"] == code
            for effect in problem["effects"] if effect["code"] != code}


def advice_of(tshark, path, code: str, *options: str) -> set[str]:
    return {problem["advice"] for problem in report_of(tshark, path, *options).problems if problem["code"] == code}


# ---- calls that work ----


def test_every_message_of_the_sample_call_fits(tshark, sample, passes):
    path = sample("cms-expressway-skype")
    signed = set(tshark.column(path, "msturn.message_integrity"))
    assert signed == set(tshark.column(path, STATUS, *TURN, *ICE, *passes)) and len(signed) > 15
    assert statuses(tshark, path, *TURN, *ICE, *passes) == {GOOD}
    assert said(tshark, path, *TURN, *ICE) == {}


@pytest.mark.parametrize("name", ["ms-turn-tcp-3478", "ms-turn-udp-3478", "ms-turn-pseudo-tls-443"])
def test_libnice_and_the_ms_turn_server(tshark, sample, name, passes):
    options = (*turn_row(MS_USER, "", MS_PASSWORD), *ICE, *passes)
    assert statuses(tshark, sample(name), *options) == {GOOD}


def test_without_passwords_nothing_is_said(tshark, sample):
    assert statuses(tshark, sample("broken-wrong-password")) == set()


def test_what_no_password_is_given_for_is_unverified(tshark, sample, passes):
    path = sample("cms-expressway-skype")
    assert statuses(tshark, path, *turn_row("turn", "other realm", TURN_PASSWORD), *passes) == {UNVERIFIED}
    assert said(tshark, path, *turn_row("turn", "other realm", TURN_PASSWORD)) == {}


@pytest.mark.parametrize("realm", ["", '\\x22TANDBERG\\x22'])
def test_an_empty_realm_is_any_and_quotes_are_no_part_of_it(tshark, sample, realm):
    assert statuses(tshark, sample("broken-wrong-password"), *turn_row("turn", realm, "expresswya")) == {GOOD}


def test_a_wrong_table_accuses_nobody(tshark, sample, passes):
    path = sample("cms-expressway-skype")
    options = (*turn_row("turn", "", "not it"), *ice_row("cMS1", "not it"), *passes)
    assert BAD in statuses(tshark, path, *options)
    found = said(tshark, path, *options)
    assert set(found) == {"password_other"}
    assert 'Both ends use another password than the one known for "turn"' in found["password_other"]
    assert [pair["verdict"] for pair in report_of(tshark, path, *options).pairs] == ["nominated"]


# ---- four captures, four sentences ----


def test_wrong_password_of_the_client(tshark, sample, passes):
    path = sample("broken-wrong-password")
    assert statuses(tshark, path, *TURN, *passes) == {BAD}
    assert said(tshark, path, *TURN) == {
        "integrity_bad": {'The client signs with another password than the one known for "turn"'}}
    assert advice_of(tshark, path, "integrity_bad", *TURN) == {
        "The password is wrong: the request is signed with another one than the one known."}
    assert told_with_it(tshark, path, "integrity_bad", *TURN) == {"auth_loop"}


def test_the_server_has_another_password(tshark, sample):
    path = sample("broken-wrong-password")
    options = turn_row("turn", "TANDBERG", "expresswya")  # which the client of this sample uses
    assert set(said(tshark, path, *options)) == {"password_refused"}
    assert advice_of(tshark, path, "auth_loop", *options) == {
        "The request is signed with the known password: who refuses it has another one for this user, or none."}


def test_a_user_for_whom_no_password_is_given_is_named(tshark, sample):
    options = turn_row("Turn", "TANDBERG", TURN_PASSWORD)
    assert advice_of(tshark, sample("broken-wrong-password"), "auth_loop", *options) == {
        'The client is "turn"; a password is known for "Turn" only.'}


def test_a_realm_for_which_no_password_is_given_is_named(tshark, sample):
    options = turn_row("turn", "elsewhere", TURN_PASSWORD)
    assert advice_of(tshark, sample("broken-wrong-password"), "auth_loop", *options) == {
        'The client\'s realm is "TANDBERG"; for "turn" a password is known in "elsewhere" only.'}


def test_what_is_not_the_servers_is_named(tshark, capture, write):
    """Realm, user and nonce of requests after the challenge, whose nonce is in frame 5."""
    call = RelayedCall(capture)
    call.allocate()
    for number, names in enumerate(({"realm": "elsewhere.example"}, {"user": "somebody"}, {"nonce": b"not\x00printable" * 9})):
        call.control.client(call.message(Method.CREATE_PERMISSION, Class.REQUEST, f"request {number}", *credentials(**names)))
    told = {problem["code"]: problem["text"] for problem in report_of(tshark, write(capture)).problems}
    assert told["realm_wrong"] == f'REALM is "elsewhere.example", and that of the server "{turn.REALM}"'
    assert told["user_changed"] == f'USERNAME is "somebody", and that of the Allocate "{turn.USER}"'
    assert told["nonce_foreign"] == (
        'NONCE is "not.printablenot.printablenot.pr...", which this server did not give here; its last is in frame 5')


def test_a_nonce_that_is_not_used_is_named(tshark, sample):
    """The server gives one in frame 12, and the same again in 15 and 18."""
    path = sample("broken-stale-nonce-ignored")
    given = tshark.column(path, "msturn.nonce", "-Y", "msturn.error_code == 438")
    assert list(given) == [12, 15, 18] and len({tuple(nonce) for nonce in given.values()}) == 1
    assert {p["text"] for p in report_of(tshark, path).problems if p["code"] == "nonce_ignored"} == {
        "Stale nonce again, and no request with that of frame 12"}


def test_only_the_connection_bind_is_signed_with_another_password(tshark, sample):
    path = sample("broken-bind-wrong-password")
    assert said(tshark, path, *TURN) == {"integrity_bad": {
        'The client signs with another password than the one known for "turn"; other requests fit it'}}
    assert advice_of(tshark, path, "integrity_bad", *TURN) == {
        "The password is wrong: the request is signed with another one than the one known."}
    assert told_with_it(tshark, path, "integrity_bad", *TURN) == {"bind_closed", "no_response"}


def test_wrong_ice_password(tshark, sample):
    path = sample("broken-wrong-ice-password")
    assert said(tshark, path, *ICE) == {
        "integrity_bad": {'The sender of the check signs with another password than the one known for "cMS1"'}}
    assert advice_of(tshark, path, "integrity_bad", *ICE) == {
        "The password is wrong: the request is signed with another one than the one known."}
    assert told_with_it(tshark, path, "integrity_bad", *ICE) == {"check_refused"}


def test_the_answer_does_not_fit(tshark, sample):
    assert said(tshark, sample("broken-wrong-answer-integrity"), *ICE) == {
        "integrity_bad": {'The answer is signed with another password than its request, that of "cMS1"'}}


def checks(capture, key: bytes, spoil=lambda packet: packet, code: int = 401):
    """Checks of the peer that are refused; then the capture ends."""
    call = RelayedCall(capture).connected()
    attributes = [(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)), (Attribute.ICE_CONTROLLING, bytes(8)),
                  (Attribute.USERNAME, b"here:there")]
    packet = turn.message(Method.BINDING, Class.REQUEST, "signed check", *attributes, key=key)
    refusal = turn.message(Method.BINDING, Class.ERROR, "signed check", (Attribute.ERROR_CODE, stun.error_code(code, "no")))
    call.pass_on(PEER, spoil(packet), "signed check")
    call.pass_on(CLIENT, refusal, "refusal")


HERE, THERE = ("here", "passwordOfHere/01"), ("there", "passwordOfThere/01")
BOTH = (*ice_row(*HERE), *ice_row(*THERE))


@pytest.fixture(params=["table", "log", "SIP"])
def known(request, workspace, capture):
    """Where the passwords of ICE are known from: options of tshark."""
    bodies = [sip.description(f"{names[0]} 1 1", "192.0.2.1", 5000, names, ()) for names in (HERE, THERE)]
    if request.param == "SIP":
        line = capture.connection(("192.0.2.1", 50601), ("192.0.2.2", 5060), client_sequence=70000)
        line.client(sip.invite(bodies[0]))
        line.server(sip.ok(bodies[1]))
    if request.param != "log":
        return BOTH if request.param == "table" else ()
    path = workspace / "passwords.log"
    path.write_text("".join(bodies))
    path.chmod(0o644)
    return "-o", f"msturn.signalling_file:{path}"


def test_another_password(tshark, capture, write, known):
    checks(capture, b"passwordOfNobody")
    path = write(capture)
    assert said(tshark, path, *known) == {
        "integrity_bad": {'The sender of the check signs with another password than the one known for "here"'}}
    assert advice_of(tshark, path, "integrity_bad", *known) == {
        "The password is wrong: the request is signed with another one than the one known."}
    assert told_with_it(tshark, path, "integrity_bad", *known) == {"check_refused"}


def test_swapped_passwords(tshark, capture, write, known):
    checks(capture, THERE[1].encode())
    path = write(capture)
    assert said(tshark, path, *known) == {
        "integrity_bad": {'Check signed with the password of its sender, not of its receiver "here"'}}
    assert told_with_it(tshark, path, "integrity_bad", *known) == {"check_refused"}
    assert advice_of(tshark, path, "integrity_bad", *known) == {
        "Local and remote password are swapped: the sender of the check has to use the receiver's."}


def test_changed_on_the_way(tshark, capture, write, known):
    def spoil(packet: bytes) -> bytes:
        at = packet.index(stun.unsigned32(0x6E7F1EFF))
        return packet[:at] + b"\x7e" + packet[at + 1:]

    checks(capture, HERE[1].encode(), spoil)
    path = write(capture)
    assert said(tshark, path, *known) == {
        "integrity_bad": {"Changed on the way: neither MESSAGE-INTEGRITY nor FINGERPRINT fits the message"}}
    assert told_with_it(tshark, path, "integrity_bad", *known) == {"check_refused"}
    assert advice_of(tshark, path, "integrity_bad", *known) == {
        "A NAT or proxy changed the request on the way: a capture at the end that refuses shows what arrived there."}


def test_right_passwords_and_refused_all_the_same(tshark, capture, write):
    checks(capture, HERE[1].encode())
    assert set(said(tshark, write(capture), *BOTH)) == {"password_refused"}


def test_the_tree_says_which_code_and_whose_password(tshark, capture, write):
    checks(capture, THERE[1].encode())
    path = write(capture)
    labels = [item.label for packet in tshark.trees(path, *BOTH).values() for protocol in packet.protocols
              for item in protocol.walk() if item.name == "msturn.message_integrity"]
    assert any("[incorrect: it fits the password of the other end]" in label for label in labels)


# ---- what must not come out ----


@pytest.mark.parametrize("name", ["cms-expressway-skype", "broken-wrong-password", "broken-wrong-ice-password"])
def test_no_output_has_a_password(tshark, sample, name):
    options = (*TURN, *ICE)
    printed = tshark.run(sample(name), "-V", "-2", *options)
    for statistics in ("msturn,report", "msturn,json", "msturn,tree", "follow,msturn,ascii,0", "flow,msturn,standard", "expert"):
        printed += tshark.run(sample(name), "-q", "-z", statistics, *options)
    for password in (TURN_PASSWORD, CMS_PASSWORD, EDGE_PASSWORD):
        assert password not in printed


def test_a_row_without_a_user_is_refused(tshark, sample):
    run = tshark.start("-r", str(sample("turn-tls")), *turn_row("", "", "secret"))
    assert run.returncode != 0 and b"user name is missing" in run.stderr
