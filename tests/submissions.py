"""Submissions for tests: answers by exercise, put into notebooks and graded in the real sandbox."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chainrule.checks import expect
from chainrule.diagnosis.mistakes import Mistake
from chainrule.engine.assignment import named
from chainrule.engine.results import ExerciseResult, Results
from chainrule.engine.solutions import filled
from chainrule.proof import bank as proof_bank
from chainrule.proof.giveaway import giving_away
from chainrule.sandbox.limits import Limits

ROOT = Path(__file__).parents[1]
POINTS = {"numpy_mlp": 40, "pytorch_mlp": 40, "xor": 20}
ASSIGNMENTS = tuple(POINTS)

SAMPLE_LIMITS = {
    ("numpy_mlp", "looping_lena"): Limits(cell_seconds=2, test_seconds=1),
    ("pytorch_mlp", "looping_lena"): Limits(cell_seconds=10, test_seconds=2),
    ("xor", "looping_lena"): Limits(cell_seconds=10, test_seconds=2),
}
"""For the demo's students who loop for ever."""


class Bank(proof_bank.Bank):
    """The bank of an assignment, with grading that watches what messages reveal."""

    def mistake(self, name: str) -> Mistake:
        """The mistake `<exercise>: <name>`."""
        (found,) = (mistake for mistake in self.mistakes if str(mistake) == name)
        return found

    def sample(self, student: str) -> NotebookNode:
        """The released notebook with the answers of one of the demo's students."""
        released = nbformat.read(
            ROOT / "release" / self.assignment.name / f"{self.assignment.name}.ipynb", as_version=4
        )
        return filled(NotebookNode(released), self.samples[student])

    def grade(
        self,
        notebook: NotebookNode,
        exercises: Collection[str] | None = None,
        seed: str = "1",
        limits: Limits | None = None,
    ) -> "Graded":
        """Grade a notebook in the sandbox, with the hidden tests of these exercises only."""
        with expect.watching() as expected:
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
        return giving_away([*messages, *(hint for exercise in exercises for hint in exercise.hints)], self.expected)
