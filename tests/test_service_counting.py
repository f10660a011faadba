"""Which attempt counts: the latest, or the best; the gradebook has its grades, whatever else is graded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import grading_here
import pytest
import served_course
from served_course import NAME, handed_in, now

import small_course
from chainrule.course.opened import Course
from chainrule.service import store
from chainrule.service.attempts import Attempt, State
from chainrule.service.counting import to_count
from chainrule.service.desk import Desk
from chainrule.service.history import History, of_course
from chainrule.service.orders import Order
from chainrule.service.policies import Count, Policy
from chainrule.workers.local import local_graders

BEST = Policy(count=Count.BEST)
ALSO_WRONG = f"{small_course.WRONG}\n# As many points.\n"
NOTHING = "\ndef softmax(scores):\n    return scores\n"


@pytest.fixture(scope="module")
def course_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose fingerprints are there."""
    course = served_course.make(tmp_path_factory.mktemp("served") / "course")
    course.warm_up(NAME, local_graders(1))
    return course.folder


@pytest.fixture
def desk(course_folder: Path) -> Iterator[Desk]:
    """An empty history each; each test has students of its own."""
    with served_course.empty_desk(Course(course_folder)) as desk:
        yield desk


def graded(desk: Desk, *attempts: Attempt) -> None:
    """Have all graded that waits, and the pages made of what counts."""
    grading_here.grade(desk)
    assert all(now(desk, one).state is State.GRADED for one in attempts)


def in_gradebook(desk: Desk, student: str) -> tuple[float, datetime]:
    """Score and time of the submission that the gradebook has."""
    with desk.course.api.gradebook as gradebook:
        found = gradebook.find_submission(NAME, student)
        return found.score, found.timestamp.replace(tzinfo=UTC)


def test_a_newer_and_worse_attempt_leaves_the_best_where_it_is(desk: Desk) -> None:
    desk.set_policy(NAME, BEST)
    first = handed_in(desk, "ada", small_course.WRONG)
    graded(desk, first)
    page = desk.course.folder / "feedback" / "ada" / NAME / f"{NAME}.html"
    before = page.read_bytes()
    worse = handed_in(desk, "ada", NOTHING)
    graded(desk, worse)
    found = [now(desk, one) for one in (first, worse)]
    assert [one.counts for one in found] == [True, False]
    assert found[0].score == 2.0
    assert (found[1].score or 0.0) < 2.0
    assert in_gradebook(desk, "ada") == (2.0, first.at)
    assert page.read_bytes() == before
    # What is to be mended of it is shown all the same.
    results = store.results_of(desk.course.folder, worse.origin)
    assert results is not None
    assert results.score == found[1].score


def test_a_better_attempt_takes_its_place_with_its_page(desk: Desk) -> None:
    desk.set_policy(NAME, BEST)
    attempts = []
    for answer in (small_course.WRONG, None):
        attempts.append(handed_in(desk, "bob", answer))
        graded(desk, attempts[-1])
    second = attempts[1]
    assert [now(desk, one).counts for one in attempts] == [False, True]
    assert in_gradebook(desk, "bob") == (3.0, second.at)
    assert now(desk, second).feedback
    submitted = desk.course.folder / "submitted" / "bob" / NAME / f"{NAME}.ipynb"
    assert (
        submitted.read_bytes()
        == (store.folder_of(desk.course.folder, second.origin) / "files" / f"{NAME}.ipynb").read_bytes()
    )


def test_a_teachers_score_survives_and_is_a_part_of_what_is_compared(desk: Desk) -> None:
    desk.set_policy(NAME, BEST)
    first = handed_in(desk, "cleo", NOTHING)
    graded(desk, first)
    with desk.course.api.gradebook as gradebook:
        grade = gradebook.find_grade(small_course.EXERCISE, NAME, NAME, "cleo")
        grade.manual_score = 2.5
        gradebook.db.commit()
    second = handed_in(desk, "cleo")
    graded(desk, second)
    # With the teacher's score kept the second would come to no more.
    assert [now(desk, one).counts for one in (first, second)] == [True, False]
    assert in_gradebook(desk, "cleo") == (2.5, first.at)


def test_of_the_latest_an_older_one_that_is_graded_later_does_not_count(desk: Desk) -> None:
    first = handed_in(desk, "dan")
    desk.history.change(first.id, {State.QUEUED}, State.FAILED)
    second = handed_in(desk, "dan", small_course.WRONG)
    graded(desk, second)
    assert desk.retry(first.id)
    graded(desk, first)
    assert [(now(desk, one).score, now(desk, one).counts) for one in (first, second)] == [(3.0, False), (2.0, True)]
    assert in_gradebook(desk, "dan") == (2.0, second.at)


def test_another_policy_lets_another_attempt_count(desk: Desk) -> None:
    attempts = []
    for answer in (None, small_course.WRONG):
        attempts.append(handed_in(desk, "eva", answer))
        graded(desk, attempts[-1])
    assert in_gradebook(desk, "eva")[0] == 2.0
    for policy, wanted, score in ((BEST, attempts[0], 3.0), (Policy(), attempts[1], 2.0)):
        desk.set_policy(NAME, policy)
        assert now(desk, wanted).state is State.QUEUED
        graded(desk, wanted)
        assert now(desk, wanted).counts
        assert in_gradebook(desk, "eva") == (score, wanted.at)


class ChangingItsMind(grading_here.GradingHere):
    """The instructor sets another policy while what was ordered is graded."""

    policy = Policy()

    async def _carried_out(self, order: Order, left: set[int]) -> bool:
        self.desk.set_policy(NAME, self.policy)
        return await super()._carried_out(order, left)


@pytest.mark.parametrize(
    ("student", "before", "after", "counts"),
    [("ivy", Policy(), BEST, [True, False]), ("jan", BEST, Policy(), [False, True])],
)
def test_a_policy_that_changes_while_an_attempt_is_graded_holds_for_it(
    desk: Desk, student: str, before: Policy, after: Policy, counts: list[bool]
) -> None:
    desk.set_policy(NAME, before)
    first = handed_in(desk, student)
    graded(desk, first)
    second = handed_in(desk, student, small_course.WRONG)
    grading = ChangingItsMind(desk)
    grading.policy = after
    assert asyncio.run(grading._graded(grading._next()))
    graded(desk, first, second)
    assert [now(desk, one).counts for one in (first, second)] == counts
    assert in_gradebook(desk, student) == ((3.0, first.at) if counts[0] else (2.0, second.at))


def test_of_the_best_another_counts_when_the_one_that_counted_loses_points(desk: Desk) -> None:
    desk.set_policy(NAME, BEST)
    first = handed_in(desk, "kim")
    graded(desk, first)
    others = [handed_in(desk, "kim", small_course.WRONG)]
    graded(desk, *others)
    others.append(handed_in(desk, "kim", ALSO_WRONG))
    graded(desk, *others)
    assert now(desk, first).counts
    # As if a mended grader found less in it than before; the next best is none any more, either.
    for one in (first, others[0]):
        files = store.folder_of(desk.course.folder, one.origin) / store.FILES
        files.joinpath(f"{NAME}.ipynb").write_text("{}")
    assert desk.retry(first.id)
    graded(desk, first, *others)
    assert [now(desk, one).counts for one in (first, *others)] == [False, False, True]
    assert in_gradebook(desk, "kim") == (now(desk, others[1]).score, others[1].at)


def test_a_teachers_points_alone_give_nobody_another_turn(desk: Desk) -> None:
    desk.set_policy(NAME, BEST)
    first = handed_in(desk, "liv", NOTHING)
    graded(desk, first)
    with desk.course.api.gradebook as gradebook:
        gradebook.find_grade(small_course.EXERCISE, NAME, NAME, "liv").manual_score = 3.0
        gradebook.db.commit()
    second = handed_in(desk, "liv", small_course.WRONG)
    graded(desk, second)
    for _ in range(2):
        assert desk.retry(second.id)
        graded(desk, first, second)
    assert [now(desk, one).counts for one in (first, second)] == [True, False]


def test_who_was_killed_between_the_gradebook_and_the_history_is_not_beaten_by_itself(desk: Desk) -> None:
    desk.set_policy(NAME, BEST)
    first = handed_in(desk, "finn", small_course.WRONG)
    graded(desk, first)
    better = handed_in(desk, "finn")
    graded(desk, better)
    # As if the service had not heard of it any more.
    desk.history.change(first.id, {State.GRADED}, State.GRADED)
    desk.history.change(better.id, {State.GRADED}, State.GRADING)
    assert desk.history.take_up() == [better.id]
    graded(desk, better)
    assert now(desk, better).counts
    assert in_gradebook(desk, "finn") == (3.0, better.at)


def attempt(number: int, score: float | None, counts: bool = False, state: State = State.GRADED) -> Attempt:
    at = datetime(2026, 3, 2, number, tzinfo=UTC)
    return Attempt(number, "ada", NAME, number, at, "", str(number), state, score=score, counts=counts)


@pytest.mark.parametrize(("count", "scores", "wanted"), [
    (Count.BEST, [1.0, 3.0, 2.0], [2]), (Count.LATEST, [1.0, 3.0, 2.0], [3]),
    (Count.BEST, [3.0, 3.0], [1]), (Count.BEST, [], []),
])  # fmt: skip
def test_of_equal_ones_the_first_counts(count: Count, scores: list[float], wanted: list[int]) -> None:
    attempts = [attempt(number, score) for number, score in enumerate(scores, start=1)]
    assert [one.number for one in to_count(attempts, count)] == wanted


def test_nothing_is_to_change_where_the_right_one_counts() -> None:
    attempts = [attempt(1, 3.0, counts=True), attempt(2, 1.0), attempt(3, None, state=State.QUEUED)]
    assert to_count(attempts, Count.BEST) == []


def test_in_a_history_of_before_the_latest_counts(tmp_path: Path) -> None:
    history = History(of_course(tmp_path))
    for number in range(2):
        made = history.add("ada", NAME, datetime.now(UTC), "", str(number), State.QUEUED)
        assert made is not None
        history.change(made.id, {State.QUEUED}, State.GRADED, counts=False)
    history.close()
    again = History(of_course(tmp_path))
    assert [one.counts for one in again.of("ada")] == [False, True]
    again.close()


def test_what_was_graded_before_is_not_superseded_by_a_newer_one(desk: Desk) -> None:
    first = handed_in(desk, "gil")
    desk.history.change(first.id, {State.QUEUED}, State.GRADED, ended=datetime.now(UTC), score=3.0)
    assert desk.retry(first.id)
    handed_in(desk, "gil")
    assert now(desk, first).state is State.QUEUED
