"""Calls with the same addresses in one capture: each has its own candidates. RFC 8839 4.4, RFC 8445 7.2.2, RFC 3261 20.8."""

import pytest
from relayed_call import CLIENT, PEER, RelayedCall
from signalled_call import Signalled
from verdicts import report_of


def call_of(capture, name: str, number: int, line=None) -> Signalled:
    """All of them are between the same ends."""
    call = RelayedCall(capture, name=name, sequence=number * 1_000_000, connection_id=bytes((1, 2, 3, number)))
    return Signalled(call, name, line)


def played(capture, name: str, number: int, good: bool) -> Signalled:
    """Offer, allocation, answer, and the checks; the bad one's are never answered."""
    call = call_of(capture, name, number)
    call.offered()
    call.call.allocate()
    call.answered()
    call.connected()
    if good:
        call.checked()
    else:
        call.check(PEER, "first", answered=False)
        capture.time += 5_000_000
    call.call.hang_up()
    call.call.release()
    return call


def fates(report) -> list[tuple]:
    """By description: its relayed or passive candidate."""
    return [(c["description"], c["session"], c["fate"]) for c in report.candidates if c["transport"] == "tcp-passive"]


@pytest.mark.parametrize("apart", [1, 600])
@pytest.mark.parametrize("good_first", [True, False])
def test_two_calls_one_after_the_other(tshark, capture, write, passes, good_first, apart):
    played(capture, "one", 1, good_first)
    capture.time += apart * 1_000_000
    played(capture, "two", 2, not good_first)
    first, second = ("nominated", "broken") if good_first else ("broken", "nominated")
    report = report_of(tshark, write(capture), *passes)
    assert fates(report) == [(0, None, first), (1, 0, first), (2, None, second), (3, 1, second)]
    assert [path["steps"][0]["frames"] for path in report.paths] == [
        [c["frame"] for c in report.candidates if c["description"] == number and c["transport"] == "tcp-passive"] +
        [c["frame"] for c in report.candidates if c["description"] == number - 1 and c["transport"] == "tcp-passive"]
        for number in (1, 3)]


@pytest.mark.parametrize("good_first", [True, False])
def test_by_time_where_checks_have_no_user_fragments(tshark, capture, write, good_first):
    """As those of old agents: then an offer holds until the next one has its addresses."""
    for number, name in enumerate(("one", "two"), 1):
        call = call_of(capture, name, number)
        call.named = False
        call.offered()
        call.call.allocate()
        call.answered()
        call.connected()
        call.check(PEER, "first", answered=good_first == (number == 1))
        call.check(CLIENT, "back", answered=good_first == (number == 1))
        capture.time += 5_000_000
        call.call.hang_up()
        call.call.release()
    first, second = ("valid", "broken") if good_first else ("broken", "valid")
    assert fates(report_of(tshark, write(capture))) == [(0, None, first), (1, 0, first), (2, None, second), (3, 1, second)]


def test_a_call_that_nobody_tried_after_a_good_one(tshark, capture, write):
    """The relayed address is the same, and was used before."""
    played(capture, "one", 1, True)
    call = call_of(capture, "two", 2)
    call.offered()
    call.call.allocate()
    call.answered()
    capture.time += 4_000_000
    call.call.refresh()
    report = report_of(tshark, write(capture))
    assert fates(report) == [(0, None, "nominated"), (1, 0, "nominated"), (2, None, "unknown"), (3, 1, "untried")]
    assert [(p["code"], p["session"]) for p in report.problems if p["code"] == "candidate_untried"] == [("candidate_untried", 1)]


def test_a_new_offer_of_the_call_is_about_the_same_pair(tshark, capture, write):
    call = call_of(capture, "one", 1)
    call.offered()
    call.call.allocate()
    call.answered()
    call.connected()
    call.checked()
    call.invited([call.candidate(call.ends.peer, "host")], call.ends.peer, sequence=2)
    call.answered(sequence=2, extra=("a=again",))
    assert {fate for _, _, fate in fates(report_of(tshark, write(capture)))} == {"nominated"}


def test_answers_find_their_offers_by_the_call(tshark, capture, write):
    """Two calls at once between two SIP servers, on one connection: the first one's answer comes last."""
    one = call_of(capture, "one", 1)
    two = Signalled(one.call, "two", one.line)
    offers = [one.offered(), two.offered()]
    two.answered([two.candidate(("192.0.2.1", 5000), "host")], extra=("a=second",))
    one.answered([one.candidate(("192.0.2.1", 5001), "host")])
    one.call.allocate()
    report = report_of(tshark, write(capture))
    answered = {c["address"]: c["role"] for c in report.candidates if c["role"] == "answer"}
    assert offers == sorted(offers) and set(answered) == {"192.0.2.1:5000", "192.0.2.1:5001"}
    pairs = {(d["description"], d["answers"]) for d in report.descriptions if d["role"] == "answer"}
    assert pairs == {(2, 1), (3, 0)}
