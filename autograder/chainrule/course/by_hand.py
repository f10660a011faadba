"""Grades one file by hand, as the course that it belongs to would: same engine, same limits, same inputs."""

from __future__ import annotations

from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from chainrule.course.grade import GradeInSandbox
from chainrule.course.opened import Course, course_above
from chainrule.course.sanitize import released_cells
from chainrule.diagnosis import fingerprint_files
from chainrule.diagnosis.hints import hints_for
from chainrule.engine import seed as seeds
from chainrule.engine.assignment import Assignment
from chainrule.engine.grade import Settings, grade
from chainrule.engine.released import ReleasedCell
from chainrule.engine.results import Results
from chainrule.engine.submission import read_file
from chainrule.sandbox.files import too_large
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings


def grade_file(
    notebook: Path, assignment: Assignment, exercises: frozenset[str], seed: str = "", files: Path | None = None
) -> Results:
    """Grade a notebook with the hidden tests of some exercises, with hints.

    The course at or above the notebook, the assignment or the current folder says limits, seed and released cells.
    Where there is none, each grading has a seed of its own, unless it is given; the results tell it.

    Raises:
        GradersError: the hidden tests are not in order.
        NoSandboxError: no safe sandbox on this machine.
    """
    submitted = read_file(notebook)
    places = (notebook.parent, assignment.folder, Path())
    folder = next((found for place in places if (found := course_above(place)) is not None), None)
    course = None if folder is None else Course(folder)
    limits, released = Limits(), {}
    if course is not None:
        limits = GradeInSandbox(config=course.config).limits
        released = _released(course, assignment.name)
    limits = assignment.limited(limits)
    if course is None:
        secret, drawn = seeds.NO_COURSE, seeds.fresh_seed()
    else:
        secret = seeds.course_secret(course.folder)
        drawn = seeds.submission_seed(secret, assignment.name, submitted.raw)
    sandbox = SandboxSettings(
        limits=limits, preload=assignment.warm, files=_files(notebook, assignment, course, files, limits)
    )
    settings = Settings(sandbox, released, exercises)
    folder = None if course is None else course.folder / fingerprint_files.FOLDER
    diagnose = hints_for(folder, seeds.diagnosis_seed(secret, assignment.name), assignment, sandbox, exercises)
    return grade(submitted.raw, assignment, settings, seed or drawn, diagnose).results


def _released(course: Course, assignment: str) -> dict[str, ReleasedCell]:
    with Gradebook(course.api.coursedir.db_url, course.api.coursedir.course_id) as gradebook:
        try:
            return released_cells(gradebook.find_notebook(assignment, assignment))
        except MissingEntry:
            return {}


def _files(
    notebook: Path, assignment: Assignment, course: Course | None, files: Path | None, limits: Limits
) -> tuple[Path, ...]:
    """What lies beside the notebook: what was released and, where it was handed in, what came with it."""
    if files is not None:
        return (files,)
    own = None if course is None else course.folder / "source" / assignment.name
    released = own if own is not None and own.is_dir() else assignment.source
    found = (released,) if released.is_dir() else ()
    handed_in = course is not None and notebook.resolve().is_relative_to(course.folder / "submitted")
    both = (*found, notebook.resolve().parent)
    return both if handed_in and not too_large(both, limits) else found
