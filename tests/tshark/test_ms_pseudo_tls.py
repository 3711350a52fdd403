"""Pseudo-TLS ([MS-TURN] 2.1.1): both records field by field, then frames; everything else is left to TLS.

Values of the records: microsoft.md 2.2. Findings T2 to T5: microsoft.md 8.1.
"""

import datetime
import itertools
import re

import foreign
import msturn_messages as ms
import pytest
from msturn_messages import noise
from test_ms_dialogue import (HELLO, HELLO_ANSWER, allocate, allocated, control, first_allocate, framed_connection,
                              unauthorized)

PORTS = [443, 3478, 8443, 33360]  # TLS's, TURN's, nobody's

CLIENT_FIELDS = {
    "content_type": "22", "version": "0x0301", "length": "45", "handshake_type": "1", "handshake_length": "41",
    "handshake_version": "0x0301", "time": "0x5a5a1234", "random": noise("client random", 28).hex(), "session_id_length": "0",
    "cipher_suites_length": "2", "cipher_suite": "0x0018", "compression_methods_length": "1", "compression_method": "0",
}
SERVER_FIELDS = {
    "content_type": "22", "version": "0x0301", "length": "78", "handshake_type": ["2", "14"], "handshake_length": ["70", "0"],
    "handshake_version": "0x0301", "time": "0x5a5a5678", "random": noise("server random", 28).hex(), "session_id_length": "32",
    "session_id": noise("session id", 32).hex(), "cipher_suite": "0x0018", "compression_method": "0",
}


def assert_record(packet, fields: dict[str, str | list[str]]) -> None:
    unit, = packet.units
    for name, value in fields.items():
        if name != "time":
            assert unit.all(f"msturn.pseudo_tls.{name}") == (value if isinstance(value, list) else [value]), name
    time = next(item for item in unit.walk() if item.name == "msturn.pseudo_tls.time")
    seconds = int(fields["time"], 16)
    assert fields["time"] in time.label and int(time.attributes["value"], 16) == seconds
    assert f"{datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc):%Y}" in time.label
    assert f"{datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc):%H:%M:%S}" in time.label
    shown = {item.name.removeprefix("msturn.pseudo_tls.") for item in unit.walk() if "pseudo_tls" in item.name}
    assert shown == set(fields)
    assert "tls" not in packet.names


@pytest.mark.parametrize("port", PORTS)
def test_both_records_are_shown_field_by_field_section_2_1_1(tshark, write, passes, capture, port):
    connection = capture.connection(server=("192.0.2.1", port))
    frames = [connection.client(HELLO), connection.server(HELLO_ANSWER)]
    path = write(capture)
    packets = tshark.trees(path, *passes)
    assert_record(packets[frames[0]], CLIENT_FIELDS)
    assert_record(packets[frames[1]], SERVER_FIELDS)
    for frame in frames:
        assert packets[frame].findings == []
    protocol = tshark.column(path, "_ws.col.Protocol", *passes)
    info = tshark.column(path, "_ws.col.Info", *passes)
    assert {protocol[frame][0] for frame in frames} == {"MSTURN"}
    assert "Client Hello" in info[frames[0]][0] and "Server Hello" in info[frames[1]][0]


def test_every_byte_of_the_records_is_in_a_field(tshark, write, passes, capture):
    connection = capture.connection(server=("192.0.2.1", 443))
    frames = {connection.client(HELLO): HELLO, connection.server(HELLO_ANSWER): HELLO_ANSWER}
    packets = tshark.trees(write(capture), *passes)
    for frame, record in frames.items():
        fields = [item for item in packets[frame].units[0].walk() if item.name.startswith("msturn.pseudo_tls.")]
        assert b"".join(bytes.fromhex(item.attributes["value"]) for item in fields) == record
        positions = [(int(item.attributes["pos"]), int(item.attributes["size"])) for item in fields]
        assert all(a + size == b for (a, size), (b, _) in itertools.pairwise(positions))


@pytest.mark.parametrize("port", PORTS)
def test_frames_follow_the_records_section_2_1_4(tshark, write, passes, capture, port):
    connection = framed_connection(capture, port)
    frames = [connection.client(control(allocate())), connection.server(control(allocated(mapped=connection.ends[True])))]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("msturn.type") for frame in frames] == [["0x0003"], ["0x0103"]]
    assert {n: p.findings for n, p in packets.items() if p.findings} == {}


def test_record_and_frames_in_one_segment(tshark, write, passes, capture):
    """The client did not wait (T4), so the server has something to answer already."""
    connection = capture.connection(server=("192.0.2.1", 443))
    connection.client(HELLO)
    connection.client(control(first_allocate()))
    frame = connection.server(HELLO_ANSWER + control(unauthorized()))
    packet = tshark.trees(write(capture), *passes)[frame]
    assert packet.all("msturn.pseudo_tls.handshake_type") == ["2", "14"]
    assert packet.all("msturn.type") == ["0x0113"]
    assert packet.findings == []


@pytest.mark.parametrize("port", [443, 3478])
def test_records_in_segments_of_any_size(tshark, write, passes, capture, port):
    sent = []
    for size in (1, 2, 7, 23, 49):
        connection = capture.connection(server=("192.0.2.1", port))
        hello = connection.client_stream(HELLO, itertools.repeat(size))
        answer = connection.server_stream(HELLO_ANSWER, itertools.repeat(size))
        sent.append((hello[-1], answer[-1], connection.client(control(first_allocate()))))
    packets = tshark.trees(write(capture), *passes)
    for hello, answer, request in sent:
        assert_record(packets[hello], CLIENT_FIELDS)
        assert_record(packets[answer], SERVER_FIELDS)
        assert packets[request].all("msturn.type") == ["0x0003"]
    assert {n: p.findings for n, p in packets.items() if p.findings} == {}


@pytest.mark.parametrize("size", [7, 23, 49])
def test_records_in_segments_on_a_port_of_nobody(tshark, write, passes, capture, size):
    connection = capture.connection(server=("192.0.2.1", 8443))
    connection.client_stream(HELLO, itertools.repeat(size))
    connection.server_stream(HELLO_ANSWER, itertools.repeat(size))
    request = connection.client(control(first_allocate()))
    answer = connection.server(control(unauthorized()))
    packets = tshark.trees(write(capture), *passes)
    assert packets[request].all("msturn.type") == ["0x0003"]
    assert packets[answer].all("msturn.type") == ["0x0113"]
    assert {n: p.findings for n, p in packets.items() if p.findings} == {}


# ---- what is not pseudo-TLS stays with TLS ----


def same(text: str) -> str:
    """PDML without the time when it was written."""
    return re.sub(r'time="[^"]*"', "", text, count=1)


# Google's pseudo-SSL: SSLv2-style hello of 72 bytes, server record of 79 (microsoft.md 2.2).
GOOGLE = [(True, bytes.fromhex("804601030100 2d00000010") + bytes(22) + noise("google", 39)),
          (False, bytes.fromhex("160301004a 02000046 0301") + noise("google server", 32) + b"\x20" + noise("id", 32) + b"\x00\x35\x00")]
# A ClientHello of 50 bytes of TLS 1.0 (another suite) and one of TLS 1.2.
OTHER_SUITE = [(True, HELLO[:46] + b"\x00\x35" + HELLO[48:])]
TLS_1_2 = [(True, HELLO[:2] + b"\x03" + HELLO[3:10] + b"\x03" + HELLO[11:])]
WITH_COMPRESSION = [(True, HELLO[:49] + b"\x01")]
REAL = {"tls": foreign.tls(), "google": GOOGLE, "other-suite": OTHER_SUITE, "tls-1.2": TLS_1_2, "compression": WITH_COMPRESSION}


@pytest.mark.parametrize("name", REAL)
def test_what_is_not_pseudo_tls_comes_out_as_without_the_plugin(tshark, stock, write, passes, capture, name):
    for port in (443, 8443, 33360):
        connection = capture.connection(server=("192.0.2.1", port))
        for from_client, data in REAL[name]:
            connection.send(from_client, data)
        connection.close()
    path = write(capture)
    assert same(tshark.pdml(path, *passes)) == same(stock.pdml(path, *passes))


def test_tls_only_sample_comes_out_as_without_the_plugin(tshark, stock, sample, passes):
    path = sample("tls-only-443")
    assert same(tshark.pdml(path, *passes)) == same(stock.pdml(path, *passes))
    assert tshark.matching(path, "msturn", *passes) == []


def test_each_fixed_byte_of_the_hello_counts(tshark, write, capture):
    for place in (*range(11), *range(43, 50)):
        hello = bytearray(HELLO)
        hello[place] ^= 0x40
        capture.connection(server=("192.0.2.1", 443)).client(bytes(hello))
    right = capture.connection(server=("192.0.2.1", 443)).client(HELLO)
    assert tshark.matching(write(capture), "msturn") == [right]


def test_msturn_disabled_gives_the_port_back(tshark, stock, write, passes, capture):
    framed_connection(capture)
    path = write(capture)
    assert same(tshark.pdml(path, "--disable-protocol", "msturn", *passes)) == same(stock.pdml(path, *passes))


# ---- T2 to T5 ----


def answered(capture, *answers: bytes, port: int = 443) -> list[int]:
    """Frames of what a server answers to a right hello."""
    connection = capture.connection(server=("192.0.2.1", port))
    connection.client(HELLO)
    return [connection.server(answer) for answer in answers]


ALERT = ms.tls_record(b"\x02\x28", kind=0x15)
OTHER_HELLO = ms.tls_handshake(2, b"\x03\x01" + noise("r", 32) + b"\x20" + noise("s", 32) + b"\x00\x35\x00")
CERTIFICATE = ms.tls_handshake(11, b"\0\x0b\xb8" + b"\0\x0b\xb5" + noise("certificate", 2997))
REAL_SERVER = ms.tls_record(OTHER_HELLO + CERTIFICATE + ms.tls_handshake(14, b""))
HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
REWRITTEN = HELLO_ANSWER[:76] + b"\x00\x35" + HELLO_ANSWER[78:]
TWO_RECORDS = ms.tls_record(HELLO_ANSWER[5:79]) + ms.tls_record(HELLO_ANSWER[79:])


ANSWERS = {
    "alert": (ALERT, "pseudo_tls_real_tls"), "certificate": (REAL_SERVER, "pseudo_tls_real_tls"),
    "http": (HTTP, "pseudo_tls_no_tls"), "ssh": (b"SSH-2.0-OpenSSH_9.2p1\r\n", "pseudo_tls_no_tls"),
    "rewritten": (REWRITTEN, "pseudo_tls_rewritten"), "two records": (TWO_RECORDS, "pseudo_tls_two_records"),
    "right": (HELLO_ANSWER, None),
}


@pytest.mark.parametrize("port", [443, 33360])
def test_wrong_answers_are_findings_T2_to_T5(tshark, write, passes, capture, port):
    frames = {name: answered(capture, answer, port=port)[0] for name, (answer, _) in ANSWERS.items()}
    packets = tshark.trees(write(capture), *passes)
    found = {number: packet.findings for number, packet in packets.items() if packet.findings}
    assert found == {frames[name]: [finding] for name, (_, finding) in ANSWERS.items() if finding}
    for name, (_, finding) in ANSWERS.items():
        if finding == "pseudo_tls_real_tls":
            assert "tls" in packets[frames[name]].names, f"{name}: what the server said is shown"


def test_real_tls_answer_over_several_segments_is_one_finding_T2(tshark, write, passes, capture):
    """A certificate does not fit into one segment: it is shown, and the reason is said once."""
    connection = capture.connection(server=("192.0.2.1", 443))
    connection.client(HELLO)
    frames = connection.server_stream(REAL_SERVER, itertools.repeat(1460))
    packets = tshark.trees(write(capture), *passes)
    findings = [name for packet in packets.values() for name in packet.findings]
    assert findings == ["pseudo_tls_real_tls"]
    kinds = [value for frame in frames for value in packets[frame].all("tls.handshake.type")]
    assert kinds[:2] == ["2", "11"], "what is behind depends on the certificate, which is noise here"


def test_two_records_may_come_in_two_segments_T5(tshark, write, passes, capture):
    connection = capture.connection(server=("192.0.2.1", 443))
    connection.client(HELLO)
    frames = [connection.server(TWO_RECORDS[:79]), connection.server(TWO_RECORDS[79:])]
    connection.client(control(first_allocate()))
    frames.append(connection.server(control(unauthorized())))
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].findings for frame in frames[1:]] == [["pseudo_tls_two_records"], []]
    assert packets[frames[2]].all("msturn.type") == ["0x0113"]


@pytest.mark.parametrize("answer", [REWRITTEN, TWO_RECORDS], ids=["rewritten", "two-records"])
def test_frames_are_decoded_behind_an_answer_that_is_merely_odd(tshark, write, passes, capture, answer):
    connection = capture.connection(server=("192.0.2.1", 443))
    connection.client(HELLO)
    connection.server(answer)
    frames = [connection.client(control(first_allocate())), connection.server(control(unauthorized()))]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("msturn.type") for frame in frames] == [["0x0003"], ["0x0113"]]
    assert [packets[frame].findings for frame in frames] == [[], []]


@pytest.mark.parametrize("same_segment", [True, False])
def test_client_that_does_not_wait_T4(tshark, write, passes, capture, same_segment):
    connection = capture.connection(server=("192.0.2.1", 443))
    request = control(first_allocate())
    if same_segment:
        frame = connection.client(HELLO + request)
    else:
        connection.client(HELLO)
        frame = connection.client(request)
    connection.server(HELLO_ANSWER + control(unauthorized()))
    later = connection.client(control(allocate()))
    packets = tshark.trees(write(capture), *passes)
    assert packets[frame].all("msturn.type") == ["0x0003"]
    assert packets[frame].findings == ["pseudo_tls_early"]
    assert packets[later].findings == []


def test_server_hello_that_was_not_captured_is_no_early_client(tshark, write, passes, capture):
    """TCP's acknowledgement tells that the server has answered."""
    connection = capture.connection(server=("192.0.2.1", 443))
    connection.client(HELLO)
    connection.server(HELLO_ANSWER, lost=True)
    frames = [connection.client(control(first_allocate())), connection.server(control(unauthorized()))]
    packets = tshark.trees(write(capture), *passes)
    assert [packets[frame].all("msturn.type") for frame in frames] == [["0x0003"], ["0x0113"]]
    assert "pseudo_tls_early" not in packets[frames[0]].findings


@pytest.mark.parametrize("name, frames", [
    ("alert", (6,)), ("openssl", (16,)), ("http", (26,)), ("rewritten", (50,)), ("two records", (60,)), ("early", (74,))])
def test_wrong_servers_of_the_sample_capture_T2_to_T5(tshark, sample, passes, name, frames):
    """Frames: sample-captures/README.md."""
    expected = {"alert": "pseudo_tls_real_tls", "openssl": "pseudo_tls_real_tls", "http": "pseudo_tls_no_tls",
                "rewritten": "pseudo_tls_rewritten", "two records": "pseudo_tls_two_records", "early": "pseudo_tls_early"}[name]
    packets = tshark.trees(sample("ms-turn-wrong-server"), *passes)
    for frame in frames:
        assert packets[frame].findings == [expected]
    hellos = [4, 14, 24, 34, 42, 48, 58, 72]
    assert [n for n in hellos if packets[n].all("msturn.pseudo_tls.handshake_type") != ["1"]] == []
    assert [packets[n].all("msturn.type") for n in (62, 64)] == [["0x0003"], ["0x0113"]]
    assert packets[62].form_findings == packets[64].form_findings == []


def test_unanswered_hellos_of_the_sample_capture_T1(tshark, sample, passes):
    """Frames 34 (no answer within four seconds) and 42 (reset); the other six are answered, wrongly or not. Known when it is over."""
    packets = tshark.trees(sample("ms-turn-wrong-server"), *passes)
    unanswered = [n for n, packet in packets.items() if "pseudo_tls_unanswered" in packet.findings]
    assert unanswered == ([34, 42] if passes else [])
