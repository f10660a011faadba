"""A PostgreSQL of the tests' own, in a folder that goes with it, reached over a unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _program(name: str) -> str | None:
    """Debian keeps these out of PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(places[-1]) if places else None)


@contextmanager
def running(durable: bool = False) -> Iterator[str]:
    """The URL of an empty database; a skipped test where PostgreSQL is not installed.

    `durable` is as a site runs it: a commit is on the disk.
    """
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

    try:
        shutil.chown(folder, user)
        run(initdb, "--no-sync", "--auth=trust", "--username=grader", "-D", f"{folder}/data")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync={'on' if durable else 'off'}"
        run(pg_ctl, "start", "--wait", "-D", f"{folder}/data", "-l", f"{folder}/log", "-o", options)
        try:
            yield f"postgresql+psycopg://grader@/postgres?host={folder}"
        finally:
            run(pg_ctl, "stop", "--wait", "--mode=immediate", "-D", f"{folder}/data")
    finally:
        shutil.rmtree(folder)
