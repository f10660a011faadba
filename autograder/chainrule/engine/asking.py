"""Asks one hidden test of one notebook, and says with which outcome it ended. Every way to grade asks here."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from types import ModuleType

import pytest

from chainrule.engine.hidden_tests import FAULTS, HiddenTest
from chainrule.engine.results import TestResult
from chainrule.probe.outcome import Crashed, Outcome, StudentProblem, WrongAnswer
from chainrule.probe.student import Student

WRONG = (AssertionError, pytest.fail.Exception)
"""How a hidden test says that a value is wrong; `WrongAnswer` is an AssertionError."""

NOT_THE_ANSWER = "The value is not the right one."
FAULT = "The grader itself failed here, which is not your mistake; a teacher has been told."

Fork = Callable[[], Student]
"""Gives a fresh copy of the finished notebook."""


@dataclass(frozen=True)
class Answered:
    """What became of one hidden test; `fault` is the traceback of a grader fault."""

    result: TestResult
    fault: str = ""


def ask(test: HiddenTest, fork: Fork, seed: str, reference: ModuleType | None) -> Answered:
    """Ask one hidden test of a notebook.

    One that fails is asked again with the functions of `reference` in the place of those that its exercise builds on.
    """
    result = TestResult(name=test.name, title=test.title, points=test.points, outcome=Outcome.PASSED)
    try:
        try:
            _ask(test, fork, seed)
        except (StudentProblem, *WRONG) as problem:
            _ask_with_ours(problem, test, fork, seed, reference)
    except StudentProblem as problem:
        result.outcome, result.message = problem.outcome, str(problem)
        return Answered(result)
    except WRONG as problem:
        message = str(problem) if isinstance(problem, WrongAnswer) else NOT_THE_ANSWER
        result.outcome, result.message = Outcome.FAILED, message
        return Answered(result)
    except FAULTS:
        # Whatever else a hidden test raises is its own fault: no points are lost silently, a human looks.
        result.outcome, result.message = Outcome.GRADER_FAULT, FAULT
        return Answered(result, f"{test.exercise}/{test.name}: {traceback.format_exc()}")
    return Answered(result)


def _ask(test: HiddenTest, fork: Fork, seed: str) -> None:
    with closing(fork()) as student:
        test.ask(student, seed)


def _ask_with_ours(
    problem: BaseException, test: HiddenTest, fork: Fork, seed: str, reference: ModuleType | None
) -> None:
    """Judge the exercise by itself: a mistake in an earlier function that it calls costs nothing again.

    What those functions compute is asked of the grader, call by call; no code of ours goes to the student.

    Raises:
        WrongAnswer, StudentProblem: `problem`, with which the test failed before, if it fails now too.
    """
    if not test.builds_on or reference is None or not isinstance(problem, (*WRONG, Crashed)):
        raise problem
    try:
        with closing(fork()) as student:
            for name in test.builds_on:
                student.define(name, getattr(reference, name))
            test.ask(student, seed)
    except (*WRONG, StudentProblem):
        raise problem from None
