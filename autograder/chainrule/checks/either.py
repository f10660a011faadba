"""Accepts one of two right values: the task's, or what the student's own earlier functions make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chainrule.probe.outcome import StudentProblem, WrongAnswer

Wanted = TypeVar("Wanted")


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
