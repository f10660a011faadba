"""A course with one trivial assignment that imports torch: what a grader costs where the notebook costs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import mixed_course
from chainrule.course import init
from chainrule.course.opened import Course
from chainrule.engine import solutions

NAME = "trivial"
EXERCISE = "double"
ANSWER = "def double(x):\n    return 2 * x"

ASSIGNMENT = {
    "assignment.toml": 'title = "Trivial"\npackages = ["torch"]\n',
    "reference.py": f"import torch\n\n\n# %% {EXERCISE}\n{ANSWER}\n",
    "test_double.py": '''"""The hidden test of `double`."""

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("double")


@pytest.mark.points(1)
def test_double(student: Student, rng: np.random.Generator) -> None:
    """Numbers doubled"""
    numbers = rng.normal(size=4)
    expect.close(student.double(numbers), reference.double(numbers), "the doubled numbers")
''',
}

OTTER_TEST = """OK_FORMAT = True

test = {
    "name": "double",
    "points": 1,
    "suites": [
        {
            "cases": [{"code": ">>> double(torch.ones(2)).tolist()\\n[2.0, 2.0]", "hidden": False, "locked": False}],
            "scored": True,
            "setup": "",
            "teardown": "",
            "type": "doctest",
        }
    ],
}
"""


def make(folder: Path, submissions: int) -> list[Path]:
    """Make the course with as many right submissions; returns their files."""
    init.create(folder)
    tests = folder / "assignments" / NAME
    tests.mkdir()
    for name, text in ASSIGNMENT.items():
        (tests / name).write_text(text)
    (folder / "source" / NAME).mkdir()
    nbformat.write(_source(), folder / "source" / NAME / f"{NAME}.ipynb")
    Course(folder).generate(NAME)
    released = NotebookNode(nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4))
    right = solutions.filled(released, {EXERCISE: ANSWER})
    return [mixed_course.hand_in(folder, f"student_{k:03}", NAME, right) for k in range(submissions)]


def otter_files(folder: Path) -> None:
    """What `otter generate` makes an autograder of: the same exercise, with the visible check as its test."""
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / f"{EXERCISE}.py").write_text(OTTER_TEST)
    (folder / "otter_config.json").write_text("{}\n")


def _source() -> NotebookNode:
    solution = f"def double(x):\n    {solutions.BEGIN}\n    return 2 * x\n    {solutions.END}"
    check = "assert double(torch.ones(2)).tolist() == [2.0, 2.0]"
    notebook: NotebookNode = nbformat.v4.new_notebook(
        cells=[
            _cell("setup", "import torch", locked=True),
            _cell(f"{EXERCISE}{solutions.ANSWER}", solution, solution=True),
            _cell(EXERCISE, check, locked=True, grade=True, points=1),
        ],
        metadata={
            "chainrule": {},
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        },
    )
    return notebook


def _cell(name: str, source: str, **marks: Any) -> NotebookNode:
    about = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    cell: NotebookNode = nbformat.v4.new_code_cell(source, metadata={"nbgrader": {**about, "grade_id": name, **marks}})
    return cell
