"""Datagrams that merely look like ours are never claimed: they come out as without the plugin.

msturn looks at every datagram, and at some ports first. Random but repeatable datagrams of others, on ports of both kinds.
"""

import itertools
from collections.abc import Iterable
from random import Random

import foreign_datagrams
import msturn_messages as ms
import pytest
import turn
from case_calls import datagram
from msturn_messages import Type, start, transaction_id
from tcpcap import Capture
from test_false_claims import Labels, assert_untouched, different_packets

SERVER = "192.0.2.1"
PORTS = {"turn": (3478, 3481), "relay": (50000, 53577, 59999), "others": (53, 443, 4500, 8347, 51820)}
ROUNDS = 3


def replay(capture: Capture, ports: Iterable[int], snaplen: bool = False, client_port: int = 40000) -> Labels:
    """Each family several times on each port, each time another client."""
    labels = Labels(capture)
    runs = itertools.product(ports, foreign_datagrams.ALL.items(), range(ROUNDS))
    for client, (port, (name, family), number) in enumerate(runs, 1):
        random = Random(f"{name} {port} {number}")
        ends = {True: (f"10.{client >> 8}.{client & 255}.1", client_port), False: (SERVER, port)}
        for up, data in family(random):
            capture.add(datagram(ends[up], ends[not up], data), random.randrange(42, 100) if snaplen else None)
        labels.ends_here(f"{name} on {port}, {number}")
    return labels


@pytest.mark.parametrize("snaplen", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize("ports", PORTS)
def test_datagrams_of_others_come_out_as_without_the_plugin(tshark, stock, write, passes, capture, ports, snaplen):
    labels = replay(capture, PORTS[ports], snaplen)
    assert_untouched(tshark, stock, write(capture), labels, *passes)


def test_datagrams_from_a_port_of_a_relay_come_out_as_without_the_plugin(tshark, stock, write, passes, capture):
    """Clients get such ports from their systems."""
    labels = replay(capture, (443, 8347, 60000), client_port=53577)
    assert_untouched(tshark, stock, write(capture), labels, *passes)


def test_datagrams_beside_a_call_come_out_as_without_the_plugin(tshark, stock, write, passes, capture):
    """Another client of the same server is in a session of [MS-TURN]: nothing follows for anybody else."""
    client, server = ("10.255.255.1", 40000), (SERVER, 3478)
    capture.add(datagram(client, server, start(Type.ALLOCATE_REQUEST, transaction_id("a")).encode()))
    capture.add(datagram(client, server, ms.multiplexed(b"session!", turn.check())))
    first = capture.frames + 1
    labels = replay(capture, (*PORTS["turn"], *PORTS["relay"]))
    path = write(capture)
    assert tshark.matching(path, "msturn", *passes) == [1, 2]
    changed = different_packets(tshark, stock, path, *passes)
    assert labels.of(frame for frame in changed if frame >= first) == []
