"""Every sample capture, and the captures that are not part of the repository if they are there."""

import pytest
from tshark_conftest import SAMPLES, SHARED_CAPTURES

NAMES = sorted(path.stem for path in SAMPLES.glob("*.pcapng"))
SHARED = sorted(path.name for path in SHARED_CAPTURES.glob("*.pcap*"))


@pytest.mark.parametrize("name", NAMES)
def test_sample(sanitized, sample, passes, name):
    printed = sanitized.survives(sample(name), *passes)
    assert "\nMS-TURN and TURN over TCP" in printed or name in ("tls-only-443", "turn-tls")


@pytest.mark.parametrize("name", SHARED)
def test_shared_capture(sanitized, shared_capture, passes, name):
    sanitized.survives(shared_capture(name), *passes)
