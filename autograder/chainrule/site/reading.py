"""What an account can open: really tried where this runs as root, else computed from owners and modes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from chainrule.course.loaded import CourseError
from chainrule.site.accounts import READ, WRITE, Account
from chainrule.site.trying import Trial, Tried

SECONDS = 60.0


def can_try() -> bool:
    """Whether this process can become another user."""
    return os.geteuid() == 0


def tried(account: Account, paths: Sequence[Path]) -> Tried:
    """What of these an account can read and write.

    Raises:
        CourseError: it could not be tried, or a file cannot be looked at.
    """
    return by_trying(account, paths) if can_try() else by_modes(account, paths)


def by_trying(account: Account, paths: Sequence[Path]) -> Tried:
    """Try, in a child process that becomes the account.

    Raises:
        CourseError: the process failed; says how it ended.
    """
    trial = Trial(account.user, account.group, list(account.groups), [str(path) for path in paths])
    command = [sys.executable, "-P", "-m", "chainrule.site.trying"]
    asked = msgspec.json.encode(trial)
    try:
        done = subprocess.run(command, input=asked, capture_output=True, timeout=SECONDS, cwd="/")
    except subprocess.TimeoutExpired as error:
        # The account can stop its own processes.
        raise CourseError(f"What {account.name} can read could not be tried within {SECONDS:g} s.") from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise CourseError(f"What {account.name} can read could not be tried: {last[0] if last else done.returncode}.")
    return msgspec.json.decode(done.stdout, type=Tried)


def by_modes(account: Account, paths: Sequence[Path]) -> Tried:
    """Compute it; what this process cannot look at itself is taken as closed."""
    return Tried(
        [str(path) for path in paths if _may(account, path, READ)],
        [str(path) for path in paths if _may(account, path, WRITE)],
    )


def _may(account: Account, path: Path, wanted: int) -> bool:
    try:
        return account.may(path, wanted)
    except PermissionError:
        return False
