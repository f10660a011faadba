"""What instructors see and decide: the queue, what needs a human, the class by exercises, policies, and scores."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable

import msgspec
from tornado.web import HTTPError, authenticated

from chainrule.service import class_view, policies
from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.handlers import Handler, apart
from chainrule.service.policies import Policy, PolicyError, Shown, When
from chainrule.service.times import moment

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would compute."""


class ClassPage(Handler):
    """The queue, and all assignments."""

    @authenticated
    async def get(self) -> None:
        """The page."""
        self.require_instructor()
        desk = self.service.desk
        history = desk.history
        waiting = await apart(history.in_state, State.WAITING, State.QUEUED, State.GRADING)
        human = await apart(history.in_state, State.FAILED, State.REFUSED)
        names = sorted({*desk.course.api.get_released_assignments(), *history.assignments()})
        counts = {name: Counter(one.state for one in history.at(name)) for name in names}
        problems = [one for one in (self.service.grading.problem, desk.problem, desk.scores_back) if one]
        self.show("class.html", waiting=waiting, human=human[::-1], counts=counts, problems=problems, states=State)


class AssignmentPage(Handler):
    """One assignment over the class, with its policy."""

    @authenticated
    async def get(self, assignment: str) -> None:
        """The page."""
        self.require_instructor()
        desk = self.service.desk
        found = await apart(_class, desk, assignment)
        if found is None:
            raise HTTPError(404)
        self.show(
            "assignment.html",
            found=found,
            policy=desk.policy(assignment),
            due=desk.due(assignment),
            choices={"grade": list(When), "shown": list(Shown)},
        )


class PolicyForm(Handler):
    """Sets an assignment's policy."""

    @authenticated
    async def post(self, assignment: str) -> None:
        """What the form says, whole or not at all."""
        self.require_instructor()
        try:
            policy = _policy({name: self.get_body_argument(name, "") for name in Policy.__struct_encode_fields__})
        except PolicyError as error:
            raise HTTPError(400, str(error).replace("%", "%%")) from error
        await apart(self.service.desk.set_policy, assignment, policy)
        self.service.grading.wake()
        self.redirect(f"{self.service.prefix}class/{assignment}")


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
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{assignment}.csv"')
        self.finish(table(class_view.latest_graded(attempts)))


def table(attempts: Iterable[Attempt]) -> str:
    """Attempts as CSV, in which nothing is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["student", "assignment", "attempt", "handed in (UTC)", "score", "max score"])
    for one in attempts:
        row = [one.student, one.assignment, one.number, moment(one.at), one.score, one.max_score]
        writer.writerow([f"'{value}" if str(value).startswith(FORMULA) else value for value in row])
    return text.getvalue()


def _class(desk: Desk, assignment: str) -> class_view.ClassView | None:
    attempts = desk.history.at(assignment)
    if not attempts and assignment not in desk.course.api.get_released_assignments():
        return None
    return class_view.view(desk.course, assignment, attempts)


def _policy(form: dict[str, str]) -> Policy:
    """A policy from the texts of a form.

    Raises:
        PolicyError: one of them is not possible.
    """
    values: dict[str, object] = dict(form)
    for name in ("attempts", "cool-down"):
        try:
            values[name] = float(form[name] or 0)
        except ValueError as error:
            raise PolicyError(f"{name} is {form[name][:50]!r}, which is no number.") from error
    attempts = values["attempts"]
    values["attempts"] = int(attempts) if isinstance(attempts, float) and attempts.is_integer() else attempts
    values["paused"] = form["paused"] == "on"
    return policies.from_json(msgspec.json.encode(values))
