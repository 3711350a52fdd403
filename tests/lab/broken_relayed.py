"""Calls that break where the TURN server joins CMS and the Edge: Connect, ConnectionAttempt, ConnectionBind."""

import time

from broken_parts import SILENCE, Lab, release, wait_for_silent_end
from connection import require
from ice import CMS, EDGE, Agent
from stun import unsigned32

# The server waits so long for a peer's answer, and for a ConnectionBind (RFC 6062 5.2, 5.3).
SERVER_SECONDS = 30


def connect_refused(lab: Lab) -> None:
    """Nothing listens on the Edge's port: it resets, and the server answers 447 at once (RFC 6062 5.2)."""
    cms, edge, _ = lab.call()
    require(cms.connect_refused(edge.address) == 447, "447 to Connect")
    release(cms)


def connect_timeout(lab: Lab) -> None:
    """The Edge does not answer to SYN: the server gives up after thirty seconds (RFC 6062 5.2)."""
    cms, edge, _ = lab.call()
    cms.control.socket.settimeout(SERVER_SECONDS + 5)
    require(cms.connect_refused(edge.address) == 447, "447 to Connect")
    release(cms)


def nobody_connects(lab: Lab) -> None:
    """CMS has a relayed address and lets the Edge connect to it; the Edge never comes, and CMS gives up."""
    cms, _, _ = lab.call()
    time.sleep(SERVER_SECONDS)
    release(cms)


def announcement_lost(lab: Lab) -> None:
    """Something between CMS and the server has forgotten the control connection: what the server says on it gets lost."""
    cms, edge, relayed = lab.call()
    lab.cut_off_cms()
    edge.connect(relayed)
    Agent(EDGE, CMS, edge.connection, relayed).send_check()
    wait_for_silent_end(edge.connection, SERVER_SECONDS + 5)
    edge.connection.close()


def never_bound(lab: Lab) -> None:
    """CMS does not react to the ConnectionAttempt; the server gives up after thirty seconds."""
    cms, edge, _ = announced(lab)
    wait_for_silent_end(edge.connection, SERVER_SECONDS + 5)
    edge.connection.close()
    release(cms)


def bind_wrong_id(lab: Lab) -> None:
    """CMS asks for a connection that does not exist."""
    cms, edge, connection_id = announced(lab)
    cms.bind_cut_off(unsigned32(int.from_bytes(connection_id, "big") ^ 0x00010000))
    abandon(cms, edge)


def bind_wrong_password(lab: Lab) -> None:
    """The right connection, but the wrong key; coturn takes no second try."""
    cms, edge, connection_id = announced(lab)
    right, cms.key = cms.key, bytes(16)
    cms.bind_cut_off(connection_id)
    cms.key = right
    abandon(cms, edge)


def bind_on_control(lab: Lab) -> None:
    """The right connection, asked for on the control connection instead of one of its own (RFC 6062 4.3)."""
    cms, edge, connection_id = announced(lab)
    require(cms.bind_on_control_refused(connection_id) == 400, "400 to a bind on the control connection")
    abandon(cms, edge)


def announced(lab: Lab):
    """The Edge is connected and has sent its check; the server has told CMS."""
    cms, edge, relayed = lab.call()
    edge.connect(relayed)
    Agent(EDGE, CMS, edge.connection, relayed).send_check()
    return cms, edge, cms.wait_for_attempt(edge.address)


def abandon(cms, edge) -> None:
    time.sleep(SILENCE)
    release(cms)
    wait_for_silent_end(edge.connection, SILENCE)
    edge.connection.close()
