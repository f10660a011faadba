"""What the platform should know, by settings, users and gradebook; and how that differs from what it was sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

from chainrule.course.opened import Course
from chainrule.lti import gradebook, settings, users
from chainrule.lti.failures import LtiError
from chainrule.lti.outbox import Message, Outbox, State
from chainrule.lti.report import Outcome, Report, moment
from chainrule.lti.settings import Settings


def plan(course: Course, assignment: str = "") -> Report:
    """What there is, and what would be sent; nothing is, and nobody is asked.

    Raises:
        CourseError: something is not in order.
    """
    report = Report()
    found = settings.read(course.folder)
    with closing(Outbox(course.folder)) as box:
        known = box.messages()
        for name in chosen(found, assignment):
            target = found.assignments[name]
            line_item = target.line_item or box.line_item(name, target.label, found.lineitems)
            for message in messages(course, found, name, line_item, report):
                _tell(report, message, known.get((name, message.student)))
    return report


def chosen(found: Settings, assignment: str) -> list[str]:
    """The assignment, or all that go anywhere.

    Raises:
        LtiError: this one does not.
    """
    if assignment and assignment not in found.assignments:
        raise LtiError(f"{settings.FILE} has no [assignments.{assignment}], so its scores go nowhere.")
    return [assignment] if assignment else list(found.assignments)


def messages(course: Course, found: Settings, name: str, line_item: str, report: Report) -> Iterator[Message]:
    """What the platform should know of an assignment; of whom there is nothing to tell is in the report."""
    known = users.read(course.folder, found)
    for score in gradebook.scores(course, name):
        user_id = known.id_of(score.student)
        message = Message(name, score.student, line_item, user_id or "", score.points, score.most)
        if user_id is None:
            report.add(message, Outcome.NO_USER_ID, known.problem(score.student))
        elif not user_id:
            report.add(message, Outcome.LEFT_OUT)
        elif score.waits:
            report.add(message, Outcome.NO_SCORE, score.waits)
        else:
            yield message


def _tell(report: Report, wanted: Message, before: Message | None) -> None:
    if before is None or not before.says_the_same(wanted):
        report.add(wanted, Outcome.TO_SEND)
    elif before.state is State.RECEIVED:
        report.add(wanted, Outcome.UNCHANGED)
    elif before.state is State.REFUSED:
        report.add(wanted, Outcome.REFUSED, before.reason)
    elif before.again > time.time():
        report.add(wanted, Outcome.LATER, f"{before.reason} Next try after {moment(before.again)}.")
    else:
        report.add(wanted, Outcome.TO_SEND, before.reason)
