"""Calls that break between CMS and the TURN server: connection, credentials, nonce, permission, lifetime."""

import time

from broken_parts import BrokenCms, Lab, release, wait_for_silent_end
from call import hang_up, passive, share
from connection import CallFailed, Connection, require

NONCE_SECONDS = 4  # the server's --stale-nonce
SHORT_LIFETIME = 8
WRONG_PASSWORD = "expresswya"
TRIES = 3


class ShortCms(BrokenCms):
    lifetime = SHORT_LIFETIME


def wrong_password(lab: Lab) -> None:
    """A 401 to each Allocate, also to those with credentials (RFC 8489 9.2.4)."""
    cms = lab.cms(password=WRONG_PASSWORD)
    cms.learn_realm()
    for _ in range(TRIES):
        require(cms.allocate_refused() == 401, "401 to the wrong password")
    cms.control.close()


def server_silent(lab: Lab) -> None:
    """Nothing answers the SYN, as with a firewall that drops it: CMS has no connection to ask on."""
    try:
        lab.cms()
    except TimeoutError:
        return
    raise CallFailed("a connection to a server that cannot answer")


def stale_nonce_retried(lab: Lab) -> None:
    """A 438 is no failure when the client repeats its request with the new nonce (RFC 8489 9.2.5)."""
    cms, edge, relayed = lab.call()
    time.sleep(NONCE_SECONDS + 1)
    require(cms.refresh_refused(cms.lifetime) == 438, "438 to the old nonce")
    cms.nonce = cms.offered_nonce
    cms.refresh(cms.lifetime)
    passive(cms, edge, relayed, early=True)
    share(cms.data, edge.connection)
    hang_up(cms, edge)


def stale_nonce_ignored(lab: Lab) -> None:
    """The client repeats its request with the old nonce; so there is no permission when the Edge comes."""
    cms, edge, relayed = lab.call(permission=False)
    time.sleep(NONCE_SECONDS + 1)
    for _ in range(TRIES):
        require(cms.permission_refused(edge.address[0]) == 438, "438 to the old nonce")
    refused_peer(edge, relayed)
    cms.control.close()


def no_permission(lab: Lab) -> None:
    """Without permission the server closes the peer's connection, and does not tell CMS (RFC 6062 5.3)."""
    cms, edge, relayed = lab.call(permission=False)
    refused_peer(edge, relayed)
    release(cms)


def refused_peer(edge, relayed) -> None:
    edge.connect(relayed)
    wait_for_silent_end(edge.connection, 2)
    edge.connection.close()


def allocation_expired(lab: Lab) -> None:
    """Nobody refreshes: the server ends the allocation, and all connections with it (RFC 6062 5.5)."""
    let_expire(lab)


def refresh_late(lab: Lab) -> None:
    """The Refresh comes when the allocation is gone, and the control connection with it: CMS opens it again."""
    cms = let_expire(lab)
    cms.control = Connection.open(cms.namespace, (cms.host, cms.control_port), cms.server)
    require(cms.refresh_refused(cms.lifetime) == 438, "438 to a nonce of another connection")
    cms.nonce = cms.offered_nonce
    require(cms.refresh_refused(cms.lifetime) == 437, "437 to the late Refresh")
    cms.control.close()


def let_expire(lab: Lab) -> ShortCms:
    cms, edge, relayed = lab.call(kind=ShortCms)
    passive(cms, edge, relayed, early=True)
    share(cms.data, edge.connection)
    for connection in (cms.data, edge.connection, cms.control):
        wait_for_silent_end(connection, 2 * SHORT_LIFETIME)
        connection.close()
    return cms
