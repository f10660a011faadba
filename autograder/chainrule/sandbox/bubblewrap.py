"""The command line of bubblewrap: namespaces around the fork server, and a file system of what it may read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

NAMESPACES = ("--unshare-all", "--new-session", "--as-pid-1", "--cap-drop", "ALL")
"""The fork server is process 1 of its namespace: no signal from in there ends it, and when it ends, all else does."""

SYSTEM = ("--proc", "/proc", "--dev", "/dev", "--ro-bind", "/dev/null", "/dev/zero", "--tmpfs", "/tmp")
"""What is bound is no device in there: /dev/zero, when mapped, would be shared memory that nobody counts."""

READ_ONLY = ("--remount-ro", "/", "--remount-ro", "/dev", "--remount-ro", "/tmp")
"""bubblewrap's own folders lie in memory that no limit counts."""

PROCESSORS = "/sys/devices/system/cpu"


def command(path: str, readable: Iterable[str], writable: Sequence[Path]) -> list[str]:
    """What to put before a command so that it runs inside bubblewrap and sees no more than these paths."""
    line = [path, *NAMESPACES, *SYSTEM]
    for place in readable:
        line += ["--ro-bind", place, place]
    if os.path.exists(PROCESSORS):
        line += ["--ro-bind", PROCESSORS, PROCESSORS]
    for link in ("/lib", "/lib64"):
        if os.path.islink(link):
            line += ["--symlink", os.readlink(link), link]
    for folder in writable:
        line += ["--bind", str(folder), str(folder)]
    return [*line, *READ_ONLY, "--chdir", "/", "--"]


def trial(path: str) -> list[str]:
    """A command that succeeds only where bubblewrap can do all of that."""
    return [path, *NAMESPACES, "--ro-bind", "/", "/", *SYSTEM, *READ_ONLY, "--", "true"]
