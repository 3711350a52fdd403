"""Findings about ConnectionBind: RFC 6062; rules R3 to R7 of ietf.md 8.5.

What a case is says support/rule_cases.py.
"""

import pytest
import turn
from case_calls import (OTHER_ID, attempt, bind, bind_refused, bound, challenge, connect, connect_succeeded, credentials,
                        data_connection, other_peer, permission, permitted, prepared)
from rule_cases import Cases
from stun import Attribute, Class, Method
from tcpcap import ACK, FIN, RST

cases = Cases()


# ---- what is never bound, or late: R3, R4 ----


@cases.breaks("never_bound", pair=True)
def attempt_not_bound_for_30_1_s(scene):
    """R3."""
    call = prepared(scene)
    announced = call.peer_connects()
    scene.wait(30.1)
    return announced


@cases.breaks("never_bound", pair=True)
def server_that_gives_up_2_ms_early(scene):
    """coturn counts from the peer's SYN: broken-announcement-lost."""
    call = prepared(scene)
    announced = call.peer_connects()
    scene.wait(29.998)
    return announced


@cases.breaks("never_bound", pair=True)
def connect_not_bound_for_30_1_s(scene):
    call = prepared(scene)
    connect(call, "connect")
    announced = connect_succeeded(call, "connect", OTHER_ID)
    scene.wait(30.1)
    return announced


@cases.breaks("never_bound", pair=True)
def only_another_id_is_bound(scene):
    """R3: no ConnectionBind with that id."""
    call = prepared(scene)
    call.control.client(permission(call, "other", peer=("10.23.0.1", 0)))
    call.control.server(permitted(call, "other"))
    announced = call.peer_connects()
    attempt(call, "other attempt", OTHER_ID, ("10.23.0.1", 5000))
    data = data_connection(call)
    bind(call, data, OTHER_ID)
    bound(call, data)
    data.client(turn.noise(10))
    data.server(turn.noise(10))
    scene.wait(30.1)
    return announced


@cases.keeps("never_bound")
def attempt_not_bound_for_29_9_s(scene):
    prepared(scene).peer_connects()
    scene.wait(29.9)


@cases.keeps("never_bound", "bind_late", also={"never_checked"})
def bound_after_29_9_s(scene):
    """The peer is silent for all that time, so never_checked is right (I3)."""
    call = prepared(scene)
    call.peer_connects()
    scene.wait(29.9)
    call.bind()


@cases.breaks("bind_late", also={"bind_refused", "never_bound"})
def bound_after_30_2_s(scene):
    """R4."""
    call = prepared(scene)
    call.peer_connects()
    data = data_connection(call)
    frame = bind(call, data, call.connection_id, wait=30.2)
    bind_refused(call, data)
    return frame


@cases.breaks("bind_late", also={"bind_refused", "never_bound"})
def bound_30_2_s_after_connect(scene):
    call = prepared(scene)
    connect(call, "connect")
    connect_succeeded(call, "connect", OTHER_ID)
    data = data_connection(call)
    frame = bind(call, data, OTHER_ID, wait=30.2)
    bind_refused(call, data)
    return frame


# ---- what is bound, and where: R5, R6, R7 ----


@cases.breaks("bind_unknown", also={"bind_refused"})
def id_that_was_not_handed_out(scene):
    """R5."""
    call = prepared(scene)
    call.peer_connects()
    data = data_connection(call)
    frame = bind(call, data, OTHER_ID)
    bind_refused(call, data)
    return frame


@cases.breaks("bind_unknown", also={"bind_refused"})
def id_where_none_was_handed_out(scene):
    call = prepared(scene)
    data = data_connection(call)
    frame = bind(call, data, OTHER_ID)
    bind_refused(call, data)
    return frame


@cases.breaks("bind_unknown", also={"bind_refused"})
def id_that_is_bound_already(scene):
    """R5."""
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    data = data_connection(call, port=1)
    frame = bind(call, data, call.connection_id, "again")
    bind_refused(call, data, "again")
    return frame


@cases.breaks("bind_unknown", also={"bind_refused"})
def id_of_a_connection_that_has_ended(scene):
    """R5: or its connection closed."""
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    call.nominated()
    call.hang_up()
    data = data_connection(call, port=1)
    frame = bind(call, data, call.connection_id, "again", wait=2)
    bind_refused(call, data, "again")
    return frame


@cases.keeps("bind_unknown", "bind_misplaced")
def control_connection_was_not_captured(scene):
    """R5: nobody knows what was handed out."""
    call = scene.relayed()
    call.bind()
    call.data.client(turn.noise(10))
    call.data.server(turn.noise(10))


@cases.keeps("bind_unknown")
def id_from_connect(scene):
    call = prepared(scene)
    connect(call, "connect")
    connect_succeeded(call, "connect", OTHER_ID)
    data = data_connection(call)
    bind(call, data, OTHER_ID)
    bound(call, data)


@cases.keeps("bind_unknown", "attempt_repeated")
def id_that_is_handed_out_again(scene):
    """RFC 6062 5.2: unique within the server only as long as it is in use."""
    call = prepared(scene)
    call.peer_connects()
    call.bind()
    call.nominated()
    call.hang_up()
    scene.wait(5)
    attempt(call, "later", call.connection_id, other_peer(call))
    data = data_connection(call, port=1)
    bind(call, data, call.connection_id, "later")
    bound(call, data, "later")


@cases.breaks("bind_closed", pair=True)
def server_resets_instead_of_an_answer(scene):
    """R6; some servers close instead of 400 or 401."""
    call = prepared(scene)
    call.peer_connects()
    data = data_connection(call)
    frame = bind(call, data, call.connection_id)
    data.packet(False, RST | ACK)
    return frame


@cases.breaks("bind_closed", pair=True)
def server_closes_instead_of_an_answer(scene):
    call = prepared(scene)
    call.peer_connects()
    data = data_connection(call)
    frame = bind(call, data, call.connection_id)
    data.packet(False, FIN | ACK)
    return frame


@cases.keeps("bind_closed", also={"bind_refused"})
def server_closes_after_a_refusal(scene):
    call = prepared(scene)
    call.peer_connects()
    data = data_connection(call)
    bind(call, data, call.connection_id)
    bind_refused(call, data)
    data.close()


@cases.keeps("bind_closed")
def bind_without_an_answer_so_far(scene):
    call = prepared(scene)
    call.peer_connects()
    bind(call, data_connection(call), call.connection_id)
    scene.wait(2)


@cases.breaks("bind_misplaced", also={"bind_refused"})
def bind_on_the_control_connection(scene):
    """R7."""
    call = prepared(scene)
    call.peer_connects()
    frame = bind(call, call.control, call.connection_id)
    bind_refused(call, call.control)
    return frame


@cases.breaks("bind_misplaced", also={"bind_refused"})
def bind_at_another_port_of_the_server(scene):
    """R7: to another server address or port."""
    call = prepared(scene)
    call.peer_connects()
    data = call.connection(call.ends.data, (call.ends.server[0], 3479))
    frame = bind(call, data, call.connection_id)
    bind_refused(call, data)
    return frame


@cases.breaks("bind_misplaced", "bind_unknown", also={"bind_refused"})
def bind_at_another_server(scene):
    """R7; that server never gave out the id (R5)."""
    call = prepared(scene)
    call.peer_connects()
    data = call.connection(call.ends.data, (call.ends.server[0].replace("10.20.", "10.24."), 3478))
    frame = bind(call, data, call.connection_id)
    bind_refused(call, data)
    return frame


@cases.breaks("bind_misplaced", "user_changed", also={"bind_refused", "credentials_mismatch"})
def bind_by_another_user(scene):
    """R7: other user."""
    call = prepared(scene)
    call.peer_connects()
    data = data_connection(call)
    frame = bind(call, data, call.connection_id, "bind", *credentials(user="somebody"))
    bind_refused(call, data, code=441)
    return frame


@cases.breaks("bind_misplaced")
def bind_as_the_second_message(scene):
    """R7: not first message."""
    call = prepared(scene)
    call.peer_connects()
    data = data_connection(call)
    data.client(call.message(Method.BINDING, Class.REQUEST, "reflexive", key=None))
    mapped = call.address(Attribute.XOR_MAPPED_ADDRESS, call.ends.data, "reflexive")
    data.server(call.message(Method.BINDING, Class.SUCCESS, "reflexive", mapped, key=None))
    frame = bind(call, data, call.connection_id)
    bound(call, data)
    return frame


@cases.keeps("bind_misplaced", "bind_unknown", "nonce_foreign", "transaction_repeated", also={"bind_refused"})
def bind_again_with_the_new_nonce(scene):
    """Sheet 4.1: one ConnectionBind exchange, and more after 401 or 438."""
    call = prepared(scene)
    call.peer_connects()
    data = data_connection(call)
    bind(call, data, call.connection_id)
    data.server(challenge(call, Method.CONNECTION_BIND, "bind", 438, b"second nonce 456"))
    bind(call, data, call.connection_id, "again", *credentials(nonce=b"second nonce 456"))
    bound(call, data, "again")


# ---- tests ----


@pytest.fixture(scope="module")
def seen(tshark, write):
    return cases.play(tshark, write)


@pytest.mark.parametrize("case", cases.known, ids=str)
def test_rule(seen, case):
    assert seen.complaints(case) == []


def test_packets_and_reports_agree(seen):
    assert seen.disagreements() == []
