"""Messages in the middle of something else: a connection that carries a capture file, say, is nobody's but its protocol's.

Capture files, archives and pictures from generators with fixed seeds, compared as in test_false_claims.py.
"""

import downloads
import pytest
from test_false_claims import PORTS, assert_untouched, replay


@pytest.mark.parametrize("ports", ["shared", "relay", "others"])
def test_messages_in_downloads_are_bytes_of_the_download(tshark, stock, write, passes, capture, ports):
    """Capture files, archives and pictures, also with a message at the beginning of a segment."""
    labels = replay(capture, downloads.ALL, PORTS[ports])
    assert_untouched(tshark, stock, write(capture), labels, *passes)


def test_messages_in_downloads_on_a_port_of_turn_servers_are_not_claimed(tshark, write, passes, capture):
    """But at the beginning of a segment a message is one there: a first one may have been lost, or not understood."""
    families = {name: family for name, family in downloads.ALL.items() if "anywhere" in name}
    labels = replay(capture, families, PORTS["turn"])
    assert labels.of(tshark.matching(write(capture), "msturn", *passes)) == []


@pytest.mark.parametrize("options", [("-o", "http.desegment_body:FALSE"), ("-o", "tcp.try_heuristic_first:TRUE"),
                                     ("-o", "tcp.desegment_tcp_streams:FALSE")], ids=["body", "heuristics", "segments"])
def test_messages_in_downloads_are_seen_by_nobody_segment_by_segment(tshark, stock, write, passes, capture, options):
    """Reassembly hides most of a download; without it each segment is handed over alone."""
    labels = replay(capture, downloads.ALL, (80, 443, 8080, 8347, 25000))
    assert_untouched(tshark, stock, write(capture), labels, *options, *passes)


def test_messages_in_downloads_that_the_capture_cut(tshark, stock, write, passes, capture):
    labels = replay(capture, downloads.ALL, (80, 443, 8347, 25000), snaplen=True)
    assert_untouched(tshark, stock, write(capture), labels, *passes)
