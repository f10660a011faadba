"""A gradebook in PostgreSQL: the same scores as in SQLite, and one sentence when it cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

import postgresql
import small_course
from chainrule import cli
from chainrule.course.loaded import CONFIG
from chainrule.course.opened import Course

STUDENTS = {"ada": None, "bob": small_course.WRONG}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgresql.running() as found:
        yield found


def handed_in(folder: Path, url: str | None = None) -> Course:
    """A course with two submissions, whose gradebook is at this URL."""
    folder.mkdir()
    course = small_course.make(folder)
    if url is not None:
        config = folder / CONFIG
        config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {url!r}\n")
        course = Course(folder)
        course.generate(small_course.NAME)
    for student, answer in STUDENTS.items():
        small_course.hand_in(course, student, answer)
    return course


def scores(course: Course) -> dict[str, float]:
    """What the gradebook says."""
    with Gradebook(course.api.coursedir.db_url, course.api.coursedir.course_id) as gradebook:
        return {one.student.id: one.score for one in gradebook.assignment_submissions(small_course.NAME)}


def test_the_scores_are_those_of_sqlite(tmp_path: Path, url: str) -> None:
    here, there = handed_in(tmp_path / "sqlite"), handed_in(tmp_path / "postgresql", url)
    for course in (here, there):
        assert all(one.results is not None for one in course.grade(small_course.NAME))
    assert scores(there) == scores(here) == {"ada": 3.0, "bob": 2.0}


def test_a_database_without_rights_is_one_sentence(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    course = handed_in(tmp_path / "course")
    config = course.folder / CONFIG
    elsewhere = url.replace("grader@", "stranger:topsecret@")
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {elsewhere!r}\n")
    assert cli.main(["grade", small_course.NAME, "--course", str(course.folder)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert 'role "stranger" does not exist' in said
    assert "topsecret" not in said
    assert "Traceback" not in said
    assert not (course.folder / "autograded").exists()


def test_a_database_that_goes_while_it_is_graded_keeps_what_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgresql.running() as short_lived:
        course = handed_in(tmp_path / "course", short_lived)
        assert len(course.grade(small_course.NAME, ["ada"])) == 1
    assert cli.main(["grade", small_course.NAME, "--course", str(course.folder)]) == 2
    assert "cannot be used" in " ".join(capsys.readouterr().err.split())
    assert (course.folder / "autograded" / "ada").is_dir()
    assert not (course.folder / "autograded" / "bob").exists()
