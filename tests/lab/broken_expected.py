"""What must be on the wire for a capture to show its failure, written from the scenarios in broken_*.py.

All messages, in their order. Of openings, ends and media only those that the failure is about: others may come between.
A number: so many seconds at least between the step before and the step behind it.
"""

CHALLENGED = ("CMS: Allocate request", "server: Allocate error 401")
ALLOCATED = (*CHALLENGED, "CMS: Allocate request, signed", "server: Allocate success, signed")
PERMISSION = ("CMS: CreatePermission request, signed", "server: CreatePermission success, signed")
REFRESHED = ("CMS: Refresh request, signed", "server: Refresh success, signed")
RELEASED = ("CMS: Refresh request, lifetime 0, signed", "server: Refresh success, lifetime 0, signed")
TAKEN = ("Edge: SYN", "server: ConnectionAttempt indication")
BIND = ("CMS: ConnectionBind request, signed", "server: ConnectionBind success, signed")
ANNOUNCED = (*ALLOCATED, *PERMISSION, *TAKEN, "Edge: Binding request, signed")
BOUND = (*ALLOCATED, *PERMISSION, *TAKEN, *BIND)
# A call whose checks fail is ended by the Edge, after more than the time that a check or an answer has.
ENDED = (3, "Edge: FIN", "server: RST", "relay: RST", *RELEASED)


def from_edge(what: str) -> tuple[str, str]:
    """Relayed: seen outside, then inside."""
    return f"Edge: {what}", f"server: {what}"


def from_cms(what: str) -> tuple[str, str]:
    return f"CMS: {what}", f"relay: {what}"


EDGE_CHECK, CMS_CHECK = from_edge("Binding request, signed"), from_cms("Binding request, signed")
EDGE_ANSWER, CMS_ANSWER = from_edge("Binding success, signed"), from_cms("Binding success, signed")
# Here the Edge's check arrives before CMS is bound.
EARLY_NOMINATED = (
    *TAKEN,
    "Edge: Binding request, signed",
    *BIND,
    "server: Binding request, signed",
    *CMS_ANSWER,
    *CMS_CHECK,
    *EDGE_ANSWER,
    *from_edge("Binding request, nominating, signed"),
    *CMS_ANSWER,
    *from_edge("media"),
    *from_cms("media"),
)
HUNG_UP = ("CMS: Binding indication", "Edge: FIN", *RELEASED)
HEALTHY = (*ALLOCATED, *REFRESHED, *PERMISSION, *EARLY_NOMINATED, *HUNG_UP)
EXPIRED = (*ALLOCATED, *PERMISSION, *EARLY_NOMINATED, 6, "server: RST", "relay: RST", "server: RST")


def seen_by(*places: str) -> tuple[str, ...]:
    """What these say in the healthy call."""
    return tuple(event for event in HEALTHY if event.split(":")[0] in places)


EXPECTED = {
    "broken-edge-silent": (*BOUND, *CMS_CHECK, *ENDED),
    "broken-cms-silent": (*BOUND, *EDGE_CHECK, *ENDED),
    "broken-never-checked": (*BOUND, *ENDED),
    "broken-edge-no-answer": (*BOUND, *EDGE_CHECK, *CMS_ANSWER, *CMS_CHECK, *ENDED),
    "broken-cms-no-check": (*BOUND, *EDGE_CHECK, *CMS_ANSWER, *ENDED),
    "broken-server-silent": ("CMS: SYN",) * 4,
    "broken-wrong-password": (
        *CHALLENGED,
        *("CMS: Allocate request, signed wrongly", "server: Allocate error 401") * 3,
        "CMS: FIN",
    ),
    "broken-stale-nonce-retried": (
        *ALLOCATED,
        *PERMISSION,
        *("CMS: Refresh request, signed", "server: Refresh error 438"),
        *REFRESHED,
        *EARLY_NOMINATED,
        *HUNG_UP,
    ),
    "broken-stale-nonce-ignored": (
        *ALLOCATED,
        *("CMS: CreatePermission request, signed", "server: CreatePermission error 438") * 3,
        *("Edge: SYN", "relay: RST", "CMS: FIN"),
    ),
    "broken-no-permission": (*ALLOCATED, "Edge: SYN", "relay: RST", *RELEASED),
    "broken-connect-refused": (
        *ALLOCATED,
        *PERMISSION,
        *("CMS: Connect request, signed", "relay: SYN", "Edge: RST", "server: Connect error 447, signed"),
        *RELEASED,
    ),
    "broken-connect-timeout": (
        *ALLOCATED,
        *PERMISSION,
        *("CMS: Connect request, signed", "relay: SYN", "relay: SYN"),
        *(28, "server: Connect error 447, signed"),
        *RELEASED,
    ),
    "broken-nobody-connects": (*ALLOCATED, *PERMISSION, 29, *RELEASED),
    # TCP repeats the indication.
    "broken-announcement-lost": (*ANNOUNCED, *TAKEN[1:] * 8, "relay: RST"),
    "broken-never-bound": (*ANNOUNCED, 29, "relay: RST", *RELEASED),
    "broken-bind-wrong-id": (*ANNOUNCED, "CMS: ConnectionBind request, signed", "server: RST", *RELEASED, "relay: RST"),
    "broken-bind-wrong-password": (
        *ANNOUNCED,
        *("CMS: ConnectionBind request, signed wrongly", "server: RST"),
        *RELEASED,
        "relay: RST",
    ),
    "broken-bind-on-control": (
        *ANNOUNCED,
        *("CMS: ConnectionBind request, signed", "server: ConnectionBind error 400"),
        *RELEASED,
        "relay: RST",
    ),
    "broken-wrong-ice-password": (
        *BOUND,
        *(*from_edge("Binding request, signed wrongly"), *from_cms("Binding error 401")) * 3,
        *ENDED,
    ),
    "broken-wrong-answer-integrity": (
        *BOUND,
        *(*EDGE_CHECK, *from_cms("Binding success, signed wrongly")) * 3,
        *CMS_CHECK,
        *EDGE_ANSWER,
        *ENDED,
    ),
    "broken-role-conflict": (*BOUND, *(*EDGE_CHECK, *from_cms("Binding error 487, signed")) * 3, *ENDED),
    "broken-role-conflict-solved": (
        *BOUND,
        *(*EDGE_CHECK, *from_cms("Binding error 487, signed")),
        *(*EDGE_CHECK, *CMS_ANSWER, *CMS_CHECK, *EDGE_ANSWER),
        *(*from_cms("Binding request, nominating, signed"), *EDGE_ANSWER),
        *from_edge("media"),
        *HUNG_UP,
    ),
    "broken-reset-mid-check": (*BOUND, *EDGE_CHECK, "Edge: RST", "server: RST", *RELEASED),
    "broken-allocation-expired": EXPIRED,
    "broken-refresh-late": (
        *EXPIRED,
        "CMS: SYN",
        *("CMS: Refresh request, signed", "server: Refresh error 438"),
        *("CMS: Refresh request, signed", "server: Refresh error 437, signed"),
    ),
    "broken-two-calls": (
        *ALLOCATED * 2,
        *PERMISSION * 2,
        *TAKEN * 2,
        *BIND * 2,
        *(*EDGE_CHECK, *EDGE_CHECK, *CMS_ANSWER, *CMS_CHECK, *EDGE_ANSWER),
        *(*from_edge("Binding request, nominating, signed"), *CMS_ANSWER),
        *(*from_edge("media"), *from_cms("media")),
        *ENDED,
        *ENDED[1:],
    ),
    "broken-inside-only": seen_by("CMS", "server"),
    "broken-outside-only": seen_by("Edge", "relay"),
    "broken-outside-only-cms-silent": ("Edge: SYN", "Edge: Binding request, signed", *ENDED[:2], "relay: RST"),
    "broken-one-direction": seen_by("server"),
    "broken-begun-late": HEALTHY[len(ALLOCATED) :],
    # The check of CMS is the last message.
    "broken-ended-early": HEALTHY[: HEALTHY.index("relay: Binding request, signed") + 1],
}
