"""Submissions for tests: answers by exercise, put into notebooks and graded in the real sandbox."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
import numpy as np
from nbformat import NotebookNode

from autograder.assignments import preload_of
from autograder.grading import expect, session
from autograder.grading.results import ExerciseResult, Results
from autograder.sandbox.limits import Limits
from autograder.sandbox.provisioner import SandboxSettings
from autograder.solutions import exercise_sections

ROOT = Path(__file__).parents[1]
POINTS = {"numpy_mlp": 40, "pytorch_mlp": 40, "xor": 20}
ASSIGNMENTS = tuple(POINTS)

LONG_NUMBER = 4
"""Digits from which a number in a message counts as an expected value given away."""

TRAINING = """
import torchvision

_files = torchvision.datasets.MNIST("data", train=True)
_data = prepare(_files.data, _files.targets, 2000)
torch.manual_seed(0)
mnist_model = MLP([784, 256, 128, 10])
mnist_history = train_mnist(mnist_model, _data, epochs=5, log_dir="runs/mnist")
"""
"""What the notebook of `pytorch_mlp` does between the answers and their checks: train a network on the real images."""

Answers = dict[str, str]


def answers_in(folder: Path) -> dict[str, Answers]:
    """For each file of a folder by its name: the answer to each exercise."""
    return {file.stem: exercise_sections(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.py"))}


@dataclass(frozen=True)
class Bank:
    """All that is kept of an assignment's answers: by exercise, and wrong ones by `<exercise>: <name>`."""

    assignment: str
    set_up: str
    reference: Answers
    correct: dict[str, Answers]
    samples: dict[str, Answers]
    wrong: dict[str, str]

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises in the order of the notebook."""
        return tuple(self.reference)

    def with_wrong_answer(self, name: str) -> tuple[str, Answers]:
        """The exercise of a wrong answer, and a submission in which all the others are right."""
        exercise = name.partition(":")[0]
        return exercise, {**self.reference, exercise: self.wrong[name]}

    def lean_notebook(self, answers: Mapping[str, str], exercises: Collection[str] | None = None) -> NotebookNode:
        """The set-up cell's imports and the answers, without prose, checks and pictures.

        Only where `train_mnist` is among the exercises to be graded is a network trained.
        """
        notebook: NotebookNode = nbformat.v4.new_notebook()
        sources = [self.set_up, *answers.values()]
        if "train_mnist" in (self.exercises if exercises is None else exercises):
            sources.append(TRAINING)
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
        return notebook

    def grade(
        self,
        notebook: NotebookNode,
        exercises: Collection[str] | None = None,
        seed: str = "1",
        limits: Limits | None = None,
    ) -> "Graded":
        """Grade a notebook in the sandbox, with the hidden tests of these exercises only."""
        settings = SandboxSettings(
            limits=limits or Limits(),
            preload=preload_of(self.assignment),
            files=(ROOT / "source" / self.assignment,),
        )
        with recorded_expectations() as expected:
            results = session.grade(notebook, "0" * 64, self.assignment, seed, settings, exercises=exercises)
        return Graded(results, frozenset(expected))

    def grade_answers(
        self, answers: Mapping[str, str], exercises: Collection[str] | None = None, seed: str = "1"
    ) -> "Graded":
        """Grade a lean notebook of these answers."""
        return self.grade(self.lean_notebook(answers, exercises), exercises, seed)


@cache
def bank(assignment: str) -> Bank:
    """The answers kept of an assignment."""
    reference = (ROOT / "reference" / f"{assignment}.py").read_text(encoding="utf-8")
    sections = exercise_sections(reference)
    return Bank(
        assignment=assignment,
        set_up=reference[: reference.index("# %% ")],
        reference=sections,
        correct={"reference": sections, **answers_in(ROOT / "tests" / "correct" / assignment)},
        samples=answers_in(ROOT / "autograder" / "samples" / assignment),
        wrong=_wrong_answers(assignment),
    )


def _wrong_answers(assignment: str) -> dict[str, str]:
    source = (ROOT / "tests" / "wrong" / f"{assignment}.py").read_text(encoding="utf-8")
    _, *parts = re.split(r"^# %% (.*)\n", source, flags=re.MULTILINE)
    names, blocks = parts[::2], parts[1::2]
    assert len(set(names)) == len(names), "two wrong answers have the same name"
    return dict(zip(names, blocks, strict=True))


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
        """The messages that hold an expected number with four or more digits."""
        messages = (test.message for exercise in self.results.exercises for test in exercise.tests)
        return [message for message in messages if any(map(self._is_expected, long_numbers(message)))]

    def _is_expected(self, number: str) -> bool:
        digits = min(significant_digits(number), 17)
        return any(float(f"{abs(value):.{digits}g}") == float(number) for value in self.expected)


@contextmanager
def recorded_expectations() -> Iterator[set[float]]:
    """Collects every number that a grader hands to `expect` as the right one."""
    expected: set[float] = set()

    def recording(compare: Any) -> Any:
        def record_and_compare(got: object, want: Any, *args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            values = np.asarray(want)
            if values.dtype.kind in "iuf":
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
