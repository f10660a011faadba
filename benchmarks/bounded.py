"""A command within limits of memory, of the size of files, and of how long it may be silent; nothing outlives it.

    python benchmarks/bounded.py SECONDS LOG COMMAND...

What it says goes to the file LOG. Exit status 124 if nothing was added there for SECONDS; otherwise the command's own.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

SILENT = 124
"""The exit status of a command that was silent for too long."""

LIMITS = {resource.RLIMIT_AS: 12 * 2**30, resource.RLIMIT_FSIZE: 2**28, resource.RLIMIT_CORE: 0}
"""Of each of its processes; the address space of what has loaded torch is large."""

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def run(command: Sequence[str], seconds: float, log: Path, folder: Path, variables: Mapping[str, str]) -> int:
    """Run a command in a folder within these limits, as a process of its own; returns its exit status."""
    bounded = [sys.executable, str(Path(__file__).resolve()), str(seconds), str(log), *command]
    return subprocess.run(bounded, cwd=folder, env={**os.environ, **variables}, stdin=subprocess.DEVNULL).returncode


def main() -> int:
    """What this file does as a command."""
    seconds, log, command = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    libc = ctypes.CDLL(None)
    # Whoever loses its parent becomes our child, and ends with us.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(SILENT))
    for limit, value in LIMITS.items():
        # Attacks that raise a limit of their own would otherwise fail for ours.
        resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        return _status(process, log, seconds)
    finally:
        _end_all()


def _status(process: subprocess.Popen[bytes], log: Path, seconds: float) -> int:
    """How the command ends; SILENT if it does not."""
    size, since = -1, time.monotonic()
    while (status := process.poll()) is None:
        if (now := log.stat().st_size) != size:
            size, since = now, time.monotonic()
        if time.monotonic() - since > seconds:
            return SILENT
        time.sleep(0.05)
    return status if status >= 0 else 128 - status


def _end_all() -> None:
    """End every process that came of the command; one that starts others meanwhile is met again."""
    while left := psutil.Process().children(recursive=True):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        for process in left:
            with suppress(psutil.Error):
                process.wait(5)


if __name__ == "__main__":
    sys.exit(main())
