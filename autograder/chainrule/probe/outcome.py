"""The outcomes of a hidden test: distinct, and never mixed. Each exception here is one of them."""

from __future__ import annotations

import enum


class Outcome(enum.StrEnum):
    """What became of one hidden test; only `PASSED` earns points."""

    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    BLOCKED = "blocked"
    GRADER_FAULT = "grader fault"


class WrongAnswer(AssertionError):  # noqa: N818
    """The student's value is wrong; the message goes to the student and never holds the expected value."""

    outcome = Outcome.FAILED


class StudentProblem(Exception):  # noqa: N818
    """The student's code gave no value to compare; the message goes to the student."""

    outcome: Outcome


class Missing(StudentProblem):
    """Not defined, or left as released."""

    outcome = Outcome.MISSING


class Crashed(StudentProblem):
    """Raised an exception, or took its process down."""

    outcome = Outcome.CRASHED


class TimedOut(StudentProblem):
    """Took longer than it may."""

    outcome = Outcome.TIMED_OUT


class OutOfMemory(StudentProblem):
    """Took more memory than it may."""

    outcome = Outcome.OUT_OF_MEMORY


class Blocked(StudentProblem):
    """Did what the sandbox does not allow."""

    outcome = Outcome.BLOCKED


class PassedTooMuch(Blocked):
    """Passed more to functions of the hidden test than these hear unasked."""
