"""The ladder of a call, as tshark -z flow,msturn,standard draws it.

Each message takes two lines (epan/sequence_analysis.c): time, label in its place, comment; then the arrow with the ports.
The arrow is between two of the columns, each named by an address.
"""

import re
from dataclasses import dataclass

import pytest

HEALTHY = "cms-expressway-skype"
CMS, SERVER, EDGE, RELAY = "10.48.54.230", "10.48.54.229", "192.168.1.252", "192.168.1.229"
COLUMN = 20  # characters from one to the next
ARROW = re.compile(r"\((\d+)\) *(<-+|-+>) *\((\d+)\)")


@dataclass
class Step:
    conversation: str | None
    source: tuple[str, int]
    destination: tuple[str, int]
    label: str
    comment: str


@dataclass
class Ladder:
    nodes: list[str]
    steps: list[Step]


def draw(tshark, capture, form="standard", *options, only="") -> Ladder:
    printed = tshark.run(capture, "-q", "-z", f"flow,msturn,{form}" + (f",{only}" if only else ""), *options)
    # A line of dashes is between different conversations.
    first, second, *lines = (line for line in printed.splitlines() if line.strip("-"))
    start = first.index("|", first.index("Time"))  # behind the time
    names = {match.start(): match[1] for line in (first, second) for match in re.finditer(r"\| (\S+)", line[start:])}
    nodes = [names[place] for place in sorted(names)]
    return Ladder(nodes, [_step(nodes, upper, lower[start:]) for upper, lower in zip(lines[::2], lines[1::2], strict=True)])


def _step(nodes: list[str], upper: str, arrow: str) -> Step:
    # How wide the time is depends on the capture.
    conversation, drawing = re.fullmatch(r"(?:(\d+) +)?\|[\d.]+ *(\|.*)", upper).groups()
    width = COLUMN * len(nodes) + 1
    match = ARROW.search(arrow)
    left = round((match.start(2) - COLUMN / 2) / COLUMN)
    ends = [(nodes[left], int(match[1])), (nodes[left + 1], int(match[3]))]
    source, destination = ends if match[2].endswith(">") else reversed(ends)
    return Step(conversation, source, destination, drawing[:width].replace("|", " ").strip(), drawing[width:])


def test_columns_are_the_machines(tshark, sample, passes):
    """CMS, the TURN server with its two addresses, and the Edge."""
    ladder = draw(tshark, sample(HEALTHY), "standard", *passes)
    assert ladder.nodes == [CMS, SERVER, EDGE]
    assert len(ladder.steps) == 26 + 3  # messages, and the ends of three connections


def test_names_and_comments(tshark, sample):
    steps = [step for step in draw(tshark, sample(HEALTHY)).steps if not step.comment.startswith("Connection ")]
    assert [(step.label, step.source, step.destination) for step in steps[:10]] == [
        ("Allocate Request", (CMS, 33347), (SERVER, 3478)),
        ("Allocate Error 401", (SERVER, 3478), (CMS, 33347)),
        ("Allocate Request", (CMS, 33347), (SERVER, 3478)),
        ("Allocate Success", (SERVER, 3478), (CMS, 33347)),
        ("Refresh Request", (CMS, 33347), (SERVER, 3478)),
        ("Refresh Success", (SERVER, 3478), (CMS, 33347)),
        ("CreatePermission Req", (CMS, 33347), (SERVER, 3478)),
        ("CreatePermission OK", (SERVER, 3478), (CMS, 33347)),
        ("ConnectionAttempt", (SERVER, 3478), (CMS, 33347)),
        ("Binding Request", (EDGE, 53577), (SERVER, 24000)),
    ]
    # A frame of its own each, so the comments are what the Info column says, and where the relay is.
    info = tshark.column(sample(HEALTHY), "_ws.col.Info", "-Y", "msturn.type && frame.number < 29")
    relayed = ", at relayed 192.168.1.229:24000"
    assert [step.comment.removesuffix(relayed) for step in steps[:11]] == [text for (text,) in info.values()]
    assert [index for index, step in enumerate(steps) if step.comment.endswith(relayed)] == [9, 14, 16, 17, 19, 22]
    assert steps[12].comment.endswith(", from peer 192.168.1.252:53577")


def test_colours_apart(tshark, sample):
    """The number of the session is the conversation's."""
    steps = draw(tshark, sample("broken-two-calls")).steps
    assert {step.conversation for step in steps} == {"0", "1"}


def test_outside_alone(tshark, sample):
    """Nothing says that there is a relay."""
    assert sorted(draw(tshark, sample("broken-outside-only")).nodes) == sorted([EDGE, RELAY])


def test_what_was_not_answered(tshark, sample):
    steps = draw(tshark, sample("broken-edge-no-answer"), "standard", "-2").steps
    unanswered = [step for step in steps if step.comment.endswith(", no response")]
    assert [step.source for step in unanswered] == [(CMS, 44342), (SERVER, 24000)]
    assert {step.label for step in unanswered} == {"Binding, no response"}


def test_network_addresses_and_filter(tshark, sample):
    ladder = draw(tshark, sample(HEALTHY), "network", only="msturn.class == 3")
    assert [(step.label, step.source) for step in ladder.steps] == [("Allocate Error 401", (SERVER, 3478))]


@pytest.mark.parametrize("name", ["ms-turn-udp-3478", "broken-connect-refused"])
def test_labels_fit(tshark, sample, name):
    """No label is cut: all of its words are in the comment, or known abbreviations."""
    for step in draw(tshark, sample(name)).steps:
        assert len(step.label) <= COLUMN
        if step.comment.startswith("Connection "):
            assert step.label.split()[0] in step.comment and step.label.split()[-1] in step.comment
            continue
        method = step.label.rsplit(" Req")[0].rsplit(" OK")[0].rsplit(" Error")[0].rsplit(" Success")[0].removesuffix(" Indication")
        assert step.comment.startswith(method), step
