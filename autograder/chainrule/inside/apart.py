"""Sets a copy of a finished notebook apart from the process that it is a fork of: no signal, no socket, no open file.

What is the same for all copies is prepared before the first of them, because each pays for what is left. All of this
runs in the student's process, as the probe does: it is for those who do not change what runs there. Nothing that is
worth points rests on it.
"""

from __future__ import annotations

import fcntl
import os
import resource
import secrets
import stat
from contextlib import suppress

from landlockpy import AccessFS, AccessNet, Ruleset, Scope, scope_for_abi

KEPT_FLAGS = os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK
DEVICES = tuple(os.makedev(1, minor) for minor in (3, 5, 7, 8, 9))
"""null, zero, full, random and urandom, which keep nothing."""

LARGEST_DELETED = 64 * 2**20


class Apart:
    """How copies of this process are set apart."""

    def __init__(self, landlock: int, folder: str) -> None:
        """Look at what is open here, and prepare what this Landlock ABI can do; in `folder` files may be made."""
        self._folder = folder
        self._files: list[tuple[int, str]] = []
        self._channels: list[int] = []
        for number in range(resource.getrlimit(resource.RLIMIT_NOFILE)[0]):
            with suppress(OSError):
                status = os.fstat(number)
                kind = stat.S_IFMT(status.st_mode)
                if kind in (stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFCHR and status.st_rdev in DEVICES):
                    self._files.append((number, _path(number, status)))
                else:
                    self._channels.append(number)
        scope = (Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) & scope_for_abi(landlock)
        nothing = AccessFS.NONE, AccessNet.NONE
        self._rules = Ruleset(handled_fs=nothing[0], handled_net=nothing[1], scoped=scope) if scope else None

    def set(self, channel: int) -> None:
        """Set this fork apart; its line to the grader stays as it is."""
        # Each its own: what is open keeps flags that anybody can set who has it.
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        closed = [number for number in self._channels if number != channel]
        for number, path in self._files:
            if number != channel:
                try:
                    self._reopen(number, path)
                except OSError:
                    closed.append(number)
        for number in closed:
            # It stays in use, by objects that do not know of it.
            with suppress(OSError):
                os.dup2(null, number, inheritable=False)
        os.close(null)
        if self._rules is not None:
            self._rules.restrict()

    def _reopen(self, number: int, path: str) -> None:
        """The same file at the same place, read and written from there on by this process alone.

        By its path, where the grader puts it back as the notebook left it: what is open may have been written to since.
        """
        place = os.lseek(number, 0, os.SEEK_CUR)
        flags = fcntl.fcntl(number, fcntl.F_GETFL) & KEPT_FLAGS | os.O_CLOEXEC
        fresh = os.open(path, flags) if path else self._copied(number, flags)
        os.lseek(fresh, place, os.SEEK_SET)
        os.dup2(fresh, number, inheritable=False)
        os.close(fresh)

    def _copied(self, number: int, flags: int) -> int:
        """A copy of a file that has no name any more; it has none either.

        Raises:
            OSError: it is no regular file, or too large.
        """
        left = os.fstat(number).st_size
        if left > LARGEST_DELETED:
            raise OSError(f"{left} bytes are too many to copy")
        source = os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_CLOEXEC)
        name = os.path.join(self._folder, f".{secrets.token_hex(8)}")
        target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fresh = os.open(name, flags)
        os.unlink(name)
        while os.sendfile(target, source, None, max(left, 1)):
            pass
        os.close(source)
        os.close(target)
        return fresh


def _path(number: int, status: os.stat_result) -> str:
    """Where an open file lies; empty where it has no name."""
    with suppress(OSError):
        path = os.readlink(f"/proc/self/fd/{number}")
        if os.path.samestat(os.stat(path), status):
            return path
    return ""
