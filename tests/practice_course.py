"""The small assignments that attacks are tried on, in a course of ours, and in one of stock nbgrader's or otter's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from chainrule.attacks.attack import EXERCISE, Answer
from chainrule.course.init import create
from chainrule.course.opened import Course
from chainrule.engine import solutions

PRACTICE = "practice"
POINTS = 3.0

LIMITS = """
[limits]
cell_seconds = 2.0
notebook_seconds = 4.0
test_seconds = 1.5
hidden_tests_seconds = 60.0
memory = 512
processes = 8
file_size = 1
scratch_size = 4
scratch_files = 200
"""
"""Small, so that attacks run into them soon."""

SOLUTIONS = {
    "again": "def again(x):\n    return double(double(x))\n",
    "apply": "def apply(f, x):\n    return f(x)\n",
    "double": "def double(x):\n    return 2 * x\n",
}

HIDDEN_TESTS = {
    "again": '''"""The hidden test of `again`, which comes before that of what it builds on."""

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = [pytest.mark.exercise("again"), pytest.mark.builds_on("double")]


@pytest.mark.points(1)
def test_again(student: Student, rng: np.random.Generator) -> None:
    """Numbers doubled twice"""
    x = rng.normal(size=4)
    expect.close(student.again(x), reference.again(x), "the numbers")
''',
    "apply": '''"""The hidden test of `apply`, which gives a function of the grader's."""

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("apply")


@pytest.mark.points(1)
def test_apply(student: Student, rng: np.random.Generator) -> None:
    """A function applied to numbers"""
    x = rng.normal(size=4)
    expect.close(student.apply(reference.double, x), 2 * x, "the numbers")
''',
    "double": '''"""The hidden test of `double`."""

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("double")


@pytest.mark.points(1)
def test_double(student: Student, rng: np.random.Generator) -> None:
    """Numbers doubled"""
    x = rng.normal(size=4)
    expect.close(student.double(x), reference.double(x), "the doubled numbers")
''',
}

REFERENCE = '''"""The reference; what asks for very much of it leaves a file behind when it has got it."""

from pathlib import Path

import numpy as np

DONE = Path({done!r})
CALLS = [0]


# %% double
def double(x):
    CALLS[0] += 1
    if CALLS[0] == 5000:
        (DONE / "calls").touch()
    size = np.asarray(x).size
    if size > 3000:
        # All pairs, as many references compare: what they cost grows with the square.
        pairs = np.ones((size, size))
        (DONE / f"pairs-{{size}}").touch()
        del pairs
    return 2 * x


# %% apply
def apply(f, x):
    return f(x)


# %% again
def again(x):
    return double(double(x))
'''

ANSWERS = "answers"
HONEST = ("honest_first", "honest_last")

ANSWER_TESTS = '''"""A hidden test for each attack's exercise, and for two that are answered rightly."""

import numpy as np
import pytest

from chainrule.checks import expect


def hidden(name):
    @pytest.mark.exercise(name)
    @pytest.mark.points(1)
    def test(student, rng):
        """Numbers doubled, twice"""
        for _ in range(2):
            x = rng.normal(size=4)
            expect.close(getattr(student, name)(x), 2 * x, "the doubled numbers")

    test.__name__ = f"test_{{name}}"
    return test


for _name in {names!r}:
    globals()[f"test_{{_name}}"] = hidden(_name)
'''


def make(folder: Path, done: Path) -> Course:
    """A course with the assignment `practice` released; `done` is where its reference leaves what it did."""
    create(folder)
    add_practice(folder, done)
    course = Course(folder)
    course.generate(PRACTICE)
    return course


def add_practice(folder: Path, done: Path) -> None:
    """Put the assignment into a course."""
    files = {f"test_{name}.py": text for name, text in HIDDEN_TESTS.items()}
    files |= {"reference.py": REFERENCE.format(done=str(done)), "assignment.toml": f'title = "Practice"\n{LIMITS}'}
    _write(folder, PRACTICE, files, source(dict.fromkeys(SOLUTIONS, ANY), SOLUTIONS))


def create_with_answers(folder: Path, attacks: Sequence[Answer]) -> Course:
    """A course with the assignment `answers`: an exercise for each attack, all of them to double numbers."""
    create(folder)
    names = [HONEST[0], *(attack.name for attack in attacks), HONEST[1]]
    packages = '["torch"]' if any(attack.torch for attack in attacks) else "[]"
    files = {
        "test_answers.py": ANSWER_TESTS.format(names=names),
        "assignment.toml": f'title = "Answers"\npackages = {packages}\n{LIMITS}',
    }
    _write(folder, ANSWERS, files, source(dict.fromkeys(names, ANY), {name: doubling(name) for name in names}))
    course = Course(folder)
    course.generate(ANSWERS)
    return course


ANY = "assert True"


def doubling(name: str) -> str:
    """The right answer to an exercise of `answers`."""
    return f"def {name}(x):\n    return 2 * x\n"


def written(attack: Answer) -> str:
    """An attack's answer to its own exercise."""
    return attack.code.replace(EXERCISE, attack.name)


def source(checks: Mapping[str, str], answers: Mapping[str, str]) -> NotebookNode:
    """A source notebook with these checks, by exercise, and the answers between nbgrader's marks."""
    cells = [_cell("setup", "import numpy as np", locked=True)]
    for name, check in checks.items():
        head, _, body = answers[name].partition("\n")
        solution = f"{head}\n    {solutions.BEGIN}\n{body.rstrip()}\n    {solutions.END}"
        cells += [
            _cell(f"{name}{solutions.ANSWER}", solution, solution=True),
            _cell(name, check, locked=True, grade=True, points=1),
        ]
    notebook: NotebookNode = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "chainrule": {},
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        },
    )
    return notebook


def filled(course: Path, assignment: str, answers: Mapping[str, str]) -> NotebookNode:
    """The released notebook with these answers."""
    released = nbformat.read(course / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    return solutions.filled(NotebookNode(released), answers)


def hand_in(course: Path, student: str, assignment: str, submission: NotebookNode | bytes) -> Path:
    """Lay a submission where nbgrader collects it; returns the folder."""
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True)
    # As JSON, whatever it holds: nbformat would not write every notebook that is handed in.
    raw = submission if isinstance(submission, bytes) else json.dumps(submission).encode()
    (folder / f"{assignment}.ipynb").write_bytes(raw)
    return folder


def _write(folder: Path, name: str, files: Mapping[str, str], notebook: NotebookNode) -> None:
    (folder / "assignments" / name).mkdir(parents=True)
    for file, text in files.items():
        (folder / "assignments" / name / file).write_text(text)
    (folder / "source" / name).mkdir(parents=True)
    nbformat.write(notebook, folder / "source" / name / f"{name}.ipynb")


def _cell(name: str, source: str, **marks: Any) -> NotebookNode:
    about = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    cell: NotebookNode = nbformat.v4.new_code_cell(source, metadata={"nbgrader": {**about, "grade_id": name, **marks}})
    return cell
