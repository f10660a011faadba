"""Judges an exercise by itself: a mistake in an earlier function that it calls costs nothing again.

A test file says what its exercise builds on: `pytest.mark.builds_on("hidden_points")`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import TypeVar

from autograder.grading.outcome import Crashed, StudentProblem, WrongAnswer
from autograder.probe.student import Student

Wanted = TypeVar("Wanted")


def with_ours(
    problem: Exception,
    names: Iterable[str],
    assignment: str,
    fork: Callable[[], Student],
    ask: Callable[[Student], None],
) -> None:
    """Ask a hidden test again of a student whose earlier functions `names` are those of the reference.

    What they compute is asked of the grader, call by call; no code of ours goes to the student.

    Raises:
        WrongAnswer, StudentProblem: `problem`, with which the test failed before, if it fails now too.
    """
    __tracebackhide__ = True
    reference = importlib.import_module(f"reference.{assignment}")
    if not names or not isinstance(problem, (WrongAnswer, Crashed)):
        raise problem
    try:
        with closing(fork()) as student:
            for name in names:
                student.define(name, getattr(reference, name))
            ask(student)
    except (WrongAnswer, StudentProblem):
        raise problem from None


def either(check: Callable[[Wanted], None], right: Callable[[], Wanted], own: Callable[[], Wanted]) -> None:
    """`check` against the right value, or else against what the student's own earlier functions make of the task.

    Raises:
        WrongAnswer: neither; the message is that of the comparison with the right value.
    """
    __tracebackhide__ = True
    try:
        check(right())
    except WrongAnswer as problem:
        try:
            check(own())
        except (WrongAnswer, StudentProblem):
            raise problem from None
