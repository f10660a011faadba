"""Sets a copy of a finished notebook apart from the process that it is a fork of: no signal, no socket, no open file.

What is the same for all copies is prepared before the first of them, because each pays for what is left. All of this
runs in the student's process, as the probe does, and memory that the notebook has made to be shared stays shared: it is
for those who do not mean to carry anything from one copy to the next. Nothing that is worth points rests on it.
"""

from __future__ import annotations

import fcntl
import os
import resource
import stat
from contextlib import suppress

from landlockpy import AccessFS, AccessNet, Ruleset, Scope, scope_for_abi

KEPT_FLAGS = os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK


class Apart:
    """How copies of this process are set apart."""

    def __init__(self, landlock: int) -> None:
        """Look at what is open here, and prepare what this Landlock ABI can do."""
        self._files: list[int] = []
        self._channels: list[int] = []
        for number in range(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0]):
            with suppress(OSError):
                kind = stat.S_IFMT(os.fstat(number).st_mode)
                if kind == stat.S_IFREG:
                    self._files.append(number)
                elif kind not in (stat.S_IFDIR, stat.S_IFCHR):
                    self._channels.append(number)
        self._null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        scope = (Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) & scope_for_abi(landlock)
        nothing = AccessFS.NONE, AccessNet.NONE
        self._rules = Ruleset(handled_fs=nothing[0], handled_net=nothing[1], scoped=scope) if scope else None

    def set(self, channel: int) -> None:
        """Set this fork apart; its line to the grader stays as it is."""
        for number in self._channels:
            if number != channel:
                # It stays in use, by objects that do not know of it.
                with suppress(OSError):
                    os.dup2(self._null, number, inheritable=False)
        for number in self._files:
            with suppress(OSError):
                _reopen(number)
        if self._rules is not None:
            self._rules.restrict()


def _reopen(number: int) -> None:
    """The same file at the same place, read and written from there on by this process alone."""
    place = os.lseek(number, 0, os.SEEK_CUR)
    fresh = os.open(f"/proc/self/fd/{number}", fcntl.fcntl(number, fcntl.F_GETFL) & KEPT_FLAGS | os.O_CLOEXEC)
    os.lseek(fresh, place, os.SEEK_SET)
    os.dup2(fresh, number, inheritable=False)
    os.close(fresh)
