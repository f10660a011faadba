"""A course with one small assignment of its own, as `chainrule new` makes it: what tests of a course's ways work on."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chainrule.course.init import create
from chainrule.course.new import new
from chainrule.course.opened import Course
from chainrule.engine import solutions
from chainrule.engine.assignment import read

NAME = "week1"
EXERCISE = "softmax"
POINTS = 3.0

WRONG = """
def softmax(scores):
    scores -= scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    return powers / powers.sum(axis=1, keepdims=True)
"""
"""An answer that changes its argument, which costs one of the three points."""


def make(folder: Path) -> Course:
    """The course, its assignment generated, nobody's submission yet."""
    create(folder)
    new(NAME, folder)
    course = Course(folder)
    course.generate(NAME)
    return course


def right(course: Course) -> str:
    """The reference solution."""
    reference = read(course.folder / "assignments" / NAME).reference
    return solutions.exercise_sections(reference.read_text())[EXERCISE]


def solved(course: Course, answer: str | None = None) -> NotebookNode:
    """The released notebook with the right answer in it, or another."""
    released = nbformat.read(course.folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    return solutions.filled(NotebookNode(released), {EXERCISE: right(course) if answer is None else answer})


def hand_in(course: Course, student: str, answer: str | None = None) -> Path:
    """Lay a submission where nbgrader collects it, in the place of an earlier one; returns the file."""
    file = course.folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(solved(course, answer), file)
    return file
