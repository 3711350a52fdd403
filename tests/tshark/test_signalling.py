"""What was offered: descriptions in the capture and in a log, and what became of their candidates.

The descriptions are those of support/sip.py; the media is that of the sample call, to which they belong.
"""

import codecs
import json
import shutil
import subprocess

import pytest
import sip
import stun
from sharkd import rows
from sip import ANSWER_CANDIDATES, OFFER_CANDIDATES
from stun import Attribute, Class, Method
from tcpcap import Capture
from tls import Tls
from verdicts import JSON, report_of

SAMPLE = "cms-expressway-skype"
STATUS = "msturn.message_integrity.status"
GOOD = "1"
TURN = ("-o", 'uat:msturn_credentials:"turn","TANDBERG","expressway"')  # frames hold its messages, too
SKYPE, CMS = ("192.168.1.252", 50601), ("10.48.54.230", 5060)
EVERYTHING = sip.offer() + sip.answer()


def list_of(tshark, name: str, path, *options: str) -> list[dict]:
    return json.loads(tshark.run(path, "-q", *JSON, *options))[name]


def candidates_of(tshark, path, *options: str) -> list[dict]:
    return list_of(tshark, "candidates", path, *options)


def told(candidates: list[dict]) -> list[tuple]:
    return [(c["by"], c["role"], c["component"], c["transport"], c["address"], c["type"], c["related"], c["fate"], c["pair"])
            for c in candidates]


def in_log(workspace, name: str, text: str | bytes) -> tuple[str, str]:
    path = workspace / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o644)
    return "-o", f"msturn.signalling_file:{path}"


@pytest.fixture(scope="module")
def signalling(write):
    """INVITE and 200 OK over TCP."""
    capture = Capture()
    line = capture.connection(SKYPE, CMS)
    line.client(sip.invite(sip.offer()))
    line.server(sip.ok(sip.answer()))
    return write(capture)


@pytest.fixture(scope="module")
def signalled(signalling, sample, workspace):
    """The same, and then the call."""
    path = workspace / "signalled.pcapng"
    subprocess.run([shutil.which("mergecap"), "-a", "-w", path, signalling, sample(SAMPLE)], check=True)
    path.chmod(0o644)
    return path


# ---- the sample call, with the SDP of its document ----

FATES = {"192.168.1.252:53577": "nominated", "192.168.1.229:24000": "nominated"}


def expected(by: tuple[str, str]) -> list[tuple]:
    """Every candidate of support/sip.py in the words of the report."""
    rows = []
    for who, role, lines in ((by[0], "offer", OFFER_CANDIDATES), (by[1], "answer", ANSWER_CANDIDATES)):
        for line in lines:
            _, component, transport, _, host, port, _, kind, *related = line.split()
            address = f"{host}:{port}"
            fate = FATES.get(address, "unknown")
            words = {"TCP-PASS": "tcp-passive", "TCP-ACT": "tcp-active"}
            rows.append((who, role, int(component), words[transport], address, kind,
                         f"{related[1]}:{related[3]}" if related else None, fate, 0 if fate == "nominated" else None))
    return rows


def test_every_candidate_of_a_log_with_its_fate(tshark, sample, workspace, passes):
    log = in_log(workspace, "plain.txt", EVERYTHING)
    assert told(candidates_of(tshark, sample(SAMPLE), *log, *passes)) == expected(("192.168.1.252", "192.168.1.229"))


def test_every_candidate_of_sip_with_its_fate(tshark, signalled, passes):
    candidates = candidates_of(tshark, signalled, *passes)
    assert told(candidates) == expected(("192.168.1.252", "10.48.54.230"))
    assert {c["frame"] for c in candidates} == {4, 5} and {c["line"] for c in candidates} == {None}
    signed = tshark.column(signalled, "msturn.message_integrity", "-Y", "msturn.method == 0x001")
    fits = tshark.column(signalled, STATUS, "-Y", "msturn.method == 0x001", *TURN, *passes)
    assert set(signed) == set(fits) and {value for values in fits.values() for value in values} == {GOOD}


def test_the_window_has_every_candidate(sharkd, tshark, signalled):
    """In the order in which they were offered, tried or not; opened twice."""
    request = ("tap", {"tap0": "nstat:msturn,candidates"})
    first, second = sharkd(request, request, capture=signalled)
    shown = rows(first["taps"][0])
    assert [(row["address"], row["fate"], row["pair"]) for row in shown] == [
        (c["address"], c["fate"], "" if c["pair"] is None else str(c["pair"])) for c in candidates_of(tshark, signalled)]
    assert shown == rows(second["taps"][0])


def test_the_window_without_any_message(sharkd, signalling):
    """Descriptions alone fill it."""
    (result,) = sharkd(("tap", {"tap0": "nstat:msturn,candidates"}), capture=signalling)
    assert [row["fate"] for row in rows(result["taps"][0])] == ["unknown"] * 12


def test_passwords_of_the_log_verify_the_checks(tshark, sample, workspace, passes):
    log = in_log(workspace, "passwords.txt", EVERYTHING)
    fits = tshark.column(sample(SAMPLE), STATUS, "-Y", "msturn.method == 0x001", *TURN, *log, *passes)
    assert fits and {value for values in fits.values() for value in values} == {GOOD}
    found = report_of(tshark, sample("broken-wrong-ice-password"), *log).problems
    assert 'The sender of the check signs with another password than the one known for "cMS1"' in [p["text"] for p in found]


def test_no_output_has_a_password_of_sdp(tshark, sample, workspace):
    log = in_log(workspace, "secret.txt", EVERYTHING)
    printed = "".join(tshark.run(sample(SAMPLE), "-q", "-z", statistics, *log)
                      for statistics in ("msturn,report", "msturn,report,wide", "msturn,json", "msturn,candidates"))
    assert sip.CMS[1] not in printed + tshark.run(sample(SAMPLE), "-V", "-2", *log) and "192.168.251.128:18027" in printed


def test_the_path_begins_with_who_offered_what(tshark, sample, workspace, passes):
    log = in_log(workspace, "offer.txt", EVERYTHING)
    (path,) = list_of(tshark, "paths", sample(SAMPLE), *log, *passes)
    assert (path["steps"][0]["step"], path["steps"][0]["status"]) == ("offer", "ok")
    assert path["steps"][0]["text"] == "192.168.1.229 offered 192.168.1.229:24000, and 192.168.1.252 offered 192.168.1.252:53577"


def test_what_to_do_about_a_path_with_a_wrong_password(tshark, sample, workspace):
    log = in_log(workspace, "advice.txt", EVERYTHING)
    (path,) = list_of(tshark, "paths", sample("broken-wrong-ice-password"), *log)
    assert (path["stopped_at"], path["advice"]) == (
        "remote_check", "The password is wrong: the request is signed with another one than the one known.")


# ---- Wireshark's own display ----


def test_nothing_of_sdp_is_shown_otherwise(tshark, stock, signalling):
    assert tshark.run(signalling, "-V") == stock.run(signalling, "-V")
    assert tshark.run(signalling, "-T", "json", "-2") == stock.run(signalling, "-T", "json", "-2")


def test_disabled_it_does_not_read(tshark, signalling):
    assert candidates_of(tshark, signalling, "--disable-protocol", "msturn") == []


def test_sip_inside_of_tls(tshark, capture, write, workspace):
    """Where the keys are known; else there is nothing to read."""
    keylog = workspace / "sip.keys"
    secure = Tls(capture.connection(SKYPE, ("10.48.54.230", 5061)), keylog)
    secure.client(sip.invite(sip.offer()))
    secure.server(sip.ok(sip.answer()))
    keylog.chmod(0o644)
    path = write(capture)
    told_of = [(*row[:-2], "unknown", None) for row in expected((SKYPE[0], CMS[0]))]
    assert told(candidates_of(tshark, path, "-o", f"tls.keylog_file:{keylog}")) == told_of
    assert candidates_of(tshark, path) == []


def test_http(tshark, capture, write):
    """A description that is posted, and the one that comes back."""
    line = capture.connection(SKYPE, (CMS[0], 80))
    line.client(sip.http("POST /whip HTTP/1.1", sip.offer()))
    line.server(sip.http("HTTP/1.1 201 Created", sip.answer()))
    told_of = [(*row[:-2], "unknown", None) for row in expected((SKYPE[0], CMS[0]))]
    assert told(candidates_of(tshark, write(capture))) == told_of


def direct(line, number: int, nominate: bool = False) -> None:
    """A check of CMS that Skype answers."""
    request = stun.Message(Method.BINDING, Class.REQUEST, stun.transaction_id(f"check {number}"))
    if nominate:
        request.add(Attribute.USE_CANDIDATE, b"")
    request.add(Attribute.PRIORITY, stun.unsigned32(0x6E7F1EFF)).add(Attribute.USERNAME, b"SfB9:cMS1")
    line.client(stun.frame(request.encode(b"SkypeEdgeIcePassword/1", fingerprint=True)))
    answer = stun.Message(Method.BINDING, Class.SUCCESS, request.transaction_id)
    answer.add(Attribute.XOR_MAPPED_ADDRESS, stun.xor_address(CMS[0], 40000, request.transaction_id))
    line.server(stun.frame(answer.encode(b"SkypeEdgeIcePassword/1", fingerprint=True)))


@pytest.mark.parametrize("seconds", [2, 5])
def test_a_host_candidate_that_nobody_tried(tshark, capture, write, seconds):
    """Beside another one of the same host, at which the two ends do check each other; elsewhere nothing is known."""
    hosts = [("192.168.1.252", 50000), ("192.168.1.252", 50002), ("192.168.251.128", 50004)]
    offered = [f"{number} 1 TCP-PASS 2120613887 {host} {port} typ host" for number, (host, port) in enumerate(hosts)]
    line = capture.connection(SKYPE, CMS)
    frame = line.client(sip.invite(sip.offer(candidates=offered)))
    line.server(sip.ok(sip.answer(candidates=["1 1 TCP-ACT 2120613887 10.48.54.230 9 typ host"])))
    checks = capture.connection((CMS[0], 40000), hosts[0])
    for number in range(seconds):
        direct(checks, number, nominate=number > 0)
        capture.time += 1_000_000
    direct(checks, seconds)
    path = write(capture)
    assert [candidate["fate"] for candidate in candidates_of(tshark, path)] == ["nominated", "untried", "unknown", "nominated"]
    told_of = [problem["text"] for problem in list_of(tshark, "problems", path) if problem["code"] == "candidate_untried"]
    text = f"Host candidate 192.168.1.252:50002 (frame {frame}) was never tried: 10.48.54.230 should have"
    assert told_of == ([text] if seconds > 3 else [])


def test_a_body_of_several_parts(tshark, capture, write):
    line = capture.connection(SKYPE, CMS)
    body = sip.multipart(sip.offer(), sip.offer(candidates=("9 1 UDP 1 192.0.2.1 5000 typ host",)))
    line.client(sip.invite(body, kind="multipart/mixed;boundary=part"))
    candidates = candidates_of(tshark, write(capture))
    assert {candidate["description"] for candidate in candidates} == {0, 1} and len(candidates) == len(OFFER_CANDIDATES) + 1


def test_what_comes_again_is_listed_once(tshark, capture, write):
    for number in range(3):
        line = capture.connection((SKYPE[0], SKYPE[1] + number), CMS)
        line.client(sip.invite(sip.offer()))
    assert len(candidates_of(tshark, write(capture))) == len(OFFER_CANDIDATES)


# ---- whatever stands around the lines of a log ----


def prefixed(text: str) -> str:
    return "".join(f"2026-11-27 08:03:51.9{number:05} INFO : SIP trace 10.48.54.230: {line}\n"
                   for number, line in enumerate(text.splitlines()))


def folded(text: str) -> str:
    """At the last word, as a log of fixed width does."""
    lines = text.splitlines()
    return "".join(f"{line.replace(' typ ', chr(10) + '    typ ')}\n" for line in lines)


FORMS = {
    "time stamps": prefixed(EVERYTHING),
    "tabs": "".join(f"\t{line}\n" for line in EVERYTHING.splitlines()),
    "folded": folded(EVERYTHING),
    "UTF-16 with mark": codecs.BOM_UTF16_LE + EVERYTHING.encode("utf-16-le"),
    "UTF-16 big": codecs.BOM_UTF16_BE + prefixed(EVERYTHING).encode("utf-16-be"),
    "UTF-16 without mark": EVERYTHING.encode("utf-16-le"),
    "UTF-8 with mark": codecs.BOM_UTF8 + EVERYTHING.encode(),
    "one line": f'{{"body": "{EVERYTHING}"}}'.replace("\r\n", "\\r\\n"),
    "among other things": f"v=4.0\nm=x\nINVITE sip:a@b SIP/2.0\nVia: SIP/2.0/TLS x;v=0\n\n{EVERYTHING}\nBYE sip:a@b\n",
    "CR only": EVERYTHING.replace("\r\n", "\r"),
    "no bytes of text": bytes(range(256)) * 20 + b"\n" + EVERYTHING.encode() + bytes(range(255, 0, -1)) * 20,
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_logs(tshark, sample, workspace, form):
    log = in_log(workspace, "form.txt", FORMS[form])
    assert told(candidates_of(tshark, sample(SAMPLE), *log)) == expected(("192.168.1.252", "192.168.1.229"))


def test_the_line_of_a_candidate_is_that_of_the_log(tshark, sample, workspace):
    log = in_log(workspace, "numbers.txt", prefixed(EVERYTHING))
    lines = prefixed(EVERYTHING).splitlines()
    assert [c["line"] for c in candidates_of(tshark, sample(SAMPLE), *log)] == [
        number for number, line in enumerate(lines, 1) if "a=candidate:" in line]


def test_the_older_form_of_microsoft(tshark, sample, workspace):
    """draft-ietf-mmusic-ice-06: user name and password in the candidate."""
    text = "v=0\no=- 0 0 IN IP4 192.168.1.100\nm=audio 5000 RTP/AVP 0\n" \
           "a=candidate:Ohn0q9ruMq3Hw0IGP+1qk5Fs+ 1 kIP6rXfa7BmS8N6PFMqvdA UDP 0.830 192.168.1.100 5000\n"
    (candidate,) = candidates_of(tshark, sample(SAMPLE), *in_log(workspace, "older.txt", text))
    assert (candidate["foundation"], candidate["priority"], candidate["type"]) == ("Ohn0q9ruMq3Hw0IGP+1qk5Fs+", 830, None)


@pytest.mark.parametrize("name", ["/nowhere/there.txt", "/tmp"])
def test_a_log_that_cannot_be_read_is_said(tshark, sample, name):
    run = tshark.start("-q", "-r", str(sample(SAMPLE)), *JSON, "-o", f"msturn.signalling_file:{name}")
    assert run.returncode == 0 and b"the log with SDP cannot be read" in run.stderr and name.encode() in run.stderr


def test_a_log_without_sdp_is_said(tshark, sample, workspace):
    run = tshark.start("-q", "-r", str(sample(SAMPLE)), *JSON, *in_log(workspace, "empty.txt", "nothing\n"))
    assert run.returncode == 0 and b"no session description in the log" in run.stderr


def test_without_sdp_there_are_no_candidates(tshark, sample):
    assert candidates_of(tshark, sample(SAMPLE)) == []
    assert "andidates" not in tshark.run(sample(SAMPLE), "-q", "-z", "msturn,report,wide")


# ---- m-lines ----


def test_what_m_lines_say(tshark, sample, workspace):
    """RFC 8839 5.3 and 5.6, RFC 4145 4, [MS-SDPEXT] 2.2.3; options of the session count for all media."""
    lite = EVERYTHING.replace("s=session\r\n", "s=session\r\na=ice-lite\r\na=ice-options:ice2\r\n", 1)
    offer, answer = list_of(tshark, "descriptions", sample(SAMPLE), *in_log(workspace, "media.txt", lite))
    assert (offer["ice_lite"], offer["ice_options"], offer["sharing_role"], offer["sharing_type"], offer["setup"]) == (
        True, "ice2", "sharer", "rdp", "active")
    assert (answer["ice_lite"], answer["ice_options"], answer["sharing_role"], answer["answers"], answer["at"]) == (
        False, None, "viewer", 0, "192.168.1.229:24000")
    wide = tshark.run(sample(SAMPLE), "-q", "-z", "msturn,report,wide", *in_log(workspace, "media.txt", lite))
    assert "Offers and answers" in wide and "sharer" in wide


def test_calls_of_a_log_are_told_by_their_call_id(tshark, sample, workspace):
    """Two calls at once: the first one's answer comes last."""
    other = sip.answer(("1 1 UDP 1 192.0.2.1 5000 typ host",), names=("xxxx", "password"))
    text = "".join(f"Call-ID: {call}\r\n\r\n{body}" for call, body in (
        ("one", sip.offer()), ("two", sip.offer(("1 1 UDP 1 192.0.2.3 5000 typ host",))), ("two", other), ("one", sip.answer())))
    answers = list_of(tshark, "descriptions", sample(SAMPLE), *in_log(workspace, "calls.txt", text))
    assert [(d["description"], d["answers"]) for d in answers] == [(0, None), (1, None), (2, 1), (3, 0)]


# ---- SIP of a real stack: the sample with SIPp ----

SIGNALLED = "cms-expressway-skype-sip"
LATER = [("offer", "192.168.1.252:53577", "nominated"), ("answer", "192.168.1.229:24000", "nominated")]


def test_sipp_every_candidate_with_its_fate(tshark, sample, passes):
    """Those of INVITE and 200 OK as in a log, and those of the re-INVITE; all are of the SIP that is in the file."""
    candidates = candidates_of(tshark, sample(SIGNALLED), *passes)
    assert told(candidates[:12]) == expected(("10.48.54.227", "10.48.54.230"))
    assert [(c["role"], c["address"], c["fate"]) for c in candidates[12:]] == LATER
    sip_frames = set(tshark.column(sample(SIGNALLED), "sip.Call-ID", "-Y", "sdp"))
    assert {c["frame"] for c in candidates} == sip_frames and len(sip_frames) == 4


def test_sipp_verified_and_without_a_fault(tshark, sample, passes):
    report = report_of(tshark, sample(SIGNALLED), *passes)
    assert report.problems == []
    fits = tshark.column(sample(SIGNALLED), STATUS, "-Y", "msturn.method == 0x001", *TURN, *passes)
    assert {value for values in fits.values() for value in values} == {GOOD}
    assert report.paths[0]["steps"][0]["text"] == (
        "10.48.54.230 offered 192.168.1.229:24000, and 192.168.1.252 (by way of 10.48.54.227) offered 192.168.1.252:53577")


# ---- what libnice offers, in a log that it wrote ----


def test_libnice_every_candidate_with_its_fate(tshark, sample, passes):
    path = sample("ms-turn-tcp-offers")
    log = ("-o", f"msturn.signalling_file:{path.with_suffix('.log')}")
    candidates = candidates_of(tshark, path, *log, *passes)
    assert [(c["by"], c["role"], c["transport"], c["address"], c["type"], c["fate"]) for c in candidates] == [
        ("192.168.1.252", "offer", "tcp-active", "192.168.1.252:9", "host", "nominated"),
        ("192.168.1.252", "offer", "tcp-passive", "192.168.1.252:36723", "host", "unfinished"),
        ("192.168.1.229", "answer", "tcp-active", "192.168.1.229:50000", "relay", "nominated"),
        ("192.168.1.229", "answer", "tcp-passive", "192.168.1.229:50000", "relay", "nominated")]
    checks = tshark.column(path, STATUS, "-Y", "stun && msturn.method == 0x001 && msturn.message_integrity", *log, *passes)
    assert len(checks) > 15 and {value for values in checks.values() for value in values} <= {GOOD, "2"}
    assert [p["code"] for p in report_of(tshark, path, *log).problems if p["severity"] != "note"] == []
