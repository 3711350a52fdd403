"""What the plugin says of a call, not of a message alone. Standard library only.

A test about the form of messages sends messages that belong to no whole call, and it is true that nobody answers them:
`form_findings` in wireshark.py leaves the findings about calls out.
"""

from collections.abc import Iterator

# Filter names behind msturn.finding.
FINDINGS = frozenset("""
no_response response_overdue open_at_end response_unexpected transaction_repeated transaction_reused check_repeated
lost_in_relay answered_elsewhere one_sided
auth_loop auth_given_up nonce_ignored nonce_storm realm_wrong nonce_foreign user_changed redirect_ignored
allocation_expired refresh_late refresh_misplaced permission_missing permission_expired reflexive_differs reflexive_changed
not_released data_on_control
connect_again never_bound bind_late bind_unknown bind_closed bind_misplaced attempt_repeated attempt_without_permission
closed_at_once one_way_data turn_after_bind
connection_refused reset_live pseudo_tls_unanswered
checks_one_way responses_one_way never_checked nominated_early never_nominated role_same role_kept first_not_stun
pair_unfinished media_early consent_lost
data_before_active multiplex_id_unknown sequence_gap data_never
""".split())

# Generated items, with what is below them.
ITEMS = frozenset(["msturn.session", "msturn.connection", "msturn.pair", "msturn.path"])

# What depends on frames to come: links to them, and what became of a connection or a pair.
LATER = frozenset(["msturn.response_in", "stun.response-in", "msturn.delivered_in", "msturn.undelivered", "msturn.retransmissions",
                   "msturn.seen_before_in", "msturn.seen_again_in", "msturn.next_in", "msturn.session.allocate_in",
                   "msturn.connection.state", "msturn.connection.announced_in", "msturn.connection.bound_in",
                   "msturn.pair.verdict", "msturn.pair.reason", "msturn.pair.direction", "msturn.session.relayed",
                   "msturn.session.user", "msturn.session.state", "msturn.path",
                   "msturn.path.verdict", "msturn.path.stopped_at", "msturn.path.place", "msturn.path.summary"])
ADVICE = frozenset(["msturn.finding", "msturn.finding.advice", "msturn.finding.ice_warning"])  # after the finding that it is about


def bytes_alone(packet) -> list[list[tuple[str, str]]]:
    """Names and values in the trees of msturn's units, but for what is known of calls; a unit that tells of nothing else is left out."""
    units = (unit for unit in packet.units if not _is_event(unit))
    return [[(item.name, item.show) for item in _without_call(unit)] for unit in units]


def known_of_calls(packet) -> set[tuple[str, str]]:
    """What the packet's tree tells of calls; what depends on frames to come is left out, but for findings."""
    top = (item for unit in packet.units for item in unit.walk() if item.name in ITEMS)
    items = {(item.name, item.show) for one in top for item in one.walk() if item.name not in LATER}
    return items | {("finding", name) for name in packet.findings if name in FINDINGS}


def _without_call(item) -> Iterator:
    if item.name in ITEMS | LATER | ADVICE or _is_finding(item):
        return
    yield item
    for child in item.children:
        yield from _without_call(child)


def _is_event(unit) -> bool:
    """Findings about calls, and no bytes."""
    return unit.findings != [] and list(_without_call(unit)) == [unit]


def _is_finding(item) -> bool:
    return item.name == "_ws.expert" and any(child.name.removeprefix("msturn.finding.") in FINDINGS for child in item.children)
