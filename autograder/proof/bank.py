"""All that is kept of an assignment's answers: the reference, other right ones in other styles, and the mistakes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.assignments import preload_of
from autograder.grading import session
from autograder.grading.results import Results
from autograder.grading.stand_in import reference_source
from autograder.mistakes import Mistake, mistakes_of
from autograder.sandbox.limits import Limits
from autograder.sandbox.provisioner import SandboxSettings
from autograder.solutions import exercise_sections, filled

SUBMISSION = "0" * 64
"""Stands for the digest of a file that was handed in."""

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
    """The answers to one assignment, in the course folder `home`."""

    home: Path
    assignment: str

    @cached_property
    def set_up(self) -> str:
        """The imports that every answer finds."""
        return reference_source(self.assignment)[0]

    @cached_property
    def reference(self) -> Answers:
        """The reference solution by exercise."""
        return reference_source(self.assignment)[1]

    @cached_property
    def correct(self) -> dict[str, Answers]:
        """Right answers by style, the reference first."""
        return {"reference": self.reference, **answers_in(self.home / "tests" / "correct" / self.assignment)}

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Wrong answers, one exercise each."""
        return mistakes_of(self.assignment)

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises in the order of the notebook."""
        return tuple(self.reference)

    def with_mistake(self, mistake: Mistake) -> Answers:
        """A submission in which all other exercises are right."""
        return {**self.reference, mistake.exercise: mistake.code}

    def whole_notebook(self, answers: Mapping[str, str]) -> NotebookNode:
        """The released notebook with these answers in it."""
        file = self.home / "release" / self.assignment / f"{self.assignment}.ipynb"
        return filled(NotebookNode(nbformat.read(file, as_version=4)), answers)

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

    def settings(self, limits: Limits | None = None) -> SandboxSettings:
        """What a notebook of this assignment gets."""
        files = (self.home / "source" / self.assignment,)
        return SandboxSettings(limits=limits or Limits(), preload=preload_of(self.assignment), files=files)

    def graded(
        self,
        notebook: NotebookNode,
        exercises: Collection[str] | None = None,
        seed: str = "1",
        limits: Limits | None = None,
        name_mistakes: bool = True,
    ) -> Results:
        """Grade a notebook in the sandbox, with the hidden tests of these exercises only."""
        return session.grade(
            notebook,
            SUBMISSION,
            self.assignment,
            seed,
            self.settings(limits),
            exercises=exercises,
            name_mistakes=name_mistakes,
            keep_stand_ins=True,
        )
