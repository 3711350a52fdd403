"""Changed captures, in one pass and in two. Wireshark's own way with memory takes half the time; test_many_files.py has the other."""

import pytest
from mutations import NAMES, RATES, SHARED, mutate

BLOCKS = {"WIRESHARK_DEBUG_WMEM_OVERRIDE": ""}


def test_there_are_enough():
    assert len(NAMES) * len(RATES) >= 200


@pytest.mark.parametrize("seed", RATES)
@pytest.mark.parametrize("name", NAMES)
def test_mutated_sample(sanitized, sample, editcap, passes, name, seed):
    path = mutate(editcap, sample(name), seed)
    sanitized.survives(path, "-o", f"msturn.plain_stun_udp:{'TRUE' if seed % 2 else 'FALSE'}", *passes, **BLOCKS)


@pytest.mark.parametrize("name", SHARED)
def test_mutated_shared_capture(sanitized, shared_capture, editcap, passes, name):
    sanitized.survives(mutate(editcap, shared_capture(name), seed=3), *passes, **BLOCKS)
