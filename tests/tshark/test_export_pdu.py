"""File > Export PDUs, as tshark -U MSTURN does it: each message, with the frame or channel it is in, as a packet of its own.

Nothing of TCP is in such a capture, so nothing is said of connections that were opened, ended or recorded in one direction.
"""

import itertools
import json

import pytest
import turn
from relayed_call import PEER, WrappedCall
from verdicts import report_of

HEALTHY = "cms-expressway-skype"
SAMPLES = [HEALTHY, "cms-expressway-skype-ipv6", "broken-cms-silent", "ms-turn-pseudo-tls-443", "ms-turn-constructed",
           "ms-turn-udp-3478", "turnutils-uclient-channels"]
ALL_STUN = ("-o", "msturn.plain_stun_udp:TRUE")
SAME_OF_SESSIONS = ("client", "server", "transport", "dialect", "state", "error_code", "relayed", "mapped", "username", "lifetime")
SAME_OF_PAIRS = ("local", "remote", "via", "checks")


@pytest.fixture(scope="module")
def export(tshark, workspace):
    """Exports what is in a capture; returns the path of the result."""
    folder = workspace / "exported"
    folder.mkdir()
    folder.chmod(0o777)
    numbers = itertools.count(1)

    def export_pdus(capture, *options):
        path = folder / f"{next(numbers)}.pcapng"
        tshark.run(capture, "-U", "MSTURN", "-w", str(path), *options)
        return path

    return export_pdus


def messages(tshark, capture, *options):
    """Types and transaction ids in order, also of messages in messages."""
    rows = tshark.frames(capture, ["msturn.type", "msturn.transaction_id"], "-Y", "msturn.type", *options)
    return [message for row in rows.values() for message in zip(row["msturn.type"], row["msturn.transaction_id"], strict=True)]


def picked(items: list[dict], keys) -> list[dict]:
    return [{key: item[key] for key in keys} for item in items]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_messages_and_calls(tshark, sample, export, name):
    """What stays with the built-in dissector over UDP is of the call, too: it is exported, and msturn's from then on."""
    exported = export(sample(name))
    assert messages(tshark, exported) == messages(tshark, sample(name), *ALL_STUN)
    assert tshark.matching(exported, "!msturn.type") == []
    before, after = report_of(tshark, sample(name)), report_of(tshark, exported)
    assert picked(after.sessions, SAME_OF_SESSIONS) == picked(before.sessions, SAME_OF_SESSIONS)
    assert picked(after.pairs, SAME_OF_PAIRS) == picked(before.pairs, SAME_OF_PAIRS)


def test_times_and_addresses_stay(tshark, sample, export, passes):
    columns = ["frame.time_epoch", "_ws.col.Info", "_ws.col.Source", "_ws.col.Destination"]
    # Two messages are in frame 29.
    before = tshark.rows(sample(HEALTHY), columns, "-Y", "msturn.type && frame.number != 29")
    after = tshark.rows(export(sample(HEALTHY)), columns, "-Y", "frame.number != 12 && frame.number != 13", *passes)
    assert after == before


def test_verdicts_in_two_passes(tshark, sample, export):
    exported = export(sample(HEALTHY))
    one, two = (json.loads(tshark.run(exported, "-q", "-z", "msturn,json", *options)) for options in ((), ("-2",)))
    assert one == two
    assert [pair["verdict"] for pair in one["pairs"]] == ["nominated"]


def test_only_what_matches(tshark, sample, export):
    assert [kind for kind, _ in messages(tshark, export(sample(HEALTHY), "-Y", "msturn.method == 0x003"))] == [
        "0x0003", "0x0113", "0x0003", "0x0103"]


def test_media_stays_behind(tshark, write, capture, export):
    call = WrappedCall(capture, channel=0x4001).connected()
    call.pass_on(PEER, turn.rtp(1), "media")
    call.check(PEER, "first")
    exported = export(write(capture))
    assert tshark.matching(exported, "rtp") == []
    assert list(tshark.column(exported, "msturn.channel").values()) == [["0x4001"]]


def test_cut_messages(tshark, write, capture, export):
    control = capture.connection()
    control.client(turn.allocate())
    control.server(turn.allocated(), snaplen=100)
    control.client(turn.refresh())
    exported = export(write(capture), "-o", "tcp.desegment_tcp_streams:FALSE")
    assert [kind for kind, _ in messages(tshark, exported)] == ["0x0003", "0x0103", "0x0004"]
    assert [number for number, packet in tshark.trees(exported).items() if "cut_by_capture" in packet.findings] == [2]


def test_no_message_at_all(tshark, sample, export):
    assert tshark.matching(export(sample("tls-only-443")), "frame") == []
