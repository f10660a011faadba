"""Accounts of the system for students, instructors and the course; those that were made here can go again."""

from __future__ import annotations

import pwd
import shutil
import signal
from contextlib import suppress
from pathlib import Path

from demonstration import processes
from demonstration.commands import done
from demonstration.place import Place, SetUpError, home

OPEN_TO_ALL = ("/tmp", "/var/tmp", "/dev/shm")
"""Where everybody may leave something."""


def make(place: Place) -> None:
    """Make all accounts that are not there, with homes that nobody else can read.

    Raises:
        SetUpError: one of these names is somebody else's.
    """
    made = place.made_accounts
    for name in place.accounts:
        if exists(name) and name not in made:
            raise SetUpError(f"There is an account {name} on this machine: name another beginning, as PREFIX=demo_")
        if home(name).exists() and not exists(name):
            raise SetUpError(f"{home(name)} is in the way: remove it, or name another beginning, as PREFIX=demo_")
    for name in place.accounts:
        if not exists(name):
            place.note(name)
            command = (
                "useradd",
                "--create-home",
                "--home-dir",
                home(name),
                "--user-group",
                "--shell",
                "/bin/bash",
                name,
            )
            done(command, f"The account {name} could not be made")
        home(name).chmod(0o700)


def remove(place: Place) -> None:
    """Remove the accounts that were made here, with what they have and what still runs in their name.

    Raises:
        SetUpError: it cannot be done.
    """
    for name in place.made_accounts:
        if exists(name):
            uid = pwd.getpwnam(name).pw_uid
            while left := processes.of_user(uid):
                for process in left:
                    processes.end(process, signal.SIGKILL)
            # Whoever gets the number next should not inherit them.
            for folder in map(Path, OPEN_TO_ALL):
                _remove_of(uid, folder)
            done(("userdel", "--remove", name), f"The account {name} could not be removed")


def exists(name: str) -> bool:
    """Whether there is such an account."""
    with suppress(KeyError):
        pwd.getpwnam(name)
        return True
    return False


def _remove_of(uid: int, folder: Path) -> None:
    for one in folder.iterdir():
        with suppress(FileNotFoundError):
            if one.lstat().st_uid != uid:
                continue
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one)
            else:
                one.unlink()
