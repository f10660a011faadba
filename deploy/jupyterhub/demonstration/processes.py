"""Processes as /proc shows them: whose they are, what was called, and that they are gone."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from demonstration.place import SetUpError

PATIENCE = 60.0


def of_user(uid: int) -> list[int]:
    """The processes of a user."""
    found = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]
    return [one for one in found if _status(one).get("Uid", "").split()[:1] == [str(uid)] and runs(one)]


def runs(process: int) -> bool:
    """Whether it is there, and no zombie."""
    return not _status(process).get("State", "Z").startswith("Z")


def command(process: int) -> str:
    """What was called; empty if it is gone."""
    return _read(process, "cmdline").replace("\0", " ")


def variables(process: int) -> list[str]:
    """Its environment, as `NAME=value`."""
    return _read(process, "environ").split("\0")


def end(process: int, how: signal.Signals) -> None:
    """End a process, and wait until it is gone.

    Raises:
        SetUpError: it does not end.
    """
    deadline = time.monotonic() + PATIENCE
    with suppress(ProcessLookupError):
        os.kill(process, how)
    while runs(process):
        with suppress(ChildProcessError):
            # It may be a child of ours.
            os.waitpid(process, os.WNOHANG)
        if time.monotonic() > deadline:
            raise SetUpError(f"Process {process} does not end; end it, then call this again.")
        time.sleep(0.1)


def _status(process: int) -> dict[str, str]:
    lines = (line.split(":", 1) for line in _read(process, "status").splitlines() if ":" in line)
    return {name: value.strip() for name, value in lines}


def _read(process: int, what: str) -> str:
    try:
        return Path(f"/proc/{process}/{what}").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
