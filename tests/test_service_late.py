"""Lateness costs the same wherever it is looked at: the service, the gradebook, the table and the feedback page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grading_here
import pytest
import served_course
from nbgrader.api import Gradebook
from served_course import NAME, handed_in, now

import small_course
from chainrule.course import decided
from chainrule.course.decided import Decided, Late, Span, Unit
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.course.scores_table import ScoresTable
from chainrule.service import store
from chainrule.service.desk import Desk
from chainrule.service.policies import Count, Policy

TEN_PERCENT = Policy(late_penalty=10, late_in=Unit.PERCENT, late_per=Span.DAY)
HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(("late", "seconds", "lost"), [
    (Late(10.0), 0.0, None), (Late(10.0), 1.0, 0.3), (Late(10.0), DAY, 0.3), (Late(10.0), DAY + 1, 0.6),
    (Late(10.0), 100 * DAY, 3.0), (Late(10.0, most=25.0), 100 * DAY, 0.75),
    (Late(0.5, Unit.POINTS, Span.HOUR), 2.5 * HOUR, 1.5), (Late(0.5, Unit.POINTS, Span.HOUR), 9 * HOUR, 3.0),
    (Late(0.5, Unit.POINTS, Span.HOUR, most=1.0), 9 * HOUR, 1.0),
    (Late(10.0, grace=15.0), 15 * 60.0, None), (Late(10.0, grace=15.0), 15 * 60.0 + 1, 0.3),
    (Late(0.0), 9 * DAY, None),
])  # fmt: skip
def test_each_started_day_or_hour_costs_up_to_the_most(late: Late, seconds: float, lost: float | None) -> None:
    assert late.penalty(3.0, seconds) == (None if lost is None else pytest.approx(lost))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return served_course.make(tmp_path_factory.mktemp("served") / "course")


@pytest.fixture
def desk(course: Course) -> Iterator[Desk]:
    """An empty history each; nothing is decided, and nothing is due."""
    with served_course.empty_desk(course) as desk:
        due(desk, None)
        yield desk


def due(desk: Desk, ago: timedelta | None) -> None:
    with desk.course.api.gradebook as gradebook:
        at = None if ago is None else datetime.now(UTC).replace(tzinfo=None) - ago
        gradebook.update_or_create_assignment(NAME, duedate=at)


def penalty(desk: Desk, student: str) -> float:
    with desk.course.api.gradebook as gradebook:
        return float(gradebook.find_submission(NAME, student).late_submission_penalty)


def test_service_gradebook_table_and_page_agree(desk: Desk, tmp_path: Path) -> None:
    due(desk, timedelta(hours=36))
    desk.set_policy(NAME, TEN_PERCENT)
    attempt = handed_in(desk, "ada")
    grading_here.grade(desk)
    assert penalty(desk, "ada") == pytest.approx(0.6)
    assert now(desk, attempt).score == pytest.approx(2.4)
    page = desk.course.folder / "feedback" / "ada" / NAME / f"{NAME}.html"
    assert "handed in late" in page.read_text()
    coursedir = desk.course.api.coursedir
    table = ScoresTable(to=str(tmp_path / "grades.csv"))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        table.export(gradebook)
    assert ",3.0,0.6,2.4,3.0" in (tmp_path / "grades.csv").read_text().replace("0.6000000000000001", "0.6")


def test_what_nbgraders_own_command_grades_costs_the_same(desk: Desk) -> None:
    due(desk, timedelta(hours=36))
    desk.set_policy(NAME, TEN_PERCENT)
    handed_in(desk, "bob")
    grading_here.grade(desk)
    small_course.hand_in(desk.course, "bob")
    # As `nbgrader autograde` reads the course, with nothing of the service.
    Course(desk.course.folder).grade(NAME, ["bob"], force=True)
    assert penalty(desk, "bob") == pytest.approx(0.6)


def test_where_nothing_is_decided_nbgraders_setting_holds(desk: Desk) -> None:
    due(desk, timedelta(hours=36))
    handed_in(desk, "cleo")
    grading_here.grade(desk)
    assert penalty(desk, "cleo") == 0
    course = Course(desk.course.folder)
    course.config.LateSubmissionPlugin.penalty_method = "zero"
    course.api.config.LateSubmissionPlugin.penalty_method = "zero"
    course.grade(NAME, ["cleo"], force=True)
    assert penalty(desk, "cleo") == 3.0


def test_what_a_late_attempt_loses_says_whether_it_is_the_best(desk: Desk) -> None:
    desk.set_policy(NAME, Policy(count=Count.BEST, late_penalty=50))
    first = handed_in(desk, "dan", small_course.WRONG)
    grading_here.grade(desk)
    due(desk, timedelta(seconds=0))
    late = handed_in(desk, "dan")
    grading_here.grade(desk)
    assert [(now(desk, one).score, now(desk, one).counts) for one in (first, late)] == [(2.0, True), (1.5, False)]
    assert penalty(desk, "dan") == 0


def test_a_time_limit_ends_what_takes_longer(desk: Desk) -> None:
    desk.set_policy(NAME, Policy(time_limit=1))
    attempt = handed_in(desk, "eva", small_course.right(desk.course) + "\nwhile True:\n    pass\n")
    grading_here.grade(desk)
    results = store.results_of(desk.course.folder, attempt.origin)
    assert results is not None
    assert any("stopped" in note for note in results.notes), results.notes
    assert results.provenance is not None
    assert results.provenance.limits["notebook_seconds"] == 1
    assert results.provenance.limits["hidden_tests_seconds"] == 1


def test_what_is_decided_is_there_for_whoever_grades(desk: Desk) -> None:
    folder = desk.course.folder
    (folder / "policies.toml").write_text("[default]\nlate-penalty = 5\n[other]\ntime-limit = 20\n")
    try:
        desk.look_again()
        desk.set_policy(NAME, TEN_PERCENT)
        found = [decided.read(folder, name) for name in (NAME, "other", "third")]
        assert found == [Decided(Late(10.0)), Decided(Late(5.0), 20.0), Decided(Late(5.0))]
    finally:
        (folder / "policies.toml").unlink()


def test_a_file_that_is_not_in_order_is_one_sentence_and_no_grade(desk: Desk) -> None:
    file = desk.course.folder / decided.FILE
    file.write_text("{")
    try:
        with pytest.raises(CourseError, match="writes it anew"):
            decided.read(desk.course.folder, NAME)
    finally:
        desk.look_again()
    assert decided.read(desk.course.folder, NAME) == Decided()
