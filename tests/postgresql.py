"""A PostgreSQL of the tests' own, in a folder that goes with it, reached over a unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


def _program(name: str) -> str | None:
    """Debian keeps these out of PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(places[-1]) if places else None)


@dataclass(frozen=True)
class Server:
    """A server that runs; `url` leads to an empty database of its."""

    url: str
    _control: Callable[..., None]

    def restart(self) -> None:
        """Stop at once, as when the machine goes down, and start again."""
        self._control("restart", "--mode=immediate")


@contextmanager
def running(durable: bool = False) -> Iterator[str]:
    """The URL of an empty database; a skipped test where PostgreSQL is not installed.

    `durable` is as a site runs it: a commit is on the disk.
    """
    with server(durable) as found:
        yield found.url


@contextmanager
def server(durable: bool = False) -> Iterator[Server]:
    """The same, with its server."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed")
    # It refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    account = pwd.getpwnam(user)
    owner, group = (account.pw_uid, account.pw_gid) if os.geteuid() == 0 else (None, None)
    folder = Path(tempfile.mkdtemp(prefix="chainrule-postgresql-", dir="/tmp"))

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=folder, user=owner, group=group)

    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync={'on' if durable else 'off'}"

    def control(what: str, *more: str) -> None:
        starting = () if what == "stop" else ("-l", f"{folder}/log", "-o", options)
        run(str(pg_ctl), what, "--wait", "-D", f"{folder}/data", *starting, *more)

    try:
        shutil.chown(folder, user)
        run(initdb, "--no-sync", "--auth=trust", "--username=grader", "-D", f"{folder}/data")
        control("start")
        try:
            yield Server(f"postgresql+psycopg://grader@/postgres?host={folder}", control)
        finally:
            control("stop", "--mode=immediate")
    finally:
        shutil.rmtree(folder)
