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
from chainrule.service.attempts import State
from chainrule.service.class_view import ClassView, Row
from chainrule.service.desk import Desk
from chainrule.service.handlers import Handler, apart
from chainrule.service.times import moment

COLUMNS = ("student", "assignment", "attempt", "handed in (UTC)", "late penalty", "score", "max score")

MOST_ROWS = 200
"""Of what needs a human: nobody reads more, and anybody can make more."""


class ClassPage(Handler):
    """The queue, and all assignments."""

    @authenticated
    async def get(self) -> None:
        """The page."""
        self.require_instructor()
        desk, grading = self.service.desk, self.service.grading
        history = desk.history
        names = sorted({*await apart(desk.course.api.get_released_assignments), *await apart(history.assignments)})
        human, number = await apart(history.for_a_human, MOST_ROWS)
        counts = await apart(history.counts_by_assignment)
        self.show(
            "class.html",
            waiting=await apart(history.in_state, State.WAITING, State.QUEUED, State.GRADING),
            human=human,
            human_number=number,
            # That one hands in too often is the policy's business.
            by_policy=await apart(history.refused_of_students),
            counts={name: counts.get(name, Counter()) for name in names},
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


def _class(desk: Desk, assignment: str) -> ClassView | None:
    attempts = desk.history.at(assignment)
    if not attempts and assignment not in desk.course.api.get_released_assignments():
        return None
    return class_view.view(desk.course, assignment, attempts)
