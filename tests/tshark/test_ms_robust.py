"""Captures that are cut or damaged: what is there is decoded, what is not is no fault of the sender, and nothing breaks.

WIRESHARK_ABORT_ON_DISSECTOR_BUG is set by support/wireshark.py.
"""

import msturn_messages as ms
import pytest
import turn
from merged import Variant, merge
from test_ms_dialogue import (CLIENT, HELLO, HELLO_ANSWER, SESSION, allocate, allocated, control, data_indication, datagram,
                              end_to_end, framed_connection, relayed_connection, send_request)

SAMPLES = ["ms-turn-pseudo-tls-443", "ms-turn-tcp-3478", "ms-turn-udp-3478", "ms-turn-wlm2009", "ms-turn-constructed", "ms-turn-wrong-server"]
SENDERS_FAULTS = {"attribute_overrun", "attribute_truncated", "attribute_length", "framing_lost", "frame_length", "fingerprint",
                  "padding_wrong", "cookie_missing", "standard_turn", "xor_mapped_missing", "relayed_missing", "multiplex_length",
                  "family_unknown", "forbidden_type", "after_integrity", "realm_nonce_swapped"}
HEADERS, UDP_HEADERS = 14 + 20 + 20, 14 + 20 + 8  # Ethernet, IPv4, TCP without options or UDP


def assert_no_fault(packet, places: str = "") -> None:
    assert not SENDERS_FAULTS & set(packet.findings), f"frame {packet.number}: {packet.findings}\n{places}"
    assert "_ws.malformed" not in packet.names, f"frame {packet.number}\n{places}"


@pytest.mark.parametrize("name", ["ms-turn-pseudo-tls-443", "ms-turn-constructed", "ms-turn-udp-3478"])
def test_cut_samples_have_no_faults(tshark, write, passes, name):
    capture, places = merge(Variant(name, snaplen=length) for length in (60, 80, 96, 110, 128, 200))
    ours = [packet for packet in tshark.trees(write(capture), *passes).values() if "msturn" in packet.names]
    assert len(ours) > 50
    for packet in ours:
        assert_no_fault(packet, places)


def test_every_cut_of_a_framed_message(tshark, write, passes, capture):
    """From the header on it is listed; attributes that are there in full have their values."""
    message = allocated("cut")
    frames = {}
    for length in range(len(control(message))):
        connection = framed_connection(capture)
        frames[length] = connection.server(control(message), snaplen=HEADERS + length)
    packets = tshark.trees(write(capture), *passes)
    ends = {number: end for number, _, end in ms.attribute_spans(message)}
    values = {"msturn.lifetime": (0x000D, "60"), "msturn.ms_mapped_address": (0x0001, "198.51.100.1:50000"), "msturn.ms_version": (0x8008, "2")}
    for length, frame in frames.items():
        packet = packets[frame]
        assert_no_fault(packet)
        assert packet.all("msturn.type") == (["0x0103"] if length >= 4 + 20 else []), f"cut at {length}"
        if length >= 24:
            assert "cut_by_capture" in packet.findings, f"cut at {length}"
        for name, (number, value) in values.items():
            if length - 4 >= ends[number]:
                assert packet.all(name) == [value], f"cut at {length}"


def test_every_cut_of_pseudo_tls_and_of_what_frames_hold(tshark, write, passes, capture):
    data = [control(send_request(turn.check())), end_to_end(turn.check()), end_to_end(ms.multiplexed(SESSION, turn.rtp(1)))]
    frames = []
    for piece in data:
        for length in range(0, len(piece), 3):
            frames.append(framed_connection(capture).client(piece, snaplen=HEADERS + length))
    for length in range(0, len(HELLO_ANSWER), 5):
        connection = capture.connection(server=("192.0.2.1", 443))
        connection.client(HELLO)
        frames.append(connection.server(HELLO_ANSWER, snaplen=HEADERS + length))
    packets = tshark.trees(write(capture), *passes)
    for frame in frames:
        assert_no_fault(packets[frame])


def test_every_cut_of_a_datagram(tshark, write, passes, capture):
    """28 bytes of an MS-TURN message are enough to know it, 32 of multiplexed TURN."""
    server = ("192.0.2.1", 3478)
    frames = {(kind, length): datagram(capture, CLIENT, server, data, snaplen=UDP_HEADERS + length)
              for kind, data in (("message", allocate()), ("multiplexed", ms.multiplexed(SESSION, turn.check())),
                                 ("nested", data_indication(turn.check())))
              for length in range(0, len(data))}
    packets = tshark.trees(write(capture), *passes)
    for (kind, length), frame in frames.items():
        assert_no_fault(packets[frame])
        if kind == "message" and length >= 28:
            assert packets[frame].all("msturn.type") == ["0x0003"], f"cut at {length}"
            assert "cut_by_capture" in packets[frame].findings


def test_stream_goes_on_behind_cut_frames(tshark, write, passes, capture):
    """Framing is known by the lengths on the wire."""
    connection = relayed_connection(capture)
    frames = [connection.server(end_to_end(turn.rtp(n, length=500)), snaplen=HEADERS + 4 + 40) for n in range(1, 5)]
    connection.client(control(allocate("last")))
    last = connection.server(control(allocated("last", mapped=connection.ends[True])))
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("rtp.seq") for frame in frames] == [[str(n)] for n in range(1, 5)]
    assert packets[last].all("msturn.type") == ["0x0103"]
    assert packets[last].findings == []


@pytest.mark.parametrize("seed", range(1, 7))
def test_damaged_bytes_break_nothing(tshark, write, passes, seed):
    """3 % of all bytes after the headers are changed; output() fails on a crash, a bug or an endless loop."""
    capture, places = merge(Variant(name, 0.03, seed) for name in SAMPLES)
    assert len(tshark.trees(write(capture), *passes)) == capture.frames, places


@pytest.mark.parametrize("seed", [11, 12])
def test_damaged_and_cut_bytes_break_nothing(tshark, write, seed):
    capture, places = merge(Variant(name, 0.05, seed, snaplen=120) for name in SAMPLES)
    assert len(tshark.trees(write(capture), "-2")) == capture.frames, places


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_damaged_frames_are_found_again(tshark, write, passes, capture, seed):
    """Noise of any length between good frames: each message behind it is found."""
    connection = framed_connection(capture)
    frames = []
    for n in range(20):
        connection.client(b"\xf0" * (1 + n * seed % 37))
        frames.append(connection.client(control(allocate(f"{seed} {n}"))))
    packets = tshark.trees(write(capture), *passes)
    assert [frame for frame in frames if packets[frame].all("msturn.type") != ["0x0003"]] == []
