"""A whole course in a temporary folder, with submissions handed in: what the pipeline's tests work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import solutions
from autograder.course import CONFIG, Course

REPO = Path(__file__).parent.parent
ASSIGNMENT = "numpy_mlp"
SHORT = "\nc.GradeInSandbox.cell_seconds = 3.0\nc.GradeInSandbox.test_seconds = 2.0\n"


def make(folder: Path) -> Course:
    """A course with the released assignment and nobody's submission yet."""
    (folder / CONFIG).write_text((REPO / CONFIG).read_text() + SHORT)
    shutil.copytree(REPO / "source" / ASSIGNMENT, folder / "source" / ASSIGNMENT)
    course = Course(folder)
    course.generate(ASSIGNMENT)
    return course


def solved(course: Course) -> NotebookNode:
    """The released notebook with the reference solution filled in."""
    sections = solutions.exercise_sections((REPO / "reference" / f"{ASSIGNMENT}.py").read_text())
    return solutions.filled(released(course), sections)


def released(course: Course) -> NotebookNode:
    """The released notebook, nothing filled in."""
    return NotebookNode(nbformat.read(course.folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4))


def hand_in(course: Course, student: str, submission: NotebookNode | bytes) -> Path:
    """Lay a submission where nbgrader collects it; returns the file."""
    file = course.folder / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    file.parent.mkdir(parents=True)
    file.write_bytes(submission if isinstance(submission, bytes) else nbformat.writes(submission).encode())
    return file


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell of this nbgrader id."""
    found: NotebookNode = next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    return found
