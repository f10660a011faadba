"""Hears what an answer replies to a hidden test, patiently: a comparison that fails does not end the test."""

from __future__ import annotations

from contextlib import closing

from chainrule.checks import expect
from chainrule.engine.hidden_tests import FAULTS, HiddenTest
from chainrule.probe.outcome import TimedOut
from chainrule.probe.student import Student
from chainrule.sandbox.kernel import SandboxLostError


def ask_patiently(test: HiddenTest, student: Student, seed: str) -> None:
    """Put a test's questions to somebody whose replies are heard; what the test itself stumbles over ends it.

    Raises:
        TimedOut: time was up before all was heard.
    """
    with closing(student):
        ask_on(test, student, seed)


def ask_on(test: HiddenTest, student: Student, seed: str) -> None:
    """The same of a student who is asked more afterwards.

    Raises:
        TimedOut: time was up before all was heard.
    """
    try:
        with expect.patience():
            test.ask(student, seed)
    except (TimedOut, SandboxLostError):
        raise
    except FAULTS:
        # In patience a grader goes on with values it has not accepted. When it stumbles over them, enough was heard.
        return
