"""Calls whose connection stands, and whose connectivity checks fail."""

import time
from dataclasses import replace

from broken_parts import SILENCE, BrokenAgent, Lab, expect_nothing, give_up, release, reset
from call import check, hang_up, share
from ice import CMS, EDGE
from stun import Attribute

TRIES = 3
INTERVAL = 0.5  # seconds: the shortest RTO of a check (RFC 8445 14.3)


def bound(lab: Lab, edge_identity=EDGE, cms_identity=CMS, edge_knows=CMS, cms_knows=EDGE):
    """The Edge is connected, CMS is bound; nobody has checked yet. An agent may know the other one wrongly."""
    cms, edge, relayed = lab.call()
    edge.connect(relayed)
    cms.bind(cms.wait_for_attempt(edge.address))
    edge_agent = BrokenAgent(edge_identity, edge_knows, edge.connection, relayed)
    cms_agent = BrokenAgent(cms_identity, cms_knows, cms.data, edge.address)
    return cms, edge, cms_agent, edge_agent, relayed


def edge_silent(lab: Lab) -> None:
    """The Edge connects and then says nothing, also to the check of CMS."""
    cms, edge, cms_agent, edge_agent, _ = bound(lab)
    cms_agent.send_check()
    edge_agent.drop_check()
    give_up(cms, edge)


def cms_silent(lab: Lab) -> None:
    """CMS binds and then says nothing, also to the check of the Edge."""
    cms, edge, cms_agent, edge_agent, _ = bound(lab)
    edge_agent.send_check()
    cms_agent.drop_check()
    give_up(cms, edge)


def never_checked(lab: Lab) -> None:
    """The connection stands, and neither end checks."""
    cms, edge, *_ = bound(lab)
    expect_nothing(cms.data, SILENCE)
    edge.connection.close()
    cms.data.wait_for_end()
    cms.data.close()
    release(cms)


def edge_no_answer(lab: Lab) -> None:
    """CMS answers the Edge's check; the Edge does not answer that of CMS."""
    cms, edge, cms_agent, edge_agent, _ = bound(lab)
    check(edge_agent, edge.address, cms_agent)
    cms_agent.send_check()
    edge_agent.drop_check()
    give_up(cms, edge)


def cms_no_check(lab: Lab) -> None:
    """CMS answers, but sends no triggered check of its own (RFC 8445 7.3.1.4)."""
    cms, edge, cms_agent, edge_agent, _ = bound(lab)
    check(edge_agent, edge.address, cms_agent)
    give_up(cms, edge)


def wrong_ice_password(lab: Lab) -> None:
    """The Edge has an old password of CMS: its checks are refused with 401 (RFC 8489 9.1.3)."""
    stale = replace(CMS, password="MeetingServerIcePwd/00")
    cms, edge, cms_agent, edge_agent, _ = bound(lab, edge_knows=stale)
    for _ in range(TRIES):
        edge_agent.send_check()
        cms_agent.refuse_check(401, "Unauthorized", signed=False)
        edge_agent.receive_refusal(401)
        time.sleep(INTERVAL)
    give_up(cms, edge)


def wrong_answer_integrity(lab: Lab) -> None:
    """CMS signs its answers with another password than it takes: the Edge drops them, and checks again and again."""
    cms, edge, cms_agent, edge_agent, relayed = bound(lab)
    for _ in range(TRIES):
        edge_agent.send_check()
        cms_agent.answer_signed_with("MeetingServerIcePwd/02")
        edge_agent.drop_answer()
        time.sleep(INTERVAL)
    check(cms_agent, relayed, edge_agent)
    give_up(cms, edge)


def role_conflict(lab: Lab) -> None:
    """Both are controlling; the Edge loses, but does not change its role (RFC 8445 7.2.5.1, 7.3.1.1)."""
    cms, edge, cms_agent, edge_agent, _ = bound(lab, cms_identity=controlling(CMS))
    for _ in range(TRIES):
        edge_agent.send_check()
        cms_agent.refuse_check(487, "Role Conflict", signed=True)
        edge_agent.receive_refusal(487)
        time.sleep(INTERVAL)
    give_up(cms, edge)


def role_conflict_solved(lab: Lab) -> None:
    """Both are controlling; the Edge loses, becomes controlled, and the call works."""
    cms, edge, cms_agent, edge_agent, relayed = bound(lab, cms_identity=controlling(CMS))
    edge_agent.send_check()
    cms_agent.refuse_check(487, "Role Conflict", signed=True)
    edge_agent.receive_refusal(487)
    edge_agent.me = replace(EDGE, role=Attribute.ICE_CONTROLLED)
    check(edge_agent, edge.address, cms_agent)
    check(cms_agent, relayed, edge_agent)
    check(cms_agent, relayed, edge_agent, nominate=True)
    share(cms.data, edge.connection)
    hang_up(cms, edge)


def controlling(identity):
    return replace(identity, role=Attribute.ICE_CONTROLLING)


def reset_mid_check(lab: Lab) -> None:
    """The Edge resets its connection while its check is with CMS."""
    cms, edge, cms_agent, edge_agent, _ = bound(lab)
    edge_agent.send_check()
    cms_agent.drop_check()
    # So late that the end has nothing to do with the bind.
    time.sleep(2)
    reset(edge.connection)
    cms.data.wait_for_end()
    cms.data.close()
    release(cms)
