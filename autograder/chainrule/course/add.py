"""`chainrule add`: puts an assignment that chainrule ships into a course, ready for plain nbgrader."""

from __future__ import annotations

import shutil
from pathlib import Path

from chainrule.course.opened import CourseError
from chainrule.engine import assignment as assignments


def add(name: str, course: Path) -> Path:
    """Copy the source notebook of a shipped assignment and the data beside it into the course; returns their folder.

    Its hidden tests stay where chainrule is installed, out of the course, and are upgraded with it.

    Raises:
        AssignmentError: no such assignment is shipped.
        CourseError: the course has one of this name already; nothing is changed.
    """
    shipped = assignments.named(name, None)
    target = course / "source" / name
    if target.exists():
        raise CourseError(f"{target} is already there; nothing was changed. Remove or rename it first.")
    partial = target.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(shipped.source, partial)
    partial.rename(target)
    return target
