"""Fixtures for tests with the plugin that is built with AddressSanitizer and UndefinedBehaviorSanitizer.

Environment: that of tests/tshark/conftest.py, and LIBASAN, the runtime library of the compiler that built the plugin.
"""

import os
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

TSHARK_TESTS = Path(__file__).resolve().parents[1] / "tshark"

# Two files of this name cannot be imported by it.
_spec = spec_from_file_location("tshark_conftest", TSHARK_TESTS / "conftest.py")
tshark_conftest = sys.modules["tshark_conftest"] = module_from_spec(_spec)
_spec.loader.exec_module(tshark_conftest)

from sanitized import Sanitized  # noqa: E402

workspace, sample, shared_capture = tshark_conftest.workspace, tshark_conftest.sample, tshark_conftest.shared_capture
editcap, passes, write = tshark_conftest.editcap, tshark_conftest.passes, tshark_conftest.write


@pytest.fixture(scope="session")
def sanitized(workspace) -> Sanitized:
    """tshark with the plugin."""
    (plugin,) = Path(os.environ["MSTURN_PLUGIN_DIR"]).glob("*/epan/msturn.so")
    folder = workspace / "plugins" / plugin.parent.parent.name / "epan"
    folder.mkdir(parents=True)
    shutil.copy(plugin, folder)
    program = shutil.which(os.environ.get("TSHARK", "tshark"))
    assert program, "tshark is not there"
    return Sanitized(program, workspace, workspace / "plugins", os.environ["LIBASAN"])
