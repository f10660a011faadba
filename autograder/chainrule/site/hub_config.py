"""A Hub's configuration, as far as it concerns a course."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path, PurePath
from urllib.parse import urlparse

import msgspec

from chainrule.course.loaded import CourseError

SECONDS = 120.0


class HubService(msgspec.Struct, frozen=True):
    """A service; without a command it is started by somebody else."""

    name: str
    url: str = ""
    command: list[str] = []
    user: str = ""
    cwd: str = ""
    admin: bool = False
    api_token: bool = False

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that it listens at; the port is 0 where it names none."""
        address = urlparse(self.url)
        try:
            return address.hostname or "", address.port or 0
        except ValueError:
            return address.hostname or "", 0

    def option(self, name: str) -> str:
        """What follows an option of its command; empty if it has none."""
        for number, word in enumerate(self.command):
            if word == name:
                return next(iter(self.command[number + 1 :]), "")
            if word.startswith(f"{name}="):
                return word.removeprefix(f"{name}=")
        return ""

    def serves(self, course: Path, course_id: str) -> bool:
        """Whether it is the service of a course: by its command, or by its name where others start it."""
        if not self.command:
            return self.name == f"chainrule-{course_id}"
        if "serve" not in self.command or not any(PurePath(word).name == "chainrule" for word in self.command):
            return False
        return Path(self.cwd or "/", self.option("--course") or ".").resolve() == course


class Role(msgspec.Struct, frozen=True):
    """Scopes, and who has them."""

    name: str
    scopes: list[str] = []
    users: list[str] = []
    groups: list[str] = []
    services: list[str] = []


class HubConfig(msgspec.Struct, frozen=True):
    """What `loading` prints."""

    bind_url: str
    base_url: str
    hub_bind_url: str
    proxy_command: list[str]
    spawner_command: list[str]
    admins: list[str]
    services: list[HubService]
    roles: list[Role]
    groups: dict[str, list[str]]

    @property
    def student_environment(self) -> Path | None:
        """The environment of the program that the spawner starts, where its whole path is named."""
        program = Path(self.spawner_command[0]) if self.spawner_command else Path()
        return program.parent.parent if program.is_absolute() else None


def load(file: Path) -> HubConfig:
    """Load a configuration by the Hub's own loader.

    It is a program: one that somebody else could have written is not run.

    Raises:
        CourseError: it is not there, not run, or cannot be loaded; says why.
    """
    _require_trusted(file)
    command = [sys.executable, "-P", "-m", "chainrule.site.loading", str(file)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, cwd=file.parent)
        return msgspec.json.decode(done.stdout, type=HubConfig)
    except subprocess.TimeoutExpired as error:
        raise CourseError(f"{file} was not loaded within {SECONDS:g} s: let it start nothing.") from error
    except msgspec.MsgspecError as error:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        said = last[0] if last else f"its process ended with {done.returncode}"
        raise CourseError(f"JupyterHub cannot load {file} ({said}): mend it, or run this as the Hub's user.") from error


def _require_trusted(file: Path) -> None:
    try:
        status = file.stat()
    except OSError as error:
        raise CourseError(f"{file} cannot be looked at ({error.strerror}): name the Hub's configuration.") from error
    if not stat.S_ISREG(status.st_mode):
        raise CourseError(f"{file} is no file: name the Hub's configuration.")
    others = stat.S_IWOTH | (stat.S_IWGRP if status.st_gid not in (0, _own_group()) else 0)
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & others:
        raise CourseError(
            f"{file} is not loaded, since somebody else can write it, and it would run as you: "
            f"`chown root: '{file}'` and `chmod go-w '{file}'`."
        )


def _own_group() -> int:
    return pwd.getpwuid(os.geteuid()).pw_gid
