"""What chainrule needs of nbgrader beyond its documented interface, in one place; pyproject.toml caps the version.

Beside this, `save.SaveGrades` overrides `SaveAutoGrades._add_score`.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory

from chainrule.course.loaded import CourseError

LOCK = Path(".chainrule") / "lock"
"""Held by the process that grades in a course."""

COLLECTING = Path(".chainrule") / "collecting"
"""Held by the process that collects."""

WORK = {LOCK: "grades", COLLECTING: "collects"}


def converter_of(preprocessor: Any) -> Any:
    """The converter that a preprocessor works for: its parent is the exporter, then that."""
    return preprocessor.parent.parent


def course_directory(preprocessor: Any) -> Any:
    """The `CourseDirectory` of the converter that a preprocessor works for."""
    return converter_of(preprocessor).coursedir


def is_sanitizing(converter: Any) -> bool:
    """Whether `Autograde` is at its first step, which reads the submission; the second one reads what that wrote."""
    return bool(getattr(converter, "_sanitizing", False))


def grade_in_batches(make_batch: Callable[[Any], Any]) -> None:
    """Make `Autograde` convert what it has found as the batch does that `make_batch` makes for it, if any.

    One process at a time in a course.

    nbgrader removes the autograded copy where grading starts and where it fails: of two graders at work on one
    submission, each would remove what the other writes.
    """
    convert_notebooks = Autograde.convert_notebooks
    if hasattr(convert_notebooks, "__wrapped__"):
        return

    @functools.wraps(convert_notebooks)
    def in_batches(self: Autograde) -> None:
        with alone(Path(self.coursedir.root), LOCK, self.log):
            self.batch = getattr(self, "make_batch", make_batch)(self)
            if self.batch is None:
                convert_notebooks(self)
            else:
                self.batch.convert(convert_notebooks)

    Autograde.convert_notebooks = in_batches


def copy_beside_by_batches() -> None:
    """Make `Autograde` leave what lies beside the notebooks to its batch, if it has one: nbgrader follows links."""
    init_assignment = BaseConverter.init_assignment
    if hasattr(init_assignment, "__wrapped__"):
        return

    @functools.wraps(init_assignment)
    def safely(self: BaseConverter, assignment: str, student: str) -> None:
        batch = getattr(self, "batch", None)
        if batch is None:
            init_assignment(self, assignment, student)
        else:
            batch.copy_beside(assignment, student)

    BaseConverter.init_assignment = safely


def copy_to_feedback(names: Iterable[str]) -> None:
    """Make `GenerateFeedback` copy only these files to where its pages go: nbgrader copies all that was handed in.

    Whatever ends in `.html` there is released as feedback, under the course's account, whoever has written it.
    """
    wanted = tuple(names)

    def init_assignment(self: GenerateFeedback, assignment: str, student: str) -> None:
        source, target = Path(self._format_source(assignment, student)), Path(self._format_dest(assignment, student))
        target.mkdir(parents=True, exist_ok=True)
        for file in (source / name for name in wanted):
            if file.is_file() and not file.is_symlink():
                shutil.copy(file, target)

    GenerateFeedback.init_assignment = init_assignment


def read_timestamps_by(read: Callable[[str], datetime | None]) -> None:
    """Make nbgrader read the time at which something was handed in as `read` does, which gets the folder.

    Its own way waits for a pipe, follows links, and fails on what is no time.
    """

    def existing(self: CourseDirectory, dest_path: str) -> datetime | None:
        return read(dest_path)

    def submitted(self: NbGraderAPI, assignment_id: str, student_id: str) -> datetime | None:
        coursedir = self.coursedir
        return read(coursedir.format_path(coursedir.submitted_directory, student_id, assignment_id))

    CourseDirectory.get_existing_timestamp = existing
    NbGraderAPI.get_submitted_timestamp = submitted


_held: set[tuple[int, Path]] = set()
"""The locks that this process holds, with its number: a fork holds none of them."""


@contextmanager
def alone(course: Path, lock: Path, log: Any) -> Iterator[None]:
    """Hold one of a course's locks; it goes with the process that holds it, whatever ends that.

    Who holds it already goes on with it.

    Raises:
        CourseError: the course's folder cannot be written to.
    """
    file = (course / lock).absolute()
    mine = os.getpid(), file
    if mine in _held:
        yield
        return
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        opened = file.open("a")
    except OSError as error:
        raise CourseError(f"{file} cannot be written to ({error.strerror}): nothing was changed.") from error
    with opened as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("Another process %s in %s; waiting until it is done.", WORK[lock], course)
            fcntl.flock(held, fcntl.LOCK_EX)
        _held.add(mine)
        try:
            yield
        finally:
            _held.discard(mine)
