"""The quick way to ask hidden tests about an answer: in a warm sandboxed kernel, without running a notebook each time.

The real way, through `session.grade`, gives the same verdicts; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from autograder.assignments import preload_of
from autograder.grading.follow_through import with_ours
from autograder.grading.outcome import Outcome, StudentProblem, WrongAnswer
from autograder.grading.session import graders_of
from autograder.grading.stand_in import HiddenTest, StandIns, hidden_tests
from autograder.probe.student import Student
from autograder.sandbox.limits import Limits
from autograder.sandbox.provisioner import SandboxSettings

SECONDS = 3.0
"""For an answer's code in one hidden test; a right one needs about one at most."""


def settings(assignment: str) -> SandboxSettings:
    """How the kernel of an assignment's stand-ins is started."""
    return SandboxSettings(limits=Limits(test_seconds=SECONDS), preload=preload_of(assignment))


@dataclass(frozen=True)
class Verdict:
    """What one hidden test said."""

    test: str
    outcome: Outcome
    message: str


def verdict(test: HiddenTest, stand_ins: StandIns, code: str, seed: str) -> Verdict:
    """Ask one hidden test about the reference with `code` put over it."""
    return asked(test, stand_ins.assignment, lambda: stand_ins.with_answer(code), seed)


def asked(test: HiddenTest, assignment: str, fork: Callable[[], Student], seed: str) -> Verdict:
    """Ask one hidden test about a student from this `fork`."""
    try:
        try:
            with closing(fork()) as student:
                test.ask(student, seed)
        except (StudentProblem, WrongAnswer) as problem:
            with_ours(problem, test.builds_on, assignment, fork, lambda student: test.ask(student, seed))
    except StudentProblem as problem:
        return Verdict(test.name, problem.outcome, str(problem))
    except WrongAnswer as problem:
        return Verdict(test.name, Outcome.FAILED, str(problem))
    return Verdict(test.name, Outcome.PASSED, "")


def askable(assignment: str, exercise: str, stand_ins: StandIns, seed: str) -> list[HiddenTest]:
    """The hidden tests of an exercise that the reference passes here: some want what only a whole notebook makes."""
    tests = hidden_tests(graders_of(assignment), exercise)
    return [test for test in tests if verdict(test, stand_ins, "", seed).outcome is Outcome.PASSED]
