"""The sanitizers would tell: a plugin with a fault ends tshark, and msturn is instrumented as that one is.

Environment: MSTURN_CANARY_PLUGIN, a plugin that is built like msturn (canary.c).
"""

import os
import shutil

import pytest
from sanitized import REPORTED

INSTRUMENTED = (b"__asan_report_load", b"__ubsan_handle_")


@pytest.fixture(scope="module")
def with_canary(sanitized):
    """Runs tshark with the canary beside msturn, and with this fault in it."""
    plugins = sanitized.plugins.with_name("canary")
    shutil.copytree(sanitized.plugins, plugins)
    (folder,) = plugins.glob("*/epan")
    shutil.copy(os.environ["MSTURN_CANARY_PLUGIN"], folder)

    def run(fault: str):
        return sanitized.run(sanitized.program, "-G", "plugins", WIRESHARK_PLUGIN_DIR=str(plugins), MSTURN_CANARY=fault)

    return run


def test_plugin_is_loaded_and_instrumented(sanitized):
    listed = sanitized.run(sanitized.program, "-G", "plugins")
    assert "msturn.so" in listed.stdout, listed.stderr
    (plugin,) = sanitized.plugins.glob("*/epan/msturn.so")
    assert all(symbol in plugin.read_bytes() for symbol in INSTRUMENTED)


@pytest.mark.parametrize("fault, report", [("memory", "heap-buffer-overflow"), ("wmem", "heap-buffer-overflow"),
                                           ("undefined", "runtime error: shift exponent")])
def test_fault_is_told(with_canary, fault, report):
    ended = with_canary(fault)
    assert ended.returncode == REPORTED
    assert report in ended.stderr and "canary.c" in ended.stderr


def test_no_fault_is_no_report(with_canary):
    ended = with_canary("none")
    assert ended.returncode == 0
    assert "canary.so" in ended.stdout and "msturn.so" in ended.stdout
