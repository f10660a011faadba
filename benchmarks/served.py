"""A course that `chainrule serve` grades on submit, with its exchange; the Hub's API is stood in for."""

from __future__ import annotations

import getpass
import itertools
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chainrule.course import init
from chainrule.course.add import add
from chainrule.course.loaded import CONFIG
from chainrule.course.opened import Course
from chainrule.engine import assignment as assignments
from chainrule.engine import solutions
from chainrule.proof.bank import Answers, Bank
from machine import BenchmarkError, program
from mixed_course import mixed

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from stand_in_hub import PREFIX, StandInHub, free_port, stand_in_hub, variables

COURSE = "nn"
START_SECONDS = 300.0


@dataclass(frozen=True)
class Work:
    """What one student is going to hand in."""

    student: str
    assignment: str
    folder: Path
    """The assignment as it was fetched, with the answers in it."""


class Site:
    """A course and its exchange in a folder; one account hands in for all students."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        """Make the course and release these assignments."""
        self.folder = folder / COURSE
        self.exchange = folder / "exchange"
        self._fetched = folder / "fetched"
        self.exchange.mkdir()
        self.exchange.chmod(0o1777)
        init.create(self.folder)
        add(list(names), self.folder)
        with (self.folder / CONFIG).open("a") as config:
            config.write(
                f'\nc.Exchange.root = "{self.exchange}"\nc.CourseDirectory.course_id = "{COURSE}"\n'
                f'c.CollectSubmissions.inbound_owner = "{getpass.getuser()}"\n'
            )
        course = Course(self.folder)
        for name in names:
            course.generate(name)
            if not course.api.release_assignment(name)["success"]:
                raise BenchmarkError(f"{name} could not be released into {self.exchange}.")

    def works(self, assignment: str, count: int, who: str) -> list[Work]:
        """Right work and partly wrong work by turns, each by another student; `who` begins their names."""
        found = assignments.named(assignment, None)
        answers = itertools.islice(mixed(Bank(found, found.source)), count)
        return [self._work(assignment, f"{who}_{name}", given) for name, given in answers]

    def _work(self, assignment: str, student: str, answers: Answers) -> Work:
        folder = self._fetched / f"{student}-{assignment}"
        shutil.copytree(self.folder / "release" / assignment, folder)
        file = folder / f"{assignment}.ipynb"
        released = NotebookNode(nbformat.read(file, as_version=4))
        nbformat.write(solutions.filled(released, answers), file)
        return Work(student, assignment, folder)

    def submit(self, work: Work) -> None:
        """Hand in as `nbgrader submit` does: copy into the exchange, the secret last."""
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        name = f"{work.student}+{work.assignment}+{now}+{secrets.token_urlsafe(9)}"
        folder = self.exchange / COURSE / "inbound" / name
        shutil.copytree(work.folder, folder)
        (folder / "timestamp.txt").write_text(now)
        (folder / "submission_secret.txt").write_text(secrets.token_hex(64))


@contextmanager
def serving(site: Site, log: Path) -> Iterator[tuple[StandInHub, str]]:
    """`chainrule serve` for a site; gives the Hub that knows its students, and the service's address.

    Raises:
        BenchmarkError: it does not answer; says where its log is.
    """
    with stand_in_hub() as hub, log.open("w") as output:
        environment = variables(hub.api, free_port())
        url = environment["JUPYTERHUB_SERVICE_URL"] + PREFIX
        command = [program("chainrule"), "serve", "--course", str(site.folder)]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(process, url, log)
            yield hub, url
        finally:
            process.terminate()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}health", timeout=10):
                return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                last = log.read_text(errors="replace").strip().splitlines()[-1:]
                raise BenchmarkError(f"`chainrule serve` does not answer: {' '.join(last)} ({log})") from error
        time.sleep(0.1)


def token_in(file: Path) -> str:
    """A student's token of a real Hub, from a file that nobody else should read.

    Raises:
        BenchmarkError: there is none.
    """
    try:
        token = os.fsdecode(file.read_bytes()).strip()
    except OSError as error:
        raise BenchmarkError(
            f"{file} cannot be read ({error.strerror}): put a student's token of the Hub there."
        ) from error
    if not token:
        raise BenchmarkError(f"{file} is empty: put a student's token of the Hub there.")
    return token
