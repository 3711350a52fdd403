"""The verdict of a capture does not depend on the order in which its packets came into the file, as long as TCP allows it.

The captures of sample-captures/verdicts.csv as several interfaces, taps or queues would have recorded them
(support/reorder.py): their rows hold as they are, and the calls stopped where they stopped (support/stops.py). Passes alternate, for the report is made at the end of either.
"""

from collections import defaultdict
from pathlib import Path

import pytest
import stops
from reorder import (INSIDE, MILLISECOND, OUTSIDE, SECOND, connection, connections_apart, direction, directions_apart,
                     doubled_on_a_vlan, interface_ahead, read_pcapng, taps_apart, write_pcapng)
from stops import places
from verdicts import TWO_PASSES, is_clean, read_table, report_of, trees_and_report, wrong_pairs

SAMPLES = Path(__file__).resolve().parents[2] / "sample-captures"
TABLE = read_table(SAMPLES / "verdicts.csv")
TAG = b"\x81\x00"  # IEEE 802.1Q
STOPS = {row[0]: [row[1:4]] for row in stops.SAMPLES}
CAPTURES = {name: read_pcapng(SAMPLES / f"{name}.pcapng") for name in TABLE}

# Else Wireshark shows no dissector what stands behind its acknowledgement.
OUT_OF_ORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")


def by_direction(mix, seed: int):
    """TLS needs both directions in their common order: it cannot decrypt what comes ahead of its keys."""
    return lambda capture: mix(capture, seed, connection if capture.secrets else direction)


ORDERS = {
    "directions-apart": by_direction(directions_apart, 1),
    "taps-apart": by_direction(taps_apart, 1),
    "connections-apart": lambda capture: connections_apart(capture, 3),
    "outside-first": lambda capture: interface_ahead(capture, OUTSIDE),
    "inside-first": lambda capture: interface_ahead(capture, INSIDE),
    "doubled-on-a-vlan": doubled_on_a_vlan,
}


def is_other_order(name: str, order: str) -> bool:
    """Captures of one interface, or of one connection, can come out as they were."""
    return [packet.data for packet in ORDERS[order](CAPTURES[name]).packets] != [packet.data for packet in CAPTURES[name].packets]


def cases():
    for i, name in enumerate(TABLE):
        for j, order in enumerate(ORDERS):
            if is_other_order(name, order):
                yield name, order, TWO_PASSES if (i + j) % 2 else ()


@pytest.mark.parametrize("name, order, passes", list(cases()), ids=lambda value: value if isinstance(value, str) else "".join(value))
def test_verdicts_in_another_order(tshark, workspace, name, order, passes):
    path = workspace / f"{name}-{order}.pcapng"
    write_pcapng(path, ORDERS[order](CAPTURES[name]))
    report = report_of(tshark, path, *passes, *(OUT_OF_ORDER if order == "taps-apart" else ()))
    assert wrong_pairs(report, TABLE[name]) == {}
    assert places(report.paths) == STOPS.get(name, [])
    if is_clean(TABLE[name]):
        assert report.trouble() == []


# In broken-no-permission with an early outside the peer has come and gone before the first message of the call, so
# that nothing says whose connection it was.
@pytest.mark.parametrize("early, name", [
    (early, name) for early in (OUTSIDE, INSIDE)
    for name in ("cms-expressway-skype", "cms-expressway-skype-active", "broken-no-permission", "broken-edge-no-answer")
    if (early, name) != (OUTSIDE, "broken-no-permission")])
def test_captures_of_two_machines_whose_clocks_differ(tshark, workspace, name, early):
    """Half a second is less than any time that a message has: times are compared on one leg, not across the relay."""
    path = workspace / f"{name}-{early}-early.pcapng"
    write_pcapng(path, interface_ahead(CAPTURES[name], early, 500 * MILLISECOND))
    report = report_of(tshark, path)
    assert wrong_pairs(report, TABLE[name]) == {}
    assert report.trouble() == [] or not is_clean(TABLE[name])


@pytest.mark.parametrize("name", ["cms-expressway-skype", "broken-wrong-answer-integrity", "broken-edge-no-answer"])
def test_single_pass_shows_no_wrong_verdict_in_another_order(tshark, workspace, name):
    path = workspace / f"{name}-in-a-single-pass.pcapng"
    write_pcapng(path, directions_apart(CAPTURES[name], 4))
    packets, report = trees_and_report(tshark, path)
    (final,) = [pair["verdict"] for pair in report.pairs]
    shown = {verdict for packet in packets.values() for verdict in packet.all("msturn.pair.verdict")}
    assert shown and shown <= {"unfinished", final} - {"broken"} | ({"valid"} if final == "nominated" else set())


@pytest.mark.parametrize("name", ["cms-expressway-skype", "broken-edge-silent"])
def test_links_are_the_same_whichever_packet_comes_first(tshark, workspace, name):
    """A response that stands in front of its request is linked to it all the same."""
    reordered = taps_apart(CAPTURES[name], 2)
    path = workspace / f"{name}-links.pcapng"
    write_pcapng(path, reordered)
    # Packets are told apart by their bytes: frame numbers are what changes.
    place = {packet.data: frame for frame, packet in enumerate(reordered.packets, 1)}
    moved = {frame: place[packet.data] for frame, packet in enumerate(CAPTURES[name].packets, 1)}
    original = SAMPLES / f"{name}.pcapng"
    (copy := workspace / f"{name}-original.pcapng").write_bytes(original.read_bytes())
    links = tshark.frames(copy, ["msturn.response_in", "msturn.response_to"], *TWO_PASSES)
    expected = {moved[frame]: {field: [str(moved[int(value)]) for value in values] for field, values in row.items()}
                for frame, row in links.items()}
    assert any(int(value) > frame for frame, row in expected.items() for value in row["msturn.response_to"])
    assert tshark.frames(path, ["msturn.response_in", "msturn.response_to"], *TWO_PASSES, *OUT_OF_ORDER) == expected


# ---- the other orders are what they are said to be ----


@pytest.mark.parametrize("order", ORDERS)
def test_other_orders_keep_every_direction(order):
    """In all captures; and most come out in an order that is not their own."""
    change = ORDERS[order]
    for capture in CAPTURES.values():
        untagged = [packet for packet in change(capture).packets if packet.data[12:14] != TAG]
        assert in_directions(untagged) == in_directions(capture.packets)
    assert sum(is_other_order(name, order) for name in TABLE) > len(TABLE) / 2


def in_directions(packets) -> dict:
    found = defaultdict(list)
    for packet in packets:
        found[direction(packet)].append(packet.data)
    return found


@pytest.mark.parametrize("order", [order for order in ORDERS if order != "doubled-on-a-vlan"])
def test_wireshark_finds_fault_with_no_other_order_but_that_of_taps(stock, workspace, order):
    """Nothing is missing, and nothing comes behind its acknowledgement, so every segment goes to its dissector."""
    change = ORDERS[order]
    path = workspace / f"{order}.pcapng"
    write_pcapng(path, change(CAPTURES["cms-expressway-skype"]))
    wrong = "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || tcp.analysis.retransmission || tcp.analysis.out_of_order"
    assert bool(stock.matching(path, wrong)) == (order == "taps-apart")


@pytest.mark.parametrize("name", TABLE)
def test_other_orders_move_packets_a_little_only(name):
    """Else they would not be what an interface or a tap does: 50 ms, or twenty packets without a pause between them."""
    capture = CAPTURES[name]
    for mixed in (taps_apart(capture, 1), taps_apart(capture, 2), *(directions_apart(capture, seed) for seed in (1, 2, 4))):
        latest = 0
        for packet in mixed.packets:
            assert packet.time > latest - 50 * MILLISECOND
            latest = max(latest, packet.time)
    place = {packet.data: number for number, packet in enumerate(connections_apart(capture, 3).packets)}
    for number, packet in enumerate(capture.packets):
        assert abs(place[packet.data] - number) <= 20
    for first, second in zip(capture.packets, capture.packets[1:]):
        assert second.time - first.time <= SECOND or place[first.data] < place[second.data]


def test_tagged_packets_are_read_as_doubles(stock, workspace):
    path = workspace / "doubles.pcapng"
    write_pcapng(path, doubled_on_a_vlan(CAPTURES["cms-expressway-skype"]))
    count = len(CAPTURES["cms-expressway-skype"].packets)
    assert stock.matching(path, "vlan.id == 100 && tcp.port in {3478, 24000}") == list(range(2, 2 * count + 1, 2))
