"""What users download: installed as an ordinary user does, tried, and removed again.

Environment: MSTURN_DIST, the folder with what tools/dist has made for this Wireshark; without it the test makes it from
the build that is tested.
"""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import SAMPLES, TESTS
from wireshark import AS_NOBODY, NOBODY, PATIENCE

ROOT = TESTS.parent
PROFILE_FILES = sorted(path.name for path in (ROOT / "profile" / "MSTURN").iterdir())


@dataclass
class User:
    """An ordinary user with a home of their own, who has never used Wireshark."""

    home: Path
    environment: dict[str, str]

    def start(self, *command: str | Path) -> subprocess.CompletedProcess:
        # Nothing of the one who runs the tests: no WIRESHARK_*, no XDG_*.
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | self.environment
        return subprocess.run([*AS_NOBODY, *map(str, command)], cwd=self.home, env=environment, timeout=PATIENCE,
                              capture_output=True, text=True, check=False)

    def run(self, *command: str | Path) -> str:
        result = self.start(*command)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout

    def lists_msturn(self) -> bool:
        return "msturn.so" in self.run("tshark", "-G", "plugins")

    def decodes(self, *options: str) -> bool:
        """Whether tshark decodes the sample call, and has nothing to complain of."""
        result = self.start("tshark", *options, "-r", self.home / "healthy.pcapng", "-Y", "msturn.method == 0x001",
                            "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Protocol")
        assert (result.returncode, result.stderr) == (0, "")
        return "29\tMSTURN" in result.stdout.splitlines()

    def files(self) -> set[str]:
        """What is in the home, beside what the test has put there."""
        found = {str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file()}
        return {name for name in found if not name.startswith("msturn-")} - {"healthy.pcapng"}


@pytest.fixture(scope="module")
def nobody_has_msturn():
    user = User(Path("/"), {"HOME": "/nonexistent"})
    if user.lists_msturn():
        pytest.skip("there is an msturn for everybody, which would be in the way of a user's own")


@pytest.fixture
def new_user(workspace, nobody_has_msturn):
    """Makes a user. Each variable of the environment is a path in the home."""

    def make(**environment: str) -> User:
        home = Path(tempfile.mkdtemp(prefix="home-", dir=workspace))
        shutil.copy(SAMPLES / "cms-expressway-skype.pcapng", home / "healthy.pcapng")
        if AS_NOBODY:
            os.chown(home, NOBODY, NOBODY)
        return User(home, {name: str(home / value) for name, value in environment.items()})

    return make


@pytest.fixture(scope="module")
def made(workspace) -> Path:
    """The folder with what users download."""
    folder = workspace / "dist"
    if "MSTURN_DIST" in os.environ:
        shutil.copytree(os.environ["MSTURN_DIST"], folder)
    else:
        build = Path(os.environ["MSTURN_PLUGIN_DIR"]).parent
        subprocess.run([ROOT / "tools" / "dist", "--here", folder, build], check=True, timeout=PATIENCE)
    return folder


@pytest.fixture(scope="module")
def archive(made) -> Path:
    found = list(made.glob("msturn-*-wireshark-*.tar.gz"))
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def unpack(archive):
    """Unpacks the archive in the home of a user; returns the folder."""

    def unpack_for(user: User) -> Path:
        user.run("tar", "-xzf", archive)
        return user.home / archive.name.removesuffix(".tar.gz")

    return unpack_for


def profile_of(folder: str) -> set[str]:
    return {f"{folder}/profiles/MSTURN/{name}" for name in (*PROFILE_FILES, ".msturn.sha256")}


def test_archive_has_what_it_should(archive):
    folder = archive.name.removesuffix(".tar.gz")
    with tarfile.open(archive) as tar:
        files = {member.name.removeprefix(f"{folder}/"): tar.extractfile(member).read() for member in tar if member.isfile()}
    plugin = f"plugins/{re.search(r'wireshark-([0-9.]+)-', folder)[1]}/epan/msturn.so"
    assert files.keys() == {plugin, "install", "INSTALL", "COPYING", *(f"profile/MSTURN/{name}" for name in PROFILE_FILES)}
    text = files["INSTALL"].decode()
    assert f"{folder}/install\n" in text
    assert "@" not in text
    if "MSTURN_DIST" in os.environ:  # only what tools/dist builds itself is free of the folders that it was built in
        assert str(ROOT).encode() not in files[plugin]


def test_user_installs_and_removes_the_archive(new_user, unpack):
    user = new_user()
    folder = unpack(user)
    user.run(folder / "install")
    assert user.lists_msturn()
    assert user.decodes()
    assert user.decodes("-C", "MSTURN")
    x_y = next(folder.glob("plugins/*")).name
    # Nothing in the default profile, nor anywhere else.
    assert user.files() == {f".local/lib/wireshark/plugins/{x_y}/epan/msturn.so"} | profile_of(".config/wireshark")
    user.run("touch", ".config/wireshark/profiles/MSTURN/recent")  # as Wireshark does when it ends
    user.run(folder / "install", "--remove")
    assert user.files() == set()
    assert not (user.home / ".config/wireshark/profiles/MSTURN").exists()
    assert not user.lists_msturn()


@pytest.mark.parametrize("variable, folder", [("XDG_CONFIG_HOME", "elsewhere/wireshark"), ("WIRESHARK_CONFIG_DIR", "elsewhere")])
def test_profile_goes_where_wireshark_looks(new_user, unpack, variable, folder):
    user = new_user(**{variable: "elsewhere"})
    install = unpack(user) / "install"
    user.run(install)
    assert profile_of(folder) < user.files()
    assert user.decodes("-C", "MSTURN")
    user.run(install, "--remove")
    assert user.files() == set()


def test_what_the_user_changed_stays(new_user, unpack):
    user = new_user()
    folder = unpack(user)
    user.run(folder / "install")
    profile = user.home / ".config/wireshark/profiles/MSTURN"
    changed = (profile / "preferences").read_text() + "tcp.check_checksum: TRUE\n"
    user.run("sh", "-c", 'printf %s "$1" >"$2"; echo of mine >"$3"', "sh", changed, profile / "preferences", profile / "dfilters")
    # Another msturn, whose colours are others.
    user.run("sh", "-c", 'echo "# new" >>"$1"', "sh", folder / "profile/MSTURN/colorfilters")
    printed = user.run(folder / "install")
    assert f"Left as you have changed it: {profile}/preferences" in printed
    assert (profile / "preferences").read_text() == changed
    assert (profile / "colorfilters").read_text().endswith("# new\n")
    printed = user.run(folder / "install", "--remove")
    assert f"Left what is yours in {profile}: dfilters preferences" in printed
    assert {path.name for path in profile.iterdir()} == {"dfilters", "preferences"}


def test_archive_for_another_wireshark_is_refused(new_user, unpack):
    user = new_user()
    folder = unpack(user)
    plugins = next(folder.glob("plugins/*"))
    user.run("mv", plugins, plugins.with_name("3.6"))
    result = user.start(folder / "install")
    assert result.returncode != 0
    assert f"this msturn is for Wireshark 3.6, but yours is {plugins.name}" in result.stderr
    assert user.files() == set()


def test_debian_package(new_user, made):
    if not shutil.which("dpkg-deb"):
        pytest.skip("no Debian, no Debian package")
    package, = made.glob("wireshark-plugin-msturn_*.deb")
    user = new_user()
    depends = user.run("dpkg-deb", "--field", package, "Depends")
    library = re.match(r"(libwireshark\d+\w*) ", depends)[1]
    assert user.run("dpkg-query", "--show", "--showformat=${Status}", library) == "install ok installed"
    user.run("dpkg-deb", "--extract", package, user.home / "root")
    # As if it were installed; the personal folder has nothing of it.
    plugin, = (user.home / "root").rglob("msturn.so")
    user.environment["WIRESHARK_PLUGIN_DIR"] = str(plugin.parents[2])
    assert user.lists_msturn()
    assert user.decodes()
    user.environment["WIRESHARK_DATA_DIR"] = str(user.home / "root/usr/share/wireshark")
    assert user.decodes("-C", "MSTURN")
