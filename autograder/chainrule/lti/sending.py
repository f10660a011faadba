"""One pass over a course: what changed since it was sent goes out, once; what the platform did not take waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from chainrule.course.opened import Course
from chainrule.lti import outbox, settings, wanted
from chainrule.lti.connection import connected
from chainrule.lti.failures import ConflictError, NotNowError, RefusedError
from chainrule.lti.outbox import Message, Outbox, Rest, State
from chainrule.lti.platform import Platform
from chainrule.lti.report import Outcome, Report
from chainrule.lti.settings import Settings
from chainrule.lti.turn import alone

MOST_FAILURES = 3
"""In a row; then the platform is down, and the others need not find it out one by one."""

LATER_THERE = "The platform has a later score than this one; are the clocks of both machines right?"


def send(
    course: Course, assignment: str = "", insist: bool = True, is_shown: Callable[[str], bool] = lambda _: True
) -> Report:
    """Send what changed. Who does not `insist` leaves what was refused, and what rests after a failure.

    Raises:
        CourseError: nothing can be sent, or nothing more; says why.
    """
    report = Report()
    found = settings.read(course.folder)
    names = [name for name in wanted.chosen(found, assignment) if is_shown(name)]
    with (
        alone(course.folder),
        closing(Outbox(course.folder)) as box,
        connected(course.folder, found) as platform,
    ):
        one_pass = _Pass(box, platform, found, insist, report)
        for name in names:
            messages = list(wanted.messages(course, found, name, "", report))
            if messages:
                one_pass.send(name, messages)
    return report


class _Pass:
    """Sends message by message, until the platform wants no more."""

    def __init__(self, box: Outbox, platform: Platform, found: Settings, insist: bool, report: Report) -> None:
        self._box = box
        self._platform = platform
        self._settings = found
        self._insist = insist
        self._report = report
        self._known = box.messages()
        self._failures = 0
        self._rest = box.rest()
        self._rests = not insist and time.time() < self._rest.until
        """Whether the platform is left alone for now."""

    def send(self, name: str, messages: list[Message]) -> None:
        """Send those of one assignment."""
        try:
            line_item = self._line_item(name, messages[0].most)
        except RefusedError as error:
            for message in messages:
                self._report.add(message, Outcome.REFUSED, str(error))
            return
        for message in messages:
            if line_item:
                self._consider(replace(message, line_item=line_item))
            else:
                self._report.rests(message, self._rest.until, self._rest.reason)

    def _line_item(self, name: str, most: float) -> str:
        """The address of an assignment's; empty if the platform is to be asked, and rests."""
        target, lineitems = self._settings.assignments[name], self._settings.lineitems
        known = target.line_item or self._box.line_item(name, target.label, lineitems)
        if known or self._rests:
            return known
        try:
            made = self._platform.line_item(name, target.label, most)
        except NotNowError as error:
            pause = outbox.pause(self._rest.times + 1) if error.pause is None else error.pause
            self._stop(time.time() + pause, str(error))
            return ""
        self._box.keep_line_item(name, target.label, lineitems, made)
        self._answered()
        return made

    def _consider(self, message: Message) -> None:
        """Send it, unless the platform has it or it rests."""
        before = self._known.get((message.assignment, message.student))
        if before is None or not before.says_the_same(message):
            message = replace(message, moment=outbox.later_moment(0 if before is None else before.moment))
        elif before.state is State.RECEIVED:
            self._report.add(message, Outcome.UNCHANGED)
            return
        elif before.state is State.REFUSED and not self._insist:
            self._report.add(message, Outcome.REFUSED, before.reason)
            return
        elif before.state is State.REFUSED:
            # What it was refused for may have been mended; to the platform it is a new message.
            message = replace(message, moment=outbox.later_moment(before.moment))
        elif time.time() < before.again and not self._insist:
            self._report.rests(before, before.again, before.reason)
            return
        else:
            message = before
        if self._rests:
            self._report.rests(message, self._rest.until, self._rest.reason)
        else:
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        message = replace(message, tries=message.tries + 1)
        self._box.keep(message)
        try:
            try:
                self._platform.put(message)
            except ConflictError:
                # An earlier try of this very message may have arrived without an answer; else its moment is too early.
                if message.tries == 1 or not self._platform.has(message):
                    message = replace(message, moment=outbox.later_moment(message.moment))
                    self._box.keep(message)
                    self._platform.put(message)
        except RefusedError as error:
            self._answered()
            self._box.keep(replace(message, state=State.REFUSED, reason=str(error)))
            self._report.add(message, Outcome.REFUSED, str(error))
        except ConflictError:
            self._failed(message, LATER_THERE, None)
        except NotNowError as error:
            self._failed(message, str(error), error.pause)
        else:
            self._answered()
            self._box.keep(replace(message, state=State.RECEIVED, reason=""))
            self._report.add(message, Outcome.SENT)

    def _failed(self, message: Message, reason: str, pause: float | None) -> None:
        self._failures += 1
        again = time.time() + (outbox.pause(message.tries) if pause is None else pause)
        self._box.keep(replace(message, again=again, reason=reason))
        self._report.rests(message, again, reason)
        if pause is not None or self._failures >= MOST_FAILURES:
            self._stop(again, reason)

    def _stop(self, until: float, reason: str) -> None:
        self._rests = True
        self._rest = Rest(until, self._rest.times + 1, reason)
        self._box.keep_rest(self._rest)

    def _answered(self) -> None:
        self._failures = 0
        if self._rest.times:
            self._rest = Rest()
            self._box.keep_rest(self._rest)
