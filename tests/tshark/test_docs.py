"""README.md and the pages in docs tell the truth: commands print what is shown, filters compile, fields, files and links are there.

In a block of code, a line that begins with "$ " is a command of the shell (a backslash at its end goes on), and the lines up to
the next one are what it prints. "..." stands for whatever is left out: alone on a line for any lines. Lines of nothing but "="
are not compared. A command without "$ " that reads my-capture.pcapng must only end well, and so must the options in a column
"tshark" of a table. What is in a column "filter" is a filter.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import SAMPLES, TESTS
from wireshark import AS_NOBODY, BROKEN, PATIENCE

ROOT = TESTS.parent
NOT_RUN = ("architecture.md", "filters.md")  # which is made by tools/filters
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in NOT_RUN)]
PLACES = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"]  # name files of the sources
LINKING = [*PAGES, *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "sample-captures/README.md")),
           *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / ".github").glob("*/*.md"))]
ANY_CAPTURE = "my-capture.pcapng"
PROGRAMS = ("tshark", "editcap", "mergecap", "capinfos", "reordercap")
HEALTHY = "cms-expressway-skype"
LONG = 5 * PATIENCE  # some commands run a dozen programs, on a machine that may be busy


@dataclass(frozen=True)
class Command:
    """A command, and what the page says that it prints; None: nothing is said."""

    page: str
    line: int
    text: str
    printed: tuple[str, ...] | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


# ---- reading the pages ----


def blocks(page: Path) -> Iterator[tuple[int, list[str]]]:
    """The blocks of code: number of their first line, and their lines."""
    block, first = None, 0
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.lstrip().startswith("```"):
            if block is not None:
                yield first, block
            block, first = ([], number + 1) if block is None else (None, 0)
        elif block is not None:
            block.append(line)
    assert block is None, f"{page.name}: a block of code is not closed"


def commands(page: Path) -> Iterator[Command]:
    for first, lines in blocks(page):
        shown = any(line.startswith("$ ") for line in lines)
        yield from (examples if shown else mentions)(page, first, lines)


def examples(page: Path, first: int, lines: list[str]) -> Iterator[Command]:
    assert lines[0].startswith("$ "), f"{page.name}:{first}: output before the command"
    starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        text, behind = lines[start].removeprefix("$ "), start + 1
        while text.endswith("\\"):
            text, behind = f"{text[:-1]}{lines[behind].strip()}", behind + 1
        yield Command(page.name, first + start, text, tuple(lines[behind:end]))


def mentions(page: Path, first: int, lines: list[str]) -> Iterator[Command]:
    for number, line in enumerate(lines, first):
        if line.startswith(PROGRAMS) and ANY_CAPTURE in line:
            yield Command(page.name, number, line, None)


def text_of(page: Path) -> str:
    """Without the blocks of code."""
    return "\n".join(page.read_text().split("```")[::2])


def codes_in_column(page: Path, heading: str) -> Iterator[str]:
    """What stands as code in the columns of tables that have this heading."""
    columns: list[int] | None = None  # of the table; none outside of tables
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if cells[0] or len(cells) < 3:
            columns = None
        elif columns is None:
            columns = [index for index, cell in enumerate(cells) if cell == heading]
        else:
            codes = (code for index in columns for code in re.findall(r"`([^`]+)`", cells[index]))
            yield from (code.replace("\\|", "|") for code in codes)


def anchors(page: Path) -> set[str]:
    """As GitHub and others make them of headings."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# ---- running commands ----


@pytest.fixture(scope="module")
def shell(tshark, workspace, sample):
    """Runs a command where a reader would: beside sample-captures, with the tshark that is tested."""
    folder, programs = workspace / "docs", workspace / "bin"
    folder.mkdir()
    programs.mkdir()
    folder.chmod(0o777)
    (folder / "sample-captures").symlink_to(sample(HEALTHY).parent)
    (folder / "tools").symlink_to(ROOT / "tools")
    (folder / ANY_CAPTURE).symlink_to(sample("broken-two-calls"))
    others = Path(shutil.which(os.environ.get("EDITCAP", "editcap")))
    for name in PROGRAMS:
        (programs / name).symlink_to(tshark.program if name == "tshark" else others.with_name(name))
    environment = tshark.environment | {"PATH": f"{programs}:{tshark.environment['PATH']}"}

    def run(command: str) -> subprocess.CompletedProcess:
        return subprocess.run([*AS_NOBODY, "bash", "-c", command], cwd=folder, env=environment, timeout=LONG,
                              capture_output=True, text=True, check=False)

    return run


def pattern(printed: tuple[str, ...]) -> str:
    def of_line(line: str) -> str:
        if line.strip() == "...":
            return r"(?:.*\n)*?"
        return ".*?".join(re.escape(part) for part in line.rstrip().split("...")) + r"\n"

    return "".join(map(of_line, printed))


def comparable(output: str) -> str:
    lines = (line.rstrip() for line in output.splitlines())
    return "".join(f"{line}\n" for line in lines if line.strip("=") or not line)


@pytest.mark.parametrize("command", [command for page in PAGES for command in commands(page)], ids=str)
def test_commands(shell, command):
    for word, program in (("jq", "jq"), ("tools/survey", "parallel")):
        if re.search(rf"\b{word}\b", command.text) and not shutil.which(program):
            pytest.skip(f"there is no {program}")
    run = shell(command.text)
    assert run.returncode == 0, f"{command}: exit status {run.returncode}: {run.stderr}"
    assert not [word for word in BROKEN if word in run.stdout + run.stderr]
    output = comparable(run.stdout)
    if command.printed is not None and not re.fullmatch(pattern(command.printed), output):
        shown = "\n".join(command.printed)
        pytest.fail(f"{command}: {command.text}\n\nprints:\n{output}\nand not:\n{shown}", pytrace=False)


OPTIONS = [option for page in PAGES for option in codes_in_column(page, "tshark") if option.startswith("-")]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_in_tables(shell, options):
    """N is the number of a session."""
    numbered = re.sub(r"\bN\b", "0", options)
    run = shell(f"tshark -q -r {ANY_CAPTURE} {numbered}")
    assert run.returncode == 0, run.stderr


# ---- what the pages say ----


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_filters_in_tables_compile(tshark, sample, page):
    """All of a page at once; tshark names the one that it does not take."""
    filters = list(codes_in_column(page, "filter"))
    assert len(filters) > 10 or page.name not in ("recipes.md", "using.md")
    if not filters:
        return
    tshark.run(sample(HEALTHY), "-c", "1", "-Y", " || ".join(f"({one})" for one in filters))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_fields_and_preferences_are_there(tshark, page):
    known = {columns[2] for columns in (line.split("\t") for line in tshark.output("-G", "fields").splitlines()) if columns[0] == "F"}
    known |= set(re.findall(r"^#?(msturn\.\w+):", tshark.output("-G", "defaultprefs"), re.MULTILINE))
    named = {name.rstrip(".") for name in re.findall(r"\bmsturn\.[a-z][\w.]*", page.read_text())} - {"msturn.so", "msturn.dll"}
    assert not {name for name in named if not any(field == name or field.startswith(f"{name}.") for field in known)}


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        path, _, anchor = target.partition("#")
        if "://" not in target:
            file = page.parent / path if path else page
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), target


def test_every_page_is_in_the_index():
    index = ROOT / "docs" / "README.md"
    linked = re.findall(r"\]\(([\w-]+\.md)\)", index.read_text())
    assert sorted(linked) == sorted(page.name for page in index.parent.glob("*.md") if page != index)


@pytest.mark.parametrize("page", PLACES, ids=lambda page: page.name)
def test_files_are_there(page):
    """Programs and captures of this repository, wherever they are named."""
    for name in set(re.findall(r"(?<![\w./-])(?:sample-captures|tools|tests|docs|profile|plugin)/[\w./-]*\w", page.read_text())):
        assert (ROOT / name).exists() or list((ROOT / name).parent.glob(f"{Path(name).name}*")), name


def test_every_broken_capture_has_a_recipe():
    recipes = (ROOT / "docs" / "recipes.md").read_text()
    assert not [path.stem for path in SAMPLES.glob("broken-*.pcapng") if path.stem not in recipes]


# ---- docs/json.md ----

LISTS = ("sessions", "connections", "pairs", "paths", "descriptions", "candidates", "problems")
END = [f"ended.{key}" for key in ("frame", "by", "how")]  # in a table of their own
WITH_EVERY_KEY = (HEALTHY, "broken-two-calls", "broken-connect-refused", "broken-wrong-password", "broken-one-direction",
                  "broken-never-bound", "broken-role-conflict", "broken-allocation-expired", "ms-turn-constructed")


def rows_of(name: str) -> dict[str, str]:
    """Key and value of each row in the section."""
    section = (ROOT / "docs" / "json.md").read_text().split(f"\n## {name}\n")[1].split("\n## ")[0].split("\n### ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.*?) \| ", section, re.MULTILINE))


def leaves(value, key: str = "") -> Iterator[tuple[str, object]]:
    """Key with dots, and value; of a list of objects those of each. What an empty list would hold is not known."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f"{key}.{name}" if key else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for member in value:
            yield from leaves(member, f"{key}[]")
    elif value != []:
        yield key, value


@pytest.fixture(scope="module")
def printed_values(tshark, sample) -> dict[str, list[tuple[str, object]]]:
    """All that the captures make the output say, list by list."""
    values: dict[str, list[tuple[str, object]]] = {name: [] for name in LISTS}
    for capture in WITH_EVERY_KEY:
        log = f"msturn.signalling_file:{sample(HEALTHY).with_suffix('.log')}"
        report = json.loads(tshark.output("-r", sample(capture), "-q", "-z", "msturn,json", "-o", log))
        assert tuple(report) == LISTS
        for name, items in report.items():
            values[name] += [leaf for item in items for leaf in leaves(item)]
    return values


@pytest.mark.parametrize("name", LISTS)
def test_every_key_of_the_json_is_on_its_page(printed_values, name):
    written = set(rows_of(name))
    if name in ("connections", "pairs"):
        written |= set(END)
    printed = {key for key, _ in printed_values[name]}
    assert printed | {"ended"} == written | {"ended"}  # null where there is no path


@pytest.mark.parametrize("name", LISTS)
def test_every_word_of_the_json_is_on_its_page(printed_values, name):
    words = {key: set(re.findall(r"`([^`]+)`", value)) for key, value in rows_of(name).items()}
    said = {(key, value) for key, value in printed_values[name] if words.get(key) and value is not None}
    assert len(said) > 2
    assert not {(key, value) for key, value in said if value not in words[key]}
