"""A PostgreSQL that restarts or drops its connections while a batch is written: one sentence, and nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

import numbered_course
import postgresql
from chainrule.course.loaded import CONFIG
from chainrule.course.opened import Course, CourseError
from chainrule.workers.local import LocalGraders
from disturbing import AtStep, require_all_in_order
from numbered_course import NAME, Grade, student
from recorded_graders import Recorded, Recording

STUDENTS = 4

STEPS = {
    "before it": "chainrule.course.unfinished.begin",
    "its old scores are void": "chainrule.course.sanitize._void_scores",
    "its new ones are there": "chainrule.course.save.SaveGrades.preprocess",
    "all is durable": "chainrule.engine.results.write",
}
"""Where in the writing of a submission it happens."""


@dataclass(frozen=True)
class Undisturbed:
    """What came of a course, and graders that remember it."""

    server: postgresql.Server
    folder: Path
    graders: Recorded
    grades: dict[str, Grade]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("course") / "course"
    with postgresql.server() as server, closing(LocalGraders(2)) as graders:
        recording = Recording(graders)
        course = numbered_course.make(folder, STUDENTS)
        fresh = shutil.copytree(folder, folder.with_name("fresh"))
        course.grade(NAME, graders=recording)
        yield Undisturbed(server, Path(fresh), recording.recorded(), numbered_course.grades(course))


@pytest.fixture
def course(undisturbed: Undisturbed, tmp_path: Path) -> Course:
    """The course with nothing graded, and its gradebook in a database of its own."""
    made = Path(shutil.copytree(undisturbed.folder, tmp_path / "course"))
    name = "course_" + "".join(letter for letter in tmp_path.name if letter.isalnum()).lower()
    with connected(undisturbed.server) as connection:
        connection.execute(f'create database "{name}"')
    config = made / CONFIG
    url = undisturbed.server.url.replace("/postgres?", f"/{name}?")
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {url!r}\n")
    return Course(made)


def connected(server: postgresql.Server) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True)


def hang_up(server: postgresql.Server) -> None:
    """End all connections but this one, as an administrator or a firewall would."""
    with connected(server) as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid != pg_backend_pid()")


FAULTS: dict[str, Callable[[postgresql.Server], None]] = {
    "connections are dropped": hang_up,
    "the server restarts": postgresql.Server.restart,
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_in_the_middle(
    undisturbed: Undisturbed,
    course: Course,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    fault: str,
    step: str,
) -> None:
    listener = AtStep(STEPS[step], monkeypatch, lambda: FAULTS[fault](undisturbed.server))
    with pytest.raises(CourseError, match=r"gradebook postgresql.* cannot be used \(.+\): nothing more was graded\."):
        course.grade(NAME, graders=undisturbed.graders, listener=listener)
    assert "Traceback" not in capfd.readouterr().err
    done = 2 if step == "all is durable" else 1
    left = [student(number) for number in range(done + 1, STUDENTS + 1)]
    assert require_all_in_order(course, undisturbed.graders, undisturbed.grades) == left
