"""FINGERPRINT by the standard CRC table and by Microsoft's faulty one, and CRC duplicates ([MS-ICE2] 3.1.4.8.2; microsoft.md 7.6)."""

import itertools
import struct

import msturn_messages as ms
import pytest
import stun
from msturn_messages import with_fingerprint
from test_ms_dialogue import CLIENT, control, data_indication, datagram, end_to_end, first_allocate, relayed_connection, send_request

NEITHER, STANDARD, FAULTY, BOTH = "0", "1", "2", "3"
GOOD, BAD = "1", "0"  # values of a checksum's status in Wireshark


def check(label: str) -> bytes:
    """Without FINGERPRINT."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, stun.transaction_id(label))
    message.add(stun.Attribute.PRIORITY, stun.unsigned32(77)).add(stun.Attribute.USERNAME, b"there:here")
    message.add(stun.Attribute.ICE_CONTROLLING, bytes(8))
    return message.add(stun.Attribute.MS_IMPLEMENTATION_VERSION, stun.unsigned32(2)).encode(b"password")


def answer(label: str) -> bytes:
    return stun.Message(stun.Method.BINDING, stun.Class.SUCCESS, stun.transaction_id(label)).encode(b"password")


def choose(build, differ: bool) -> bytes:
    """The first message of its kind for which the two tables give different values, or the same."""
    for number in itertools.count():
        data = build(f"fingerprint {number}")
        if (with_fingerprint(data) != with_fingerprint(data, faulty=True)) == differ:
            return data


DIFFERENT, SAME = choose(check, True), choose(check, False)


def wrong(data: bytes) -> bytes:
    good = with_fingerprint(data)
    return good[:-4] + struct.pack("!I", int.from_bytes(good[-4:], "big") ^ 1)


CASES = {
    "standard": (with_fingerprint(DIFFERENT), STANDARD, GOOD, []),
    "faulty": (with_fingerprint(DIFFERENT, faulty=True), FAULTY, GOOD, []),
    "both": (with_fingerprint(SAME), BOTH, GOOD, []),
    "neither": (wrong(DIFFERENT), NEITHER, BAD, ["fingerprint"]),
    "neither of both": (wrong(SAME), NEITHER, BAD, ["fingerprint"]),
}


def test_faulty_table_has_the_entry_of_the_specification():
    """Entry 0x5A is 0x08BBE8EA (microsoft.md 7.6): the CRC of the one byte that takes entry 0x5A first."""
    byte = bytes([0x5A ^ 0xFF])
    standard, faulty = (int.from_bytes(ms.fingerprint(byte, f), "big") for f in (False, True))
    assert standard ^ faulty == 0x8BBEB8EA ^ 0x08BBE8EA


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("carrier", ["rfc4571", "03", "data"])
def test_table_that_fits_is_named(tshark, write, passes, capture, name, carrier):
    data, table, status, findings = CASES[name]
    if carrier == "rfc4571":
        frame = capture.connection(server=("192.0.2.9", 9321)).client(stun.frame(data))
    else:
        connection = relayed_connection(capture)
        frame = connection.server(end_to_end(data) if carrier == "03" else control(data_indication(stun.frame(data))))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.fingerprint.table") == [table]
    assert packet.all("msturn.fingerprint.status") == [status]
    assert packet.all("msturn.fingerprint") == [f"0x{data[-4:].hex()}"]
    assert packet.findings == findings


@pytest.mark.parametrize("good", [True, False])
def test_messages_of_the_dialect_are_checked_too(tshark, write, passes, capture, good):
    """FINGERPRINT is not one of [MS-TURN]'s attributes; where it is there, it means what it means elsewhere."""
    message = first_allocate()
    data = with_fingerprint(message) if good else wrong(message)
    frame = capture.connection(server=("192.0.2.9", 3478)).client(control(data))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.dialect") == ["1"]
    assert packet.all("msturn.fingerprint.status") == [GOOD if good else BAD]
    assert ("fingerprint" in packet.findings) == (not good)


def exchange(tshark, write, capture, passes, *packets: tuple[bool, bytes]):
    """Frames of type 03, one a segment; returns their trees."""
    connection = relayed_connection(capture)
    frames = [connection.send(from_client, end_to_end(data)) for from_client, data in packets]
    trees = tshark.trees(write(capture), *passes)
    return frames, [trees[frame] for frame in frames]


@pytest.mark.parametrize("order", [(False, True), (True, False)], ids=["standard-first", "faulty-first"])
def test_crc_duplicate_is_no_retransmission(tshark, write, passes, capture, order):
    frames, packets = exchange(tshark, write, capture, passes, *((True, with_fingerprint(DIFFERENT, faulty)) for faulty in order))
    assert packets[1].all("msturn.crc_duplicate_of") == [str(frames[0])]
    assert packets[1].all("msturn.duplicate_of") == []
    assert packets[0].all("msturn.crc_duplicate_of") == packets[0].all("msturn.duplicate_of") == []
    assert packets[0].findings == packets[1].findings == []


def test_crc_duplicate_of_an_answer(tshark, write, passes, capture):
    """Answers are sent twice, too; both belong to the request."""
    built = choose(lambda label: answer(label), True)
    label = next(f"fingerprint {n}" for n in itertools.count() if answer(f"fingerprint {n}") == built)
    frames, packets = exchange(tshark, write, capture, passes, (True, with_fingerprint(check(label))),
                               (False, with_fingerprint(built)), (False, with_fingerprint(built, faulty=True)))
    assert packets[2].all("msturn.crc_duplicate_of") == [str(frames[1])]
    assert packets[2].all("msturn.duplicate_of") == []
    assert [packet.all("msturn.response_to") for packet in packets[1:]] == [[str(frames[0])]] * 2


def test_same_message_with_the_same_fingerprint_is_a_retransmission_where_the_tables_differ(tshark, write, passes, capture):
    """A CRC duplicate would have the other value: this is the same message again."""
    frames, packets = exchange(tshark, write, capture, passes, *[(True, with_fingerprint(DIFFERENT))] * 2)
    assert packets[1].all("msturn.duplicate_of") == [str(frames[0])]
    assert packets[1].all("msturn.crc_duplicate_of") == []


def test_byte_identical_crc_duplicate_is_not_counted_as_a_retransmission(tshark, write, passes, capture):
    """Where both tables give one value the CRC duplicate looks like an immediate retransmission (microsoft.md 7.6)."""
    frames, packets = exchange(tshark, write, capture, passes, *[(True, with_fingerprint(SAME))] * 2)
    assert packets[1].all("msturn.crc_duplicate_of") == [str(frames[0])]
    assert packets[1].all("msturn.duplicate_of") == []


def test_later_repeats_are_retransmissions(tshark, write, passes, capture):
    """Teams repeats a check every 305 ms with the same id (microsoft.md 7.5): there are two CRC duplicates and no more."""
    server = ("192.0.2.1", 3478)
    frames = []
    for number in range(4):
        capture.time += 305_000
        frames.append(datagram(capture, CLIENT, server, send_request(with_fingerprint(SAME), f"send {number}")))
    packets = tshark.trees(write(capture), *passes)
    assert packets[frames[0]].all("msturn.duplicate_of") == []
    for frame in frames[1:]:
        assert packets[frame].all("msturn.crc_duplicate_of") == []
        assert len(packets[frame].all("msturn.duplicate_of")) == 1


def test_nomination_with_the_same_id_is_no_crc_duplicate(tshark, write, passes, capture):
    """Skype nominates with the id of the earlier check (microsoft.md 7.5): other bytes, so no CRC duplicate."""
    identity = stun.transaction_id("nomination")
    first = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, identity).encode(b"password")
    second = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, identity, [(stun.Attribute.USE_CANDIDATE, b"")]).encode(b"password")
    _, packets = exchange(tshark, write, capture, passes, (True, with_fingerprint(first)), (True, with_fingerprint(second)))
    assert packets[1].all("msturn.crc_duplicate_of") == []
    assert packets[1].all("msturn.use_candidate") == [""]


def test_crc_duplicates_of_the_sample_capture(tshark, sample, passes):
    """Frames 150 to 153 of ms-turn-constructed: check, CRC duplicate, answer, CRC duplicate (sample-captures/README.md); UDP, so by preference."""
    packets = tshark.trees(sample("ms-turn-constructed"), "-o", "msturn.plain_stun_udp:TRUE", *passes)
    assert [packets[n].all("msturn.fingerprint.table")[0] in (FAULTY,) for n in range(150, 154)] == [False, True, False, True]
    assert packets[151].all("msturn.crc_duplicate_of") == ["150"] and packets[153].all("msturn.crc_duplicate_of") == ["152"]
    assert [packets[n].all("msturn.duplicate_of") for n in range(150, 154)] == [[]] * 4
    assert [packets[n].findings for n in range(150, 154)] == [[]] * 4


def test_crc_duplicates_of_libnice_are_no_retransmissions(tshark, sample, passes):
    """Bold in the README's table: the CRC duplicate of the client's check, relayed, and that of the peer's, two packets in one Data."""
    packets = tshark.trees(sample("ms-turn-pseudo-tls-443"), *passes)
    for frame in (21, 33, 23):
        assert len(packets[frame].all("msturn.crc_duplicate_of")) == 1, f"frame {frame}"
    repeated = [n for n, packet in packets.items() if packet.all("msturn.duplicate_of")]
    assert repeated == []
    statuses = {value for packet in packets.values() for value in packet.all("msturn.fingerprint.status")}
    assert statuses == {GOOD}
