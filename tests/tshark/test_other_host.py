"""Wireshark's private structures, of which plugin/output/private_api.c uses some, are others than expected: what needs them is
off, says so once, and does no harm. other_host.c pretends to be such a Wireshark.
"""

import copy
import os
import shutil

import pytest

HEALTHY = "cms-expressway-skype"
NO_FLOW_GRAPH = "There is no flow graph of MSTURN."
ONLY_TEXT = "It gets text in every form."
RULE = "=" * 67


@pytest.fixture(scope="module")
def other_host(tshark, workspace):
    """tshark with the structures that its argument names otherwise; "": as they are."""
    library = shutil.copy(os.environ["OTHER_HOST_LIBRARY"], workspace)

    def start(difference: str):
        program = copy.copy(tshark)
        program.environment = tshark.environment | {"LD_PRELOAD": str(library), "OTHER_HOST": difference}
        return program

    return start


def run(program, capture, what: str) -> tuple[str, str]:
    """What it prints, and what it complains of."""
    done = program.start("-n", "-q", "-r", str(capture), "-z", what)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("what", ["flow,msturn,standard", "flow,msturn,network", "follow,msturn,raw,0", "follow,msturn,ascii,0"])
def test_what_is_as_expected_is_used(tshark, other_host, sample, what):
    printed, complaints = run(other_host(""), sample(HEALTHY), what)
    assert printed == run(tshark, sample(HEALTHY), what)[0]
    assert "msturn" in printed or "Allocate" in printed
    assert "msturn" not in complaints


@pytest.mark.parametrize("difference", ["shifted", "columns", "colours"])
def test_flow_graph_that_is_not_known(other_host, sample, difference):
    printed, complaints = run(other_host(difference), sample(HEALTHY), "flow,msturn,standard")
    assert "Allocate" not in printed
    assert complaints.count(NO_FLOW_GRAPH) == 1


def test_other_outputs_go_on_without_a_flow_graph(tshark, other_host, sample):
    options = ("-n", "-q", "-r", str(sample(HEALTHY)), "-z", "flow,msturn,standard", "-z", "msturn,report")
    report = other_host("shifted").start(*options).stdout.decode().split(RULE)[1]
    assert "\n1 pair: nominated." in report
    assert report == run(tshark, sample(HEALTHY), "msturn,report")[0].split(RULE)[1]


@pytest.mark.parametrize("form", ["raw", "hex", "yaml"])
def test_follow_whose_form_is_not_known(other_host, sample, form):
    """Then it is text. The bytes of an Allocate request begin with its type, 0x0003, and the text with its time in brackets."""
    printed, complaints = run(other_host("follow"), sample(HEALTHY), f"follow,msturn,{form},0")
    assert complaints.count(ONLY_TEXT) == 1
    first = {"raw": b"[0.00".hex(), "hex": "5b 30 2e 30 30", "yaml": "WzAuMDAwMDAwX"}[form]
    assert first in printed
