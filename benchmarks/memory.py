"""What the processes of a running `chainrule grade` hold for themselves, sampled until it ends."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

PERIOD_SECONDS = 0.1
MEBIBYTE = 2**20
DISPATCHER = "chainrule.workers.dispatcher"
FORK_SERVER = "fork_server"


@dataclass
class Peaks:
    """The most private bytes that were seen: of one process, and of one sandbox all that is in it and its guard."""

    writer: int = 0
    dispatcher: int = 0
    fork_server: int = 0
    grader: int = 0
    sandbox: int = 0

    def take(self, kind: str, size: int) -> None:
        """Another sample."""
        setattr(self, kind, max(getattr(self, kind), size))

    def mebibytes(self) -> dict[str, float]:
        """As figures, with what one further job needs at most: a grader and a sandbox."""
        figures = {**asdict(self), "per_further_job": self.grader + self.sandbox}
        return {kind: round(size / MEBIBYTE, 1) for kind, size in figures.items()}


def watched(process: subprocess.Popen[bytes]) -> Peaks:
    """Sample until the command ends."""
    peaks = Peaks()
    writer = psutil.Process(process.pid)
    while process.poll() is None:
        # Processes end while they are looked at.
        with suppress(psutil.NoSuchProcess, ProcessLookupError, FileNotFoundError):
            for kind, size in sample(writer):
                peaks.take(kind, size)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PERIOD_SECONDS)
    return peaks


def sample(writer: psutil.Process) -> Iterator[tuple[str, int]]:
    """What is there now: kinds of Peaks and private bytes."""
    yield "writer", private(writer)
    for dispatcher in writer.children():
        if DISPATCHER not in " ".join(dispatcher.cmdline()):
            continue
        yield "dispatcher", private(dispatcher)
        for child in dispatcher.children():
            if child.cmdline() == dispatcher.cmdline():
                yield "grader", private(child)
            else:
                yield from _of_keeper(child)


def _of_keeper(keeper: psutil.Process) -> Iterator[tuple[str, int]]:
    server = _fork_server(keeper)
    if server is not None:
        yield "fork_server", private(server)
        for guard in server.children():
            yield "sandbox", private(guard) + sum(private(one) for one in guard.children(recursive=True))


def _fork_server(keeper: psutil.Process) -> psutil.Process | None:
    """The fork server: the program below the keeper, and below bubblewrap where there is one."""
    for child in keeper.children():
        if Path((child.cmdline() or [""])[0]).name == "bwrap":
            return _fork_server(child)
        if FORK_SERVER in " ".join(child.cmdline()):
            return child
    return None


def private(process: psutil.Process) -> int:
    """Bytes that a process holds for itself; none when it has just ended."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    except (ProcessLookupError, FileNotFoundError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))
