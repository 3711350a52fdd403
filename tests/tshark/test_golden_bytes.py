"""The files of tests/golden say what the bytes of the captures say: nobody has to trust what the plugin once printed."""

import golden
import pytest
import sample_bytes
from conftest import SAMPLES

NAMES = sorted({path.stem for path in SAMPLES.glob("*.pcapng")} - {"turn-tls"})
WITHOUT_MESSAGES = ["broken-server-silent", "tls-only-443"]


@pytest.mark.parametrize("name", NAMES)
def test_messages_are_those_in_the_bytes(stock, sample, name):
    assert golden.read(name) == sample_bytes.lines(stock, sample(name))
    assert (golden.read(name) == []) == (name in WITHOUT_MESSAGES)


def test_messages_in_tls_are_those_in_the_decrypted_bytes(stock, sample):
    """Those of the client, control and data; the peer's connection is not encrypted. Frames: test_sample_captures.py."""
    path = sample("turn-tls")
    streams = {int(stream) for row in stock.column(path, "tcp.stream", "-Y", "tls").values() for stream in row}
    # From 4.6.9 on, "follow" counts TLS connections, before that those of TCP: of a number that is none there is nothing.
    decrypted = [text for stream in range(max(streams) + 1) for text in sample_bytes.decrypted_lines(stock, path, stream)]
    shown = golden.read("turn-tls")
    plain = sample_bytes.lines(stock, path)
    assert [text for text in shown if text in plain] == plain
    in_records = [text.partition(" ")[2] for text in shown if text not in plain]
    assert sorted(in_records) == sorted(text.partition(" ")[2] for text in decrypted)
    assert len(decrypted) >= 20
