"""Submissions for tests: answers by exercise, put into notebooks and graded in the real sandbox."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from nbformat import NotebookNode

from chainrule.checks import expect
from chainrule.diagnosis.mistakes import Mistake
from chainrule.engine.assignment import named
from chainrule.engine.results import ExerciseResult, Results
from chainrule.proof import bank as proof_bank
from chainrule.sandbox.limits import Limits

ROOT = Path(__file__).parents[1]
POINTS = {"numpy_mlp": 40, "pytorch_mlp": 40, "xor": 20}
ASSIGNMENTS = tuple(POINTS)

LONG_NUMBER = 4
"""Digits from which a number in a message counts as an expected value given away."""


class Bank(proof_bank.Bank):
    """The bank of an assignment, with grading that watches what messages reveal."""

    def mistake(self, name: str) -> Mistake:
        """The mistake `<exercise>: <name>`."""
        (found,) = (mistake for mistake in self.mistakes if str(mistake) == name)
        return found

    def grade(
        self,
        notebook: NotebookNode,
        exercises: Collection[str] | None = None,
        seed: str = "1",
        limits: Limits | None = None,
    ) -> "Graded":
        """Grade a notebook in the sandbox, with the hidden tests of these exercises only."""
        with recorded_expectations() as expected:
            results = self.graded(notebook, exercises, seed, limits)
        return Graded(results, frozenset(expected))

    def grade_answers(
        self, answers: Mapping[str, str], exercises: Collection[str] | None = None, seed: str = "1"
    ) -> "Graded":
        """Grade a lean notebook of these answers."""
        return self.grade(self.lean_notebook(answers, exercises), exercises, seed)


@cache
def bank(assignment: str) -> Bank:
    """The answers kept of an assignment."""
    found = named(assignment, None)
    return Bank(found, found.source)


@dataclass(frozen=True)
class Graded:
    """The results of one submission, and the numbers that its values were compared with."""

    results: Results
    expected: frozenset[float]

    @property
    def exercises(self) -> dict[str, ExerciseResult]:
        """The results by exercise."""
        return {exercise.name: exercise for exercise in self.results.exercises}

    @property
    def not_passed(self) -> list[str]:
        """Every hidden test that was not passed, with its outcome and message: for reading when a test fails."""
        tests = ((exercise.name, test) for exercise in self.results.exercises for test in exercise.tests)
        return [f"{name}/{test.name} {test.outcome}: {test.message}" for name, test in tests if not test.earned]

    @property
    def revealing(self) -> list[str]:
        """The messages and hints that hold an expected number with four or more digits."""
        exercises = self.results.exercises
        messages = [test.message for exercise in exercises for test in exercise.tests]
        return revealing([*messages, *(hint for exercise in exercises for hint in exercise.hints)], self.expected)


def revealing(messages: Iterable[str], expected: Collection[float]) -> list[str]:
    """The messages that hold one of these numbers with four or more digits."""

    def is_expected(number: str) -> bool:
        digits = min(significant_digits(number), 17)
        return any(float(f"{abs(value):.{digits}g}") == float(number) for value in expected)

    return [message for message in messages if any(map(is_expected, long_numbers(message)))]


@contextmanager
def recorded_expectations() -> Iterator[set[float]]:
    """Collects every number that a grader hands to `expect` as the right one."""
    expected: set[float] = set()

    def recording(compare: Any) -> Any:
        def record_and_compare(got: object, want: Any, *args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            values = np.asarray(want)
            # Messages come from comparisons that count, not from those that are passed over.
            if values.dtype.kind in "iuf" and not expect._patient.get():
                expected.update(map(float, values.ravel()))
            compare(got, want, *args, **kwargs)

        return record_and_compare

    with patch.object(expect, "close", recording(expect.close)), patch.object(expect, "equal", recording(expect.equal)):
        yield expected


def long_numbers(text: str) -> list[str]:
    """The numbers in a text that have at least `LONG_NUMBER` significant digits, without their sign."""
    numbers = re.findall(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)
    return [number for number in numbers if significant_digits(number) >= LONG_NUMBER]


def significant_digits(number: str) -> int:
    """How many digits a written number has, without leading zeros."""
    return len(number.partition("e")[0].replace(".", "").lstrip("0"))
