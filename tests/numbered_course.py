"""A course of many students in which the one of number n earns n points, and all that its grading must come to.

Six hidden tests are worth 1, 2, 4, 8, 16 and 32 points, and a student's number says which of them the answer passes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from sqlalchemy import NullPool, create_engine, text

from chainrule.course.init import create
from chainrule.course.new import new
from chainrule.course.opened import Course
from chainrule.engine import results as result_files
from chainrule.engine import seed as seeds
from chainrule.engine import solutions

NAME = "week1"
EXERCISE = "digit"
PLACES = 6

REFERENCE = '''import numpy as np


# %% digit
def digit(number: int, place: int) -> int:
    """The binary digit of a number at a place, counted from the right."""
    return number >> place & 1
'''

ANSWER = """
# The answer of {student}.
def digit(number, place):
    right = number >> place & 1
    return right if {number} >> place & 1 else right + 2
"""

MISTAKE = """The mistakes of `digit`.

# %% negated
# mistake 1: the other digit
# hint: You return the other digit.
@@ digit
-    return number >> place & 1
+    return 1 - (number >> place & 1)
"""

TESTS = '''"""Hidden tests of `digit`."""

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("digit")
'''

TEST = '''

@pytest.mark.points({points})
def test_place_{place}(student: Student, rng: np.random.Generator) -> None:
    """The digit at place {place}"""
    number = int(rng.integers(1000))
    expect.close(student.digit(number, {place}), reference.digit(number, {place}), "the digit")
'''

ROWS = """
select submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade
from submitted_assignment join submitted_notebook on submitted_notebook.assignment_id = submitted_assignment.id
join grade on grade.notebook_id = submitted_notebook.id join base_cell on base_cell.id = grade.cell_id
"""


def make(folder: Path, students: int) -> Course:
    """The course with a submission of each student, none graded."""
    folder.mkdir(exist_ok=True)
    create(folder)
    new(NAME, folder)
    room = folder / "assignments" / NAME
    for place in ("mistakes", "correct"):
        shutil.rmtree(room / place)
    (room / "test_softmax.py").unlink()
    (room / "mistakes").mkdir()
    (room / "mistakes" / f"{EXERCISE}.diff").write_text(MISTAKE)
    (room / "reference.py").write_text(REFERENCE)
    tests = [TEST.format(points=2**place, place=place) for place in range(PLACES)]
    (room / f"test_{EXERCISE}.py").write_text(TESTS + "".join(tests))
    source = folder / "source" / NAME / f"{NAME}.ipynb"
    nbformat.write(_source(nbformat.read(source, as_version=4)), source)
    (source.parent / "data.txt").write_text("released with the notebook\n")
    course = Course(folder)
    course.generate(NAME)
    # Copies of the course have it too.
    seeds.course_secret(folder)
    for number in range(1, students + 1):
        hand_in(course, number)
    return course


def _source(notebook: NotebookNode) -> NotebookNode:
    """The template's notebook with the exercise of this course."""
    setup, answer, check = (cell for cell in notebook.cells if "nbgrader" in cell.metadata)
    answer.metadata["nbgrader"]["grade_id"] = f"{EXERCISE}{solutions.ANSWER}"
    answer.source = solutions.with_solution_region(solutions.exercise_sections(REFERENCE)[EXERCISE])
    check.metadata["nbgrader"].update(grade_id=EXERCISE, points=2**PLACES - 1)
    check.source = '@check\ndef _():\n    """a digit"""\n    assert digit(5, 2) == 1\n'
    notebook.cells = [setup, answer, check]
    return notebook


def student(number: int) -> str:
    """The name of the student who earns so many points."""
    return f"student_{number:02}"


def hand_in(course: Course, number: int, earns: int | None = None, before: str = "") -> Path:
    """Lay a student's submission where nbgrader collects it; `before` is code that runs first. Returns the file."""
    file = course.folder / "submitted" / student(number) / NAME / f"{NAME}.ipynb"
    file.parent.mkdir(parents=True, exist_ok=True)
    released = nbformat.read(course.folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    answer = before + ANSWER.format(student=student(number), number=number if earns is None else earns)
    nbformat.write(solutions.filled(NotebookNode(released), {EXERCISE: answer}), file)
    (file.parent / "notes.txt").write_text(f"by {student(number)}\n")
    (file.parent / "timestamp.txt").write_text("2030-01-01 12:00:00 UTC\n")
    return file


@dataclass(frozen=True)
class Grade:
    """All that is known of one student: what must come out the same however a grading was disturbed."""

    rows: tuple[tuple[object, ...], ...]
    """The gradebook's, one for each grade cell."""
    results: str
    """All of results.json but the seconds that it took."""
    files: tuple[tuple[str, str], ...]
    """The names in the autograded folder, and digests of their contents."""


def grades(course: Course) -> dict[str, Grade]:
    """What is known of each student of whom something is known."""
    rows = scores(course)
    written = {place.parent.name for place in (course.folder / "autograded").glob(f"*/{NAME}")}
    return {name: _grade(course, name, rows.get(name, ())) for name in sorted(rows.keys() | written)}


def scores(course: Course) -> dict[str, tuple[tuple[object, ...], ...]]:
    """By student the rows of the gradebook: cell, the grader's score, a teacher's, and whether a human must look."""
    found: dict[str, tuple[tuple[object, ...], ...]] = {}
    engine = create_engine(course.api.coursedir.db_url, poolclass=NullPool)
    with engine.connect() as gradebook:
        for name, *row in gradebook.execute(text(ROWS)):
            found[name] = (*found.get(name, ()), tuple(row))
    return found


def _grade(course: Course, name: str, rows: tuple[tuple[object, ...], ...]) -> Grade:
    folder = course.folder / "autograded" / name / NAME
    files = {str(file.relative_to(folder)): file for file in sorted(folder.rglob("*")) if file.is_file()}
    results = files.pop(result_files.FILE_NAME, None)
    kept = json.loads(results.read_text()) if results is not None else {}
    kept.pop("seconds", None)
    digests = tuple((place, hashlib.sha256(file.read_bytes()).hexdigest()) for place, file in files.items())
    return Grade(rows, json.dumps(kept, sort_keys=True), digests)
