"""`chainrule demo`: a whole course in a scratch folder, graded before your eyes, from what chainrule ships."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat

from chainrule.course import init
from chainrule.course.add import add
from chainrule.course.opened import Course, CourseError, Graded
from chainrule.engine import assignment as assignments
from chainrule.engine import solutions
from chainrule.engine.assignment import Assignment
from chainrule.proof.bank import Bank

PATIENCE = """
# The demo's samples loop for ever on purpose; do not wait long for them.
c.GradeInSandbox.timeout = 10
c.GradeInSandbox.test_seconds = 2.0
"""


def shipped() -> list[Assignment]:
    """The assignments that come with chainrule; each has samples."""
    return [assignments.named(name, None) for name in assignments.shipped_names()]


def new_folder(folder: Path | None) -> Path:
    """The folder for the demo's course, a temporary one if none is named.

    Raises:
        CourseError: there is something in it already.
    """
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="chainrule-demo-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(f"{folder} is not empty; name a new folder for the demo.")
    return folder.resolve()


def make_course(folder: Path) -> Course:
    """Lay out a course in `folder` with all that chainrule ships and every sample handed in.

    Raises:
        CourseError: nbgrader could not make the release.
    """
    init.create(folder, PATIENCE)
    add([assignment.name for assignment in shipped()], folder)
    course = Course(folder)
    for assignment in shipped():
        course.generate(assignment.name)
        hand_in(course.folder, assignment)
    return course


def hand_in(folder: Path, assignment: Assignment) -> None:
    """Write each sample into the released notebook and lay it where nbgrader collects submissions."""
    released = nbformat.read(folder / "release" / assignment.name / f"{assignment.name}.ipynb", as_version=4)
    for student, answers in Bank(assignment, assignment.source).samples.items():
        target = folder / "submitted" / student / assignment.name
        target.mkdir(parents=True)
        nbformat.write(solutions.filled(released, answers), target / f"{assignment.name}.ipynb")


def grade(course: Course, on_student: Callable[[str], None]) -> list[Graded]:
    """Grade all samples and make everybody's feedback page."""
    graded = []
    for assignment in shipped():
        for submission in course.grade(assignment.name, on_student=on_student):
            graded.append(submission)
            if submission.results is not None:
                course.feedback(assignment.name, submission.student)
    return graded
