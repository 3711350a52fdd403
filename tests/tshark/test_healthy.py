"""What real, healthy implementations do is called neither broken nor wrong: support/healthy*.py say what, and by which rule.

Each behaviour is a test by its name and path, as in `-k "renomination and bound"`. All behaviours of a module are in one
capture, which is read in one pass and in two.
"""

import pytest
from conftest import wireshark_version
from healthy import parameters, without_behaviour
from healthy_captures import captures, losses
from healthy_ends import ends
from healthy_ice import ice
from healthy_ms import microsoft
from healthy_turn import allocations

GROUPS = {"ice": ice, "turn": allocations, "ms": microsoft, "end": ends, "captured": captures, "loss": losses}

# Behaviours that the plugin still gets wrong, by their ids; * stands for every path. Who mends a rule takes them away.
NOT_YET = """
    ice-pair_pinged_and_not_selected-* ice-only_the_pair_that_is_not_selected_is_captured-*
    ice-renomination-* ice-renomination_of_another_pair-*
    ice-lite-peer-* ice-lite-client-* ice-lite_peer_of_an_aggressive_agent-* ice-lite_peer_pinged_on_a_second_pair-*
    ice-late_check_of_a_pair_that_is_not_needed-*
    ice-aggressive-send ice-aggressive-channel ice-aggressive-udp ice-aggressive-udp-turn
    ice-role_switched_then_long_consent-* ice-role_switched_by_the_end_that_controls_after_it-*
    ice-frames_of_length_zero-bound
    ice-pair_left_for_another_one-send ice-pair_left_for_another_one-channel ice-pair_left_for_another_one-udp-turn
    turn-permissions_pipelined-* turn-refresh_challenged_again-* turn-permission_challenged_again-*
    turn-attempt_shortly_before_the_release-* turn-attempt_while_the_release_is_on_its_way-*
    turn-bind_on_another_port-* turn-bind_on_port_443-* turn-peer_reconnects-*
    ms-consent_in_the_stream-ms-udp
    end-client-fin-check-open-direct end-client-rst-check-open-direct end-client-half-close-check-open-direct
    end-client-fin-then-rst-check-open-direct end-peer-fin-check-open-direct end-peer-rst-check-open-direct
    end-peer-half-close-check-open-direct end-peer-fin-then-rst-check-open-direct end-checks_of_both_ends_open-direct
    end-release_and_fin_at_once-* end-release_and_reset_at_once-* end-losing_connections_are_closed-direct
    captured-begun_before_the_first_check-bound captured-begun_before_the_first_check-channel
    captured-begun_between_a_check_and_its_answer-bound captured-begun_between_a_check_and_its_answer-channel
    captured-begun_after_the_nomination-* captured-second_file-*
    captured-three_capture_points-bound captured-only_what_the_client_sends-bound
    loss-5-percent-missing-0-udp-turn loss-5-percent-missing-1-udp-turn loss-5-percent-missing-3-udp-turn
    loss-15-percent-missing-0-udp-turn loss-15-percent-missing-2-bound loss-15-percent-missing-2-udp-turn
    loss-15-percent-missing-3-send loss-15-percent-missing-3-udp-turn loss-15-percent-missing-5-udp-turn
""".split()


# And with these versions of Wireshark only: 4.6 gives a TCP segment that comes again to the dissectors.
NOT_YET += {"4.6": """
    captured-span_duplicates_after_the_answer-bound captured-span_duplicates_after_the_answer-send
    captured-span_duplicates_after_the_answer-channel
"""}.get(wireshark_version(), "").split()


@pytest.fixture(scope="module")
def seen(tshark, write):
    """What is said of a group's behaviours; each group is read when its first test runs."""
    known = {}

    def of(group):
        if group not in known:
            known[group] = GROUPS[group].play(tshark, write)
        return known[group]

    return of


@pytest.mark.parametrize("group, behaviour", [p for group in GROUPS for p in parameters(group, GROUPS[group], NOT_YET)])
def test_healthy(seen, group, behaviour):
    assert seen(group).complaints(behaviour) == []


def test_known_failures_exist():
    """No id of NOT_YET is misspelt or left over from a behaviour that is gone."""
    assert without_behaviour(NOT_YET, GROUPS) == []
