"""tools/excerpt: one call out of a capture, as it is and anonymised: the same report, and nothing of what was replaced."""

import csv
import hashlib
import ipaddress
import json
import re
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import icmp
import pytest
import sip
import stun
import turn
from tcpcap import ACK, RST, SYN, Capture, write_large
from wireshark import AS_NOBODY, PATIENCE

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from excerpts import packets  # noqa: E402
from excerpts.values import TooMany, Values  # noqa: E402

# What is known of the sample captures (tests/lab); all that tells who and where.
HOSTS = ("10.48.54.230", "10.48.54.229", "192.168.1.229", "192.168.1.252")
SECRETS = (b"TANDBERG", b"expressway", b"cMS1", b"SfB9", b"rtcmedia", b"oturn")
TURN_PASSWORD = 'uat:msturn_credentials:"turn","TANDBERG","expressway"'
ICE_PASSWORD = 'uat:msturn_ice_credentials:"cMS1","MeetingServerIcePwd/01"'
STATUS = ["msturn.message_integrity.status", "msturn.fingerprint.status"]
CHECKSUMS = [argument for name in ("ip", "tcp", "udp") for argument in ("-o", f"{name}.check_checksum:TRUE")]

# Each has a framing that the others do not have.
SAMPLES = [("cms-expressway-skype", "path=0"), ("cms-expressway-skype-ipv6", "session=0"), ("broken-two-calls", "path=1"),
           ("ms-turn-constructed", "session=0"),
           ("ms-turn-wlm2009", "session=0"), ("turnutils-uclient-channels", "session=0")]


@dataclass
class Excerpt:
    status: int
    file: Path
    said: str
    replaced: dict[str, str]  # by the key; frames, too
    frames: dict[int, int]

    @property
    def data(self) -> bytes:
        return self.file.read_bytes()


class Excerpts:
    def __init__(self, tshark, folder: Path):
        self.environment = tshark.environment | {"HOME": str(folder), "TSHARK": tshark.program}
        self.folder = folder
        self.made: dict[tuple, Excerpt] = {}

    def make(self, capture: Path, *arguments: str) -> Excerpt:
        question = (capture, arguments)
        if question not in self.made:
            self.made[question] = self._make(capture, *arguments)
        return self.made[question]

    def _make(self, capture: Path, *arguments: str) -> Excerpt:
        number = len(self.made)
        file, key = self.folder / f"{number}.pcapng", self.folder / f"{number}.csv"
        with file.open("wb") as output:
            run = subprocess.run([*AS_NOBODY, TOOLS / "excerpt", "--key", key, capture, *arguments], stdout=output, stderr=subprocess.PIPE,
                                 env=self.environment, cwd=self.folder, timeout=PATIENCE, check=False)
        rows = list(csv.DictReader(key.open())) if key.exists() else []
        return Excerpt(run.returncode, file, run.stderr.decode(), {row["original"]: row["excerpt"] for row in rows if row["kind"] != "frame"},
                       {int(row["original"]): int(row["excerpt"]) for row in rows if row["kind"] == "frame"})

    def anonymised(self, capture: Path, *arguments: str) -> Excerpt:
        made = self.make(capture, "--anonymise", *arguments)
        assert made.status == 0, made.said
        return made


@pytest.fixture(scope="module")
def excerpts(tshark, workspace) -> Excerpts:
    folder = workspace / "excerpts"
    folder.mkdir()
    folder.chmod(0o777)
    return Excerpts(tshark, folder)


def forms(host: str) -> list[bytes]:
    packed = bytes(map(int, host.split(".")))
    return [packed, packed[::-1], bytes(a ^ b for a, b in zip(packed, b"\x21\x12\xa4\x42")), host.encode(), host.encode("utf-16-le")]


def comparable(text: str, made: Excerpt | None = None) -> str:
    """Without line breaks, which depend on the length of addresses, and without notes."""
    words = " ".join(text.replace("=", " ").split())
    if made is None:
        return words
    hosts = {old: new for old, new in made.replaced.items() if re.fullmatch(r"[0-9a-f.:]*[.:][0-9a-f.:]*", old)}
    words = re.sub(r"(?<![\w.])(?:" + "|".join(map(re.escape, sorted(hosts, key=len, reverse=True))) + r")(?![\w]|\.\d)",
                   lambda found: hosts[found[0]], words)
    return re.sub(r"(frames? )(\d+(?:(?:, | and | to )\d+)*)",
                  lambda found: found[1] + re.sub(r"\d+", lambda number: str(made.frames[int(number[0])]), found[2]), words)


# ---- the same report ----


@pytest.mark.parametrize(("name", "wanted"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_report_is_the_same(excerpts, tshark, sample, name, wanted):
    """That of the whole capture has other calls, too; so the sentences on this one have to be in it."""
    made = excerpts.anonymised(sample(name), wanted)
    before = json.loads(tshark.run(sample(name), "-q", "-z", "msturn,json"))
    after = json.loads(tshark.run(made.file, "-q", "-z", "msturn,json"))
    said = {comparable(path["summary"], made): (path["verdict"], path["stopped_at"], path["place"],
                                                [(step["step"], step["status"], step["time_s"]) for step in path["steps"]])
            for path in before["paths"] if path["first_frame"] in made.frames}
    told = {comparable(path["summary"]): (path["verdict"], path["stopped_at"], path["place"],
                                          [(step["step"], step["status"], step["time_s"]) for step in path["steps"]])
            for path in after["paths"]}
    assert told == said and said


def test_report_as_text_is_the_same(excerpts, tshark, sample):
    """Of a capture that is one call, word by word."""
    made = excerpts.anonymised(sample("cms-expressway-skype"), "path=0")
    before, after = (tshark.run(file, "-q", "-z", "msturn,report") for file in (sample("cms-expressway-skype"), made.file))
    assert comparable(after) == comparable(before, made) and "Nominated after" in after
    assert "10.0.0.2:33347" in after and "192.168.0." in after  # private ones stay private


@pytest.mark.parametrize(("name", "wanted"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_nothing_is_left(excerpts, tshark, sample, name, wanted):
    made = excerpts.anonymised(sample(name), wanted)
    data = made.data
    nonces = {value for row in tshark.rows(sample(name), ["msturn.nonce", "msturn.ms_nonce"]) for values in row.values() for value in values}
    secrets = [*SECRETS, *(nonce.encode() for nonce in nonces), *(bytes.fromhex(nonce) for nonce in nonces if re.fullmatch("(?:[0-9a-f]{2})+", nonce))]
    assert not [secret for secret in secrets if secret in data]
    assert not [host for host in HOSTS for form in forms(host) if form in data]
    assert b"2001:db8:48" not in data


@pytest.mark.parametrize(("name", "wanted"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_lengths_are_kept_and_checksums_right(excerpts, tshark, sample, name, wanted):
    made = excerpts.anonymised(sample(name), wanted)
    names = ["frame.len", "frame.cap_len", "frame.time_epoch", "tcp.seq_raw", "tcp.len", "udp.length", "msturn.length", STATUS[1]]
    before, after = tshark.frames(sample(name), names), tshark.frames(made.file, names)
    assert after == {made.frames[frame]: row for frame, row in before.items() if frame in made.frames}
    sums = tshark.rows(made.file, ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"], *CHECKSUMS)
    assert {value for row in sums for values in row.values() for value in values} <= {"1", "3"}  # good, or there was none
    assert tshark.matching(made.file, "tcp.analysis.retransmission || _ws.malformed") == []


def test_media_has_headers_only(excerpts, tshark, sample):
    made = excerpts.anonymised(sample("cms-expressway-skype"), "path=0")
    payloads = [value for row in tshark.rows(made.file, ["rtp.payload"]) for value in row["rtp.payload"]]
    assert payloads and not [value for value in payloads if value.strip("0")]
    before, after = (tshark.column(file, "rtp.seq") for file in (sample("cms-expressway-skype"), made.file))
    assert list(before.values()) == list(after.values())


# ---- passwords ----


@pytest.mark.parametrize(("name", "password"), [("cms-expressway-skype", TURN_PASSWORD), ("broken-wrong-password", TURN_PASSWORD),
                                                ("broken-wrong-answer-integrity", ICE_PASSWORD)], ids=["good", "wrong", "ice"])
def test_integrity_is_made_anew(excerpts, tshark, sample, name, password):
    """Whoever reads the excerpt gets another password, and it fits where the right one did."""
    made = excerpts.anonymised(sample(name), "session=0", "-o", password)
    told, = re.findall(r"-o '(uat:[^']*)'", made.said)
    before, after = tshark.frames(sample(name), STATUS[:1], "-o", password), tshark.frames(made.file, STATUS[:1], "-o", told)
    assert after == {made.frames[frame]: row for frame, row in before.items() if frame in made.frames}
    assert ["1"] in [row[STATUS[0]] for row in after.values()] or name == "broken-wrong-password"
    assert b"expressway" not in made.data and "expressway" not in made.said and "MeetingServer" not in made.said


def test_userhash_and_sha256(excerpts, tshark, write, capture):
    """RFC 8489 14.4 and 14.6; the nonce keeps its security features (9.2)."""
    user, realm, password, nonce = b"engineer", b"intranet.example", b"sesame", b"obMatJos2AAACsecret"
    connection = capture.connection()
    connection.client(turn.allocate("a"))
    connection.server(turn.refused("a"))
    head = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST, stun.transaction_id("b"))
    head.add(0x001E, hashlib.sha256(user + b":" + realm).digest()).add(stun.Attribute.REALM, realm).add(stun.Attribute.NONCE, nonce)
    head.add(stun.Attribute.REQUESTED_TRANSPORT, turn.TCP)
    key = hashlib.sha256(b":".join((user, realm, password))).digest()
    bare = head.encode()
    covered = bare[:2] + struct.pack("!H", len(bare) - 20 + 36) + bare[4:]
    connection.client(covered + struct.pack("!HH", 0x001C, 32) + stun.hmac.digest(key, covered, "sha256"))
    made = excerpts.anonymised(write(capture), "session=0", "-o", f'uat:msturn_credentials:"{user.decode()}","","{password.decode()}"')
    told, = re.findall(r"-o '(uat:[^']*)'", made.said)
    names = [STATUS[0], "msturn.userhash.user", "msturn.nonce"]
    row = tshark.rows(made.file, names, "-o", told)[-1]
    assert row[names[0]] == ["1"] and row[names[1]] == [made.replaced["engineer"]]
    assert row["msturn.nonce"][0].startswith("obMatJos2AAAC") and not row["msturn.nonce"][0].endswith("secret")


# ---- TCP, and what is around ----


def awkward_dialogue(capture: Capture) -> None:
    """Messages over segments, in pieces, twice, overlapping, and after a loss."""
    connection = capture.connection(client=("10.7.7.7", 41000), server=("93.184.216.34", 3478))
    peer = ("8.8.4.4", 53577)
    connection.client_stream(turn.allocate("a") + turn.allocate("b"), [1, 20, 3, 50, 7])
    connection.client(turn.allocate("b")[-30:], at=-30)
    connection.server_stream(turn.refused("a") + turn.allocated("b", relayed=("93.184.216.34", 35000), mapped=peer), [5, 60, 2])
    connection.server(turn.attempt("c", peer=peer), lost=True)
    connection.server(turn.attempt("d", peer=peer))
    connection.client(turn.refresh("e"), snaplen=100)
    connection.server(turn.refreshed("e"))
    connection.close()


def test_messages_in_any_segments(excerpts, tshark, write, capture):
    awkward_dialogue(capture)
    path = write(capture)
    made = excerpts.anonymised(path, "session=0")
    names = ["msturn.type", "msturn.username", "msturn.realm", "msturn.xor_peer_address.ip", "msturn.xor_relayed_address.ip"]
    before, after = tshark.frames(path, names), tshark.frames(made.file, names)
    cut, = (frame for frame, row in before.items() if row["msturn.realm"] == [turn.REALM[:6]])
    assert after == {frame: {name: [made.replaced.get(value, value) for value in values] for name, values in row.items()}
                     for frame, row in before.items()} | {cut: {**after[cut], "msturn.realm": [""]}}
    assert {made.replaced[host][:5] for host in ("93.184.216.34", "8.8.4.4")} <= {"192.0", "198.5", "203.0"}
    assert not [host for host in ("10.7.7.7", "93.184.216.34", "8.8.4.4") for form in forms(host) if form in made.data]
    assert turn.REALM[:6].encode() not in made.data  # not even what the snapshot length has left of it


def test_preambles(excerpts, write, capture):
    """The addresses of a PROXY header, the name that a proxy is asked for, and the password for it."""
    version1 = b"PROXY TCP4 198.51.100.9 93.184.216.34 41000 443\r\n"
    version2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([198, 51, 100, 9, 93, 184, 216, 34, 160, 40, 1, 187])
    connect = b"CONNECT turn.company.example:3478 HTTP/1.1\r\nHost: turn.company.example\r\nProxy-Authorization: Basic c2VjcmV0\r\n\r\n"
    for before, port in ((version1, 3478), (version2, 3478), (connect, 8080)):
        connection = capture.connection(server=("93.184.216.34", port))
        connection.client(before)
        if port == 8080:
            connection.server(b"HTTP/1.1 200 Connected by proxy.company\r\n\r\n")
        connection.client(turn.allocate(str(before)))
        connection.server(turn.allocated(str(before)))
    for session in range(3):
        made = excerpts.anonymised(write(capture), f"session={session}")
        assert not [secret for secret in (b"company", b"c2VjcmV0", *forms("93.184.216.34"), *forms("198.51.100.9")) if secret in made.data]


def test_icmp_about_a_refused_connection(excerpts, tshark, write, capture):
    """All attempts of a client that never got anything, and the error that says why."""
    for port in (41000, 41001):
        connection = capture.connection(client=("10.7.7.7", port), server=("93.184.216.34", 3478), handshake=False)
        frame = connection.packet(True, SYN)
        capture.add(icmp.unreachable(capture.bytes_of(frame), icmp.PROHIBITED))
    other = capture.connection(client=("10.8.8.8", 41000), server=("93.184.216.34", 3478), handshake=False)
    other.packet(True, SYN)
    other.packet(False, RST | ACK)
    made = excerpts.anonymised(write(capture), "path=0")
    assert list(made.frames) == [1, 2, 3, 4]
    assert len(tshark.matching(made.file, "icmp.type == 3 && tcp.port == 3478 && icmp.checksum.status == 1")) == 2
    assert not [host for host in ("10.7.7.7", "93.184.216.34", icmp.ROUTER[4]) for form in forms(host) if form in made.data]


def test_signalling_is_left_out(excerpts, write, capture):
    """Only of what is anonymised; its passwords are used."""
    talk = capture.connection(client=("192.0.2.9", 5061), server=("10.48.54.230", 5060))
    talk.client(sip.invite(sip.offer()))
    talk.server(sip.ok(sip.answer()))
    awkward_dialogue(capture)
    path = write(capture)
    made = excerpts.anonymised(path, "session=0")
    assert "signalling left out" in made.said
    assert not [secret for secret in (b"ice-ufrag", b"INVITE", b"10.149.4.201") if secret in made.data]


def test_comments_and_names_are_not_in_it(excerpts, sample, editcap):
    path = editcap(sample("broken-two-calls"), "-a", "4:of Mr. Secret")
    assert b"Secret" in path.read_bytes()
    for options in ([], ["--anonymise"]):
        made = excerpts.make(path, "path=1", *options)
        assert made.status == 0 and b"Secret" not in made.data, made.said


def test_as_it_is(excerpts, tshark, sample):
    """Without --anonymise nothing is changed, only left out."""
    made = excerpts.make(sample("broken-two-calls"), "path=1")
    assert made.status == 0 and made.said == ""
    before, after = (tshark.column(file, "tcp.payload") for file in (sample("broken-two-calls"), made.file))
    assert after == {made.frames[frame]: value for frame, value in before.items() if frame in made.frames}
    assert len(set(value[0] for value in tshark.column(made.file, "tcp.stream").values())) == 3


# ---- links ----


def rewritten(link_type: int, packet: bytes) -> bytes:
    values = Values()
    content = type("Content", (), {"rewrite": staticmethod(lambda data: bytes(len(data)))})
    rewriter = packets.Rewriter(values, content)
    given = [(packets.Packet(1, 0, bytes(8), len(packet), packet), link_type, None)]
    rewriter.rewrite(given)
    values.assign()
    made = rewriter.rewrite(given)
    assert not rewriter.left_out, rewriter.left_out
    return made[0].data


@pytest.mark.parametrize(("link_type", "head"), [
    (1, b"\x3c\x22\xfb\1\2\3\x3c\x22\xfb\4\5\6\x81\0\0\x07\x08\0"), (1, b"\x3c\x22\xfb\1\2\3\x3c\x22\xfb\4\5\6\x88\x64\x11\0\0\1\0\x1e\0\x21"),
    (113, b"\0\0\0\1\0\6\x3c\x22\xfb\1\2\3\0\0\x08\0"), (276, b"\x08\0\0\0\0\0\0\x09\0\1\0\6\x3c\x22\xfb\1\2\3\0\0"),
    (0, b"\2\0\0\0"), (101, b""), (228, b"")], ids=["vlan", "pppoe", "cooked", "cooked-2", "null", "raw", "ipv4"])
def test_links(capture, link_type, head):
    capture.connection(client=("10.7.7.7", 41000), server=("93.184.216.34", 3478), handshake=False).packet(True, SYN)
    packet = head + capture.bytes_of(1)[14:]
    new = rewritten(link_type, packet)
    assert len(new) == len(packet) and new != packet
    assert not [secret for secret in (*forms("10.7.7.7"), *forms("93.184.216.34"), b"\x3c\x22\xfb\1\2\3") if secret in new]
    assert new[len(head) + 12 : len(head) + 20] == bytes([10, 0, 0, 1, 192, 0, 2, 1])


def test_what_is_not_understood_is_left_out(capture):
    capture.connection(handshake=False).packet(True, SYN)
    packet = bytearray(capture.bytes_of(1))
    packet[20] = 0x20  # more fragments
    rewriter = packets.Rewriter(Values(), None)
    given = [packets.Packet(1, 0, bytes(8), len(packet), bytes(packet)), packets.Packet(2, 0, bytes(8), 60, b"\xff" * 12 + b"\x08\x06" + bytes(46))]
    assert rewriter.rewrite([(packet, 1, None) for packet in given]) == []
    assert rewriter.left_out == {"a fragment": 1, "protocol 0x0806": 1}


# ---- values ----


def test_addresses_keep_kind_and_order():
    values = Values()
    given = ["8.8.8.8", "10.9.9.9", "52.1.2.3", "172.20.1.1", "192.168.9.9", "203.0.113.77", "100.64.3.3", "127.0.0.1", "fe80::1:2", "fd12::9",
             "2a00:1450::5", "::ffff:8.8.8.8"]
    packed = [ipaddress.ip_address(address).packed for address in given]
    for address in packed:
        values.address(address)
    values.assign()
    new = [values.address(address) for address in packed]
    assert len(set(new)) == len(new) and new[7] == packed[7]
    assert [address[0] for address in new[:7]] == [192, 192, 198, 172, 192, 198, 100]
    assert new[0] < new[1] < new[2] and new[4] < new[5] and not set(new[:7]) & set(packed)
    assert new[11][12:] == new[0] and new[8][:2] == b"\xfe\x80" and new[9][0] == 0xFD and new[10][:4] == b"\x20\x01\x0d\xb8"


def test_more_addresses_than_there_are():
    values = Values()
    for number in range(800):
        values.address(bytes([93, 184, number >> 8, number & 0xFF]))
    with pytest.raises(TooMany, match="more than there are for documentation"):
        values.assign()


@pytest.mark.parametrize("length", [2, 3, 4, 5, 8, 40])
def test_names_are_as_long_and_differ(length):
    values = Values()
    given = [bytes([97 + number]) * length for number in range(20)]
    for name in given:
        values.name("user", name)
    values.assign()
    new = [values.name("user", name) for name in given]
    assert {len(name) for name in new} == {length} and len(set(new)) == 20 and not set(new) & set(given)
    assert values.name("user", b'"' + given[0] + b'"\0\0') == b'"' + new[0] + b'"\0\0' if length > 2 else True


# ---- what is said ----


@pytest.mark.parametrize(("name", "arguments", "text"), [
    ("broken-two-calls", ["path=7"], "there is no path=7; there are:\nsession=0  released"),
    ("broken-two-calls", ["1"], "'1' is neither session=N nor path=N"),
    ("turn-tls", ["--anonymise", "session=0"], "it is inside of TLS, where nothing can be replaced"),
], ids=["unknown", "neither", "tls"])
def test_errors(excerpts, sample, name, arguments, text):
    made = excerpts.make(sample(name), *arguments)
    assert made.status == 1 and text in made.said and made.data == b""


def test_no_capture(excerpts):
    path = excerpts.folder / "no.pcap"
    path.write_bytes(b"no capture at all")
    made = excerpts.make(path, "path=0")
    assert made.status == 1 and "isn't a capture file" in made.said and made.data == b""


def test_larger_than_memory(excerpts):
    """It is told before the file is read."""
    made = excerpts.make(write_large(excerpts.folder / "large.pcap"), "path=0")
    assert made.status == 1 and "large.pcap has 4398.0 GB" in made.said and "editcap -c" in made.said


def test_tshark_without_the_plugin(excerpts, sample):
    bare = Excerpts.__new__(Excerpts)
    bare.folder, bare.made = excerpts.folder, {0: None}
    bare.environment = {name: value for name, value in excerpts.environment.items() if name != "WIRESHARK_PLUGIN_DIR"}
    made = bare.make(sample("broken-two-calls"), "path=0")
    assert made.status == 1 and "does not have the plugin" in made.said


def test_list(excerpts, sample):
    made = excerpts.make(sample("broken-two-calls"))
    assert made.status == 0
    assert made.data.decode().splitlines()[-1] == (
        "path=1  broken, 10.48.54.230:33348 > 10.48.54.229:3478 > 192.168.1.229:24001 > 192.168.1.252:53578")
