"""The report as a page: -z msturn,html. Read by Python's parser, and drawn by a browser where there is one.

Frames and addresses are those of sample-captures/README.md, what is on the wire is that of the README of the faults.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
import relayed_call
import stun
import turn
from conftest import SAMPLES
from relayed_call import PEER, RelayedCall
from stun import Attribute, Class, Method
from tcpcap import Capture
from wireshark import PATIENCE

EVERY_SAMPLE = sorted(path.stem for path in SAMPLES.glob("*.pcapng"))
VOID = {"meta", "br"}  # elements without an end, of those that the page has
TAGS = VOID | {"html", "head", "title", "style", "body", "h1", "h2", "h3", "p", "ol", "ul", "li", "a", "span", "strong", "section",
               "table", "thead", "tbody", "tr", "th", "td", "svg", "rect", "line", "polygon", "text", "tspan"}
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "viewbox", "role", "x", "y", "x1", "y1", "x2",
              "y2", "width", "height", "points"}
DRAWN, HEALTHY = 40, 40  # as in plugin/output/report_html.c
CLIENT_X, INSIDE_X, OUTSIDE_X, PEER_X = 200, 480, 610, 890  # as in plugin/output/html_ladder.c


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def all(self, tag: str, css_class: str = "") -> list["Element"]:
        """Those of this tag in here, and with this class among theirs."""
        found = [] if self.tag != tag or css_class not in ["", *self.attributes.get("class", "").split()] else [self]
        return found + [element for child in self.children for element in child.all(tag, css_class)]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


class Page(HTMLParser):
    """Each element ends where it must, and is one that the page may have."""

    def __init__(self, text: str):
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS and {name for name, _ in attributes} <= ATTRIBUTES, self.get_starttag_text()
        element = Element(tag, {name: value or "" for name, value in attributes})
        assert element.attributes.get("href", "#").startswith("#")
        self.open[-1].children.append(element)
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(element)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, words: str) -> None:
        for element in self.open:
            element.words.append(words)

    def handle_comment(self, _words: str) -> None:
        raise AssertionError("there is a comment")


def printed(tshark, capture: Path, *options: str, only: str = "") -> str:
    output = tshark.start("-n", "-q", "-r", str(capture), "-z", f"msturn,html,{only}" if only else "msturn,html", *options)
    assert output.returncode == 0, output.stderr
    return output.stdout.decode("ascii")


def page(tshark, capture: Path, *options: str, only: str = "") -> Element:
    text = printed(tshark, capture, *options, only=only)
    assert text.startswith("<!DOCTYPE html>\n")
    return Page(text).root


def arrows(ladder: Element, kind: str) -> list[tuple[int, int, str]]:
    """From and to of the lines of a kind, longer than a mark, and the label of each."""
    lines = [line for line in ladder.all("line", kind) if abs(int(line.attributes["x2"]) - int(line.attributes["x1"])) > 20]
    return [(int(line.attributes["x1"]), int(line.attributes["x2"]), label.text)
            for line, label in zip(lines, ladder.all("text", kind), strict=True)]


@pytest.mark.parametrize("name", EVERY_SAMPLE)
def test_every_sample_is_a_page(tshark, sample, name):
    report = page(tshark, sample(name))
    headline, = report.all("h1")
    drawn = [section for section in report.all("section") if section.attributes.get("id", "").startswith("path-")]
    assert len(drawn) == len(report.all("svg"))
    assert [link.attributes["href"] for link in report.all("a")] == [f"#{section.attributes['id']}" for section in drawn]
    assert bool(drawn) == ("broken" in headline.text or "trouble" in headline.text)
    for ladder in report.all("svg"):
        assert len(ladder.all("line", "due")) <= 1
        height = int(ladder.attributes["viewbox"].split()[3])
        assert all(0 < int(text.attributes["y"]) < height for text in ladder.all("text"))


def test_answer_comes_first(tshark, sample, passes):
    report = page(tshark, sample("broken-two-calls"), *passes)
    text = report.all("body")[0].text
    assert text.startswith("1 of 2 paths broken 2 pairs: 1 broken, 1 nominated.")
    assert text.index("no answer in") < text.index("msturn ") < text.index("Steps") < text.index("Other paths")
    assert "To do: That end got the check and is silent" in text
    assert text.index("Captured from 2026-11-21 12:47:18 UTC on, 5.8 s") < text.index("1. BROKEN: stopped at Peer's check, at the client")


def test_ladder_of_a_silent_client(tshark, sample, passes):
    """The check comes to the client (28), which acknowledges it and is silent; the peer closes (30)."""
    ladder, = page(tshark, sample("broken-cms-silent"), *passes).all("svg")
    delivered = arrows(ladder, "delivered")
    for arrow in [(CLIENT_X, INSIDE_X, "1 SYN"), (CLIENT_X, INSIDE_X, "8 Allocate request"), (INSIDE_X, CLIENT_X, "9 Allocate success"),
                  (PEER_X, OUTSIDE_X, "14 SYN"), (INSIDE_X, CLIENT_X, "17 ConnectionAttempt"),
                  (CLIENT_X, INSIDE_X, "22 ConnectionBind request"), (PEER_X, OUTSIDE_X, "26 Binding request"),
                  (INSIDE_X, CLIENT_X, "28 Binding request")]:
        assert arrow in delivered
    assert arrows(ladder, "due") == [(CLIENT_X, PEER_X, "never came: Binding response")]
    assert arrows(ladder, "fin")[0] == (PEER_X, OUTSIDE_X, "30 FIN")
    place, = ladder.all("rect", "place")
    assert int(place.attributes["x"]) < CLIENT_X < int(place.attributes["x"]) + int(place.attributes["width"]) < INSIDE_X
    frames = [int(frame.text) for frame in ladder.all("tspan", "frame")]
    assert frames == sorted(frames)


def test_what_is_due_of_a_client_that_never_binds(tshark, sample):
    ladder, = page(tshark, sample("broken-never-bound")).all("svg")
    assert arrows(ladder, "due") == [(CLIENT_X, INSIDE_X, "never came: ConnectionBind request")]


def test_what_is_due_comes_after_what_was_seen(tshark, sample):
    """The peer connects (14), is announced (17) and bound (24), and sends no check until it closes (26)."""
    ladder, = page(tshark, sample("broken-never-checked")).all("svg")
    labels = [label.text for label in ladder.all("text")]
    due = labels.index("never came: Binding request")
    assert "24 ConnectionBind success" in labels[:due] and "26 FIN" in labels[due:]


def test_a_refusal_is_one_row(tshark, sample):
    ladder, = page(tshark, sample("broken-wrong-password")).all("svg")
    assert [label.text for label in ladder.all("text", "refused")].count("15 Allocate 401 Unauthenticated") == 1
    assert [frame.text for frame in ladder.all("tspan", "frame")].count("15") == 1


def test_what_was_never_acknowledged_is_broken(tshark, shared_capture):
    """The check in frame 36 is sent 7 times and never acknowledged; 43 and 44 are resets."""
    ladder, = page(tshark, shared_capture("faults/check-never-acked.pcapng")).all("svg")
    (start, end, label), = arrows(ladder, "lost")
    assert start == OUTSIDE_X and OUTSIDE_X < end < PEER_X
    assert label == "36 Binding request, sent 7 times, no ACK"
    assert {label for _, _, label in arrows(ladder, "rst")} == {"43 RST", "44 RST"}


def test_media_are_bands(tshark, shared_capture):
    ladder, = page(tshark, shared_capture("faults/media-never-acked.pcapng")).all("svg")
    assert len(ladder.all("polygon", "media")) == 2
    assert [label.text.split(":")[0] for label in ladder.all("text", "media")] == ["media", "media"]


def test_addresses_on_both_sides(tshark, sample):
    text = page(tshark, sample("broken-cms-silent")).all("body")[0].text
    assert "Client, as the server sees it 10.48.54.230:33347 XOR-MAPPED-ADDRESS The address that the client sends from" in text
    assert "Local end towards the peer 192.168.1.229:24000 packets of the peer's connection The relayed address" in text
    assert "Peer, as it sends 192.168.1.252:53577" in text


def test_addresses_behind_a_nat(tshark, write, capture):
    call = RelayedCall(capture)
    call.mapped = ("198.51.100.200", 4711)
    call.connected()
    call.check(PEER, "first")
    call.hang_up()
    call.release()
    relayed_call.packet_later(capture, 60)
    text = page(tshark, write(capture)).all("body")[0].text
    assert "198.51.100.200:4711 XOR-MAPPED-ADDRESS Not the address that the client sends from" in text


@pytest.mark.parametrize("text", [
    b"</td></svg><script>alert(1)</script><!--",
    b"\"'><img src=x onerror=alert(1)>&amp;&#60;",
    b"control \x01\x08\t\n\x1f\x7f",
    "terminal \x80\x9b31m\x9f\u202e".encode(),
    b"no UTF-8 \xff\xfe\xc3",
    b"]]></style>" * 60,
])
def test_hostile_text(tshark, write, capture, text):
    """Whatever a server says stays text: Page() would not accept an element of its own."""
    control = capture.connection()
    transport, realm = (Attribute.REQUESTED_TRANSPORT, turn.TCP), (Attribute.REALM, text)
    control.client(turn.message(Method.ALLOCATE, Class.REQUEST, "allocate", transport, (Attribute.USERNAME, text), realm,
                                (Attribute.NONCE, turn.NONCE), key=turn.KEY))
    control.server(turn.message(Method.ALLOCATE, Class.ERROR, "allocate", (Attribute.ERROR_CODE, stun.error_code(486, "") + text)))
    html = printed(tshark, write(capture))
    assert re.fullmatch(r"[\n -~]+", html)
    words = Page(html).root.all("body")[0].text
    assert "486 Allocation Quota Reached" in words
    shown = text.decode(errors="ignore").split("\x01")[0].split("\x80")[0].strip()
    assert shown[:20].split("\\")[0] in words.replace('\\"', '"')


def many_calls(capture: Capture, count: int, healthy: bool) -> None:
    for number in range(count):
        call = RelayedCall(capture, relayed_call.ends(number=number), name=f"call {number}", sequence=number * 100_000)
        if healthy:
            call.healthy()
        else:
            call.connected()
            call.check(PEER, "first", wait=4_000_000)
            call.hang_up()
            call.release()


def test_many_broken_paths_stay_a_page(tshark, write, capture):
    many_calls(capture, DRAWN + 5, healthy=False)
    html = printed(tshark, write(capture))
    report = Page(html).root
    assert len(report.all("svg")) == DRAWN
    assert f"The first {DRAWN} of these are drawn." in report.all("body")[0].text
    assert len(report.all("ol")[0].all("li")) == DRAWN + 5
    assert len(html) < DRAWN * 30_000


def test_healthy_paths_are_counted(tshark, write, capture):
    many_calls(capture, HEALTHY + 3, healthy=True)
    report = page(tshark, write(capture))
    assert report.all("svg") == []
    assert len(report.all("ul")[0].all("li")) == HEALTHY
    assert "and 3 more paths that did not stop" in report.all("body")[0].text


def test_nothing_to_say(tshark, sample):
    report = page(tshark, sample("tls-only-443"), only="tcp.port == 9")
    assert report.all("h1")[0].text == "No call found"
    assert "Filter: tcp.port == 9" in report.all("body")[0].text


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_in_a_browser(tshark, sample, workspace, dark):
    """It is drawn, in the colours that the user wants, and no part of it is wider than the window."""
    browser = shutil.which("chromium")
    if not browser:
        pytest.skip("chromium is not there")
    written = workspace / f"call-{dark}.html"
    written.write_text(printed(tshark, sample("broken-cms-silent")))
    picture = written.with_suffix(".png")
    run = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-gpu-watchdog", "--disable-hang-monitor", "--disable-quic", "--no-first-run",
                          "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                          f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--window-size=1000,1400",
                          f"--user-data-dir={workspace / f'browser-{dark}'}", f"--screenshot={picture}", written.as_uri()],
                         capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert picture.is_file(), run.stderr
    assert picture.stat().st_size > 50_000
