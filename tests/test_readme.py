"""The README's commands, typed line for line: in a fresh clone of this repository, and in a fresh course."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from chainrule.engine import solutions
from submissions import ROOT, bank

pytestmark = pytest.mark.whole

README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
COMMANDS = ("nbgrader", "chainrule", "pytest", "make")

Run = Callable[[Path, str], str]


def block(after: str) -> list[str]:
    """The lines of the first code block after a text, without comments."""
    code = README[README.index(after) :].split("```console\n", 1)[1].split("```", 1)[0]
    return [line.partition("#")[0].strip() for line in code.splitlines() if line.partition("#")[0].strip()]


def table(after: str) -> list[str]:
    """The commands in the first table after a text, in their order."""
    rows = re.search(r"(?:^\|.*\n)+", README[README.index(after) :], re.MULTILINE)
    assert rows
    found = [code for row in rows.group().splitlines()[2:] for code in re.findall(r"`([^`]+)`", row)]
    return [code for code in found if code.split()[0] in COMMANDS]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Types a command line in a folder: it must end well, with an exchange of its own and an empty home."""
    home, exchange = tmp_path / "home", tmp_path / "exchange"
    config = home / ".jupyter" / "nbgrader_config.py"
    config.parent.mkdir(parents=True)
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    config.write_text(f'c = get_config()\nc.Exchange.root = "{exchange}"\nc.Exchange.cache = "{home / "cache"}"\n')
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(home), "USER": "ada"}

    def run(folder: Path, line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return run


def student_hands_in(run: Run, folder: Path, course: str) -> None:
    """Fetch what was released, fill it, submit it: what happens between two rows of the table."""
    folder.mkdir()
    run(folder, f"nbgrader fetch_assignment numpy_mlp --course {course}")
    file = folder / "numpy_mlp" / "numpy_mlp.ipynb"
    released = nbformat.read(file, as_version=4)
    nbformat.write(solutions.filled(released, bank("numpy_mlp").reference), file)
    run(folder, f"nbgrader submit numpy_mlp --course {course}")


def type_the_table(run: Run, folder: Path, course: str) -> None:
    for line in table("| you want to |"):
        if "collect" in line:
            student_hands_in(run, folder.parent / "student", course)
        said = run(folder, line)
        if line.startswith("nbgrader autograde"):
            assert list(folder.glob("autograded/*/numpy_mlp/results.json"))
        if line.startswith("chainrule grade"):
            assert "40 / 40" in said
    assert list(folder.glob("feedback/*/numpy_mlp/numpy_mlp.html"))


def test_the_tables_have_the_commands_that_are_typed_here() -> None:
    instructor = table("| you want to |")
    assert [line.split()[:2] for line in instructor] == [
        ["nbgrader", "generate_assignment"],
        ["nbgrader", "release_assignment"],
        ["nbgrader", "collect"],
        ["nbgrader", "autograde"],
        ["chainrule", "grade"],
        ["nbgrader", "generate_feedback"],
        ["nbgrader", "release_feedback"],
        ["chainrule", "doctor"],
    ]
    assert [line.split()[0] for line in table("run its hidden tests by pytest")] == ["pytest", "pytest"]


def test_in_a_fresh_clone(run: Run, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    assert [line.split()[:2] for line in block("In this checkout:")] == [["make", "demo"], ["make", "test"]]
    type_the_table(run, clone, "chainrule")
    (file,) = clone.glob("submitted/*/numpy_mlp/numpy_mlp.ipynb")
    here, _ = table("run its hidden tests by pytest")
    assert "76 passed" in run(clone, here.replace("FILE.ipynb", shlex.quote(str(file))))
    changed = subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, text=True, check=True)
    assert changed.stdout == ""


def test_in_a_fresh_course(run: Run, tmp_path: Path) -> None:
    run(tmp_path, "\n".join(block("In your own course")))
    course = tmp_path / "mycourse"
    assert {folder.name for folder in (course / "source").iterdir()} == {"numpy_mlp", "pytorch_mlp", "xor", "week1"}
    type_the_table(run, course, "mycourse")
    _, own = table("run its hidden tests by pytest")
    solved = shutil.copyfile(course / "source" / "week1" / "week1.ipynb", tmp_path / "solved.ipynb")
    assert "3 passed" in run(course, own.replace("FILE.ipynb", shlex.quote(str(solved))))
    assert "3 / 3" in run(course, "chainrule verify week1")
