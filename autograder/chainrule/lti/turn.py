"""One process at a time sends a course's scores: the service, or somebody who types the command."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from chainrule.course.only_one import only_one

LOCK = Path(".chainrule") / "lti" / "lock"


def alone(course: Path) -> AbstractContextManager[None]:
    """Two would both send what is new.

    Raises:
        CourseError: another one sends.
    """
    taken = "Another process sends this course's scores just now: look again in a minute."
    return only_one(course / LOCK, "nothing was sent.", taken)
