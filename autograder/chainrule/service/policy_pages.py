"""Where an instructor decides: the policy of an assignment, as a form on a page of its own."""

from __future__ import annotations

import msgspec
from tornado.web import HTTPError, authenticated

from chainrule.course.decided import Span, Unit
from chainrule.service import policies
from chainrule.service.handlers import Handler, apart
from chainrule.service.policies import Count, Policy, PolicyError, Shown, When

CHOICES: dict[str, list[str]] = {
    "grade": list(When),
    "shown": list(Shown),
    "count": list(Count),
    "late-in": list(Unit),
    "late-per": list(Span),
}
"""What the form lets choose from."""


class PolicyForm(Handler):
    """Shows an assignment's policy, and sets it."""

    @authenticated
    async def get(self, assignment: str) -> None:
        """The form; nothing that happens meanwhile takes away what is typed into it."""
        self.require_instructor()
        desk = self.service.desk
        known = {*await apart(desk.course.api.get_released_assignments), *await apart(desk.history.assignments)}
        if assignment not in known:
            raise HTTPError(404)
        policy, due = desk.policy(assignment), desk.due(assignment)
        self.show("policy.html", assignment=assignment, policy=policy, due=due, choices=CHOICES)

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


def _policy(form: dict[str, str]) -> Policy:
    """A policy from the texts of a form.

    Raises:
        PolicyError: one of them is not possible.
    """
    values: dict[str, object] = {name: text for name, text in form.items() if text}
    for name in policies.NUMBERS:
        number = _number(name, form[name])
        values[name] = int(number) if number.is_integer() else number
    values["paused"] = form["paused"] == "on"
    return policies.from_json(msgspec.json.encode(values))


def _number(name: str, text: str) -> float:
    try:
        number = float(text or 0)
    except ValueError as error:
        raise PolicyError(f"{name} is {text[:50]!r}, which is no number.") from error
    if not 0 <= number <= policies.YEAR:
        raise PolicyError(f"{name} is {text[:50]!r}; it must be from 0 to {policies.YEAR}.")
    return number
