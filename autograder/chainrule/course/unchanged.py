"""Tells what need not be graded again: the same submission, graded by the same grader with the same inputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from nbgrader.api import BaseCell, Grade, Gradebook, MissingEntry

from chainrule.course.grade import GradeInSandbox
from chainrule.engine import hidden_tests
from chainrule.engine import results as result_files
from chainrule.engine.assignment import Assignment
from chainrule.engine.results import Results
from chainrule.engine.version import grader_version
from chainrule.sandbox.layers import UNSANDBOXED
from chainrule.workers.task import Task


def is_graded(
    converter: Any,
    step: GradeInSandbox,
    student: str,
    assignment: str,
    notebooks: Sequence[str],
    tasks: Sequence[tuple[Assignment, Task]],
) -> bool:
    """Whether what `Autograde` has written of a submission still stands.

    As nbgrader has it, unless handed in anew; and, where there are hidden tests, if they, the inputs and the submitted
    bytes are those of the results, which the gradebook has too, unless these were had without a sandbox.
    """
    written = Path(converter._format_dest(assignment, student))
    excluded = converter.coursedir.student_id_exclude
    if excluded and student in excluded.split(","):
        return True
    if not written.is_dir() or _is_newer(converter, converter._format_source(assignment, student), str(written)):
        return False
    # nbgrader looks for notebooks that were named, and of all of them only for the folder.
    named = [Path(notebook).name for notebook in notebooks] if converter.coursedir.notebook_id != "*" else []
    if not all((written / name).is_file() for name in [*named, *(f"{one.name}.ipynb" for one, _ in tasks)]):
        return False
    results = _results(written)
    return all(
        results is not None and _is_current(results, step, *one) and _is_in_gradebook(results, converter, student)
        for one in tasks
    )


def _is_newer(converter: Any, submitted: str, written: str) -> bool:
    new, old = (converter.coursedir.get_existing_timestamp(folder) for folder in (submitted, written))
    return new is not None and old is not None and bool(new > old)


def _results(written: Path) -> Results | None:
    try:
        return result_files.read(written / result_files.FILE_NAME)
    except (OSError, msgspec.DecodeError):
        return None


def _is_current(results: Results, step: GradeInSandbox, assignment: Assignment, task: Task) -> bool:
    if results.sandbox == UNSANDBOXED and not step.unsafe:
        return False
    version = grader_version(hidden_tests.digest(assignment))
    return (results.submission, results.seed, results.grader) == (task.digest, task.seed, version)


def _is_in_gradebook(results: Results, converter: Any, student: str) -> bool:
    """Whether the gradebook has these scores: it may have been lost since then, or be an earlier copy of itself."""
    name = results.assignment
    with Gradebook(converter.coursedir.db_url, converter.coursedir.course_id) as gradebook:
        try:
            notebook = gradebook.find_submission_notebook(name, name, student)
        except MissingEntry:
            return False
        rows = gradebook.db.query(BaseCell.name, Grade.auto_score).join(Grade.cell)
        scores = dict(rows.filter(Grade.notebook_id == notebook.id).all())
    # None is the score of a grading that did not come to its end; and not every database keeps all digits of a float.
    found = [(scores.get(exercise.name), exercise.score) for exercise in results.exercises]
    return all(kept is not None and math.isclose(kept, score, rel_tol=1e-6) for kept, score in found)
