"""The Hub's process: started beside what called for it, found again, ended."""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from demonstration import processes
from demonstration.accounts import exists
from demonstration.circumstances import require_free
from demonstration.commands import SYSTEM_PATH
from demonstration.place import COURSE, Place, SetUpError

CONFIG = Path(__file__).resolve().parents[1] / "jupyterhub_config.py"
LONGEST_START = 120.0
LONGEST_LETTING_GO = 5.0

COURSES = """[{course}]
account = "{account}"
folder = "{folder}"
instructors = {instructors}
students = {students}
"""


def describe(place: Place) -> None:
    """Write what the Hub's configuration reads: its courses and the password."""
    names = {"instructors": [*map(place.user, place.instructors)], "students": [*map(place.user, place.students)]}
    text = COURSES.format(course=COURSE, account=place.account, folder=place.course, **names)
    (place.folder / "courses.toml").write_text(text.replace("'", '"'))
    password = place.run / "password"
    if not password.exists():
        password.write_text(secrets.token_urlsafe(9) + "\n")


def start(place: Place) -> None:
    """Start it, and wait until it answers; nothing if it does already.

    Raises:
        SetUpError: a port is taken, or it ended, or does not answer; says what its log says.
    """
    if is_up(place):
        return
    stop(place)
    _wait_for_ports(place)
    variables = {
        "PATH": f"{place.folder / 'course/bin'}:{SYSTEM_PATH}:{os.environ.get('PATH', '')}",
        "HOME": os.environ.get("HOME", "/root"),
        "LANG": "C.UTF-8",
        "CHAINRULE_HUB": str(place.folder),
        "CHAINRULE_HUB_PORT": str(place.port),
    }
    log = place.run / "hub.log"
    with log.open("a") as out:
        process = subprocess.Popen(
            [place.folder / "course/bin/jupyterhub", "-f", CONFIG],
            cwd=place.run,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    (place.run / "hub.pid").write_text(str(process.pid))
    deadline = time.monotonic() + LONGEST_START
    while not answers(place):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise SetUpError(f"The Hub does not start; {log} ends with: {_end_of(log)}")
        time.sleep(0.5)


def stop(place: Place) -> None:
    """End the Hub with its services and servers; and what one that was killed has left.

    Raises:
        SetUpError: it does not end.
    """
    process = running(place)
    if process is not None:
        processes.end(process, signal.SIGTERM)
    for left in (*_services_left(place), *_proxy_left(place)):
        processes.end(left, signal.SIGKILL)
    (place.run / "hub.pid").unlink(missing_ok=True)


def running(place: Place) -> int | None:
    """The Hub's process; None if it does not run."""
    with suppress(FileNotFoundError, ValueError):
        process = int((place.run / "hub.pid").read_text())
        # Its number may be another's by now.
        if str(place.folder) in processes.command(process):
            return process
    return None


def is_up(place: Place) -> bool:
    """Whether it runs and answers."""
    return running(place) is not None and answers(place)


def answers(place: Place) -> bool:
    """Whether the Hub and the course's service answer through the proxy."""
    try:
        for path in ("/hub/api/", f"/services/chainrule-{COURSE}/health"):
            with urllib.request.urlopen(place.url + path, timeout=5) as answer:
                answer.read()
    except (OSError, urllib.error.URLError):
        return False
    return True


def _services_left(place: Place) -> list[int]:
    """Services whose Hub is gone: they hold its ports, and its new tokens are not theirs."""
    if not exists(place.account):
        return []
    mine = processes.of_user(pwd.getpwnam(place.account).pw_uid)
    return [one for one in mine if any(each.startswith("JUPYTERHUB_SERVICE_URL=") for each in processes.variables(one))]


def _proxy_left(place: Place) -> list[int]:
    with suppress(FileNotFoundError, ValueError):
        process = int((place.run / "proxy.pid").read_text().split()[0])
        if str(place.folder) in processes.command(process):
            return [process]
    return []


def _wait_for_ports(place: Place) -> None:
    """What was just ended may hold them a moment longer."""
    deadline = time.monotonic() + LONGEST_LETTING_GO
    while True:
        try:
            require_free(place.ports)
        except SetUpError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-12:])
