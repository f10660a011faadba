"""A course of the course's account, with assignments that are released into the exchange."""

from __future__ import annotations

import pwd
import subprocess
from pathlib import Path
from typing import Any

from demonstration.commands import done, in_the_name_of
from demonstration.place import COURSE, Place, SetUpError, home

SETTINGS = '\n# Where students fetch from and hand in to.\nc.Exchange.root = "{exchange}"\n'


def make(place: Place) -> None:
    """Make the course and release its assignments, as far as that is not done.

    Raises:
        SetUpError: it could not be done; says why.
    """
    config = place.course / "nbgrader_config.py"
    settings = SETTINGS.format(exchange=place.exchange)
    if not config.exists():
        as_course(place, "chainrule", "init", COURSE, folder=home(place.account))
    if settings not in config.read_text():
        config.write_text(config.read_text() + settings)
    for name in place.assignments:
        if not (place.course / "source" / name).exists():
            shipped = name in _shipped(place)
            as_course(place, "chainrule", "add" if shipped else "new", name)
        if not (place.exchange / COURSE / "outbound" / name).exists():
            as_course(place, "nbgrader", "generate_assignment", "--force", name)
            as_course(place, "nbgrader", "release_assignment", name)


def as_course(place: Place, command: str, *arguments: str, folder: Path | None = None) -> str:
    """Run a command of the course's environment as its account, in its folder; returns what it printed.

    Raises:
        SetUpError: it failed.
    """
    environment = place.folder / "course"
    options: dict[str, Any] = in_the_name_of(place.account, environment) | {"cwd": folder or place.course}
    return done((environment / "bin" / command, *arguments), f"{command} {arguments[0]} failed", **options)


def _shipped(place: Place) -> list[str]:
    script = "from chainrule.engine.assignment import shipped_names; print(*shipped_names())"
    return as_course(place, "python", "-c", script).split()


def require_sandbox(place: Place) -> None:
    """The course's account can grade here.

    Raises:
        SetUpError: there is no safe sandbox for it.
    """
    environment = place.folder / "course"
    options = in_the_name_of(place.account, environment) | {"cwd": place.course}
    tried = subprocess.run(
        [environment / "bin/chainrule", "doctor"], capture_output=True, text=True, check=False, **options
    )
    if tried.returncode:
        last = [line for line in (tried.stdout + tried.stderr).splitlines() if line.strip()][-1:]
        raise SetUpError(f"{pwd.getpwnam(place.account).pw_name} cannot grade here: {''.join(last)}")
