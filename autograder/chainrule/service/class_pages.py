"""What instructors see: the queue and who works on it, what needs a human, the class by exercises, and scores."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

from tornado.web import HTTPError, authenticated

from chainrule.course.class_scores import class_scores
from chainrule.course.scores_table import as_text
from chainrule.service import class_view
from chainrule.service.attempts import Attempt, State
from chainrule.service.class_view import ClassView, Row
from chainrule.service.desk import NOBODY, Desk
from chainrule.service.handlers import Handler, apart
from chainrule.service.times import moment

COLUMNS = ("student", "assignment", "attempt", "handed in (UTC)", "late penalty", "score", "max score")


class ClassPage(Handler):
    """The queue, and all assignments."""

    @authenticated
    async def get(self) -> None:
        """The page."""
        self.require_instructor()
        desk, grading = self.service.desk, self.service.grading
        history = desk.history
        names = sorted({*await apart(desk.course.api.get_released_assignments), *await apart(history.assignments)})
        refused = await apart(history.in_state, State.REFUSED)
        self.show(
            "class.html",
            waiting=await apart(history.in_state, State.WAITING, State.QUEUED, State.GRADING),
            human=await apart(_for_a_human, desk, refused),
            # That one hands in too often is the policy's business.
            by_policy=Counter(one.assignment for one in refused if one.student != NOBODY),
            counts={name: Counter(one.state for one in await apart(history.at, name)) for name in names},
            problems=[one for one in (grading.problem, desk.problem, desk.scores_back) if one],
            cannot_grade=bool(grading.problem),
            states=State,
            at_work=grading.at_work,
            graders=desk.course.step.jobs or os.cpu_count() or 1,
            scheduler=desk.course.step.scheduler,
            formgrader=formgrader(self),
        )


class AssignmentPage(Handler):
    """One assignment over the class."""

    @authenticated
    async def get(self, assignment: str) -> None:
        """The page."""
        self.require_instructor()
        desk = self.service.desk
        found = await apart(_class, desk, assignment)
        if found is None:
            raise HTTPError(404)
        policy, due = desk.policy(assignment), desk.due(assignment)
        self.show("assignment.html", found=found, policy=policy, due=due, formgrader=formgrader(self))


class Retry(Handler):
    """Grades an attempt once more."""

    @authenticated
    async def post(self, number: str) -> None:
        """Queue it."""
        self.require_instructor()
        if not self.service.desk.retry(int(number)):
            raise HTTPError(409, "This attempt waits for its turn already.")
        self.service.grading.force(int(number))
        self.service.grading.wake()
        self.redirect(f"{self.service.prefix}class/")


class Scores(Handler):
    """The scores of an assignment as CSV."""

    @authenticated
    async def get(self, assignment: str) -> None:
        """The file."""
        self.require_instructor()
        attempts = await apart(self.service.desk.history.at, assignment)
        gradebook = await apart(class_scores, self.service.desk.course, assignment)
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{assignment}.csv"')
        self.finish(table(class_view.rows(attempts, gradebook)))


def formgrader(handler: Handler) -> str:
    """Where the formgrader is: a service beside this one that is called like the course, as nbgrader has it."""
    services = handler.service.prefix.rstrip("/").rpartition("/")[0]
    return f"{services}/{quote(handler.service.course, safe='')}/formgrader/"


def table(rows: Iterable[Row]) -> str:
    """Rows as CSV, in which nothing is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        one = row.attempt
        values = [one.student, one.assignment, one.number, moment(one.at), row.scores.penalty, row.score, row.max_score]
        writer.writerow(map(as_text, values))
    return text.getvalue()


def _for_a_human(desk: Desk, refused: Iterable[Attempt]) -> list[Attempt]:
    """What failed, what could not be graded in part, and what is shown to be nobody's; the newest first."""
    found = [*desk.history.in_state(State.FAILED), *desk.history.faulty()]
    found += [one for one in refused if one.student == NOBODY]
    return sorted(found, key=lambda one: -one.id)


def _class(desk: Desk, assignment: str) -> ClassView | None:
    attempts = desk.history.at(assignment)
    if not attempts and assignment not in desk.course.api.get_released_assignments():
        return None
    return class_view.view(desk.course, assignment, attempts)
