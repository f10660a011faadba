"""What a benchmark was run on, and whole commands with their wall clock."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chainrule.sandbox import layers
from chainrule.sandbox.kept_process import IDLE_VARIABLE

PACKAGES = ("chainrule", "numpy", "torch", "nbgrader", "nbclient", "ipykernel", "distributed", "sqlalchemy")
PROGRAMS = Path(sys.executable).parent
ROOM_VARIABLE = "XDG_RUNTIME_DIR"
"""Where the keepers of fork servers are found."""
KEEPER_SECONDS = 60.0


class BenchmarkError(RuntimeError):
    """Something to be measured did not do its work; the message says what."""


@dataclass(frozen=True)
class Ran:
    """A command that has ended: its wall clock and what it printed."""

    seconds: float
    output: str


def found() -> dict[str, Any]:
    """This machine, the versions, and how busy it was."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "sandbox": str(layers.found()),
        "load_average_before": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def program(name: str) -> str:
    """A command of the environment that runs the benchmark."""
    return str(PROGRAMS / name)


def keep_to_ourselves(room: Path) -> None:
    """From now on no fork server of ours waits for the next grader, or is shared with anybody else's."""
    room.mkdir(mode=0o700)
    path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")])
    os.environ.update({"PATH": path, ROOM_VARIABLE: str(room), IDLE_VARIABLE: "0"})


def timed(
    command: Sequence[str],
    folder: Path,
    statuses: Sequence[int] = (0,),
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Ran:
    """Run a whole command in a folder, its start included, with these variables in its environment.

    Raises:
        BenchmarkError: its exit status is none of these.
    """
    started = time.perf_counter()
    environment = {**os.environ, **variables}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace")
    seconds = time.perf_counter() - started
    if ran.returncode not in statuses:
        raise BenchmarkError(f"`{' '.join(command)}` ended with {ran.returncode}: {ran.stderr.strip()[-2000:]}")
    return Ran(seconds, ran.stdout)


def wait_for_keepers() -> None:
    """Wait until no fork server is left of the commands before.

    Raises:
        BenchmarkError: one does not end.
    """
    deadline = time.monotonic() + KEEPER_SECONDS
    while any(_is_ours(process) for process in Path("/proc").glob("[0-9]*")):
        if time.monotonic() > deadline:
            raise BenchmarkError("A fork server of the last commands does not end.")
        time.sleep(0.1)


def _is_ours(process: Path) -> bool:
    with suppress(OSError):
        room = f"{ROOM_VARIABLE}={os.environ[ROOM_VARIABLE]}"
        return room.encode() in (process / "environ").read_bytes().split(b"\0")
    return False
