"""Tries as another user to open files, in a process of its own that is started as root and never is again.

`python -P -m chainrule.site.trying` reads a `Trial` and writes a `Tried`, both as JSON. It is imported before it
changes who it is: the user need not be able to read this environment, and should not.
"""

from __future__ import annotations

import os
import stat
import sys

import msgspec


class Trial(msgspec.Struct, frozen=True):
    """As whom, and what to open."""

    user: int
    group: int
    groups: list[int]
    paths: list[str]


class Tried(msgspec.Struct, frozen=True):
    """What could be read (a folder: listed), and what changed."""

    readable: list[str]
    writable: list[str]


def main() -> None:
    """Become the user for good, and try."""
    trial = msgspec.json.decode(sys.stdin.buffer.read(), type=Trial)
    os.setgroups(trial.groups)
    os.setresgid(trial.group, trial.group, trial.group)
    os.setresuid(trial.user, trial.user, trial.user)
    if 0 in os.getresuid():
        raise SystemExit("It is still root.")
    readable = [path for path in trial.paths if opens(path)]
    # Nothing is written: the kernel says whether it would let us.
    writable = [path for path in trial.paths if os.access(path, os.W_OK)]
    sys.stdout.buffer.write(msgspec.json.encode(Tried(readable, writable)))


def opens(path: str) -> bool:
    """Whether this process can read a file, or list a folder; a pipe or a device is not opened."""
    try:
        if not stat.S_ISREG(mode := os.lstat(path).st_mode) and not stat.S_ISDIR(mode):
            return False
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
