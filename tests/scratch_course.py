"""A whole course in a temporary folder, with submissions handed in: what the pipeline's tests work on."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import kept_fingerprints
import nbformat
from nbformat import NotebookNode

from chainrule.course.opened import CONFIG, Course
from chainrule.engine import solutions

REPO = Path(__file__).parent.parent
ASSIGNMENT = "numpy_mlp"
SHORT = "\nc.GradeInSandbox.timeout = 3\nc.GradeInSandbox.test_seconds = 2.0\n"


def make(folder: Path, assignments: Iterable[str] = (ASSIGNMENT,)) -> Course:
    """A course with these assignments released and nobody's submission yet."""
    (folder / CONFIG).write_text((REPO / CONFIG).read_text() + SHORT)
    kept_fingerprints.share(folder)
    for assignment in assignments:
        shutil.copytree(REPO / "source" / assignment, folder / "source" / assignment)
    course = Course(folder)
    for assignment in assignments:
        course.generate(assignment)
    return course


def solved(course: Course, assignment: str = ASSIGNMENT) -> NotebookNode:
    """The released notebook with the reference solution filled in."""
    sections = solutions.exercise_sections((REPO / "reference" / f"{assignment}.py").read_text())
    return solutions.filled(released(course, assignment), sections)


def released(course: Course, assignment: str = ASSIGNMENT) -> NotebookNode:
    """The released notebook, nothing filled in."""
    return NotebookNode(nbformat.read(course.folder / "release" / assignment / f"{assignment}.ipynb", as_version=4))


def hand_in(course: Course, student: str, submission: NotebookNode | bytes, assignment: str = ASSIGNMENT) -> Path:
    """Lay a submission where nbgrader collects it; returns the file."""
    file = course.folder / "submitted" / student / assignment / f"{assignment}.ipynb"
    file.parent.mkdir(parents=True)
    file.write_bytes(submission if isinstance(submission, bytes) else nbformat.writes(submission).encode())
    return file


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell of this nbgrader id."""
    found: NotebookNode = next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    return found
