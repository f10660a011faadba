"""The service sends scores after it has graded: what the sandbox and a teacher gave, and only what may be seen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import lti_course
import pytest
import served_course
from lti_course import NAME, configure, graded
from lti_platform import Platform
from lti_platform import platform as platform

import small_course
from chainrule.course.opened import Course
from chainrule.lti.sending import send
from chainrule.service import scores_back
from chainrule.service.attempts import State
from chainrule.service.desk import Desk
from chainrule.service.policies import Policy, Shown

PATIENCE = 60.0


@pytest.fixture
def desk(tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(scores_back, "SETTLING", 0.0)
    return served_course.open_desk(lti_course.make(tmp_path / "course", platform))


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def beside(desk: Desk, watch: Callable[[], object]) -> None:
    """Run the service's task while something is watched."""

    async def both() -> None:
        task = asyncio.create_task(scores_back.send_scores(desk))
        watching = watch()
        assert asyncio.iscoroutine(watching)
        await watching
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(both())


def has_graded(desk: Desk, points: float) -> None:
    """As the grading process tells it."""
    graded(desk.course, {"ada": points})
    attempt = desk.history.add("ada", NAME, datetime.now(UTC), "", f"sent:{points}", State.GRADED)
    assert attempt is not None
    desk.changed(attempt.id)


def test_each_grading_is_followed_by_a_pass(desk: Desk, platform: Platform) -> None:
    async def watch() -> None:
        for points in (1.0, 2.0):
            await asyncio.to_thread(has_graded, desk, points)
            await until(lambda: platform.column.get("u-ada") == points + 2.0)  # noqa: B023

    beside(desk, watch)
    assert len(platform.taken) == 2
    assert platform.tokens_asked() == 1


def test_what_students_may_not_see_is_not_told(desk: Desk, platform: Platform) -> None:
    desk.set_policy(NAME, Policy(after_deadline=Shown.NOTHING))
    graded(desk.course, {"ada": 1.0})
    assert scores_back._passed(desk)[1] == ""
    assert platform.taken == []
    desk.set_policy(NAME, Policy(after_deadline=Shown.TOTAL))
    assert scores_back._passed(desk)[1] == ""
    assert len(platform.taken) == 1


def test_what_is_wrong_is_shown_to_instructors_until_it_is_mended(desk: Desk, platform: Platform) -> None:
    scopes, platform.scopes = platform.scopes, ()

    async def watch() -> None:
        await asyncio.to_thread(has_graded, desk, 1.0)
        await until(lambda: "invalid_scope" in desk.scores_back)
        platform.scopes = scopes
        await asyncio.to_thread(has_graded, desk, 2.0)
        await until(lambda: desk.scores_back == "")

    beside(desk, watch)
    assert platform.column == {"u-ada": 4.0}


def test_a_course_without_settings_is_left_alone(desk: Desk, platform: Platform) -> None:
    (desk.course.folder / "lti.toml").unlink()
    graded(desk.course, {"ada": 1.0})
    assert scores_back._passed(desk) == (scores_back.LOOK, "")
    assert platform.asked == []


def test_what_the_sandbox_graded_and_a_teacher_corrected_arrives(tmp_path: Path, platform: Platform) -> None:
    course: Course = small_course.make(tmp_path)
    configure(course, platform)
    lti_course.enrol(course, {"ada": "u-ada", "bob": "u-bob"})
    small_course.hand_in(course, "ada")
    small_course.hand_in(course, "bob", small_course.WRONG)
    course.grade(NAME)
    send(course)
    assert platform.column == {"u-ada": small_course.POINTS, "u-bob": small_course.POINTS - 1}
    lti_course.corrected(course, "bob", small_course.EXERCISE, 2.5)
    course.grade(NAME, ["bob"], force=True)
    send(course)
    assert platform.column == {"u-ada": small_course.POINTS, "u-bob": 2.5}
    assert len(platform.taken) == 3
