"""The way through a folder that somebody else filled: everything in it, without following a link.

Everything is reached from the descriptor of the folder that it lies in, so that nothing can be put in its place.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from chainrule.sandbox.beneath import open_beneath
from chainrule.sandbox.entry import KINDS, MOUNTED, REPLACED, Entry, cannot_be_read, identity, is_sound_name
from chainrule.sandbox.limits import Limits

DEEPEST = Limits.scratch_depth // 2
"""Folders within folders; a notebook may make as many below them."""

LONGEST_PATH = 1_000
"""In bytes; a copy has the path of our folder before it, and the kernel takes 4096."""

MOST_NOTEBOOKS = 100
"""So many notebooks of one folder are looked at, however many other files there are."""


def entries(folder: Path | int, most: int | None = None, mounts: bool = True) -> Iterator[Entry]:
    """Everything below a folder, given by its path or open: the notebooks of each folder, its files, then its folders.

    Not more than `most`: an entry that says so then stands for the others. What is mounted there is another file
    system, and only entered with `mounts`. A link in the place of the folder itself is followed, which is the caller's
    to look at; of a folder that is not there nothing is found.
    """
    if isinstance(folder, int):
        yield from _Walk(most, mounts).below(folder, "")
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        yield from _Walk(most, mounts).below(descriptor, "")
    finally:
        os.close(descriptor)


class _Walk:
    """A way through all folders, that counts what it has seen."""

    def __init__(self, most: int | None, mounts: bool) -> None:
        self._most = most
        self._seen = 0
        self._mounts = mounts

    def below(self, folder: int, place: str, depth: int = 0) -> Iterator[Entry]:
        """Everything below an open folder that lies at `place`, so many folders deep."""
        try:
            names, others = self._names(folder)
        except OSError as error:
            yield Entry(place, None, cannot_be_read(error))
            return
        folders = []
        for name in names:
            path = place + name
            try:
                status = self._status(folder, name)
            except FileNotFoundError:
                # Gone while we looked.
                continue
            except OSError as error:
                yield Entry(path, None, cannot_be_read(error))
                continue
            reason = KINDS.get(stat.S_IFMT(status.st_mode), "") or _unsound(path)
            if not reason and stat.S_ISDIR(status.st_mode):
                if depth < DEEPEST:
                    folders.append((name, status))
                    continue
                reason = f"it lies more than {DEEPEST} folders deep"
            yield Entry(path, status, reason, folder, self._mounts)
        if others:
            assert self._most is not None
            yield Entry(f"{place}…", None, _others(self._most))
        for name, status in folders:
            yield from self._folder(folder, name, place + name, status, depth + 1)

    def _folder(self, folder: int, name: str, path: str, status: os.stat_result, depth: int) -> Iterator[Entry]:
        try:
            descriptor = open_beneath(folder, name, os.O_RDONLY | os.O_DIRECTORY, self._mounts)
        except OSError as error:
            yield Entry(path, status, cannot_be_read(error))
            return
        try:
            reason = self._elsewhere(folder, descriptor, status)
            yield Entry(path, status, reason)
            if not reason:
                yield from self.below(descriptor, f"{path}/", depth)
        finally:
            os.close(descriptor)

    def _elsewhere(self, folder: int, descriptor: int, status: os.stat_result) -> str:
        """Why an open folder is not the one that was looked at, or not one to look into."""
        found = os.fstat(descriptor)
        if identity(found) != identity(status):
            return REPLACED
        return MOUNTED if not self._mounts and found.st_dev != os.fstat(folder).st_dev else ""

    def _status(self, folder: int, name: str) -> os.stat_result:
        if self._mounts:
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        descriptor = open_beneath(folder, name, os.O_PATH, mounts=False)
        try:
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)

    def _names(self, folder: int) -> tuple[list[str], bool]:
        """The names in a folder, in order, notebooks first; and whether there are others that are too many."""
        notebooks: list[str] = []
        names: list[str] = []
        others = False
        with os.scandir(folder) as found:
            for entry in found:
                notebook = entry.name.endswith(".ipynb")
                kept, room = (notebooks, MOST_NOTEBOOKS) if notebook else (names, self._room)
                if self._most is None or len(kept) < room:
                    kept.append(entry.name)
                else:
                    others = True
        self._seen += len(notebooks) + len(names)
        return [*sorted(notebooks), *sorted(names)], others

    @property
    def _room(self) -> int:
        return 0 if self._most is None else max(0, self._most - self._seen)


def _unsound(path: str) -> str:
    if len(os.fsencode(path)) > LONGEST_PATH:
        return "its path is too long"
    return "" if is_sound_name(path.rpartition("/")[2]) else "its name has characters that cannot be shown"


def _others(most: int) -> str:
    return f"there are more than {most} files and folders"
