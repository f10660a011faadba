"""What is released: the folders that nbgrader's `release_assignment` has put into the course's exchange.

On a site without a shared file system only the course's account reaches it. Regular files alone are given out.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from nbgrader.exchange.default import Exchange

from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.sandbox.entry import LeftOutError
from chainrule.sandbox.walk import entries
from chainrule.service.attempts import is_name

MOST_FILES = 2_000
"""Of one assignment; who releases more is asked to pack them."""


def names(course: Course) -> list[str]:
    """The assignments that are released; none where there is no exchange yet."""
    try:
        with os.scandir(_outbound(course)) as found:
            return sorted(one.name for one in found if is_name(one.name) and one.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []


def files(course: Course, assignment: str) -> dict[str, int]:
    """The sizes of the files of a released assignment, by path.

    Raises:
        CourseError: there are too many.
    """
    found = {}
    for entry in entries(_outbound(course) / assignment, MOST_FILES):
        if entry.status is None:
            raise CourseError(f"{assignment} cannot be given out whole: {entry.reason}; the instructor must pack them.")
        if entry.is_file:
            found[entry.path] = entry.size
    return found


def notebooks(course: Course, assignment: str) -> list[str]:
    """The names of the notebooks of a released assignment, without their endings."""
    folder = _outbound(course) / assignment
    return sorted(one.stem for one in folder.glob("*.ipynb") if stat.S_ISREG(one.lstat().st_mode))


def opened(course: Course, assignment: str, path: str) -> BinaryIO | None:
    """A file of a released assignment, open for reading; None if there is none at that path.

    The path is looked for among those that are there, so one that leads elsewhere finds nothing.
    """
    for entry in entries(_outbound(course) / assignment, MOST_FILES):
        if entry.path == path and entry.is_file:
            try:
                return entry.opened()
            except LeftOutError:
                return None
    return None


def _outbound(course: Course) -> Path:
    coursedir: Any = course.api.coursedir
    return Path(str(Exchange(coursedir=coursedir, parent=course.api).root), coursedir.course_id, "outbound")
