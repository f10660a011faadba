"""The grading process: every attempt is graded exactly once, whoever is killed meanwhile, and its page follows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import served_course
from served_course import NAME, handed_in, now, until, while_grading

import small_course
from chainrule.course.opened import Course
from chainrule.service import store
from chainrule.service.attempts import State
from chainrule.service.desk import Desk
from chainrule.service.grading import MOST_TRIES, Grading
from chainrule.service.policies import Policy, Shown
from chainrule.workers.local import local_graders

SLOW = "import time; time.sleep(3)\n"


@pytest.fixture(scope="module")
def course_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose fingerprints are there."""
    course = served_course.make(tmp_path_factory.mktemp("served") / "course")
    course.warm_up(NAME, local_graders(1))
    return course.folder


@pytest.fixture
def desk(course_folder: Path) -> Iterator[Desk]:
    """An empty history each."""
    with served_course.empty_desk(Course(course_folder)) as desk:
        yield desk


def grading_process() -> psutil.Process | None:
    """The process that grades for this test."""
    return next((one for one in psutil.Process().children() if _is_grading(one)), None)


def _is_grading(process: psutil.Process) -> bool:
    try:
        return any("grader_process" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        # Ended, or a zombie, meanwhile.
        return False


def test_right_and_wrong_work_get_their_scores_and_pages(desk: Desk) -> None:
    right, wrong = handed_in(desk, "ada"), handed_in(desk, "bob", small_course.WRONG)
    heard: list[tuple[str, State]] = []
    desk.listen(lambda attempt: heard.append((attempt.student, attempt.state)))

    async def wait(grading: Grading) -> None:
        await until(lambda: now(desk, right).feedback and now(desk, wrong).feedback)

    while_grading(desk, 8, wait)
    assert [(now(desk, one).score, now(desk, one).max_score) for one in (right, wrong)] == [(3.0, 3.0), (2.0, 3.0)]
    results = store.results_of(desk.course.folder, wrong.origin)
    assert results is not None
    assert results.exercises[0].hints
    # The score is told before the page is made.
    assert [state for student, state in heard if student == "ada"] == [State.GRADING, State.GRADED, State.GRADED]
    assert (desk.course.folder / "feedback" / "ada" / NAME / f"{NAME}.html").is_file()


@pytest.mark.parametrize("shown", [Shown.EVERYTHING, Shown.TOTAL])
def test_a_page_goes_into_the_exchange_when_students_may_see_it(desk: Desk, shown: Shown) -> None:
    desk.set_policy(NAME, Policy(after_deadline=shown))
    feedback = served_course.inbound(desk.course).with_name("feedback")
    before = set(feedback.glob("*"))
    attempt = handed_in(desk, f"ed{shown}")

    async def wait(grading: Grading) -> None:
        await until(lambda: now(desk, attempt).feedback)

    while_grading(desk, 8, wait)
    assert bool(set(feedback.glob("*")) - before) is (shown is Shown.EVERYTHING)


def test_whoever_kills_the_grading_process_delays_the_attempts_only(desk: Desk) -> None:
    attempts = [handed_in(desk, student, SLOW + small_course.right(desk.course)) for student in ("ada", "bob")]

    async def kill(grading: Grading) -> None:
        await until(lambda: now(desk, attempts[0]).state is State.GRADING)
        await until(grading_process)
        await asyncio.sleep(1)
        process = grading_process()
        assert process is not None
        process.kill()
        await until(lambda: all(now(desk, one).state is State.GRADED for one in attempts))

    while_grading(desk, 8, kill)
    assert [now(desk, one).score for one in attempts] == [3.0, 3.0]


def test_a_service_that_was_killed_takes_up_what_was_being_graded_and_the_pages_it_owes(desk: Desk) -> None:
    first, second = handed_in(desk, "ada"), handed_in(desk, "bob")
    desk.history.change(first.id, {State.QUEUED}, State.GRADING)
    desk.history.change(second.id, {State.QUEUED}, State.GRADED, score=3.0, max_score=3.0)

    async def wait(grading: Grading) -> None:
        await until(lambda: now(desk, first).feedback)

    while_grading(desk, 8, wait)
    assert now(desk, first).score == 3.0


def test_an_attempt_that_kills_the_process_again_and_again_is_put_aside(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = handed_in(desk, "ada")
    # The process finds nothing to start from.
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")

    async def wait(grading: Grading) -> None:
        await until(lambda: now(desk, attempt).state is State.FAILED)

    while_grading(desk, 8, wait)
    assert f"ended {MOST_TRIES} times" in now(desk, attempt).reason


def test_what_cannot_be_graded_waits_and_says_why(desk: Desk) -> None:
    attempt = handed_in(desk, "ada")
    config = desk.course.folder / "nbgrader_config.py"
    before = config.read_text()
    config.write_text(before.replace("configure(c)", "", 1))

    async def wait(grading: Grading) -> None:
        await until(lambda: grading.problem)

    try:
        while_grading(desk, 8, wait)
    finally:
        config.write_text(before)
    assert now(desk, attempt).state is State.QUEUED


def test_a_grading_that_ends_leaves_no_process(desk: Desk) -> None:
    async def wait(grading: Grading) -> None:
        grading.warm_up([NAME])
        await until(grading_process)

    while_grading(desk, 8, wait)
    assert grading_process() is None
