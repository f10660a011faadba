"""Runs commands: quietly as long as they succeed, and in somebody's name where that is asked for."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from demonstration.place import SetUpError, home

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def done(command: Iterable[str | Path], what: str, **options: Any) -> str:
    """Run a command; returns what it printed.

    Raises:
        SetUpError: it failed; says what was to be done, and its last words.
    """
    options = {"input": ""} | options
    finished = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    if finished.returncode:
        words = [line for line in (finished.stdout + finished.stderr).splitlines() if line.strip()]
        raise SetUpError(f"{what}: {words[-1].strip() if words else f'it ended with status {finished.returncode}'}")
    return finished.stdout


def in_the_name_of(account: str, environment: Path, more: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Options of `subprocess` for a command of an account, with an environment's commands and nothing of root's."""
    user = pwd.getpwnam(account)
    variables = {"HOME": str(home(account)), "USER": account, "LOGNAME": account, "LANG": "C.UTF-8"}
    return {
        "user": user.pw_uid,
        "group": user.pw_gid,
        "extra_groups": os.getgrouplist(account, user.pw_gid),
        "cwd": home(account),
        "env": variables | {"PATH": f"{environment / 'bin'}:{SYSTEM_PATH}"} | dict(more or {}),
        "umask": 0o022,
    }
