"""Copies what was handed in beside the notebooks to where nbgrader keeps the graded copy: regular files alone."""

from __future__ import annotations

import fnmatch
import mimetypes
from collections.abc import Sequence, Set
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.utils import find_all_files

from chainrule.course import timestamps
from chainrule.sandbox.entry import Entry, LeftOutError, larger_than, shown
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.remove import clear
from chainrule.sandbox.walk import entries

MOST_NOTES = 20
"""So many things that were left out are named; of others the number is told."""

IN_THE_WAY = "it is in the place of something that was released with the notebook"


def copy_beside(
    handed_in: Path, target: Path, ignored: Sequence[str], released: Set[PurePosixPath], limits: Limits
) -> list[str]:
    """Copy everything but notebooks, and what has one of the `ignored` names; a sentence for each thing left out.

    Pages are not copied either: the formgrader would serve them as its own, with all that a teacher may do.

    What takes the place of `released` files is not for keeping; nbgrader puts these there next.

    Raises:
        OSError: a copy cannot be written.
    """
    left_out = LeftOut()
    room = Room(limits)
    folders = {folder for file in released for folder in file.parents}
    for entry in entries(handed_in, most=limits.scratch_files):
        path = PurePosixPath(entry.path)
        if is_ignored(path, (*ignored, "*.ipynb")) or (entry.reason and entry.path == timestamps.FILE):
            # What is no timestamp is told elsewhere.
            continue
        if entry.reason:
            left_out.add(entry.path, entry.reason)
        elif not entry.is_file or path in released or is_page(path):
            continue
        elif path in folders or not released.isdisjoint(path.parents):
            left_out.add(entry.path, IN_THE_WAY)
        else:
            try:
                room.copy(entry, target / path)
            except LeftOutError as error:
                left_out.add(entry.path, str(error))
    return left_out.notes


def is_page(path: PurePosixPath) -> bool:
    """Whether a browser would show a file of this name as a page, in which scripts run: HTML, and SVG and other XML."""
    kind = mimetypes.guess_type(path.name, strict=False)[0] or ""
    return kind in ("text/html", "text/xml", "application/xml") or kind.endswith("+xml")


def released_files(coursedir: Any, assignment: str, excluded: Sequence[str]) -> set[PurePosixPath]:
    """The paths of what nbgrader puts beside the notebooks itself: all released files but those `excluded`."""
    source = coursedir.format_path(coursedir.source_directory, ".", assignment)
    found = {PurePosixPath(file).relative_to(source) for file in find_all_files(source, [*coursedir.ignore, "*.ipynb"])}
    return found - {PurePosixPath(file) for file in excluded}


def link_on_the_way(folder: Path, root: Path) -> Path | None:
    """The first link among the folders that lead to a submission.

    Where all of them lie, the first folder in the course, may be a link of the teacher's.
    """
    steps = [folder, *folder.parents]
    below = len(folder.relative_to(root).parts) - 1 if folder.is_relative_to(root) else 2
    return next((step for step in reversed(steps[:below]) if step.is_symlink()), None)


class LeftOut:
    """What was not copied, as sentences for a report."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._named: list[str] = []
        self._others = 0

    def add(self, path: str, reason: str) -> None:
        """Note what was left out, and why."""
        if len(self._named) < MOST_NOTES:
            self._named.append(f"{shown(path)} was left out: {reason}.")
        else:
            self._others += 1

    @property
    def notes(self) -> list[str]:
        """The sentences."""
        return [*self._named, *([f"{self._others} other files and folders were left out too."] if self._others else [])]


class Room:
    """What may be copied of one submission, file by file."""

    def __init__(self, limits: Limits, file_size: int | None = None, size: int | None = None) -> None:
        """As much as a scratch folder may hold, or less."""
        self._file_size = min(limits.file_size, limits.file_size if file_size is None else file_size)
        self._left = min(limits.scratch_size, limits.scratch_size if size is None else size)

    def copy(self, entry: Entry, target: Path) -> None:
        """Copy a file, into folders that are made, in the place of whatever is there.

        Raises:
            LeftOutError: it is too large, or cannot be read.
            OSError: the copy cannot be written.
        """
        most = min(self._file_size, self._left)
        if entry.size > most:
            raise LeftOutError(larger_than(self._file_size) if entry.size > self._file_size else NO_ROOM)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise LeftOutError("an earlier file is in the place of its folder") from error
        clear(target)
        self._left -= entry.copy_to(target, most)


NO_ROOM = "together, the files are larger than what is allowed"


def is_ignored(path: PurePosixPath, patterns: Sequence[str]) -> bool:
    """Whether a file or a folder on the way to it has one of these names, in which `*` stands for anything."""
    return any(fnmatch.fnmatchcase(part, pattern) for part in path.parts for pattern in patterns)
