"""Changed captures, in one pass and in two: all samples with one share of changed bytes in a file.

Each changed capture alone is in test_many_files.py.
"""

import pytest
from merged import Variant, merge
from mutations import NAMES, RATES, SHARED, mutate


def test_there_are_enough():
    assert len(NAMES) * len(RATES) >= 200


@pytest.mark.parametrize("seed", RATES)
def test_mutated_samples(sanitized, write, passes, seed):
    capture, places = merge(Variant(name, RATES[seed], seed) for name in NAMES)
    plain_stun = f"msturn.plain_stun_udp:{'TRUE' if seed % 2 else 'FALSE'}"
    printed = sanitized.survives(write(capture), "-o", plain_stun, *passes, explain=places)
    assert f"Frame {capture.frames}: " in printed


@pytest.mark.parametrize("name", SHARED)
def test_mutated_shared_capture(sanitized, shared_capture, editcap, passes, name):
    sanitized.survives(mutate(editcap, shared_capture(name), seed=3), *passes)
