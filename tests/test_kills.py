"""Killed at random moments, part by part, in batches of a class: no grade is lost, doubled or wrong, nothing stays.

A handful of kills in small batches by default, the same ones every time; CHAINRULE_KILLS=50 for batches of forty, with
another CHAINRULE_KILLS_SEED.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy.exc import OperationalError

import dask_cluster
import numbered_course
import postgresql
from chainrule.course.loaded import CONFIG
from chainrule.course.opened import Course
from chainrule.workers.local import LocalGraders
from dask_cluster import Cluster
from kills import SECONDS, Ending, Killing, Tally
from numbered_course import NAME, Grade, student

KILLS = int(os.environ.get("CHAINRULE_KILLS", "4"))
SEED = int(os.environ.get("CHAINRULE_KILLS_SEED", "1"))
MANY = KILLS >= 50
STUDENTS = 40 if MANY else 10

ELSEWHERE = KILLS // 5 if MANY else 0
"""So many kills are for a gradebook in PostgreSQL, and as many for graders on a cluster; the others are for neither."""

needs_many = pytest.mark.skipif(not MANY, reason="a few kills are made here alone; CHAINRULE_KILLS=50 makes them all")


@dataclass(frozen=True)
class Undisturbed:
    """A course with nothing graded; and of one that was graded the grades and the names of all files."""

    folder: Path
    grades: dict[str, Grade]
    files: set[Path]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    place = tmp_path_factory.mktemp("courses")
    course = numbered_course.make(place / "fresh", STUDENTS)
    graded = Course(Path(shutil.copytree(course.folder, place / "graded")))
    with closing(LocalGraders(2)) as graders:
        graded.grade(NAME, graders=graders)
    grades = numbered_course.grades(graded)
    assert [grade.rows for grade in grades.values()] == [
        (("digit", float(number), None, 0),) for number in range(1, STUDENTS + 1)
    ]
    return Undisturbed(course.folder, grades, files(graded))


def files(course: Course) -> set[Path]:
    """All files of a course but its gradebook, which may be elsewhere, and what imports leave behind."""
    found = {file.relative_to(course.folder) for file in course.folder.rglob("*") if file.is_file()}
    return {file for file in found if file.name != "gradebook.db" and "__pycache__" not in file.parts}


@pytest.fixture
def temporary() -> Iterator[Path]:
    """The temporary folder of all that is killed; its path is short, for unix sockets."""
    with tempfile.TemporaryDirectory(prefix="chainrule-kills-", dir="/tmp") as place:
        folder = Path(place) / "t"
        folder.mkdir()
        yield folder


def stands_it(undisturbed: Undisturbed, killing: Killing, courses: Iterator[Course], kills: int) -> Tally:
    """Kill so many of all, in one course after the other; each comes to what it would have been."""
    while killing.tally.kills < kills:
        course = next(courses)
        killing.batch(course, kills - killing.tally.kills, functools.partial(require_right_or_none, course))
        # What was killed last is swept by the next start.
        assert killing.run(course, 0, "--force", "--student", student(1)) == 0, killing.said()
        found = numbered_course.grades(course)
        assert found.keys() == undisturbed.grades.keys()
        assert {name: grade for name, grade in found.items() if grade != undisturbed.grades[name]} == {}
        assert files(course) == undisturbed.files
        killing.tally.compared += len(found)
    return killing.tally


def require_right_or_none(course: Course) -> None:
    """Whatever has just happened, no score is doubled or wrong; some are missing."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            scores = numbered_course.scores(course)
            break
        except OperationalError:
            # A database that comes back.
            assert time.monotonic() < deadline
            time.sleep(0.2)
    right = {student(number): float(number) for number in range(1, STUDENTS + 1)}
    for name, rows in scores.items():
        assert [score for _, score, *_ in rows] in ([None], [right[name]])


def copies(undisturbed: Undisturbed, place: Path) -> Iterator[Course]:
    """Courses with nothing graded, as many as are wanted."""
    number = 0
    while True:
        number += 1
        yield Course(Path(shutil.copytree(undisturbed.folder, place / f"course{number}")))


def tell(capsys: pytest.CaptureFixture[str], where: str, tally: Tally) -> None:
    with capsys.disabled():
        print(f"\n{where}, batches of {STUDENTS}, seed {SEED}: {tally}")  # noqa: T201


def test_here(undisturbed: Undisturbed, temporary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    killing = Killing(temporary, SEED)
    tell(capsys, "here", stands_it(undisturbed, killing, copies(undisturbed, tmp_path), KILLS - 2 * ELSEWHERE))
    assert killing.left() == []


@needs_many
def test_with_the_gradebook_in_postgresql(
    undisturbed: Undisturbed, temporary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgresql.server() as server:

        def backends() -> list[psutil.Process]:
            """The server's processes of a course's connections, which it names on their command lines."""
            lines = {process: " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])}
            return [process for process, line in lines.items() if line.startswith("postgres: grader course")]

        def restarted() -> bool:
            server.restart()
            return True

        def courses() -> Iterator[Course]:
            for course in copies(undisturbed, tmp_path):
                name = f"{course.folder.name}_{os.getpid()}"
                with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
                    connection.execute(f'create database "{name}"')
                config = course.folder / CONFIG
                url = server.url.replace("/postgres?", f"/{name}?")
                config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {url!r}\n")
                yield Course(course.folder)

        others: dict[str, Ending] = {
            "connection of the gradebook": lambda: killing.ended(backends()),
            "PostgreSQL": restarted,
        }
        killing = Killing(temporary, SEED, parts=["command", "grader"], others=others)
        tell(capsys, "PostgreSQL", stands_it(undisturbed, killing, courses(), ELSEWHERE))
        assert killing.left() == []


class Site:
    """A cluster of a scheduler and two workers that somebody starts again when one of them has ended."""

    def __init__(self, cluster: Cluster, temporary: Path) -> None:
        """Begin with what has been started of it; `temporary` is where its graders work."""
        self._cluster = cluster
        self._environment = {"TMPDIR": str(temporary), "DASK_TEMPORARY_DIRECTORY": str(cluster.folder)}
        self._started = 0

    def arguments(self) -> list[str]:
        """The command's, once all of it stands."""
        processes = self._cluster.processes
        if processes and not any(name.startswith("scheduler") for name in self._running()):
            for name in self._running():
                # A worker ends with its scheduler.
                processes[name].wait(timeout=dask_cluster.SECONDS)
        for name in processes.keys() - self._running():
            del processes[name]
        if not processes:
            self._cluster.start_scheduler(self._new("scheduler"))
        while len(processes) < 3:
            self._cluster.start_worker(self._new("worker"), **self._environment)
        return ["--scheduler", self._cluster.address]

    def _new(self, kind: str) -> str:
        self._started += 1
        return f"{kind}-{self._started}"

    def _running(self) -> set[str]:
        return {name for name, process in self._cluster.processes.items() if process.poll() is None}

    def schedulers(self) -> list[psutil.Process]:
        """The process, if there is one."""
        return self._of("scheduler")

    def nannies(self) -> list[psutil.Process]:
        """The processes that were started as workers, which start the workers themselves."""
        return self._of("worker")

    def workers(self) -> list[psutil.Process]:
        """The workers themselves."""
        children = [child for nanny in self.nannies() for child in nanny.children()]
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def _of(self, kind: str) -> list[psutil.Process]:
        running = self._running()
        return [psutil.Process(self._cluster.processes[name].pid) for name in running if name.startswith(kind)]

    def end(self) -> None:
        """Shut it down as somebody would."""
        for processes in (self.nannies(), self.schedulers()):
            for process in processes:
                process.terminate()
            psutil.wait_procs(processes, timeout=dask_cluster.SECONDS)


@needs_many
def test_on_a_cluster(
    undisturbed: Undisturbed, temporary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dask"
    folder.mkdir()
    with closing(Cluster(folder)) as cluster:
        site = Site(cluster, temporary)
        others: dict[str, Ending] = {
            "Dask scheduler": lambda: killing.ended(site.schedulers()),
            "Dask nanny": lambda: killing.ended(site.nannies()),
            "Dask worker": lambda: killing.ended(site.workers()),
        }
        killing = Killing(temporary, SEED, site.arguments, ["command", "dispatcher", "grader"], others)
        tell(capsys, "Dask", stands_it(undisturbed, killing, copies(undisturbed, tmp_path), ELSEWHERE))
        site.end()
        assert killing.left() == []
