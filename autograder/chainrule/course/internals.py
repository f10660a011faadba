"""What chainrule needs of nbgrader beyond its documented interface, in one place; pyproject.toml caps the version.

Beside this, `save.SaveGrades` overrides `SaveAutoGrades._add_score`.
"""

from __future__ import annotations

import fcntl
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde

LOCK = Path(".chainrule") / "lock"


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
    def alone(self: Autograde) -> None:
        with grading_lock(Path(self.coursedir.root), self.log):
            self.batch = getattr(self, "make_batch", make_batch)(self)
            if self.batch is None:
                convert_notebooks(self)
            else:
                self.batch.convert(convert_notebooks)

    Autograde.convert_notebooks = alone


@contextmanager
def grading_lock(course: Path, log: Any) -> Iterator[None]:
    """Hold the course's lock; it goes with the process that holds it, whatever ends that."""
    file = course / LOCK
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with file.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("Another process grades in %s; waiting until it is done.", course)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
