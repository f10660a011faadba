"""A gradebook that is locked, read-only, full, gone or replaced while a batch is graded: one sentence, nothing lost."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import text

import numbered_course
from chainrule import cli
from chainrule.course.loaded import CONFIG
from chainrule.course.opened import Course, CourseError
from chainrule.workers.local import LocalGraders
from disturbing import Disturbing, require_all_in_order
from numbered_course import NAME, Grade, student
from recorded_graders import Recorded, Recording
from small_disk import small_disk

STUDENTS = 4
ALL = [student(number) for number in range(1, STUDENTS + 1)]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return numbered_course.make(tmp_path_factory.mktemp("fresh") / "course", STUDENTS)


@pytest.fixture(scope="module")
def undisturbed(fresh: Course) -> tuple[Recorded, dict[str, Grade]]:
    """Graders that have graded all, and what came of it."""
    folder = Path(shutil.copytree(fresh.folder, fresh.folder.with_name("undisturbed")))
    graders = LocalGraders(2)
    with closing(graders):
        recording = Recording(graders)
        course = Course(folder)
        course.grade(NAME, graders=recording)
        return recording.recorded(), numbered_course.grades(course)


@pytest.fixture
def graders(undisturbed: tuple[Recorded, dict[str, Grade]]) -> Recorded:
    return undisturbed[0]


@pytest.fixture
def expected(undisturbed: tuple[Recorded, dict[str, Grade]]) -> dict[str, Grade]:
    return undisturbed[1]


@pytest.fixture
def course(fresh: Course, tmp_path: Path) -> Course:
    """A course with nothing graded."""
    return Course(Path(shutil.copytree(fresh.folder, tmp_path / "course")))


@pytest.fixture
def other(course: Course) -> Iterator[sqlite3.Connection]:
    """Somebody else's connection to the gradebook, in any thread."""
    with closing(
        sqlite3.connect(course.folder / "gradebook.db", isolation_level=None, check_same_thread=False)
    ) as connection:
        yield connection


def test_locked_for_a_moment(
    course: Course, graders: Recorded, expected: dict[str, Grade], other: sqlite3.Connection
) -> None:
    def lock() -> None:
        other.execute("begin exclusive")
        threading.Timer(0.5, other.rollback).start()

    assert all(one.results is not None for one in course.grade(NAME, graders=graders, listener=Disturbing(lock)))
    assert numbered_course.grades(course) == expected


def test_locked_for_longer_than_anybody_waits(
    course: Course, graders: Recorded, expected: dict[str, Grade], other: sqlite3.Connection
) -> None:
    with pytest.raises(CourseError, match=r"cannot be used \(database is locked\): nothing more was graded\."):
        course.grade(NAME, graders=graders, listener=Disturbing(lambda: other.execute("begin exclusive")))
    other.rollback()
    assert require_all_in_order(course, graders, expected) == ALL[1:]


def at_url(course: Course, url: str) -> Course:
    """The course with its gradebook at another place."""
    config = course.folder / CONFIG
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {url!r}\n")
    return Course(course.folder)


def test_read_only_from_the_start(course: Course, graders: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    read_only = at_url(course, f"sqlite:///file:{course.folder}/gradebook.db?mode=ro&uri=true")
    heard = Disturbing()
    with pytest.raises(CourseError, match=r"cannot be used \(attempt to write a readonly database\)"):
        read_only.grade(NAME, graders=graders, listener=heard)
    assert len(heard.written) <= 1
    assert cli.main(["grade", NAME, "--course", str(course.folder)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_read_only_in_the_middle(course: Course, graders: Recorded, expected: dict[str, Grade]) -> None:
    """As where its folder can no longer be written to."""

    def close_it() -> None:
        # The batch's own connection.
        with Gradebook(course.api.coursedir.db_url, course.api.coursedir.course_id) as gradebook:
            gradebook.db.execute(text("pragma query_only = 1"))

    heard = Disturbing(close_it)
    with pytest.raises(CourseError, match="attempt to write a readonly database"):
        course.grade(NAME, graders=graders, listener=heard)
    assert heard.written == ALL[:2]
    assert require_all_in_order(course, graders, expected) == ALL[1:]


def test_deleted_in_the_middle(course: Course, graders: Recorded, expected: dict[str, Grade]) -> None:
    """What was graded before is known of its results alone, which then count for nothing."""
    gradebook = course.folder / "gradebook.db"
    with pytest.raises(CourseError, match="cannot be used"):
        course.grade(NAME, graders=graders, listener=Disturbing(gradebook.unlink))
    assert require_all_in_order(course, graders, expected) == ALL


def test_an_earlier_copy_is_put_back_in_the_middle(
    course: Course, graders: Recorded, expected: dict[str, Grade]
) -> None:
    gradebook = course.folder / "gradebook.db"
    copy = Path(shutil.copy(gradebook, course.folder / "copy.db"))
    with pytest.raises(CourseError, match="cannot be used"):
        course.grade(NAME, graders=graders, listener=Disturbing(lambda: copy.replace(gradebook)))
    assert require_all_in_order(course, graders, expected) == ALL


def test_an_earlier_copy_is_put_back_later(course: Course, graders: Recorded, expected: dict[str, Grade]) -> None:
    gradebook = course.folder / "gradebook.db"
    course.grade(NAME, ALL[:1], graders=graders)
    copy = Path(shutil.copy(gradebook, course.folder / "copy.db"))
    course.grade(NAME, graders=graders)
    copy.replace(gradebook)
    assert require_all_in_order(course, graders, expected) == ALL[1:]


def test_a_score_of_nothing_is_in_the_gradebook_too(course: Course, graders: Recorded) -> None:
    """0 points are a grade; no grade is none, and is had anew."""
    course.grade(NAME, graders=graders)
    with closing(sqlite3.connect(course.folder / "gradebook.db")) as gradebook:
        gradebook.execute("update grade set auto_score = null where auto_score = 3.0")
        gradebook.commit()
    listener = Disturbing()
    course.grade(NAME, graders=graders, listener=listener)
    assert listener.written == [student(3)]


def test_the_disk_of_the_gradebook_is_full(
    course: Course, graders: Recorded, expected: dict[str, Grade], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", mebibytes=1) as disk:
        shutil.copy(course.folder / "gradebook.db", disk.folder)
        elsewhere = at_url(course, f"sqlite:///{disk.folder}/gradebook.db")
        with pytest.raises(CourseError, match=r"cannot be used \(.*(disk|full).*\): nothing more was graded"):
            elsewhere.grade(NAME, graders=graders, listener=Disturbing(disk.fill))
        disk.clear()
        assert require_all_in_order(elsewhere, graders, expected) == ALL[1:]
