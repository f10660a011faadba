"""What a student sees: own attempts, place in the queue, score, what to mend next; and nothing of anybody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tornado.web import HTTPError, authenticated

from chainrule.service import turns
from chainrule.service.attempt_view import AttemptView, now, view
from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.grading import RECENT
from chainrule.service.handlers import Handler, apart
from chainrule.service.policies import Policy, Shown

FEEDBACK_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"
"""The feedback page is one self-contained file, with styles in it, and runs no script."""


@dataclass(frozen=True)
class AssignmentView:
    """An assignment with a student's attempts at it, the latest first."""

    name: str
    due: datetime | None
    policy: Policy
    attempts: list[AttemptView]
    place: int | None

    @property
    def latest_graded(self) -> AttemptView | None:
        """The graded attempt that the gradebook has."""
        return next((one for one in self.attempts if one.attempt.state is State.GRADED), None)

    @property
    def left(self) -> int | None:
        """How many attempts are left; None if as many as one likes."""
        if not self.policy.attempts:
            return None
        used = sum(one.attempt.state is not State.REFUSED for one in self.attempts)
        return max(0, self.policy.attempts - used)


def assignments_of(desk: Desk, student: str) -> list[AssignmentView]:
    """All that is released, or was handed in."""
    attempts = desk.history.of(student)
    released = desk.course.api.get_released_assignments()
    names = sorted({*released, *(one.assignment for one in attempts)})
    return [_assignment(desk, name, [one for one in attempts if one.assignment == name]) for name in names]


def _assignment(desk: Desk, name: str, attempts: list[Attempt]) -> AssignmentView:
    policy, due = desk.policy(name), desk.due(name)
    latest = max((one.id for one in attempts if one.state is State.GRADED), default=0)
    views = [view(desk.course, one, policy.shown(now(), due), one.id == latest) for one in reversed(attempts)]
    return AssignmentView(name, due, policy, views, _place(desk, attempts))


def _place(desk: Desk, attempts: list[Attempt]) -> int | None:
    waiting = next((one for one in attempts if one.state is State.QUEUED), None)
    if waiting is None:
        return None
    queued = [one for one in desk.history.in_state(State.QUEUED) if desk.is_gradable(one)]
    return turns.place(waiting, queued, desk.history.ended_since(now() - RECENT))


class StudentPage(Handler):
    """All assignments, each with its attempts."""

    @authenticated
    async def get(self) -> None:
        """The page; its script fetches it again whenever something has changed."""
        found = await apart(assignments_of, self.service.desk, self.student)
        self.show("student.html", assignments=found, problem=self.service.grading.problem)


class FeedbackPage(Handler):
    """The page that nbgrader has made of the attempt that it has graded last."""

    @authenticated
    async def get(self, number: str) -> None:
        """The file."""
        attempt = self.service.desk.history.get(int(number))
        if attempt is None or not (attempt.student == self.student or self.is_instructor):
            raise HTTPError(404)
        shown = self.service.desk.policy(attempt.assignment).shown(now(), self.service.desk.due(attempt.assignment))
        if not self.is_instructor and shown is not Shown.EVERYTHING:
            raise HTTPError(404)
        page = await apart(feedback_of, self.service.desk, attempt)
        if page is None:
            raise HTTPError(404)
        self.set_header("Content-Security-Policy", FEEDBACK_POLICY)
        self.finish(page)


def feedback_of(desk: Desk, attempt: Attempt) -> bytes | None:
    """The feedback page of an attempt; None if there is none, or it is that of another one."""
    graded = [one for one in desk.history.of(attempt.student, attempt.assignment) if one.state is State.GRADED]
    if not graded or graded[-1].id != attempt.id or attempt.feedback is None:
        return None
    coursedir: Any = desk.course.api.coursedir
    folder = desk.course.folder / coursedir.feedback_directory / attempt.student / attempt.assignment
    file = folder / f"{attempt.assignment}.html"
    return file.read_bytes() if file.is_file() else None
