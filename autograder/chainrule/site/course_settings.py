"""What a course's configuration says of places, read as the account that the course belongs to.

`nbgrader_config.py` is a program that this account can write: root does not run it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
from sqlalchemy import make_url

from chainrule.course.examination import root_of_exchange
from chainrule.course.loaded import CourseError, nbgrader_app
from chainrule.site.accounts import Account

SECONDS = 120.0
DIRECTORIES = ("source", "submitted", "autograded", "feedback")


class Settings(msgspec.Struct, frozen=True):
    """Where a course keeps what; `exchange` is empty where it is no folder, `gradebook` where it is no file."""

    course_id: str
    exchange: str
    gradebook: str
    folders: list[str]
    groupshared: bool


def of(course: Path, account: Account) -> Settings:
    """The settings of a course, as its account reads them.

    Raises:
        CourseError: they cannot be read; says why.
    """
    if os.geteuid() != 0 or account.user == 0:
        return read(course)
    command = [sys.executable, "-P", "-m", "chainrule.site.course_settings", str(course)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=SECONDS, cwd=course, env=_environment(account),
            user=account.user, group=account.group, extra_groups=account.groups,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise CourseError(
            f"The course's account {account.name} cannot run {sys.executable} ({error}): install chainrule[hub] in an "
            "environment that it can read."
        ) from error
    try:
        return msgspec.json.decode(done.stdout, type=Settings)
    except msgspec.MsgspecError as error:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        said = last[0] if last else f"it ended with {done.returncode}"
        raise CourseError(f"The settings of {course} cannot be read as {account.name}: {said}") from error


def read(course: Path) -> Settings:
    """The same, as this process's user.

    Raises:
        CourseError: the configuration cannot be loaded.
    """
    app = nbgrader_app(course)
    places = app.coursedir
    url = make_url(places.db_url)
    return Settings(
        course_id=places.course_id or course.name,
        exchange=root_of_exchange(app.config),
        gradebook=str(url.database or "") if url.get_backend_name() == "sqlite" else "",
        folders=[str(course / getattr(places, f"{name}_directory")) for name in DIRECTORIES],
        groupshared=bool(places.groupshared),
    )


def _environment(account: Account) -> dict[str, str]:
    """Nothing of root's, but how to find Python's modules."""
    kept = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    home = os.path.expanduser(f"~{account.name}")
    home = home if os.path.isabs(home) else "/"
    return {name: os.environ[name] for name in kept if name in os.environ} | {"HOME": home, "USER": account.name}


def main() -> None:
    """Print the settings of the course that is named."""
    report = os.fdopen(os.dup(1), "wb")
    # Whatever the configuration prints.
    os.dup2(2, 1)
    try:
        settings = read(Path(sys.argv[1]))
    except CourseError as error:
        raise SystemExit(str(error)) from error
    report.write(msgspec.json.encode(settings))
    report.flush()


if __name__ == "__main__":
    main()
