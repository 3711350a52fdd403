"""Structures that both sides know are laid out by two compilers: as one does it, the other has to."""

import pytest
from conftest import TOOLS, output_of

CHECK = TOOLS / "check_layouts.py"

# Structures that the two lay out otherwise, and what is said of them.
DIFFERENT = {
    "long double": ("struct different { char first; long double second; };", (), "struct different has another layout"),
    "bit-fields": ("struct different { unsigned char first : 4; unsigned second : 4; };", ("-mno-ms-bitfields",),
                   "struct different"),
    "enum": ("enum small { SMALL }; struct different { enum small first; };", ("-fshort-enums",), "struct different"),
}


def test_layouts_are_microsofts(sdk):
    status, printed = output_of(CHECK, sdk)
    assert status == 0, printed


@pytest.mark.parametrize("what", DIFFERENT)
def test_another_layout_is_noticed(sdk, tmp_path, what):
    header, options, said = DIFFERENT[what]
    (tmp_path / "different.h").write_text(header)
    status, printed = output_of(CHECK, sdk, "-include", tmp_path / "different.h", *options)
    assert status == 1
    assert said in printed


def test_the_same_layout_is_not(sdk, tmp_path):
    (tmp_path / "same.h").write_text("struct same { char first; double second; };")
    status, printed = output_of(CHECK, sdk, "-include", tmp_path / "same.h")
    assert status == 0, printed
