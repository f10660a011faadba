"""`chainrule demo`: a whole course in a scratch folder, graded before your eyes, from what the repository ships."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat

import autograder
from autograder import solutions
from autograder.course import CONFIG, Course, CourseError, Graded

SAMPLES = Path(autograder.__file__).parent / "samples"
PATIENCE = """

# The demo's samples loop for ever on purpose; do not wait long for them.
c.GradeInSandbox.cell_seconds = 10.0
c.GradeInSandbox.test_seconds = 2.0
"""


def assignments() -> list[str]:
    """The assignments that have sample submissions."""
    return sorted(folder.name for folder in SAMPLES.iterdir() if any(folder.glob("*.py")))


def students(assignment: str) -> list[str]:
    """The students of the samples."""
    return sorted(file.stem for file in (SAMPLES / assignment).glob("*.py"))


def make_course(home: Path, folder: Path) -> Course:
    """Lay out a course in `folder` from the course in `home`, with every sample handed in.

    Raises:
        CourseError: `home` lacks the sources, or nbgrader could not make the release.
    """
    (folder / CONFIG).write_text((home / CONFIG).read_text() + PATIENCE)
    for assignment in assignments():
        if not (home / "source" / assignment).is_dir():
            raise CourseError(f"The demo needs {home / 'source' / assignment}, which is not there.")
        shutil.copytree(home / "source" / assignment, folder / "source" / assignment)
    course = Course(folder)
    for assignment in assignments():
        course.generate(assignment)
        hand_in(course.folder, assignment)
    return course


def hand_in(folder: Path, assignment: str) -> None:
    """Write each sample into the released notebook and lay it where nbgrader collects submissions."""
    released = nbformat.read(folder / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    for student in students(assignment):
        answers = solutions.exercise_sections((SAMPLES / assignment / f"{student}.py").read_text())
        target = folder / "submitted" / student / assignment
        target.mkdir(parents=True)
        nbformat.write(solutions.filled(released, answers), target / f"{assignment}.ipynb")


def grade(course: Course, on_student: Callable[[str], None]) -> list[Graded]:
    """Grade all samples and make everybody's feedback page."""
    graded = []
    for assignment in assignments():
        for submission in course.grade(assignment, on_student=on_student):
            graded.append(submission)
            if submission.results is not None:
                course.feedback(assignment, submission.student)
    return graded
