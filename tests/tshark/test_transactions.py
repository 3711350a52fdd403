"""Requests, responses and repeats are linked: msturn.response_in, response_to, time, duplicate_of.

A transaction id belongs to a connection: the same one elsewhere is another transaction.
"""

import pytest
import stun
import turn
from stun import Attribute, Class, Message, Method

FIELDS = ["msturn.type", "msturn.response_in", "msturn.response_to", "msturn.time", "msturn.duplicate_of"]
TWO_PASSES = ("-2",)


def plain(method: int, message_class: int, label: str) -> bytes:
    """Without FINGERPRINT: two in a row with it can be the CRC duplicates of Microsoft's clients."""
    return Message(method, message_class, stun.transaction_id(label)).encode()


def request(label: str, method: int = Method.REFRESH) -> bytes:
    return plain(method, Class.REQUEST, label)


def success(label: str, method: int = Method.REFRESH) -> bytes:
    return plain(method, Class.SUCCESS, label)


def test_response_is_linked_to_its_request(tshark, write, passes, capture):
    control = capture.connection()
    asked = control.client(turn.allocate())
    answered = control.server(turn.allocated(), wait=123_456)
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert rows[answered]["msturn.response_to"] == [str(asked)]
    assert [float(value) for value in rows[answered]["msturn.time"]] == [pytest.approx(0.123456)]
    assert rows[answered]["msturn.response_in"] == rows[answered]["msturn.duplicate_of"] == []
    assert rows[asked]["msturn.response_to"] == rows[asked]["msturn.time"] == rows[asked]["msturn.duplicate_of"] == []


def test_request_knows_its_response_in_the_second_pass(tshark, write, capture):
    control = capture.connection()
    asked = control.client(turn.allocate())
    answered = control.server(turn.refused())
    path = write(capture)
    assert tshark.column(path, "msturn.response_in") == {}
    assert tshark.column(path, "msturn.response_in", *TWO_PASSES) == {asked: [str(answered)]}


def test_request_without_a_response(tshark, write, passes, capture):
    control = capture.connection()
    control.client(turn.allocate("a"))
    control.server(turn.allocated("b"))
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert {value for row in rows.values() for name in FIELDS[1:] for value in row[name]} == set()


def test_many_transactions_at_a_time(tshark, write, capture):
    """Answered in another order, several in a segment."""
    control = capture.connection()
    labels = [f"request {i}" for i in range(20)]
    asked = {label: control.client(request(label)) for label in labels[:10]}
    both = control.client(b"".join(map(request, labels[10:])))
    asked |= {label: both for label in labels[10:]}
    answered = {label: control.server(success(label)) for label in reversed(labels[5:])}
    last = control.server(b"".join(map(success, labels[:5])))
    path = write(capture)
    rows = tshark.frames(path, FIELDS, *TWO_PASSES)
    assert rows[last]["msturn.response_to"] == [str(asked[label]) for label in labels[:5]]
    assert rows[both]["msturn.response_in"] == [str(answered[label]) for label in labels[10:]]
    for label, frame in answered.items():
        assert rows[frame]["msturn.response_to"] == [str(asked[label])]
    one_pass = tshark.frames(path, FIELDS)
    assert {n: row["msturn.response_to"] for n, row in one_pass.items()} == {n: row["msturn.response_to"] for n, row in rows.items()}


def test_repeated_request(tshark, write, passes, capture):
    """Both are answered by the one response, whose time counts from the first request."""
    control = capture.connection()
    first, second = control.client(request("a")), control.client(request("a"), wait=500_000)
    answered = control.server(success("a"), wait=100_000)
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert rows[first]["msturn.duplicate_of"] == []
    assert rows[second]["msturn.duplicate_of"] == [str(first)]
    assert rows[answered]["msturn.response_to"] == [str(first)]
    assert [float(value) for value in rows[answered]["msturn.time"]] == [pytest.approx(0.6)]
    if passes:
        assert rows[first]["msturn.response_in"] == rows[second]["msturn.response_in"] == [str(answered)]


def test_repeated_response(tshark, write, passes, capture):
    control = capture.connection()
    asked = control.client(request("a"))
    first, second = control.server(success("a")), control.server(success("a"))
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert rows[first]["msturn.response_to"] == rows[second]["msturn.response_to"] == [str(asked)]
    assert rows[second]["msturn.duplicate_of"] == [str(first)]
    if passes:
        assert rows[asked]["msturn.response_in"] == [str(first)]


def test_indications_have_no_response(tshark, write, passes, capture):
    control = capture.connection()
    control.client(plain(Method.BINDING, Class.INDICATION, "a"))
    control.server(plain(Method.DATA, Class.INDICATION, "a"))
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert {value for row in rows.values() for name in FIELDS[1:4] for value in row[name]} == set()


def test_transaction_ids_belong_to_a_connection(tshark, write, passes, capture):
    """Also when both connections have the same two hosts."""
    one, two = capture.connection(client=("10.7.7.7", 41000)), capture.connection(client=("10.7.7.7", 41001))
    first, second = one.client(request("a")), two.client(request("a"))
    answer_two, answer_one = two.server(success("a")), one.server(success("a"))
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert rows[answer_one]["msturn.response_to"] == [str(first)]
    assert rows[answer_two]["msturn.response_to"] == [str(second)]
    assert {value for row in rows.values() for value in row["msturn.duplicate_of"]} == set()


def test_both_legs_of_a_relay_are_transactions_of_their_own(tshark, sample, passes):
    """The same check passes the relay: on each leg the answer belongs to the request there (README of the samples)."""
    response_to = tshark.column(sample("cms-expressway-skype"), "msturn.response_to", *passes)
    assert response_to[32] == ["22"]  # outside
    assert response_to[31] == ["29"]  # inside, in the segment of the ConnectionBind success response
    assert response_to[39] == ["37"] and response_to[41] == ["35"]


def test_transactions_inside_of_relayed_data(tshark, write, passes, capture):
    """A check in a Send indication and its answer in ChannelData are linked, too."""
    control = capture.connection()
    asked = control.client(turn.send(turn.check("inner")))
    answered = control.server(stun.channel_data(0x4001, turn.answer("inner")))
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert rows[answered]["msturn.response_to"] == [str(asked)]


def test_message_split_over_segments_counts_from_its_last_one(tshark, write, passes, capture):
    """A frame number stands for where the message is shown."""
    control = capture.connection()
    asked = control.client_stream(turn.allocate(), [10, 20, 30])[-1]
    answered = control.server_stream(turn.allocated(), [50])[-1]
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert rows[answered]["msturn.response_to"] == [str(asked)]
    if passes:
        assert rows[asked]["msturn.response_in"] == [str(answered)]


def test_response_without_its_request(tshark, write, passes, capture):
    """The capture began too late."""
    control = capture.connection(handshake=False)
    answered = control.server(turn.allocated())
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert rows[answered]["msturn.response_to"] == rows[answered]["msturn.time"] == []


@pytest.mark.parametrize("name", ["cms-expressway-skype", "turn-tls", "turnutils-uclient-channels"])
def test_second_pass_agrees_with_the_first_one(tshark, sample, name):
    """response_in is response_to from the other side."""
    rows = tshark.frames(sample(name), ["msturn.response_in", "msturn.response_to"], *TWO_PASSES)
    answers = {(number, int(value)) for number, row in rows.items() for value in row["msturn.response_in"]}
    requests = {(int(value), number) for number, row in rows.items() for value in row["msturn.response_to"]}
    assert requests and answers == requests


def test_relayed_ids_are_unique_enough(tshark, write, capture):
    """Two thousand transactions on one connection."""
    control = capture.connection()
    asked = {i: control.client(request(str(i))) for i in range(2000)}
    answered = {i: control.server(success(str(i))) for i in range(2000)}
    response_to = tshark.column(write(capture), "msturn.response_to")
    assert [i for i in asked if response_to[answered[i]] != [str(asked[i])]] == []


def test_unsolicited_error_response(tshark, write, passes, capture):
    control = capture.connection()
    control.client(request("a"))
    error = control.server(turn.message(Method.REFRESH, Class.ERROR, "b", (Attribute.ERROR_CODE, stun.error_code(437, "gone"))))
    rows = tshark.frames(write(capture), FIELDS, *passes)
    assert rows[error]["msturn.response_to"] == []
