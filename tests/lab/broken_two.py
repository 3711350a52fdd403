"""Two calls at the same time, between the same hosts: one works, one breaks."""

from dataclasses import replace

from broken_parts import SILENCE, BrokenAgent, BrokenCms, Lab, expect_nothing, release
from call import check, share
from connection import new_socket, require
from edge import PORT
from ice import CMS, EDGE, Agent


class SecondCms(BrokenCms):
    name = "second cms"
    control_port, data_port = 33348, 44343


SECOND_CMS = replace(CMS, name="second cms", ufrag="cMS2", password="MeetingServerIcePwd/21", tie_breaker=0x51)
SECOND_EDGE = replace(EDGE, name="second edge", ufrag="SfC0", password="SkypeEdgeIcePassword/2", tie_breaker=0x52)


def two_calls(lab: Lab) -> None:
    """The steps of both calls alternate; the second CMS does not answer."""
    good, bad = lab.cms(), lab.cms(SecondCms)
    good_edge, bad_edge = lab.edge(), lab.edge(PORT + 1)
    second_relay = (lab.relay[0], lab.relay[1] + 1)
    # The server takes its relayed ports in an order of its own; while one is in use, there is only the other.
    with new_socket(lab.server_namespace, second_relay) as user:
        user.listen()
        good_relayed = good.allocate()
    bad_relayed = bad.allocate()
    require((good_relayed, bad_relayed) == (lab.relay, second_relay), f"relayed: {good_relayed}, {bad_relayed}")
    for cms, edge in ((good, good_edge), (bad, bad_edge)):
        cms.create_permission(edge.address[0])
    good_edge.connect(good_relayed)
    bad_edge.connect(bad_relayed)
    for cms, edge in ((bad, bad_edge), (good, good_edge)):
        cms.bind(cms.wait_for_attempt(edge.address))

    good_cms_agent = Agent(CMS, EDGE, good.data, good_edge.address)
    good_edge_agent = Agent(EDGE, CMS, good_edge.connection, good_relayed)
    bad_cms_agent = BrokenAgent(SECOND_CMS, SECOND_EDGE, bad.data, bad_edge.address)
    bad_edge_agent = BrokenAgent(SECOND_EDGE, SECOND_CMS, bad_edge.connection, bad_relayed)
    bad_edge_agent.send_check()
    check(good_edge_agent, good_edge.address, good_cms_agent)
    bad_cms_agent.drop_check()
    check(good_cms_agent, good_relayed, good_edge_agent)
    check(good_edge_agent, good_edge.address, good_cms_agent, nominate=True)
    share(good.data, good_edge.connection)
    expect_nothing(bad_edge.connection, SILENCE)

    for cms, edge in ((bad, bad_edge), (good, good_edge)):
        edge.connection.close()
        cms.data.wait_for_end()
        cms.data.close()
        release(cms)
