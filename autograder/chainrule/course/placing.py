"""Puts new folders and files into a course: all of them or, if anything is in the way, none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chainrule.course.loaded import CourseError

PRIVATE = 0o700
"""The mode of folders that are not for students."""


class Placing:
    """New things that wait beside their course until all of them are ready."""

    def __init__(self, waiting: Path) -> None:
        """Let what is made wait in this folder."""
        self._waiting = waiting
        self._targets: dict[Path, Path] = {}

    def make(self, target: Path) -> Path:
        """Where to make what shall become `target`, which must not exist.

        Raises:
            CourseError: it exists.
        """
        require_free(target)
        place = self._waiting / str(len(self._targets))
        self._targets[place] = target
        return place

    def finish(self) -> None:
        """Move everything to its place; where that fails, what was moved comes back."""
        moved: list[Path] = []
        try:
            for place, target in self._targets.items():
                require_free(target)
                target.parent.mkdir(parents=True, exist_ok=True)
                place.rename(target)
                moved.append(place)
        except BaseException:
            for place in moved:
                self._targets[place].rename(place)
            raise


@contextmanager
def placing(course: Path) -> Iterator[Placing]:
    """A block in which new things are made; at its end they are in the course, after an exception nothing is.

    Raises:
        CourseError: something is in the way, or the course cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".chainrule-new-", dir=course) as waiting:
            made = Placing(Path(waiting))
            yield made
            made.finish()
    except OSError as error:
        raise unwritable(error, course) from error


def require_free(target: Path) -> None:
    """Refuse to overwrite.

    Raises:
        CourseError: there is something.
    """
    if os.path.lexists(target):
        raise CourseError(f"{target} is already there; nothing was changed. Rename or remove it first.")


def private_folder(folder: Path) -> None:
    """Make this folder for its owner alone; one that is there stays as it is."""
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)


def unwritable(error: OSError, folder: Path) -> CourseError:
    """What the file system said, as one sentence."""
    where = error.filename2 or error.filename or folder
    return CourseError(f"{where} could not be written ({error.strerror or error}); nothing was changed.")
