"""`chainrule add`: puts assignments that chainrule ships into a course, ready for plain nbgrader."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from chainrule.course.placing import PRIVATE, placing, private_folder, require_free
from chainrule.engine import assignment as assignments
from chainrule.engine.assignment import ROOM, AssignmentError

NOT_COPIED = ("__pycache__", ".ipynb_checkpoints")


def add(names: Sequence[str], course: Path, own: bool = False) -> list[Path]:
    """Copy the source notebooks of shipped assignments and the data beside them; returns the new folders.

    Their hidden tests stay where chainrule is installed, out of the course, and are upgraded with it. With `own` they
    are copied too, to be changed; a source notebook that the course has then stays as it is.

    Raises:
        AssignmentError: one of them is not shipped; nothing is changed.
        CourseError: the course has one already; nothing is changed.
    """
    known = assignments.shipped_names()
    for name in names:
        if name not in known:
            raise AssignmentError(
                f"chainrule ships no assignment {name!r}; there are {', '.join(known)}. Nothing was changed."
            )
    made = []
    with placing(course) as new:
        for name in dict.fromkeys(names):
            shipped = assignments.named(name, None)
            source, tests = course / "source" / name, course / ROOM / name
            if not own:
                require_free(source)
            if not source.exists():
                _copy(shipped.source, new.make(source))
                made.append(source)
            if own:
                copy = new.make(tests)
                _copy(shipped.folder, copy, "source", "__init__.py")
                copy.chmod(PRIVATE)
                private_folder(tests.parent)
                made.append(tests)
    return made


def _copy(folder: Path, target: Path, *left_out: str) -> None:
    """A copy in which no file is a link, as they are in a checkout."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*NOT_COPIED, *left_out))
