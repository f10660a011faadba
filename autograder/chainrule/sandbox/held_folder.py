"""Temporary folders that nothing leaves behind: each has a lock, and one that nobody holds any more is swept away."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chainrule.sandbox.remove import remove_tree

PREFIX = "chainrule-"
LOCK = "held.lock"


class FolderError(RuntimeError):
    """There is no place for a temporary folder."""


class HeldFolder:
    """A fresh folder with a lock that this process and its forks hold until the last of them ends or removes it.

    `lock` is its descriptor: whoever gets a copy of it holds the lock too.
    """

    def __init__(self, kind: str, longest: int = sys.maxsize) -> None:
        """Make one, of a path of so many bytes at most, and remove those of any kind that nobody holds any more.

        Raises:
            FolderError: no place is writable, and short enough.
        """
        sweep()
        self.path = _made(f"{PREFIX}{kind}-", longest)
        try:
            self.lock = _locked(self.path)
        except BaseException:
            remove_tree(self.path)
            raise

    def remove(self) -> None:
        """Remove it with all that is in it. Safe to call twice."""
        _remove(self.path)
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1


def places() -> list[Path]:
    """Where temporary folders may lie, best first."""
    found = ["/tmp", os.environ.get("XDG_RUNTIME_DIR", "")]
    with suppress(FileNotFoundError):
        found.insert(0, tempfile.gettempdir())
    return [Path(place) for place in dict.fromkeys(found) if os.path.isabs(place)]


def sweep() -> None:
    """Remove the folders whose holders are gone."""
    for place in places():
        with suppress(OSError):
            for entry in list(os.scandir(place)):
                if entry.name.startswith(PREFIX):
                    _remove_if_stale(entry.path)


def _made(prefix: str, longest: int) -> Path:
    for place in places():
        # As long as mkdtemp makes it.
        if len(os.fsencode(place / f"{prefix}12345678")) <= longest:
            with suppress(OSError):
                return Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    short = "" if longest == sys.maxsize else " with a short path (for unix sockets)"
    tried = " and ".join(map(str, places()))
    raise FolderError(f"Set TMPDIR to a writable folder{short}; tried {tried}.")


def _locked(folder: Path) -> int:
    """The folder's lock. It gets its name only once it is held: a sweeper that finds it free may remove the folder."""
    fresh = folder / f"{LOCK}.new"
    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        fresh.rename(folder / LOCK)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _remove_if_stale(path: str) -> None:
    """Remove a folder of ours whose lock is free. Links, other users' folders and folders without a lock stay."""
    with suppress(OSError), _opened(path, os.O_RDONLY | os.O_DIRECTORY) as folder:
        status = os.fstat(folder)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) != 0o700:
            return
        with _opened(LOCK, os.O_RDWR | os.O_NONBLOCK, folder) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(Path(path))


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: what a killed sweeper leaves of it is still to be known for one of ours."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                remove_tree(Path(entry.path))
            elif entry.name != LOCK:
                os.unlink(entry.path)
    remove_tree(folder)


@contextmanager
def _opened(path: str, flags: int, folder: int | None = None) -> Iterator[int]:
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
