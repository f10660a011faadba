"""Accepts one of several: the right value or that of the student's own functions; one right answer among some."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chainrule.probe.outcome import StudentProblem, WrongAnswer

Wanted = TypeVar("Wanted")


def either(check: Callable[[Wanted], None], right: Callable[[], Wanted], own: Callable[[], Wanted]) -> None:
    """`check` against the right value, or else against what the student's own earlier functions make of the task.

    `own` must raise where these functions compute nothing: to agree with nothing is no answer.

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


def at_least_one(*questions: Callable[[], None]) -> None:
    """One of these questions is answered rightly, so that what is asked next cannot be had by computing nothing.

    For tests of what an empty answer does too, such as leaving its arguments alone; several, so that a mistake costs
    its points only once.

    Raises:
        WrongAnswer, StudentProblem: none is; the problem of the first.
    """
    __tracebackhide__ = True
    first: WrongAnswer | StudentProblem | None = None
    for question in questions:
        try:
            question()
        except (WrongAnswer, StudentProblem) as problem:
            first = first or problem
        else:
            return
    assert first is not None
    raise first
