"""`chainrule demo`: a whole course in a scratch folder, graded before your eyes, from what chainrule ships."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat

from chainrule.course import init
from chainrule.course.add import add
from chainrule.course.batch import Graders, Listener
from chainrule.course.opened import Course, CourseError, Graded
from chainrule.engine import assignment as assignments
from chainrule.engine import solutions
from chainrule.engine.assignment import Assignment
from chainrule.proof.bank import Bank

PATIENCE = """
# The demo's samples loop for ever on purpose; do not wait long for them.
c.GradeInSandbox.timeout = 3
c.GradeInSandbox.test_seconds = 1.0
"""


def shipped(names: Sequence[str] = ()) -> list[Assignment]:
    """The assignments of these names that come with chainrule, all of them if none is named; each has samples.

    Raises:
        AssignmentError: none of this name comes with chainrule.
    """
    return [assignments.named(name, None) for name in names or assignments.shipped_names()]


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


def require_students(students: Sequence[str], chosen: Sequence[Assignment]) -> None:
    """Every assignment must have samples of these names.

    Raises:
        CourseError: one has not.
    """
    for assignment in chosen:
        known = Bank(assignment, assignment.source).samples
        for student in students:
            if student not in known:
                raise CourseError(f"{assignment.name} has no sample {student!r}; there are {', '.join(known)}.")


def make_course(folder: Path, chosen: Sequence[Assignment], students: Sequence[str] = ()) -> Course:
    """Lay out a course in `folder` with these assignments, and their samples (or those of `students`) handed in.

    Raises:
        CourseError: nbgrader could not make the release.
    """
    init.create(folder, PATIENCE)
    add([assignment.name for assignment in shipped()], folder)
    course = Course(folder)
    for assignment in chosen:
        course.generate(assignment.name)
        hand_in(course.folder, assignment, students)
    return course


def hand_in(folder: Path, assignment: Assignment, students: Sequence[str]) -> None:
    """Write the samples, or those of `students`, into released notebooks, where nbgrader looks for submissions."""
    released = nbformat.read(folder / "release" / assignment.name / f"{assignment.name}.ipynb", as_version=4)
    for student, answers in Bank(assignment, assignment.source).samples.items():
        if students and student not in students:
            continue
        target = folder / "submitted" / student / assignment.name
        target.mkdir(parents=True)
        nbformat.write(solutions.filled(released, answers), target / f"{assignment.name}.ipynb")


def grade(
    course: Course, chosen: Sequence[Assignment], listener: Listener | None = None, graders: Graders | None = None
) -> list[Graded]:
    """Grade all samples and make everybody's feedback page, those of one assignment while the next is graded.

    Raises:
        CourseError: the pages could not be made; says why.
    """
    graded: list[Graded] = []
    pages: list[tuple[str, subprocess.Popen[str]]] = []
    try:
        for assignment in chosen:
            graded += course.grade(assignment.name, listener=listener, graders=graders)
            if any(one.results is not None for one in graded if one.assignment == assignment.name):
                pages.append((assignment.name, _making_feedback(course, assignment.name)))
        for name, making in pages:
            said, _ = making.communicate()
            if making.returncode:
                raise CourseError(f"The feedback pages of {name} could not be made: {said.strip().splitlines()[-1:]}")
    finally:
        for _, making in pages:
            making.kill()
    return graded


def _making_feedback(course: Course, name: str) -> subprocess.Popen[str]:
    """nbgrader's own command, at work."""
    command = [sys.executable, "-P", "-m", "nbgrader", "generate_feedback", name]
    return subprocess.Popen(
        command,
        cwd=course.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
