"""What is compared with what. Standard library only.

Each measure writes its captures, makes sure that both sides decode them as it supposes, and returns rows of the table.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from capture import Writer
from generate import KINDS
from live import Heard, impossible, listen
from many import by_survey, many, one_after_the_other
from meter import Capture, Meter, Side
from table import Row, compared, ratio

from wireshark import Tshark

BUILT_IN = ("-d", "tcp.port==3478,stun")
RTP = ("-d", "tcp.port==3478,rtp")
NEITHER = ("--disable-protocol", "msturn", "--disable-protocol", "stun")
# Without a tap or a filter tshark -q dissects nothing. The first builds a tree, which it does not print; the second counts what is
# not there, without one.
STATISTICS, NO_TREE = ("-q", "-z", "io,stat,0"), ("-q", "-z", "h225,counter")
JSON = ("-z", "msturn,json")
SAMPLE = 10  # the capture for counting instructions is a tenth

# What a connection and its message cost without sessions and pairs: the flood with the last commit before the tracker.
# In it is a transaction of 150 bytes, so the tracker is given that much too little.
DECODER_BYTES = 667
TRACKER_BYTES = 1024  # what it may take for a request that nobody answers

BUILT_IN_STUN, NO_PLUGIN = "msturn against built-in stun", "tshark with msturn against one without"
NET = "the same without start-up"
LIVE, LIVE_QUICK = (1800, 180), (10, 3)  # seconds of calls, and of silence


@dataclass(frozen=True)
class Bench:
    with_plugin: Tshark
    stock: Tshark
    meter: Meter  # of time and instructions
    once: Meter  # of time and memory, in a single round
    folder: Path
    divisor: int  # of all counts: 1, or more for a quick look

    def capture(self, kind: str, count: int) -> Capture:
        """Of about so many; those that are there are used again."""
        wanted = max(count // self.divisor, 1000)
        (path, written), (sample, sample_written) = self._write(kind, wanted), self._write(kind, max(wanted // SAMPLE, 1000))
        empty = self.folder / "empty.pcap"
        with Writer(empty):
            pass
        return Capture(path, written, sample, sample_written, empty)

    def _write(self, kind: str, count: int) -> tuple[Path, int]:
        path = self.folder / f"{kind}-{count}.pcap"
        known = path.with_suffix(".count")
        if not known.exists():
            known.write_text(str(KINDS[kind](path, count)))
        return path, int(known.read_text())


def expect(side: Side, display_filter: str, count: int | None = None) -> None:
    """Ends the program unless so many frames of the sample match, or any: else something else would be measured."""
    decode_as = side.options if "-d" in side.options else ()
    found = len(side.tshark.matching(side.capture.sample, display_filter, *decode_as))
    if found == 0 if count is None else found != count:
        sys.exit(f"{' '.join(side.command(side.capture.sample))}: {found} frames match {display_filter}, and not "
                 f"{'some' if count is None else count}: is the plugin made for this tshark?")


def compare(bench: Bench, measure: str, what: str, sides: tuple[Side, Side], target: float | None) -> list[Row]:
    """The first side against the second, as the user sees it; and without what tshark and the plugin need to start."""
    new, old = bench.meter.costs(*sides)
    return [compared(measure, what, new.whole, old.whole, target), compared(measure, NET, new.net, old.net)]


def other(bench: Bench) -> list[Row]:
    """TCP without STUN: what the plugin costs those who do not need it."""
    traffic = bench.capture("other", 200_000)
    sides = Side(bench.with_plugin, traffic), Side(bench.stock, traffic)
    for side in sides:
        for protocol in ("tls", "http", "smb2"):
            expect(side, protocol)
    expect(sides[0], "msturn", 0)
    new, old = bench.meter.costs(*sides)
    return [compared("TCP without STUN", NO_PLUGIN, new.whole, old.whole, 1.002),
            compared("TCP without STUN", NET, new.net, old.net),
            Row("start of tshark", NO_PLUGIN, instructions=ratio(new.start.instructions, old.start.instructions), target=1.02)]


def udp(bench: Bench) -> list[Row]:
    """UDP without STUN: the same."""
    traffic = bench.capture("datagrams", 200_000)
    sides = Side(bench.with_plugin, traffic), Side(bench.stock, traffic)
    for side in sides:
        for protocol in ("dns", "udp && data"):
            expect(side, protocol)
    expect(sides[0], "msturn", 0)
    return compare(bench, "UDP without STUN", NO_PLUGIN, sides, 1.005)


def _message_sides(bench: Bench, kind: str = "messages") -> tuple[Side, Side, Side]:
    """Bare messages decoded by msturn, by built-in stun in its place, and by a tshark without the plugin."""
    calls = bench.capture(kind, 400_000)
    new, built_in, stock = Side(bench.with_plugin, calls), Side(bench.with_plugin, calls, BUILT_IN), Side(bench.stock, calls)
    expect(new, "msturn.type", calls.sample_count)
    expect(built_in, "stun && !msturn", calls.sample_count)
    expect(stock, "stun", calls.sample_count)
    return new, built_in, stock


def messages(bench: Bench) -> list[Row]:
    """Bare messages, printed a line each; without what they carry; without printing."""
    new, built_in, stock = _message_sides(bench)
    ours, theirs, without = bench.meter.costs(new, built_in, stock)
    rows = [compared("bare messages", BUILT_IN_STUN, ours.whole, theirs.whole, 1.03),
            compared("bare messages", NET, ours.net, theirs.net),
            compared("bare messages", NO_PLUGIN, ours.whole, without.whole)]
    silent = new.plus(*NO_TREE), built_in.plus(*NO_TREE)
    rows += compare(bench, "bare messages, not printed", BUILT_IN_STUN, silent, None)[:1]
    return rows + compare(bench, "bare messages, no Send and Data", BUILT_IN_STUN, _message_sides(bench, "requests")[:2], 0.97)


def tree(bench: Bench) -> list[Row]:
    """The same with a tree, printed whole."""
    new, built_in, _ = _message_sides(bench)
    return compare(bench, "bare messages with a tree", BUILT_IN_STUN, (new.plus("-V"), built_in.plus("-V")), 1.0)


def memory(bench: Bench) -> list[Row]:
    """Memory for each message, beside what tshark needs for the same packets when nobody decodes them."""
    new, built_in, _ = _message_sides(bench)
    costs = bench.once.costs(new, built_in, Side(bench.with_plugin, new.capture, NEITHER))
    ours, theirs, nobodys = (cost.whole.peak for cost in costs)
    return [Row("memory for a message", BUILT_IN_STUN, memory=ratio(ours - nobodys, theirs - nobodys), target=0.95)]


def rtp(bench: Bench) -> list[Row]:
    """RTP in RFC 4571 frames."""
    bound, framed = bench.capture("bound", 200_000), bench.capture("framed", 200_000)
    new, old = Side(bench.with_plugin, bound), Side(bench.with_plugin, framed, RTP)
    expect(new, "msturn && rtp", bound.sample_count * 5 // 6)  # three frames have four packets of the presentation
    expect(old, "rtp && !msturn", framed.sample_count * 5 // 6)
    whole, net = compare(bench, "RTP in bound connections", "msturn against built-in RFC 4571 framing", (new, old), None)
    return [replace(net, compared=f"{whole.compared}, without start-up", target=1.03),
            replace(whole, compared="the same with start-up")]


def json(bench: Bench) -> list[Row]:
    """The report on top of dissection."""
    plain, _, _ = _message_sides(bench)
    if '"pairs"' not in plain.tshark.run(plain.capture.sample, *STATISTICS, *JSON):
        sys.exit("there is no report")
    with_tree, without = plain.plus(*STATISTICS), plain.plus(*NO_TREE)
    rows = compare(bench, "-z msturn,json", "with against without", (with_tree.plus(*JSON), with_tree), 1.02)
    return rows + compare(bench, "-z msturn,json, no tree", "with against without", (without.plus(*JSON), without), None)[:1]


def scale(bench: Bench) -> list[Row]:
    """Ten times as many sessions and packets: time and memory for a packet."""
    small, large = bench.capture("sessions", 1_000_000), bench.capture("sessions", 10_000_000)
    expect(Side(bench.with_plugin, small), "msturn.type")

    def row(what: str, tshark: Tshark, target: float | None) -> Row:
        one, ten = (cost.net for cost in bench.once.costs(Side(tshark, small), Side(tshark, large)))
        times = large.count / small.count
        return Row("ten times as many sessions", f"{what}: a packet of {large.count} against one of {small.count}",
                   ratio(ten.seconds, one.seconds * times), memory=ratio(ten.peak, one.peak * times), target=target)

    theirs = row("tshark without msturn", bench.stock, None)
    ours = row("msturn", bench.with_plugin, None if theirs.seconds is None else theirs.seconds + 0.03)
    return [ours, theirs]


def flood(bench: Bench) -> list[Row]:
    """Allocate requests that are never answered."""
    silent, served = bench.capture("unanswered", 1_000_000), bench.capture("answered", 1_000_000)
    expect(Side(bench.with_plugin, silent), "msturn.method == 0x003", silent.sample_count)
    modes = {"single pass": STATISTICS, "two passes": (*STATISTICS, "-2"), "with the report": (*STATISTICS, *JSON)}
    rows = []
    for mode, options in modes.items():
        unanswered, answered = bench.once.costs(*(Side(bench.with_plugin, capture, options) for capture in (silent, served)))
        rows.append(compared("flood of Allocate requests", f"unanswered against answered, {mode}",
                             unanswered.whole, answered.whole, 1.3))
    return [*rows, _tracker(bench, silent)]


def _tracker(bench: Bench, silent: Capture) -> Row:
    # Wireshark's own STUN dissector would take the messages, and remember them too.
    sides = Side(bench.with_plugin, silent, STATISTICS), Side(bench.stock, silent, (*STATISTICS, "--disable-protocol", "stun"))
    ours, nobodys = (cost.whole.peak for cost in bench.once.costs(*sides))
    each = (ours - nobodys) / silent.count - DECODER_BYTES
    return Row("flood of Allocate requests", "the tracker's memory for a request against 1 KB",
               memory=each / TRACKER_BYTES, target=1.0)


def survey(bench: Bench) -> list[Row]:
    """tools/survey on many captures of a call each. What is compared is the time that passed."""
    folder, cores = bench.folder / "many", len(os.sched_getaffinity(0))
    folder.mkdir(exist_ok=True)
    count = len(many(folder, max(1000 // bench.divisor, 20)))
    alone, one = one_after_the_other(bench.with_plugin, folder), by_survey(bench.with_plugin, folder, 1)
    every = by_survey(bench.with_plugin, folder, cores)
    rate = {reading: f"{count / reading.seconds:.1f} files a second" for reading in (alone, one, every)}
    return [Row("many captures", f"tools/survey on one core ({rate[one]}) against one tshark after the other ({rate[alone]})",
                ratio(one.seconds, alone.seconds), memory=ratio(one.peak, alone.peak)),
            Row("many captures", f"tools/survey on {cores} cores ({rate[every]}) against one",
                ratio(every.seconds, one.seconds), memory=ratio(every.peak, one.peak))]


def live(bench: Bench) -> list[Row]:
    """Half an hour of calls on a live interface: memory, and whether it grows when they have ended."""
    if excuse := impossible(bench.stock):
        print(f"not measured: live captures in a network namespace, which is not possible here: {excuse}", file=sys.stderr)
        return []
    sides, (calls, silence) = _message_sides(bench), LIVE if bench.divisor == 1 else LIVE_QUICK
    ours, built_in, stock = heard = listen(sides, calls, silence)
    for side, found, protocols in zip(sides, heard, (("MSTURN", "RTP"), ("STUN",), ("STUN",))):
        if sum(found.protocols.get(protocol, 0) for protocol in protocols) != side.capture.count:
            sys.exit(f"{side.capture.count} messages were sent, and tshark {' '.join(side.options)} heard {found.protocols}")

    def row(what: str, other: Heard) -> Row:
        return Row("calls on a live interface", f"growth of memory, {what}", memory=ratio(ours.grown, other.grown))

    return [row(BUILT_IN_STUN, built_in), row(NO_PLUGIN, stock),
            Row("the same, when they have ended", f"growth up to {silence} s later by growth up to then, {NO_PLUGIN}",
                memory=ratio(ours.flatness, stock.flatness), target=1.05)]


MEASURES: dict[str, Callable[[Bench], list[Row]]] = {
    measure.__name__: measure for measure in (other, udp, messages, tree, memory, rtp, json, flood, survey, scale, live)
}
BY_REQUEST = ("scale", "live")  # takes some gigabytes of disk and memory; half an hour, and a network namespace
