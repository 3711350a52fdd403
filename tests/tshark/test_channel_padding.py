"""Padding of ChannelData over TCP (RFC 8656 12.5): left out by the sender, passed on by the relay, and as it should be."""

import pytest
import stun
import turn
from tcpcap import Capture, Connection

CHANNEL = 0x4001
LOST, UNPADDED = ("msturn.opaque", "msturn.finding.framing_lost"), "msturn.finding.channel_unpadded"
NAMES = ["msturn.channel.length", "msturn.method", "rtp.seq", UNPADDED, *LOST]
LENGTHS = [61, 62, 63, 157]


def unpadded(data: bytes, channel: int = CHANNEL) -> bytes:
    return channel.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


def packets(count: int = 6) -> list[bytes]:
    """RTP of all lengths; 12 bytes are the header."""
    return [turn.rtp(number, length=LENGTHS[number % len(LENGTHS)] - 12) for number in range(1, count + 1)]


def control(capture: Capture) -> Connection:
    connection = capture.connection()
    connection.client(turn.allocate(transport=turn.UDP))
    connection.server(turn.allocated())
    return connection


def dissected(tshark, path, passes) -> dict[int, dict[str, list[str]]]:
    return tshark.hidden_rows(path, NAMES, *passes)


def shown(rows: dict[int, dict[str, list[str]]], name: str = "msturn.channel.length") -> list[str]:
    return [value for row in rows.values() for value in row[name]]


def frames_with(rows: dict[int, dict[str, list[str]]], *names: str) -> list[int]:
    return [frame for frame, row in rows.items() if any(row[name] for name in names)]


@pytest.mark.parametrize("sizes", [None, [700], [100] * 20, [33] * 40, [5] * 200, [1] * 900],
                         ids=["segment-each", "together", "100", "33", "5", "1"])
def test_sender_does_not_pad(tshark, write, passes, capture, sizes):
    """A segment for each packet as most clients send, and a stream that TCP cut anyhow."""
    connection, sent = control(capture), [unpadded(packet) for packet in packets()]
    stream = [*sent, turn.refresh(), *sent]
    if sizes:
        connection.client_stream(b"".join(stream), sizes)
    else:
        for part in stream:
            connection.client(part)
    rows = dissected(tshark, write(capture), passes)
    assert shown(rows) == [str(len(part) - 4) for part in sent] * 2
    assert shown(rows, "rtp.seq") == [str(number) for number in range(1, 7)] * 2
    assert {int(value, 0) for value in shown(rows, "msturn.method")} >= {4}
    assert frames_with(rows, *LOST) == []
    assert frames_with(rows, UNPADDED) != []


def test_other_channels_and_multiples_of_four(tshark, write, passes, capture):
    """What is missing shows only on packets that need padding; on two channels in turn the messages between them show it."""
    connection = control(capture)
    media = [turn.rtp(number, length=length) for number, length in enumerate([40, 41, 42, 41, 44, 43], start=1)]
    parts = [unpadded(media[0]), unpadded(media[1]), turn.check("a"), unpadded(media[2], 0x4002), unpadded(media[3]),
             unpadded(media[4], 0x4002), unpadded(media[5], 0x4002)]
    frames = [connection.client(part) for part in parts]
    rows = dissected(tshark, write(capture), passes)
    assert shown(rows, "rtp.seq") == ["1", "2", "3", "4", "5", "6"]
    assert frames_with(rows, *LOST) == []
    assert frames_with(rows, UNPADDED) == [frames[2], frames[3], frames[4], frames[6]]


def test_after_loss(tshark, write, passes, capture):
    """A hole in the middle: what comes after the next message is found again."""
    connection, sent = control(capture), [unpadded(packet) for packet in packets()]
    for part in sent:
        connection.client(part)
    connection.client(sent[0] + sent[1], lost=True)
    connection.client(turn.refresh())
    after = [connection.client(part) for part in [*sent, turn.refresh("last")]]
    path = write(capture)
    found = tshark.frames(path, ["msturn.channel.length"], *passes)
    lengths = [value for frame in after for value in found[frame]["msturn.channel.length"]]
    assert lengths == [str(len(part) - 4) for part in sent]


@pytest.mark.parametrize("padding", [b"\0\0\0", b"\xee\xee\xee", b"\x40\x02\x77"], ids=["zero", "any", "like-a-channel"])
@pytest.mark.parametrize("sizes", [None, [700], [33] * 40, [1] * 900], ids=["segment-each", "together", "33", "1"])
def test_padded_is_no_finding(tshark, write, passes, capture, padding, sizes):
    connection = control(capture)
    sent = [unpadded(packet) + padding[:-len(packet) % 4] for packet in packets()]
    stream = [*sent, turn.refresh(), *sent]
    if sizes:
        connection.client_stream(b"".join(stream), sizes)
    else:
        for part in stream:
            connection.client(part)
    rows = dissected(tshark, write(capture), passes)
    assert shown(rows) == [str(len(packet)) for packet in packets()] * 2
    assert frames_with(rows, *LOST) == []
    assert frames_with(rows, UNPADDED) == []


# Passed on by the relay


def relayed(capture: Capture, received) -> list[int]:
    """Two clients of one relay; returns the frames with what the second one gets."""
    first, second = control(capture), control(capture)
    frames = []
    for packet in [*packets(), turn.dtls() + turn.noise(7)]:
        first.client(stun.channel_data(CHANNEL, packet))
        frames.append(second.server(stun.channel_data(CHANNEL, received(packet))))
    return frames


def test_relay_passes_padding_on(tshark, write, passes, capture):
    frames = relayed(capture, lambda packet: packet + bytes(-len(packet) % 4))
    path = write(capture)
    lengths = [len(packet) for packet in [*packets(), turn.dtls() + turn.noise(7)]]
    wanted = [frame for frame, length in zip(frames, lengths, strict=True) if length % 4]
    assert tshark.matching(path, "msturn.finding.padding_forwarded", *passes) == wanted


@pytest.mark.parametrize("received", [lambda packet: packet, lambda packet: packet + bytes(4 + -len(packet) % 4),
                                      lambda packet: b"\x80\x60" + packet[2:] + bytes(-len(packet) % 4)],
                         ids=["as-sent", "longer", "another"])
def test_relay_passes_on_what_it_got(tshark, write, passes, capture, received):
    relayed(capture, received)
    assert tshark.matching(write(capture), "msturn.finding.padding_forwarded", *passes) == []
