"""A Dask cluster of the tests' own, on loopback: a scheduler and workers, each a process tree that ends with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SECONDS = 120
SOMEBODY_ELSE = "nobody"


@dataclass
class Cluster:
    """The scheduler's address, and the processes by their names."""

    folder: Path
    address: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str, user: str = "", **environment: str) -> None:
        """Start one of Dask's programs, as another user if one is named."""
        room = self.folder / name
        room.mkdir()
        room.chmod(0o777)
        command = [*_as(user), sys.executable, "-m", "dask", *arguments]
        with self.log(name).open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=room,
                stdout=log,
                stderr=log,
                env={**os.environ, "HOME": str(room), "TMPDIR": "/tmp", **environment},
                start_new_session=True,
            )

    def start_scheduler(self, name: str = "scheduler") -> None:
        """A scheduler at an address of its own."""
        self.start(name, "scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard", "--no-show")
        found = re.search(r"tcp://[\d.:]+", self.wait_for(name, r"Scheduler at:\s+tcp://[\d.:]+"))
        assert found is not None
        self.address = found.group()

    def start_worker(self, name: str, user: str = "", **environment: str) -> None:
        """A worker with one thread."""
        self.start(name, "worker", self.address, "--nthreads=1", "--no-dashboard", user=user, **environment)
        self.wait_for(name, "Starting established connection|Registered to")

    def wait_for(self, name: str, words: str) -> str:
        """Wait until a program has said this; returns all that it said."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            said = self.log(name).read_text(errors="replace")
            if re.search(words, said):
                return said
            if self.processes[name].poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"{name} did not say {words!r}: {self.log(name).read_text(errors='replace')[-3000:]}")

    def log(self, name: str) -> Path:
        """What a program said."""
        return self.folder / f"{name}.log"

    def kill(self, name: str) -> None:
        """End a program and all that it has started, at once, as a machine that goes."""
        process = self.processes.pop(name)
        try:
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            family = []
        for member in family:
            try:
                member.kill()
            except psutil.NoSuchProcess:
                continue
        process.wait(timeout=30)

    def close(self) -> None:
        """End all of it at once."""
        for name in reversed(list(self.processes)):
            self.kill(name)


@contextmanager
def cluster(folder: Path, workers: Sequence[str] = ()) -> Iterator[Cluster]:
    """A scheduler, and a worker for each of these users ("" is who runs the tests)."""
    made = Cluster(folder)
    folder.mkdir(exist_ok=True)
    # Other users must get to their own folders below.
    for place in (folder, *folder.parents):
        if place.stat().st_uid == os.geteuid() and place.is_relative_to("/tmp") and place != Path("/tmp"):
            place.chmod(place.stat().st_mode | 0o011)
    try:
        made.start_scheduler()
        for number, user in enumerate(workers):
            made.start_worker(f"worker-{number}", user)
        yield made
    finally:
        made.close()


def _as(user: str) -> list[str]:
    """A command's beginning that makes it another user's, who may read what the tests' own may (the interpreter)."""
    if not user:
        return []
    may_read = "+dac_read_search"
    return ["setpriv", f"--reuid={user}", "--clear-groups", f"--inh-caps={may_read}", f"--ambient-caps={may_read}"]
