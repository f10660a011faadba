"""The files that a finished notebook left, put back before each copy of it that is asked: no copy finds another's."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chainrule.sandbox.remove import remove_tree


@dataclass(frozen=True)
class Entry:
    """A file or folder as it was, and where its content is kept: what a kernel cannot change unnoticed.

    None of a folder, of what has no content, and of what is too much to keep; of that, once changed, nothing is left.
    """

    status: os.stat_result
    content: str | None

    @property
    def is_folder(self) -> bool:
        """Whether it holds other entries."""
        return stat.S_ISDIR(self.status.st_mode)

    def is_still(self, now: os.stat_result) -> bool:
        """Whether it is the same one with the same content."""
        was = self.status
        if (was.st_ino, was.st_mode) != (now.st_ino, now.st_mode):
            return False
        return self.is_folder or (was.st_size, was.st_mtime_ns, was.st_ctime_ns) == (
            now.st_size,
            now.st_mtime_ns,
            now.st_ctime_ns,
        )


class Scratch:
    """A folder that hostile processes fill. Nothing in it is opened but regular files, and no link is followed."""

    def __init__(self, folder: Path, kept: Path, largest: int, deepest: int) -> None:
        """Prepare to keep what lies in `folder` in the folder `kept`: `largest` bytes, of folders `deepest` deep."""
        self._folder = str(folder)
        self._kept = kept
        self._largest = largest
        self._deepest = deepest
        self._entries: dict[str, Entry] | None = None

    def renew(self) -> None:
        """Keep what lies in the folder; from the second time on, make that of it again.

        Raises:
            OSError: the disk is full, say.
        """
        if self._entries is None:
            self._keep()
        else:
            self._put_back(self._entries)

    def _keep(self) -> None:
        self._entries = {}
        self._kept.mkdir(mode=0o700)
        room = self._largest
        for path, status in self._walk(self._folder, 0):
            content = None
            if stat.S_ISREG(status.st_mode) and status.st_size <= room:
                room -= status.st_size
                content = str(self._kept / str(len(self._entries)))
                if not _copied(path, content, 0o600):
                    content = None
            self._entries[path] = Entry(status, content)

    def _put_back(self, entries: dict[str, Entry]) -> None:
        now: dict[str, os.stat_result] = {}
        for path, status in self._walk(self._folder, 0, entries):
            if path in entries and entries[path].is_still(status):
                now[path] = status
            else:
                _remove(path, status)
        for path, was in entries.items():
            if path not in now and _made(path, was):
                now[path] = os.lstat(path)
        # Folders after what lies in them, which changes their times.
        for path, was in reversed(entries.items()):
            if path in now and now[path].st_mtime_ns != was.status.st_mtime_ns:
                os.utime(path, ns=(now[path].st_atime_ns, was.status.st_mtime_ns), follow_symlinks=False)
                now[path] = os.lstat(path)
        self._entries = {path: Entry(now.get(path, was.status), was.content) for path, was in entries.items()}

    def _walk(
        self, folder: str, depth: int, known: dict[str, Entry] | None = None
    ) -> Iterator[tuple[str, os.stat_result]]:
        """Every entry before those in it; with `known` only into folders that are still those."""
        found = []
        # Into a folder that may not be looked into the guard cannot look either, and ends the kernel.
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    found.append((entry.path, entry.stat(follow_symlinks=False)))
        for path, status in found:
            yield path, status
            is_known = known is None or (path in known and known[path].is_still(status))
            if stat.S_ISDIR(status.st_mode) and is_known and depth < self._deepest:
                yield from self._walk(path, depth + 1, known)


def _remove(path: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        remove_tree(Path(path))
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)


def _made(path: str, was: Entry) -> bool:
    """Make an entry that is gone once more; False where nothing of it was kept, or where something is in the way."""
    with suppress(FileExistsError, FileNotFoundError, NotADirectoryError):
        if was.is_folder:
            os.mkdir(path, 0o700)
            return True
        if was.content is not None:
            return _copied(was.content, path, stat.S_IMODE(was.status.st_mode))
    return False


def _copied(source: str, target: str, mode: int) -> bool:
    """Copy a regular file; False if it cannot be read."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as content:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        fresh = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode & 0o700)
        with os.fdopen(fresh, "wb") as copy:
            shutil.copyfileobj(content, copy, 1 << 20)
    return True
