"""Tells what need not be graded again: the same submission, graded by the same grader with the same inputs."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from chainrule.course.grade import GradeInSandbox
from chainrule.engine import hidden_tests
from chainrule.engine import results as result_files
from chainrule.engine.assignment import Assignment
from chainrule.engine.version import grader_version
from chainrule.sandbox.layers import UNSANDBOXED
from chainrule.workers.task import Task

TIMESTAMP = "timestamp.txt"


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
    bytes are those of the results, unless these were had without a sandbox.
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
    return all(_is_current(written / result_files.FILE_NAME, step, *one) for one in tasks)


def _is_newer(converter: Any, submitted: str, written: str) -> bool:
    new, old = (
        converter.coursedir.get_existing_timestamp(folder) if _is_small_file(Path(folder) / TIMESTAMP) else None
        for folder in (submitted, written)
    )
    return new is not None and old is not None and bool(new > old)


def _is_small_file(file: Path) -> bool:
    """Whether this is what a timestamp is kept in, and no pipe or device in its place."""
    try:
        status = file.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size < 1024


def _is_current(file: Path, step: GradeInSandbox, assignment: Assignment, task: Task) -> bool:
    try:
        results = result_files.read(file)
    except (OSError, msgspec.DecodeError):
        return False
    if results.sandbox == UNSANDBOXED and not step.unsafe:
        return False
    version = grader_version(hidden_tests.digest(assignment))
    return (results.submission, results.seed, results.grader) == (task.digest, task.seed, version)
