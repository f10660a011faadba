"""What the machine must have; each thing that is missing is told in one sentence."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from demonstration.place import SetUpError, closed_above

PACKAGES = {"npm": "npm", "node": "nodejs", "bwrap": "bubblewrap", "useradd": "passwd", "userdel": "passwd"}
"""Commands, and the packages of Debian and Ubuntu that they come with."""

OLDEST = (3, 11)
USUAL = ("python3", "python3.13", "python3.12", "python3.11")


def require() -> None:
    """Look at all.

    Raises:
        SetUpError: something is missing.
    """
    require_root()
    # `su` does not name these.
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    if lacking := sorted({package for command, package in PACKAGES.items() if shutil.which(command) is None}):
        raise SetUpError(f"Missing here: {' '.join(lacking)}. On Debian and Ubuntu: apt install {' '.join(lacking)}")
    uv()
    interpreter()


def require_root() -> None:
    """Nobody else can do it.

    Raises:
        SetUpError: this is somebody else.
    """
    if os.geteuid() != 0:
        raise SetUpError("Accounts are made and servers started in their name, which only root can: sudo make hub")


def uv() -> Path:
    """uv, which installs in seconds what pip does in minutes.

    Raises:
        SetUpError: it is not there.
    """
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise SetUpError("uv is missing: `make hub` brings it, or `pip install uv`.")
    return Path(found)


def interpreter() -> Path:
    """A Python that students' servers can run: not one in root's home, for example.

    Raises:
        SetUpError: there is none.
    """
    path = "/usr/local/bin:/usr/bin"
    usual = [Path(found) for name in USUAL if (found := shutil.which(name, path=path))]
    for python in [Path(sys.executable).resolve(), *usual]:
        if is_for_everybody(python) and _version(python) >= OLDEST:
            return python
    raise SetUpError(
        "No Python 3.11 or newer is here that every user can run; those below /root are root's alone. On Debian and "
        "Ubuntu: apt install python3"
    )


def is_for_everybody(program: Path) -> bool:
    """Whether each user can run it."""
    program = program.resolve()
    readable = stat.S_IROTH | stat.S_IXOTH
    return program.is_file() and program.stat().st_mode & readable == readable and closed_above(program) is None


def _version(python: Path) -> tuple[int, ...]:
    script = "import sys; print(*sys.version_info[:2])"
    found = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)
    return tuple(map(int, found.stdout.split())) if found.returncode == 0 else (0,)


def require_free(ports: Iterable[int]) -> None:
    """Nobody else listens there.

    Raises:
        SetUpError: somebody does.
    """
    for port in ports:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError as error:
                raise SetUpError(
                    f"Port {port} on 127.0.0.1 cannot be taken ({error.strerror}); the Hub needs it and "
                    "its neighbours: name another with PORT=."
                ) from error
