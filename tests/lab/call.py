#!/usr/bin/python3
"""Replay the call: CMS and the Edge, over the TURN server that is already running.

Both ends live in this one process, each with its sockets in its own network namespace. So every step waits for
the one before it, and the order of the messages is the same in every run.
"""

import argparse
import ssl
import sys
import time
from pathlib import Path

from cms import LIFETIME, Cms
from connection import ALPN_TURN, PATIENCE, PAUSE, CallFailed, Connection, require
from edge import Edge
from ice import CMS, EDGE, Agent
from media import Stream


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--form", choices=("passive", "passive-late", "active"), required=True)
    parser.add_argument("--cms", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--edge", nargs=2, required=True, metavar=("NAMESPACE", "ADDRESS"))
    parser.add_argument("--server", nargs=2, required=True, metavar=("ADDRESS", "PORT"))
    parser.add_argument("--relay", nargs=2, required=True, metavar=("ADDRESS", "PORT"), help="expected relayed address")
    parser.add_argument("--user", nargs=2, required=True, metavar=("NAME", "PASSWORD"))
    parser.add_argument("--signalled", type=Path, metavar="FOLDER", help="where SIP leaves files when it has gone so far")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEYLOG"), type=Path, help="TLS to the server")
    arguments = parser.parse_args()

    tls = tls_context(*arguments.tls) if arguments.tls else None
    server = (arguments.server[0], int(arguments.server[1]))
    cms = Cms(*arguments.cms, server, *arguments.user, tls)
    edge = Edge(*arguments.edge)

    relayed = cms.allocate()
    expected = (arguments.relay[0], int(arguments.relay[1]))
    require(relayed == expected, f"relayed address {expected}, not {relayed}")
    cms.refresh(LIFETIME)
    cms.create_permission(edge.address[0])
    wait_for(arguments.signalled, "answered")
    if arguments.form == "active":
        active(cms, edge, relayed)
    else:
        passive(cms, edge, relayed, early=arguments.form == "passive")
    wait_for(arguments.signalled, "renewed")
    share(cms.data, edge.connection)
    hang_up(cms, edge)


def tls_context(certificate: Path, keylog: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certificate)
    context.set_alpn_protocols([ALPN_TURN])
    context.keylog_filename = str(keylog)
    return context


def wait_for(folder: Path | None, step: str) -> None:
    """What tests/lab/sip_offer.xml says of its steps."""
    deadline = time.monotonic() + PATIENCE
    while folder and not (folder / step).exists():
        require(time.monotonic() < deadline, f"SIP: {step}")
        time.sleep(PAUSE)


def passive(cms: Cms, edge: Edge, relayed, early: bool) -> None:
    """The Edge opens the connection and checks first (RFC 6544 7.1).

    An early check reaches the server before CMS is bound; the server keeps it, and it comes out right behind the
    ConnectionBind success response (RFC 6062 5.4). Otherwise the Edge is slow, and the check is alone in its segment.
    """
    edge.connect(relayed)
    edge_agent = Agent(EDGE, CMS, edge.connection, relayed)
    if early:
        edge_agent.send_check()
    cms.bind(cms.wait_for_attempt(edge.address))
    if not early:
        edge_agent.send_check()
    cms_agent = Agent(CMS, EDGE, cms.data, edge.address)
    cms_agent.answer_check()
    edge_agent.receive_answer(edge.address)
    check(cms_agent, relayed, edge_agent)
    check(edge_agent, edge.address, cms_agent, nominate=True)


def active(cms: Cms, edge: Edge, relayed) -> None:
    """CMS lets the server open the connection (RFC 6062 4.3) and checks first."""
    edge.listen()
    connection_id = cms.connect(edge.address)
    edge.accept(relayed)
    cms.bind(connection_id)
    cms_agent = Agent(CMS, EDGE, cms.data, edge.address)
    edge_agent = Agent(EDGE, CMS, edge.connection, relayed)
    check(cms_agent, relayed, edge_agent)
    check(edge_agent, edge.address, cms_agent)
    check(edge_agent, edge.address, cms_agent, nominate=True)


def check(asker: Agent, asker_address, answerer: Agent, nominate: bool = False) -> None:
    asker.send_check(nominate)
    answerer.answer_check()
    asker.receive_answer(asker_address)


def share(cms: Connection, edge: Connection) -> None:
    """Skype presents, CMS views: most of the media comes from the Edge."""
    presenter, viewer = Stream("skype"), Stream("cms")
    deliver(edge, cms, presenter.rtp(160))
    deliver(edge, cms, presenter.rtp(1100))
    deliver(edge, cms, presenter.rtp(420, marker=True))
    deliver(cms, edge, viewer.rtp(48, marker=True))
    deliver(edge, cms, presenter.sender_report())
    deliver(cms, edge, viewer.receiver_report(presenter))
    deliver(edge, cms, presenter.rtp(900, marker=True))
    deliver(cms, edge, viewer.rtp(32, marker=True))


def deliver(sender: Connection, receiver: Connection, packet: bytes) -> None:
    sender.send_packet(packet)
    require(receiver.receive_packet() == packet, "media unchanged behind the relay")


def hang_up(cms: Cms, edge: Edge) -> None:
    cms.keep_alive()
    edge.connection.close()
    cms.data.wait_for_end()
    cms.data.close()
    cms.refresh(0)
    cms.control.close()


if __name__ == "__main__":
    try:
        main()
    except (CallFailed, OSError) as error:
        sys.exit(f"call failed: {error}")
