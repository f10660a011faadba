"""Asks one hidden test of one notebook, and says with which outcome it ended. Every way to grade asks here."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from types import ModuleType

import pytest

from chainrule.engine.hidden_tests import FAULTS, HiddenTest
from chainrule.engine.need import needed
from chainrule.engine.results import TestResult
from chainrule.probe.outcome import Outcome, PassedTooMuch, StudentProblem, WrongAnswer
from chainrule.probe.student import HEARD, Student
from chainrule.sandbox.kernel import SandboxLostError

WRONG = (AssertionError, pytest.fail.Exception)
"""How a hidden test says that a value is wrong; `WrongAnswer` is an AssertionError."""

NOT_THE_ANSWER = "The value is not the right one."
FAULT = "The grader itself failed here, which is not your mistake; a teacher has been told."
LONGEST_FAULT = 20_000
"""Characters of a traceback: an exception's text may hold what came from a student."""

AGAIN = (Outcome.FAILED, Outcome.CRASHED)
"""Outcomes of tests for which a mistake in an earlier function may be the reason."""

MARGIN = 16
"""So many times what the reference needs of a function is lent, and heard; other styles need up to 4 times it."""

LEAST = 256
"""Numbers that may be passed where the reference itself passes next to none."""

Fork = Callable[[], Student]
"""Gives a fresh copy of the finished notebook."""


@dataclass(frozen=True)
class Answered:
    """What became of one hidden test; `fault` is the traceback of a grader fault."""

    result: TestResult
    fault: str = ""


def ask(test: HiddenTest, fork: Fork, seed: str, reference: ModuleType | None) -> Answered:
    """Ask one hidden test of a notebook, and once more with ours if that may help: both of the functions below."""
    answered = ask_first(test, fork, seed, reference)
    return ask_with_ours(test, fork, seed, reference, answered) if may_help(test, reference, answered) else answered


def ask_first(test: HiddenTest, fork: Fork, seed: str, reference: ModuleType | None) -> Answered:
    """Ask one hidden test of a notebook as it is.

    Functions of the test's own hear no more than a few times what they hear of the reference. Without a reference the
    limits on all calls are left.
    """
    return _asked(test, fork, seed, reference, lambda student: test.ask(student, seed))


def may_help(test: HiddenTest, reference: ModuleType | None, answered: Answered) -> bool:
    """Whether a test that was not passed can be asked again, with functions of the reference lent."""
    return reference is not None and bool(test.builds_on) and answered.result.outcome in AGAIN


def ask_with_ours(test: HiddenTest, fork: Fork, seed: str, reference: ModuleType | None, before: Answered) -> Answered:
    """Judge the exercise by itself: a mistake in an earlier function that it calls costs nothing again.

    What those functions compute is asked of the grader, call by call, no more than a few times what the reference
    itself asks of them in this test; no code of ours goes to the student. Whoever fails now too failed as `before`.

    Raises:
        SandboxLostError: the sandbox was ended from outside; no outcome of this notebook counts.
    """

    def put(student: Student) -> None:
        numbers = max(LEAST, MARGIN * needed(test, seed, reference).lent) if reference is not None else 0
        student.lend({name: getattr(reference, name) for name in test.builds_on}, numbers)
        test.ask(student, seed)

    answered = _asked(test, fork, seed, reference, put)
    return answered if answered.result.outcome in (Outcome.PASSED, Outcome.GRADER_FAULT) else before


def _asked(
    test: HiddenTest, fork: Fork, seed: str, reference: ModuleType | None, put: Callable[[Student], None]
) -> Answered:
    """What becomes of a test when its questions are put to a fresh copy."""
    result = TestResult(name=test.name, title=test.title, points=test.points, outcome=Outcome.PASSED)
    try:
        _put(test, fork, seed, reference, put)
    except StudentProblem as problem:
        result.outcome, result.message = problem.outcome, str(problem)
    except WRONG as problem:
        message = str(problem) if isinstance(problem, WrongAnswer) else NOT_THE_ANSWER
        result.outcome, result.message = Outcome.FAILED, message
    except SandboxLostError:
        raise
    except FAULTS:
        # Whatever else a hidden test raises is its own fault: no points are lost silently, a human looks.
        result.outcome, result.message = Outcome.GRADER_FAULT, FAULT
        return Answered(result, f"{test.exercise}/{test.name}: {traceback.format_exc()[-LONGEST_FAULT:]}")
    return Answered(result)


def _put(test: HiddenTest, fork: Fork, seed: str, reference: ModuleType | None, put: Callable[[Student], None]) -> None:
    """Put the questions; anew where it turns out that the reference too passes much to functions of the test's own.

    Few tests have such functions, so what the reference passes is not looked at before.
    """
    try:
        with closing(fork()) as student:
            put(student)
    except PassedTooMuch:
        enough = MARGIN * needed(test, seed, reference).heard if reference is not None else sys.maxsize
        if enough <= HEARD:
            raise
        with closing(fork()) as student:
            student.hear_up_to(enough)
            put(student)
