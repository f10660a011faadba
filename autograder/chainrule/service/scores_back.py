"""Sends scores into the learning platform after each grading, if the course has an `lti.toml`: one pass at a time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime

from chainrule.course.loaded import CourseError
from chainrule.lti import settings
from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.history import HistoryError
from chainrule.service.policies import PolicyError, Shown

SETTLING = 2.0
"""Seconds in which several gradings become one pass."""

LOOK = 600.0
"""Seconds after which it looks again at what somebody has to change."""

log = logging.getLogger(__name__)


async def send_scores(desk: Desk) -> None:
    """For ever."""
    loop = asyncio.get_running_loop()
    graded = asyncio.Event()

    def listen(attempt: Attempt) -> None:
        # It is called in other threads too.
        if attempt.state is State.GRADED:
            loop.call_soon_threadsafe(graded.set)

    desk.listen(listen)
    try:
        while True:
            graded.clear()
            pause, problem = await loop.run_in_executor(None, _passed, desk)
            if problem and problem != desk.scores_back:
                log.error("%s", problem)
            desk.scores_back = problem
            with suppress(TimeoutError):
                await asyncio.wait_for(graded.wait(), pause)
                await asyncio.sleep(SETTLING)
    finally:
        desk.forget(listen)


def _passed(desk: Desk) -> tuple[float, str]:
    """Seconds until the next pass, and what instructors should know."""
    if not settings.is_there(desk.course.folder):
        return LOOK, ""
    try:
        from chainrule.lti.after_grading import after_grading
    except ModuleNotFoundError as error:
        return LOOK, f"Sending scores needs signed tokens ({error}): install chainrule[lti]."
    try:
        passed = after_grading(desk.course, lambda assignment: _may_see(desk, assignment))
    except (CourseError, PolicyError, HistoryError, OSError) as error:
        return LOOK, f"Scores cannot be sent to the learning platform: {error}"
    return passed.pause, passed.problem


def _may_see(desk: Desk, assignment: str) -> bool:
    """Whether students may see their scores now: what the page hides, the platform must not tell."""
    return desk.policy(assignment).shown(datetime.now(UTC), desk.due(assignment)) is not Shown.NOTHING
