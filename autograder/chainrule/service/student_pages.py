"""What a student sees: own attempts, place in the queue, score, what to mend next; and nothing of anybody else's."""

from __future__ import annotations

from typing import Any

from tornado.web import HTTPError, authenticated

from chainrule.service.assignment_view import WORDS, assignments_of, counting, place_in_words, stamp, step_in_words
from chainrule.service.attempt_view import now
from chainrule.service.attempts import Attempt
from chainrule.service.desk import Desk
from chainrule.service.handlers import Handler, apart
from chainrule.service.policies import Shown

FEEDBACK_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; frame-ancestors 'none'"
)
"""The feedback page is one self-contained file, with styles in it, and runs no script."""


class StudentPage(Handler):
    """All assignments, each with its attempts."""

    @authenticated
    async def get(self) -> None:
        """The page; its script fetches it again whenever something has changed."""
        desk, grading = self.service.desk, self.service.grading
        # Before it is looked up: what happens meanwhile is told again rather than missed.
        seen = stamp(await apart(desk.history.of, self.student))
        found = await apart(assignments_of, desk, self.student, grading.live, grading.places)
        soon = [one.reads_otherwise_in for one in found]
        again = min((one.total_seconds() for one in soon if one is not None), default=None)
        self.show(
            "student.html",
            assignments=found,
            problem=grading.problem,
            stamp=seen,
            again=again,
            words=WORDS,
            step=step_in_words,
            place=place_in_words,
        )


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
    if counting(desk.history.of(attempt.student, attempt.assignment)) != attempt.id or attempt.feedback is None:
        return None
    coursedir: Any = desk.course.api.coursedir
    folder = desk.course.folder / coursedir.feedback_directory / attempt.student / attempt.assignment
    file = folder / f"{attempt.assignment}.html"
    return file.read_bytes() if file.is_file() else None
