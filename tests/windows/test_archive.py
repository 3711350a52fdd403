"""What users of Windows download. install.ps1 is read here and not run: there is no PowerShell."""

import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

PROFILE_FILES = sorted(f"profile/MSTURN/{path.name}" for path in (ROOT / "profile" / "MSTURN").iterdir())
SCRIPT = ROOT / "tools" / "archive" / "install.ps1"


def make(wireshark: str, build: Path, folder: Path) -> Path:
    subprocess.run([ROOT / "tools" / "dist", "--windows", wireshark, folder, build], env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"},
                   check=True)
    archive, = folder.glob("msturn-*.zip")
    return archive


@pytest.fixture(scope="module")
def archive(wireshark, build, tmp_path_factory) -> Path:
    return make(wireshark, build, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def files(archive) -> dict[str, bytes]:
    """Contents by name, below the archive's only folder."""
    with zipfile.ZipFile(archive) as zipped:
        return {name.removeprefix(f"{archive.stem}/"): zipped.read(name) for name in zipped.namelist()}


def test_archive_has_what_it_should(wireshark, archive, files):
    assert re.fullmatch(rf"msturn-[0-9.]+-wireshark-{wireshark}-windows-x64\.zip", archive.name)
    assert sorted(files) == sorted([f"plugins/{wireshark}/epan/msturn.dll", "install.ps1", "INSTALL.txt", "COPYING", *PROFILE_FILES])
    for name in PROFILE_FILES:
        assert files[name] == (ROOT / name).read_bytes()
    assert str(ROOT).encode() not in files[f"plugins/{wireshark}/epan/msturn.dll"]


def test_text_is_for_windows(archive, files):
    for name in ("install.ps1", "INSTALL.txt"):
        text = files[name].decode("ascii")  # what PowerShell 5.1 takes for one without a mark
        assert text.count("\n") == text.count("\r\n") > 30
        assert not re.search(r"@[A-Z]+@", text)
    assert f"{archive.name} SHA256" in files["INSTALL.txt"].decode()


def test_archive_is_the_same_again(wireshark, build, archive, tmp_path):
    assert make(wireshark, build, tmp_path).read_bytes() == archive.read_bytes()


# ---- install.ps1 ----


@pytest.fixture(scope="module")
def script(files) -> str:
    return files["install.ps1"].decode().replace("\r\n", "\n")


def constant(script: str, name: str) -> str:
    return re.search(rf"^\${name} = '([^']*)'", script, re.MULTILINE)[1]


# Of tshark --version, and of the program's own properties.
@pytest.mark.parametrize("text, expected", [
    ("TShark (Wireshark) 4.4.2 (v4.4.2-0-g3c10cc6bb6ad).", "4.4"),
    ("TShark (Wireshark) 4.6.0.", "4.6"),
    ("TShark 4.2.10 (v4.2.10-0-gd1a1c1c0bb2a).", "4.2"),
    ("4.6.10", "4.6"),
    ("4.4.2-0-g3c10cc6bb6ad", "4.4"),
    ("TShark", None),
])
def test_version_is_found(script, text, expected):
    found = re.search(constant(script, "VersionPattern"), text)
    assert (found and found[1]) == expected


def test_it_knows_which_wireshark_it_is_for(script, wireshark, archive):
    assert constant(script, "BuiltFor") == wireshark
    assert "4.4 4.6" == constant(script, "Archives")
    instead = re.search(r'"take (msturn-.*\.zip)"', script)[1]
    assert instead.replace("$Version", constant(script, "Version")).replace("$yours", wireshark) == archive.name


def test_paths_are_those_of_the_archive_and_of_wireshark(script, files):
    """Below the folder of the configuration, as Wireshark's own wsutil/filesystem.c has it."""
    def path(name: str) -> str:
        return re.search(rf'\${name} = Join-Path \$Configuration ["\'](.*)["\']$', script, re.MULTILINE)[1]

    assert path("Plugin") == r"plugins\$BuiltFor\epan\msturn.dll"
    assert path("MsturnProfile") == r"profiles\MSTURN"
    for inside in re.findall(r'Join-Path \$Here ["\'](.*?)["\']', script):
        name = inside.replace("$BuiltFor", constant(script, "BuiltFor")).replace("\\", "/")
        assert any(file.startswith(name) for file in files), inside


def test_order_of_what_is_done(script):
    """Nothing is written before the version is known to fit."""
    steps = re.findall(r"^    ([A-Z]\w+-\w+) \$", script[script.index("\nif ($Remove)"):], re.MULTILINE)
    assert steps == ["Remove-Plugin", "Remove-Profile", "Assert-Wireshark", "Install-Plugin", "Install-Profile", "Assert-Loaded"]


def test_tshark_lists_it_so(script):
    assert re.search(constant(script, "ListedPattern"), "msturn.dll          \t0.1.0   \tdissector \tC:\\Users\\me")


def test_script_is_for_every_powershell():
    """That of Windows is 5.1: no operators of later ones. Brackets and quotes are in pairs."""
    code = re.sub(r"(?<!\S)#.*", "", re.sub(r"(?s)<#.*?#>", "", SCRIPT.read_text()))
    assert not re.search(r"\?\?|&&|\|\||\?\.|ForEach-Object -Parallel", code)
    bare = re.sub(r"'[^'\n]*'|\"(?:`.|\"\"|\$\((?:[^()]|\([^()]*\))*\)|[^\"\n])*\"", "", code)
    assert "'" not in bare and '"' not in bare
    assert all(bare.count(opening) == bare.count(closing) for opening, closing in ("()", "[]", "{}"))


def test_variables_are_told_apart():
    """Names differ by more than upper and lower case, which mean the same to PowerShell."""
    names = set(re.findall(r"\$\{?([A-Za-z]\w*)", SCRIPT.read_text())) - {"true", "false", "null"}
    lower = [name.lower() for name in names]
    assert sorted(lower) == sorted(set(lower)), sorted(names, key=str.lower)
