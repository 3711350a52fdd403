"""Captures on which the plugin was wrong once, with the right answers of their README; skipped where they are absent.

Each stands for a kind; support/kinds*.py and support/healthy*.py build the kinds with the project's own generators.
"""

import re

import pytest
from healthy import are_right
from once import told_twice
from verdicts import TROUBLE, TWO_PASSES, report_of

PLAIN_UDP = ("-o", "msturn.plain_stun_udp:TRUE")
CLEAN = ()  # nothing above note
TO_REMOTE, TO_LOCAL = "broken no-response local_to_remote", "broken no-response remote_to_local"

# By name: the pairs in the order of their ids; findings above note that may be there (None: any); findings that must be there;
# and findings that must not.
RIGHT = {
    "relay-port-icmp.pcapng": (("broken connect-failed",), None, {"connection_refused"}, ()),
    "same-addresses-again.pcapng": (("nominated", TO_REMOTE), None, {"responses_one_way"}, {"no_response"}),
    "reconnect-then-silent.pcapng": (("nominated", TO_LOCAL), None, {"no_response"}, ()),
    "second-broken.pcap": (("nominated", TO_LOCAL), None, {"no_response"}, ()),
    "silent-2s-then-reset.pcapng": ((TO_REMOTE,), None, (), {"open_at_end", "pair_unfinished"}),
    "check-acked-silent-fin.pcapng": ((TO_REMOTE,), None, (), ()),
    "check-never-acked.pcapng": ((TO_REMOTE,), None, (), ()),
    "peer-resets-before-check.pcapng": (("broken reset",), None, {"peer_closed"}, {"closed_at_once"}),
    "control-connection-dead.pcapng": (("broken never-bound",), None, (), {"no_response"}),
    "media-never-acked.pcapng": (("nominated",), None, (), ()),
    "frame-length-plus4.pcapng": ((TO_LOCAL,), None, {"frame_length"}, ()),
    "three-points-nat.pcapng": (("nominated",), CLEAN, (), ()),
    "consent-begun-late.pcapng": (("valid",), CLEAN, (), ()),
    "begun-after-bind.pcapng": (("nominated|valid",), CLEAN, (), ()),
    "ice-lite-nominated.pcap": (("nominated",), CLEAN, (), ()),
    "pair-pinged-not-selected.pcap": (("valid",), {"never_nominated"}, (), ()),
    "renomination.pcap": (("nominated",), CLEAN, (), ()),
    "role-changed-then-consent.pcap": (("nominated",), {"role_conflict"}, (), ()),
    "release-and-close.pcap": (("nominated",), CLEAN, (), {"not_released"}),
    "attempt-crosses-release.pcap": (("nominated", "unfinished|unknown"), CLEAN, (), ()),
    "consent-other-pair.pcap": (("nominated", "nominated"), CLEAN, (), ()),
    "permission-pipelined.pcap": (("nominated",), CLEAN, (), ()),
    "401-new-nonce-retried.pcap": ((), CLEAN, (), ()),
    "state-allocated-without-allocation.pcap": ((), None, (), {"not_released"}),
    "bind-on-other-port-of-server.pcap": (("nominated",), CLEAN, (), ()),
    "syn-refused.pcap": ((), None, {"connection_refused"}, ()),
}

# Frames of which msturn decodes something.
DECODED = {
    "channeldata-unpadded.pcap": [*range(4, 27, 2), 30, 32, 34],  # 28 is read with 30: only then its padding is known to lack
    "http-connect-443.pcap": range(8, 51, 2),
    "ssltcp-rfc4571-443.pcap": range(8, 41, 2),
    "proxy-protocol-v2-443.pcap": range(5, 27),
    "after-foreign-stream.pcap": [8, 9, 13, 14],
    "after-plain-stun-udp.pcap": [2],
}

# What the plugin still gets wrong, by name of the capture or of the test. Who mends a rule takes it away.
NOT_YET = set("""
""".split())


def each(names):
    for name in names:
        marks = [pytest.mark.xfail(strict=True, reason="the rule is not mended yet")] if name in NOT_YET else []
        yield pytest.param(name, id=name, marks=marks)


def unless_mended(test):
    return pytest.mark.xfail(strict=True, reason="the rule is not mended yet")(test) if test.__name__ in NOT_YET else test


@pytest.fixture
def fault(shared_capture):
    return lambda name: shared_capture(f"faults/{name}")


@pytest.mark.parametrize("name", each(RIGHT))
def test_verdicts_and_findings(tshark, fault, name):
    wanted, may, must, never = RIGHT[name]
    for passes in ((), TWO_PASSES):
        report = report_of(tshark, fault(name), *PLAIN_UDP, *passes)
        told = [(pair["verdict"], pair["reason"], pair["direction"]) for pair in report.pairs]
        assert are_right(report.pairs, wanted), f"{told} instead of {wanted}"
        codes = {problem["code"] for problem in report.problems}
        trouble = {problem["code"] for problem in report.problems if problem["severity"] in TROUBLE}
        assert may is None or trouble <= set(may)
        assert set(must) <= codes
        assert codes.isdisjoint(never)
        assert told_twice(report.problems) == []


@pytest.mark.parametrize("name", each(DECODED))
def test_decoded_frames(tshark, fault, name):
    """The protocol, also of frames in which only media is: ChannelData and RFC 4571 frames are msturn's."""
    assert set(DECODED[name]) <= set(tshark.matching(fault(name), "msturn", *TWO_PASSES))


@unless_mended
def test_unpadded_channel_data_is_told(tshark, fault):
    """RFC 8656 12.5; and no framing is lost by it."""
    problems = report_of(tshark, fault("channeldata-unpadded.pcap")).problems
    assert [p for p in problems if p["code"] == "framing_lost"] == []
    assert [p for p in problems if re.search("padd", p["text"], re.IGNORECASE)] != []


@unless_mended
def test_relay_that_forwards_padding_is_told(tshark, fault):
    """RFC 8656 12.5: the padding is no part of the data."""
    problems = report_of(tshark, fault("relay-forwards-padding.pcap")).problems
    assert [p for p in problems if re.search("padd", p["text"], re.IGNORECASE)] != []


@unless_mended
def test_channel_that_ran_out_is_told(tshark, fault):
    """RFC 8656 12: a channel lasts ten minutes."""
    problems = report_of(tshark, fault("channel-expires.pcap")).problems
    assert [p for p in problems if p["severity"] in TROUBLE and "channel" in p["text"].lower()] != []


@unless_mended
def test_refused_permission_is_no_allocation(tshark, fault):
    """RFC 8656 5."""
    states = [session["state"] for session in report_of(tshark, fault("state-allocated-without-allocation.pcap")).sessions]
    assert len(states) == 1 and states[0] in ("pending", "refused")


@unless_mended
def test_both_directions_or_neither(tshark, fault):
    """A connection whose port another dissector has: all 22 messages, or no finding that rests on the missing ones."""
    capture = fault("port-10000-half-decoded.pcap")
    decoded = len(tshark.matching(capture, "msturn"))
    assert decoded == 22 or report_of(tshark, capture).trouble() == []


@unless_mended
def test_the_servers_own_words(tshark, fault):
    """RFC 8489 14.8: code and reason phrase, in the Info column and in the report's JSON."""
    capture = fault("reason-phrase-400.pcap")
    rows = tshark.frames(capture, ["msturn.error_code.reason", "_ws.col.Info"])
    refused = {frame: (row["msturn.error_code.reason"][0], row["_ws.col.Info"][0])
               for frame, row in rows.items() if row["msturn.error_code.reason"] and frame > 6}
    assert len(refused) == 2
    assert [frame for frame, (words, info) in refused.items() if words not in info] == []
    printed = tshark.run(capture, "-q", "-z", "msturn,json")
    assert [words for words, _ in refused.values() if words not in printed] == []


@unless_mended
def test_nomination_has_its_name(tshark, fault):
    """draft-thatcher-ice-renomination-01: 0xC001 in a Binding request; the registry's name stands beside it."""
    tree = tshark.run(fault("renomination.pcap"), "-V", "-Y", "frame.number == 12")
    assert "NOMINATION: 1" in tree


def test_known_failures_exist():
    """No name of NOT_YET is misspelt or left over."""
    assert NOT_YET - {*RIGHT, *DECODED, *globals()} == set()
