"""The reports at the end of a capture: -z msturn,report for people and -z msturn,json for scripts.

Which verdict each sample capture must get is not tested here; how it is told is. Frames and addresses are those of
sample-captures/README.md.
"""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
import stun
import turn
from conftest import SAMPLES
from relayed_call import PEER, RelayedCall
from stun import Attribute, Class, Method

HEALTHY = "cms-expressway-skype"
SILENT = "broken-cms-silent"
TWO_CALLS = "broken-two-calls"
RULER = "=" * 67
WITHOUT_TRAFFIC = "tls-only-443"
EVERY_SAMPLE = sorted(path.stem for path in SAMPLES.glob("*.pcapng"))

# The interface of scripts: keys may be added, not renamed.
KEYS = {
    "sessions": {"id", "client", "server", "tunnel", "transport", "stream", "dialect", "state", "error_code", "error_reason", "relayed",
                 "mapped", "username", "realm", "lifetime", "first_frame"},
    "connections": {"session", "connection_id", "peer", "origin", "state", "error", "error_reason", "data_stream",
                    "announced_frame", "bound_frame", "ended"},
    "pairs": {"id", "local", "remote", "via", "streams", "verdict", "reason", "direction", "error_code", "error_reason",
              "checks", "session", "ended", "first_frame"},
    "paths": {"id", "session", "pair", "connection", "client", "server", "relayed", "peer", "transport", "verdict", "stopped_at",
              "place", "summary", "advice", "first_frame", "last_frame", "start", "duration_s", "ended", "steps", "media",
              "timers", "addresses"},
    "descriptions": {"description", "frame", "line", "by", "role", "answers", "media", "protocol", "port", "at", "setup", "ufrag",
                     "candidates", "ice_lite", "ice_options", "sharing_role", "sharing_type"},
    "candidates": {"id", "description", "frame", "line", "by", "role", "ufrag", "media", "foundation", "component", "transport", "priority",
                   "address", "type", "related", "fate", "session", "pair"},
    "problems": {"severity", "code", "frame", "session", "pair", "text", "error_code", "error_reason", "with_it", "effects",
                 "advice", "ice_warning"},
}
DIRECTIONS = {"local_to_remote", "remote_to_local"}
STEPS = ["server", "allocation", "permission", "peer", "announcement", "bind", "remote_check", "local_check", "nomination", "media",
         "upkeep", "end"]
STATUSES = {"ok", "failed", "missing", "late", "not_captured", "not_needed", "pending"}
ENDED = {"by": {"client", "server", "peer", None}, "how": {"fin", "rst", "release", "expiry", "timeout", "capture"}}
WORDS = {
    ("sessions", "transport"): {"tcp", "udp"},
    ("sessions", "dialect"): {"rfc", "ms-turn", "rfc3489"},
    ("sessions", "state"): {"pending", "allocated", "refused", "expired", "released"},
    ("connections", "origin"): {"attempt", "connect", None},
    ("connections", "state"): {"pending", "bound", "never-bound", "failed"},
    ("pairs", "verdict"): {"nominated", "valid", "broken", "unfinished", "unknown"},
    ("pairs", "reason"): {"no-response", "no-request", "error-response", "role-conflict", "integrity", "never-bound",
                          "bind-failed", "connect-failed", "never-checked", "reset", None},
    ("pairs", "direction"): {*DIRECTIONS, None},
    ("paths", "transport"): {"tcp", "udp"},
    ("paths", "verdict"): {"nominated", "valid", "broken", "unfinished", "unknown"},
    ("paths", "stopped_at"): {*STEPS, None},
    ("paths", "place"): {"client", "client_server_path", "server", "server_peer_path", "peer", "beyond_server", "unknown", None},
    ("problems", "severity"): {"error", "warning", "note"},
}
ADDRESSES = {"sessions": ("client", "server", "relayed", "mapped"), "connections": ("peer",), "pairs": ("local", "remote", "via"),
             "paths": ("client", "server", "relayed", "peer")}
ADDRESS = re.compile(r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\]):\d+")

CMS, TURN_SERVER = "10.48.54.230:33347", "10.48.54.229:3478"
RELAYED, EDGE = "192.168.1.229:24000", "192.168.1.252:53577"


def printed(tshark, capture: Path, form: str, *options: str, only: str = "") -> str:
    """What the report says of a capture, or of the frames that match the display filter `only`."""
    return tshark.run(capture, "-q", "-z", f"msturn,{form},{only}" if only else f"msturn,{form}", *options)


def read_json(tshark, capture: Path, *options: str, only: str = "") -> dict:
    return json.loads(printed(tshark, capture, "json", *options, only=only), parse_float=Decimal)


def every_form(tshark, capture: Path) -> tuple[dict, str, str]:
    """For scripts, for people, and in wide tables for people; of one run, in whatever order they come."""
    forms = (option for form in ("report", "report,wide", "json") for option in ("-z", f"msturn,{form}"))
    text = tshark.run(capture, "-q", *forms)
    begin, end = text.index("{\n"), text.rindex("}\n") + 2
    reports = filter(None, (text[:begin] + text[end:]).split(f"{RULER}\n"))
    narrow, wide = sorted(reports, key=lambda report: not report.startswith("msturn "))
    return json.loads(text[begin:end], parse_float=Decimal), narrow, wide


def section(text: str, heading: str) -> list[str]:
    """The lines of a section of the report for people, without its heading."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith(heading)), len(lines))
    return [line for line in _until_blank(lines[start + 1:])]


def _until_blank(lines: list[str]):
    for line in lines:
        if not line.startswith(" "):
            return
        yield line


# ---- for scripts ----


@pytest.mark.parametrize("name", EVERY_SAMPLE)
def test_json_of_every_sample(tshark, sample, name):
    report, _, _ = every_form(tshark, sample(name))
    assert set(report) == set(KEYS)
    for part, keys in KEYS.items():
        for item in report[part]:
            assert set(item) == keys
            for key in ADDRESSES.get(part, ()):
                assert item[key] is None or ADDRESS.fullmatch(item[key]), f"{part} {key}: {item[key]}"
    for (part, key), words in WORDS.items():
        assert {item[key] for item in report[part]} <= words
    frames = [problem["frame"] for problem in report["problems"]]
    assert frames == sorted(frames)
    for pair in report["pairs"]:
        assert pair["streams"] == sorted(set(pair["streams"]))
        assert (pair["verdict"] == "broken") == (pair["reason"] is not None)
        assert set(pair["checks"]) == DIRECTIONS
        for checks in pair["checks"].values():
            assert set(checks) == {"requests", "responses", "errors", "rtt_ms"}
            assert (checks["rtt_ms"] is None) == (checks["responses"] == 0)
            assert checks["rtt_ms"] is None or checks["rtt_ms"].as_tuple().exponent == -3
    ids = {part: [item["id"] for item in report[part]] for part in ("sessions", "pairs")}
    for item in report["connections"] + report["problems"]:
        assert item["session"] is None or item["session"] in ids["sessions"]
    assert all(problem["pair"] is None or problem["pair"] in ids["pairs"] for problem in report["problems"])


@pytest.mark.parametrize("name", EVERY_SAMPLE)
def test_paths_of_every_sample(tshark, sample, name):
    report, _, _ = every_form(tshark, sample(name))
    assert [path["pair"] for path in report["paths"] if path["pair"] is not None] == [pair["id"] for pair in report["pairs"]]
    assert {session["id"] for session in report["sessions"]} == {path["session"] for path in report["paths"]} - {None}
    for path in report["paths"]:
        assert [step["step"] for step in path["steps"]] == ["offer"] * bool(report["candidates"]) + STEPS
        assert all(step["status"] in STATUSES and step["delivered"] in (True, False, None) for step in path["steps"])
        stops = [step["step"] for step in path["steps"] if step["status"] in ("failed", "missing")]
        assert path["stopped_at"] == (stops[0] if stops else None)
        assert (path["place"] is None) == (path["advice"] is None) == (stops == [])
        assert path["verdict"] != "broken" or stops != []
        assert all(path["ended"][key] in words for key, words in ENDED.items())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", path["start"])
        assert path["duration_s"] >= 0 and all(step["time_s"] is None or step["time_s"] >= 0 for step in path["steps"])
        assert path["first_frame"] <= path["last_frame"] and path["summary"][0].isupper() | path["summary"][0].isdigit()


def test_json_of_the_healthy_call(tshark, sample, passes):
    report = read_json(tshark, sample(HEALTHY), *passes)
    streams = tshark.column(sample(HEALTHY), "tcp.stream")
    (session,), (connection,), (pair,) = report["sessions"], report["connections"], report["pairs"]
    assert session == {
        "id": 0, "client": CMS, "server": TURN_SERVER, "transport": "tcp", "stream": int(streams[4][0]), "dialect": "rfc",
        "state": "released", "error_code": None, "error_reason": None, "relayed": RELAYED, "mapped": CMS, "username": "turn",
        "realm": "TANDBERG", "lifetime": 600, "tunnel": None, "first_frame": 4,
    }
    assert connection == {
        "session": 0, "connection_id": 0x0B651E00, "peer": EDGE, "origin": "attempt", "state": "bound", "error": None,
        "error_reason": None, "data_stream": int(streams[29][0]), "announced_frame": 20, "bound_frame": 29,
        "ended": {"frame": 85, "by": "peer", "how": "fin"},
    }
    assert (pair["local"], pair["remote"], pair["via"]) == (RELAYED, EDGE, CMS)
    assert pair["streams"] == sorted({int(streams[22][0]), int(streams[29][0])})
    assert (pair["verdict"], pair["reason"], pair["direction"], pair["error_code"]) == ("nominated", None, None, None)
    assert pair["error_reason"] is None
    assert all(checks["requests"] == checks["responses"] > 0 == checks["errors"] for checks in pair["checks"].values())
    assert [problem for problem in report["problems"] if problem["severity"] != "note"] == []


def test_json_is_the_same_in_one_pass_and_in_two(tshark, sample):
    for name in (HEALTHY, SILENT, TWO_CALLS):
        assert read_json(tshark, sample(name)) == read_json(tshark, sample(name), "-2")


def test_layout_of_json(tshark, sample):
    """A line for each value, so that they can be compared and searched."""
    text = printed(tshark, sample(TWO_CALLS), "json")
    again = json.dumps(json.loads(text, parse_float=lambda number: f"number {number}"), indent=2) + "\n"
    assert text == re.sub(r'"number (.*?)"', r"\1", again)


def test_ipv6_in_brackets(tshark, sample):
    (pair,) = read_json(tshark, sample("cms-expressway-skype-ipv6"))["pairs"]
    assert pair["local"] == "[2001:db8:192::229]:24000"
    assert pair["remote"] == "[2001:db8:192::252]:53577"
    assert pair["via"] == "[2001:db8:10::230]:33347"


@pytest.mark.parametrize("text", [
    b'quote " backslash \\ slash </script>',
    b"control \x01\x08\t\n\x1f\x7f",
    "terminal \x80\x9b31m\x9f\u202e".encode(),
    b"no UTF-8 \xff\xfe\xc3",
    "Grüße \U0001f4de".encode(),
    pytest.param(b"long " * 900, id="long"),
])
def test_json_of_hostile_text(tshark, write, capture, text):
    """Names that a client or server chose: whole in JSON, but nothing that a terminal obeys stands there by itself."""
    control = capture.connection()
    transport, realm = (Attribute.REQUESTED_TRANSPORT, turn.TCP), (Attribute.REALM, text)
    control.client(turn.message(Method.ALLOCATE, Class.REQUEST, "first", transport))
    control.server(turn.message(Method.ALLOCATE, Class.ERROR, "first", (Attribute.ERROR_CODE, stun.error_code(401, "Unauthorized")),
                                (Attribute.NONCE, turn.NONCE), realm))
    control.client(turn.message(Method.ALLOCATE, Class.REQUEST, "allocate", transport, (Attribute.USERNAME, text), realm,
                                (Attribute.NONCE, turn.NONCE), key=turn.KEY))
    control.server(turn.message(Method.ALLOCATE, Class.ERROR, "allocate", (Attribute.ERROR_CODE, stun.error_code(486, "") + text)))
    path = write(capture)
    json_text = tshark.start("-n", "-q", "-r", str(path), "-z", "msturn,json").stdout.decode()
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]|</", json_text) is None
    report = json.loads(json_text)
    (session,) = report["sessions"]
    reasons = [problem["error_reason"] for problem in report["problems"] if problem["error_code"] == 486]
    assert {session["username"], session["realm"], session["error_reason"], *reasons} == {text.decode(errors="replace")}
    assert re.fullmatch(r"[\n -~]+", printed(tshark, path, "report"))
    assert re.fullmatch(r"[\n -~]+", printed(tshark, path, "sessions"))


# ---- for people ----


def test_report_of_the_healthy_call(tshark, sample, passes):
    text = printed(tshark, sample(HEALTHY), "report,wide", *passes)
    assert text.splitlines()[1].startswith("1 pair: nominated. 1 session: released. No problem found")
    assert [CMS in line and RELAYED in line and "TANDBERG" in line for line in section(text, "Sessions")] == [False, True]
    assert ["0x0b651e00" in line and EDGE in line for line in section(text, "Peer connections")] == [False, True]
    titles, row = section(text, "Pairs")
    assert "nominated" in row and RELAYED in row and EDGE in row and CMS in row
    assert "why" not in titles


def test_report_of_a_broken_call(tshark, sample, passes):
    text = printed(tshark, sample(SILENT), "report,wide", *passes)
    assert text.splitlines()[1].startswith("1 pair: broken. ")
    (_, row) = section(text, "Pairs")
    assert re.split(" {2,}", row)[2:4] == ["broken", "no response to checks remote -> local"]
    problems = section(text, "Problems")
    (unanswered,) = (number for number, line in enumerate(problems) if "never answered" in line)
    assert problems[unanswered].startswith("  error ")
    assert problems[unanswered + 1].strip().startswith("If it was delivered, ")


TOLD_ABOVE = "Told above, with what to do."


def test_what_a_path_stopped_at_is_not_advised_on_twice(tshark, sample, passes):
    """The path knows whether the request was delivered; the finding's own advice is for those who see only the packet."""
    text = tshark.run(sample(SILENT), "-q", "-z", "msturn,report", *passes)
    assert re.search(r"error +pair 0, frame \d+: Request was never answered\n +" + TOLD_ABOVE, text)
    assert "If it was delivered" not in text
    wide = tshark.run(sample(SILENT), "-q", "-z", "msturn,report,wide", *passes)
    assert "If it was delivered" in wide and TOLD_ABOVE not in wide


def test_what_is_wrong_with_a_message_is_advised_on_by_itself(tshark, write, capture):
    """The check has no answer and no PRIORITY, which may be why."""
    call = RelayedCall(capture).connected()
    packet = turn.message(Method.BINDING, Class.REQUEST, "check", (Attribute.ICE_CONTROLLING, bytes(8)),
                          (Attribute.USERNAME, b"here:there"), key=b"password")
    call.pass_on(PEER, packet, "check")
    capture.time += 5_000_000
    call.hang_up()
    text = tshark.run(write(capture), "-q", "-z", "msturn,report")
    own, = re.findall(r"Check without role, PRIORITY or USERNAME.*\n +(.*)\n", text)
    assert own == "The other end may refuse it."
    assert TOLD_ABOVE in text


def test_error_code_has_its_name(tshark, sample):
    text = printed(tshark, sample("broken-wrong-ice-password"), "report,wide")
    (_, row) = section(text, "Pairs")
    assert "error response to checks remote -> local: 401 Unauthenticated" in row
    text = printed(tshark, sample("broken-wrong-password"), "report,wide")
    assert "refused, 401 Unauthenticated" in section(text, "Sessions")[1]


@pytest.mark.parametrize("words, told", [
    ("No such CONNECTION-ID", '400 Bad Request ("No such CONNECTION-ID")'),
    ("bad request", "400 Bad Request"),  # says nothing more
    ("", "400 Bad Request"),
])
def test_words_of_an_error_response(tshark, write, capture, words, told, passes):
    """RFC 8489 14.8: a reason phrase for people, behind code and name."""
    call = RelayedCall(capture)
    call.allocate()
    call.permit()
    call.peer_connects()
    data = call.connection(call.ends.data, call.ends.server)
    data.client(call.request(Method.CONNECTION_BIND, "bind", (Attribute.CONNECTION_ID, call.connection_id)))
    data.server(call.message(Method.CONNECTION_BIND, Class.ERROR, "bind", (Attribute.ERROR_CODE, stun.error_code(400, words))))
    path = write(capture)
    report = read_json(tshark, path, *passes)
    (session,), (connection,), (pair,) = report["sessions"], report["connections"], report["pairs"]
    (problem,) = (problem for problem in report["problems"] if problem["code"] == "bind_refused")
    assert (session["error_code"], session["error_reason"]) == (None, None)
    assert (connection["error"], connection["error_reason"]) == (400, words or None)
    assert [(item["error_code"], item["error_reason"]) for item in (pair, problem)] == [(400, words or None)] * 2
    text = printed(tshark, path, "report,wide", *passes)
    assert f"failed, {told}  " in section(text, "Peer connections")[1]
    assert f"ConnectionBind failed: {told}  " in section(text, "Pairs")[1]
    (line,) = (line for line in section(text, "Problems") if "ConnectionBind refused" in line)
    assert line.endswith(f"ConnectionBind refused: {told}" if "(" in told else "ConnectionBind refused")


def test_words_of_an_error_that_is_over(tshark, write, capture, passes):
    """After a success the session has no error any more; the problem keeps the words."""
    call = RelayedCall(capture)
    call.allocate()
    for words in ("Forbidden IP: private range", "Forbidden IP: deny list"):
        call.control.client(call.request(Method.CREATE_PERMISSION, words, call.address(Attribute.XOR_PEER_ADDRESS, call.ends.peer, words)))
        call.control.server(call.message(Method.CREATE_PERMISSION, Class.ERROR, words, (Attribute.ERROR_CODE, stun.error_code(403, words))))
    (refused,) = read_json(tshark, write(capture), *passes)["sessions"]
    assert (refused["state"], refused["error_code"], refused["error_reason"]) == ("allocated", 403, "Forbidden IP: deny list")
    call.permit()
    path = write(capture)
    report = read_json(tshark, path, *passes)
    (session,) = report["sessions"]
    assert (session["error_code"], session["error_reason"]) == (None, None)
    problems = [problem for problem in report["problems"] if problem["code"] == "forbidden"]
    assert [problem["error_reason"] for problem in problems] == ["Forbidden IP: private range", "Forbidden IP: deny list"]
    text = printed(tshark, path, "report,wide", *passes)
    assert '403 Forbidden ("Forbidden IP: private range")' in text and '403 Forbidden ("Forbidden IP: deny list")' in text


def test_broken_pairs_come_first(tshark, sample):
    verdicts = [row.split()[1] for row in section(printed(tshark, sample(TWO_CALLS), "report,wide"), "Pairs")[1:]]
    assert verdicts == ["broken", "nominated"]
    in_order = [pair["verdict"] for pair in read_json(tshark, sample(TWO_CALLS))["pairs"]]
    assert sorted(in_order) == verdicts


def test_repeated_problem_is_told_once(tshark, sample):
    name = "broken-wrong-password"
    frames = [problem["frame"] for problem in read_json(tshark, sample(name))["problems"] if problem["code"] == "auth_loop"]
    lines = [line for line in section(printed(tshark, sample(name), "report,wide"), "Problems") if "Credentials refused" in line]
    assert len(frames) > 1 and len(lines) == 1
    assert f"frames {', '.join(map(str, frames))}: " in lines[0]


@pytest.mark.parametrize("name", EVERY_SAMPLE)
def test_report_is_plain_text_without_blanks_at_the_ends(tshark, sample, name):
    _, narrow, wide = every_form(tshark, sample(name))
    assert narrow != wide and (narrow + wide).isascii()
    assert [line for line in (narrow + wide).splitlines() if line != line.rstrip()] == []
    assert max(map(len, narrow.splitlines())) <= 78, "it fits into a ticket"


def test_capture_without_any_of_this(tshark, sample, passes):
    text = printed(tshark, sample(WITHOUT_TRAFFIC), "report", *passes)
    assert "No STUN or TURN message" in text
    assert "Captured from 2026-" in text and len(text.splitlines()) == 5
    assert read_json(tshark, sample(WITHOUT_TRAFFIC), *passes) == {part: [] for part in KEYS}


def test_pseudo_tls_that_is_answered_wrongly(tshark, sample):
    """No message comes of it, so there is no session and no pair; what is wrong is told all the same."""
    codes = {problem["code"] for problem in read_json(tshark, sample("ms-turn-wrong-server"))["problems"]}
    assert {"pseudo_tls_real_tls", "pseudo_tls_no_tls", "pseudo_tls_rewritten"} <= codes


def test_packets_and_report_in_one_run(tshark, sample):
    text = tshark.run(sample(HEALTHY), "-Y", "msturn", "-z", "msturn,report")
    packets, report = text.split(RULER, 1)
    assert "Allocate Request" in packets and "1 pair: nominated." in report and "Nominated after" in report


# ---- filters ----


def test_filter_restricts(tshark, sample, passes):
    everything = read_json(tshark, sample(TWO_CALLS), *passes)
    second = read_json(tshark, sample(TWO_CALLS), *passes, only="tcp.port == 53578 || tcp.port == 44343")
    (pair,), (session,), (connection,) = second["pairs"], second["sessions"], second["connections"]
    assert (pair["remote"], pair["verdict"], session["client"]) == ("192.168.1.252:53578", "broken", "10.48.54.230:33348")
    assert connection["session"] == session["id"]
    assert pair in everything["pairs"] and session in everything["sessions"] and connection in everything["connections"]
    expected = [problem for problem in everything["problems"] if problem["pair"] == pair["id"]]
    assert [problem for problem in second["problems"] if problem["pair"] is not None] == expected != []
    first = read_json(tshark, sample(TWO_CALLS), *passes, only="tcp.port == 53577")
    assert [pair["verdict"] for pair in first["pairs"]] == ["nominated"]


def test_filter_is_named_in_the_report(tshark, sample):
    text = printed(tshark, sample(TWO_CALLS), "report,wide", only="tcp.port == 53577")
    assert text.splitlines()[1].startswith("1 pair: nominated.")
    assert text.splitlines()[2] == "Filter: tcp.port == 53577"


def test_filter_that_nothing_matches(tshark, sample):
    assert "No STUN or TURN message" in printed(tshark, sample(HEALTHY), "report", only="udp")
    assert read_json(tshark, sample(HEALTHY), only="udp") == {part: [] for part in KEYS}


def test_filter_on_what_is_known_at_the_end(tshark, sample):
    """In one pass nobody knows it: that is said, and not that there is nothing."""
    broken = 'msturn.path.verdict == "broken"'
    run = tshark.start("-q", "-z", f"msturn,json,{broken}", "-r", str(sample(TWO_CALLS)))
    assert run.stdout == b"" and b"add -2" in run.stderr
    (path,) = read_json(tshark, sample(TWO_CALLS), "-2", only=broken)["paths"]
    assert path["verdict"] == "broken"


def test_filter_may_have_commas(tshark, sample):
    assert len(read_json(tshark, sample(TWO_CALLS), only="tcp.port in {53577, 53578}")["pairs"]) == 2


@pytest.mark.parametrize("form", ["report", "json"])
@pytest.mark.parametrize("option", [",tcp.port ==", ",no.such.field", "s", " tcp"])
def test_bad_option_fails(tshark, sample, form, option):
    run = tshark.start("-q", "-z", f"msturn,{form}{option}", "-r", str(sample(HEALTHY)))
    assert run.returncode != 0
    assert f"msturn,{form}{option}".encode() in run.stderr
    assert run.stdout == b""
