"""What the service calls after it has graded, in a thread: a pass, if the course sends its scores anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from chainrule.course.opened import Course
from chainrule.lti import settings
from chainrule.lti.report import Outcome, Report
from chainrule.lti.sending import send

LOOK = 600.0
"""Seconds until the next look, if nothing happens: what a teacher corrects in the formgrader is told by nobody."""

SOON = 5.0


@dataclass(frozen=True)
class Passed:
    """`pause`: seconds until it is to be called again; `problem`: a sentence for instructors, if there is one."""

    pause: float = LOOK
    problem: str = ""


def after_grading(course: Course, is_shown: Callable[[str], bool] = lambda _: True) -> Passed:
    """Send what changed, of assignments whose scores students may see by `is_shown`.

    Raises:
        CourseError: nothing can be sent before somebody changes something.
    """
    if not settings.is_there(course.folder):
        return Passed()
    report = send(course, insist=False, is_shown=is_shown)
    pause = LOOK if report.again is None else min(max(report.again - time.time(), SOON), LOOK)
    return Passed(pause, _problem(report))


def _problem(report: Report) -> str:
    amiss = [line for line in report.amiss if line.outcome is not Outcome.NO_SCORE]
    if not amiss:
        return ""
    first = next((line for line in amiss if line.outcome is Outcome.REFUSED), amiss[0])
    rest = f" {len(amiss) - 1} more: `chainrule lti status` lists them." if len(amiss) > 1 else ""
    return (
        f"The score of {first.student} of {first.assignment} is not in the learning platform ({first.outcome}): "
        f"{first.reason}{rest}"
    )
