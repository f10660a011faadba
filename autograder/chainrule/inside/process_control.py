"""What a process may set about itself: by prctl(2), and limits that it could take back."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36


def set_dumpable(value: bool) -> None:
    """Whether others of the same user may look into this process: its memory, its environment, its open files."""
    _prctl(PR_SET_DUMPABLE, int(value))


def adopt_orphans() -> None:
    """Let descendants whose parent ends come back to this process."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent(parent: int) -> None:
    """Have this process killed when `parent` ends, which must be a process of a single thread."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It had ended before.
        os._exit(1)


def limit(memory: int, seconds: int) -> None:
    """Let this process take so many bytes of address space more than it has, and so much processor time in all.

    For one that computes what others want: it ends, or gets a MemoryError, and nobody else does.
    """
    with open("/proc/self/statm") as pages:
        now = int(pages.read().split()[0]) * resource.getpagesize()
    _set_soft(resource.RLIMIT_AS, now + memory)
    _set_soft(resource.RLIMIT_CPU, seconds)
    _set_soft(resource.RLIMIT_CORE, 0)


def compute_in_one_thread() -> None:
    """In a fork of a process that may have used torch: the threads of its OpenMP did not come along.

    What would be handed to them would wait for ever.
    """
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


def unlimit() -> None:
    """Take back the limits that a parent has set itself with `limit`."""
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU):
        _set_soft(kind, resource.getrlimit(kind)[1])


def _set_soft(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")
