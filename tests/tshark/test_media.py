"""What frames, channels, Send, end-to-end data and multiplexed TURN carry, and the preference about it.

By RFC 7983 7 and RFC 5761 4 it goes to RTP, RTCP or DTLS; what is none of these is data.
"""

import re

import msturn_messages as ms
import pytest
import stun
import turn
from msturn_messages import Type
from relayed_call import CLIENT, PEER, RelayedCall, WrappedCall

HEALTHY = "cms-expressway-skype"
AS_DATA = ("-o", "msturn.decode_media:FALSE")
PACKETS = {"rtp": turn.rtp(1), "rtcp": turn.rtcp(), "dtls": turn.dtls(), "data": turn.noise(60)}
BOUND = ["10.48.54.229:3478 -> 10.48.54.230:44342", "10.48.54.230:44342 -> 10.48.54.229:3478"]
OUTSIDE = ["192.168.1.252:53577 -> 192.168.1.229:24000", "192.168.1.229:24000 -> 192.168.1.252:53577"]


def send(call, packets) -> list[int]:
    return [call.pass_on(CLIENT, packet, f"media {number}")[0] for number, packet in enumerate(packets)]


def in_frames(capture, packets) -> list[int]:
    call = RelayedCall(capture).connected()
    call.checked(PEER, "first")
    return send(call, packets)


def in_channels(capture, packets) -> list[int]:
    return send(WrappedCall(capture, channel=0x4001).connected(), packets)


def in_send_indications(capture, packets) -> list[int]:
    return send(WrappedCall(capture).connected(), packets)


def microsoft(capture):
    """A connection on which an Allocate request was seen."""
    control = capture.connection()
    control.client(ms.frame(ms.CONTROL, ms.start(Type.ALLOCATE_REQUEST, ms.transaction_id("allocate")).encode()))
    return control


def in_end_to_end_data(capture, packets) -> list[int]:
    control = microsoft(capture)
    return [control.client(ms.frame(ms.END_TO_END, packet)) for packet in packets]


def in_multiplexed_turn(capture, packets) -> list[int]:
    control = microsoft(capture)
    return [control.client(ms.multiplexed(bytes(range(8)), packet)) for packet in packets]


WAYS = [in_frames, in_channels, in_send_indications, in_end_to_end_data, in_multiplexed_turn]
EACH_WAY = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


def last_protocols(tshark, path, frames, *options) -> list[str]:
    protocols = tshark.column(path, "frame.protocols", *options)
    return [protocols[frame][0].split(":")[-1] for frame in frames]


@EACH_WAY
def test_payload_goes_to_its_dissector_or_is_data(tshark, write, capture, way):
    frames = way(capture, PACKETS.values())
    path = write(capture)
    assert last_protocols(tshark, path, frames) == list(PACKETS)
    assert last_protocols(tshark, path, frames, *AS_DATA) == ["data"] * len(PACKETS)
    shown = tshark.frames(path, ["data.data", "_ws.col.Protocol", "_ws.col.Info"], *AS_DATA)
    assert [bytes.fromhex(shown[frame]["data.data"][0]) for frame in frames] == list(PACKETS.values())
    assert {shown[frame]["_ws.col.Protocol"][0] for frame in frames} == {"MSTURN"}
    assert all(shown[frame]["_ws.col.Info"][0] for frame in frames)


@EACH_WAY
def test_the_session_of_payload_is_known(tshark, write, capture, passes, way):
    """So that a session's filter, and Follow, have all of it. In a message the message says it."""
    frames = way(capture, PACKETS.values())
    sessions = tshark.column(write(capture), "msturn.session", *passes)
    assert [sessions[frame] for frame in frames] == [["0"]] * len(frames)


def test_session_of_frames_outside_of_the_relay(tshark, sample, passes):
    path = sample(HEALTHY)
    assert tshark.matching(path, "(rtp || rtcp) && msturn.session == 0", *passes) == tshark.matching(path, "rtp || rtcp")


def test_a_client_with_one_session_after_the_other(tshark, write, capture, passes):
    """Payload belongs to the session that was there when it came."""
    call = WrappedCall(capture, channel=0x4001).connected()
    first = send(call, [turn.rtp(1)])
    call.refresh("release", lifetime=0)
    control = call.control
    call.capture, call.connection = capture, lambda *ends: control  # the same connection again
    call.name = "second"
    call.connected()
    second = send(call, [turn.rtp(2)])
    sessions = tshark.column(write(capture), "msturn.session", "-Y", "rtp", *passes)
    assert sessions == {first[0]: ["0"], second[0]: ["1"]}


def test_rtp_streams_count_the_bound_connection(tshark, sample):
    row = re.compile(r" +[\d.]+ +[\d.]+ +(\S+) +(\d+) +(\S+) +(\d+) +0x\S+ +\S+ +(\d+) ")

    def streams(*options):
        lines = tshark.run(sample(HEALTHY), "-q", "-z", "rtp,streams", *options).splitlines()
        found = (match.groups() for match in map(row.match, lines) if match)
        return {f"{a}:{b} -> {c}:{d}": int(packets) for a, b, c, d, packets in found}

    assert streams() == dict.fromkeys([BOUND[0], OUTSIDE[0]], 4) | dict.fromkeys([BOUND[1], OUTSIDE[1]], 2)
    assert streams(*AS_DATA) == {}


def test_what_is_no_payload_does_not_depend_on_the_preference(tshark, sample):
    """Messages in frames, and a real TLS server's answer to a pseudo-TLS hello."""
    for name, wanted in (("ms-turn-constructed", "msturn.type"), ("ms-turn-wrong-server", "tls")):
        assert tshark.matching(sample(name), wanted, *AS_DATA) == tshark.matching(sample(name), wanted)


def test_more_packets_in_a_segment_than_layers_in_a_frame(tshark, write, passes, capture):
    """Wireshark takes 500 layers for an endless recursion; each packet of a segment leaves one or two."""
    connection = capture.connection(server=("192.0.2.9", 9321))
    connection.client(stun.frame(turn.check("first")))
    media = b"".join(stun.frame(turn.rtp(number, length=8)) for number in range(1, 1501))
    frame = connection.client(media + stun.frame(turn.check("last")))
    path = write(capture)
    row = tshark.frames(path, ["rtp.seq", "msturn.rfc4571.length", "msturn.type", "frame.protocols"], *passes)[frame]
    assert row["rtp.seq"] == [str(number) for number in range(1, 1501)]
    assert len(row["msturn.rfc4571.length"]) == 1501
    assert row["msturn.type"] == ["0x0001"]
    assert 10 < len(row["frame.protocols"][0].split(":")) < 500
