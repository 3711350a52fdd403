"""Every sample capture, and the captures that are not part of the repository if they are there.

In one pass each sample alone, in two passes all of them in one file (support/merged.py) but for those that it cannot take.
"""

import pytest
from merged import Variant, merge
from mutations import NAMES as MERGED
from tshark_conftest import SAMPLES, SHARED_CAPTURES

NAMES = sorted(path.stem for path in SAMPLES.glob("*.pcapng"))
SHARED = sorted(path.name for path in SHARED_CAPTURES.glob("*.pcap*"))
REPORT = "\nMS-TURN and TURN over TCP"


@pytest.mark.parametrize("name", NAMES)
def test_sample(sanitized, sample, name):
    printed = sanitized.survives(sample(name))
    assert REPORT in printed or name in ("broken-server-silent", "tls-only-443", "turn-tls")


def test_samples_in_two_passes(sanitized, write):
    capture, places = merge(map(Variant, MERGED))
    printed = sanitized.survives(write(capture), "-2", explain=places)
    assert REPORT in printed and f"Frame {capture.frames}: " in printed


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(MERGED)))
def test_sample_in_two_passes(sanitized, sample, name):
    sanitized.survives(sample(name), "-2")


@pytest.mark.parametrize("name", SHARED)
def test_shared_capture(sanitized, shared_capture, passes, name):
    sanitized.survives(shared_capture(name), *passes)
