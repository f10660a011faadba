"""All that is kept of an assignment's answers: the reference, other right ones in other styles, and the mistakes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chainrule.diagnosis.changes import AS_THE_REFERENCE, merged
from chainrule.diagnosis.mistakes import Mistake, mistakes_of
from chainrule.diagnosis.stand_in import reference_source
from chainrule.engine.assignment import Assignment
from chainrule.engine.grade import Settings, grade_notebook
from chainrule.engine.results import Results
from chainrule.engine.solutions import ANSWER, exercise_sections, filled
from chainrule.proof.quick import diagnosed
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings

Answers = dict[str, str]


def answers_in(folder: Path, reference: Answers) -> dict[str, Answers]:
    """For each file of a folder by its name: the answer to each exercise.

    Raises:
        ValueError: a file is not in percent format, or answers as the reference what that has not.
    """
    return {file.stem: _answers(file, reference) for file in sorted(folder.glob("*.py"))}


def _answers(file: Path, reference: Answers) -> Answers:
    answers = exercise_sections(file.read_text(encoding="utf-8"))
    for exercise, code in answers.items():
        if code.startswith(AS_THE_REFERENCE):
            if exercise not in reference:
                raise ValueError(f"{file}: the reference has no exercise {exercise!r}.")
            answers[exercise] = merged(reference[exercise], code)
    return answers


@dataclass(frozen=True)
class Bank:
    """The answers to one assignment. `source` is the folder of its source notebook and of the data beside it."""

    assignment: Assignment
    source: Path

    @cached_property
    def _reference(self) -> tuple[str, Answers]:
        return reference_source(self.assignment)

    @property
    def set_up(self) -> str:
        """The imports that every answer finds."""
        return self._reference[0]

    @property
    def reference(self) -> Answers:
        """The reference solution by exercise."""
        return self._reference[1]

    @cached_property
    def correct(self) -> dict[str, Answers]:
        """Right answers by style, the reference first."""
        return {"reference": self.reference, **answers_in(self.assignment.folder / "correct", self.reference)}

    @cached_property
    def samples(self) -> dict[str, Answers]:
        """The demo's students and their answers."""
        return answers_in(self.assignment.folder / "samples", self.reference)

    @cached_property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Wrong answers, one exercise each."""
        return mistakes_of(self.assignment.folder, self.reference)

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises in the order of the notebook."""
        return tuple(self.reference)

    def with_mistake(self, mistake: Mistake) -> Answers:
        """A submission in which all other exercises are right."""
        return {**self.reference, mistake.exercise: mistake.code}

    def whole_notebook(self, answers: Mapping[str, str]) -> NotebookNode:
        """The notebook with these answers in it, which must be to all of its exercises."""
        file = self.source / f"{self.assignment.name}.ipynb"
        return filled(NotebookNode(nbformat.read(file, as_version=4)), answers)

    def lean_notebook(self, answers: Mapping[str, str], exercises: Collection[str] | None = None) -> NotebookNode:
        """The set-up cell's imports and the answers, without prose, checks and pictures.

        What the notebook runs after the answers is there only where an exercise that needs it is to be graded.
        """
        notebook: NotebookNode = nbformat.v4.new_notebook()
        graded = self.exercises if exercises is None else exercises
        after = [code for exercise, code in self.assignment.after_answers if exercise in graded]
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in (self.set_up, *answers.values(), *after)]
        for exercise, cell in zip(answers, notebook.cells[1:], strict=False):
            cell.metadata["nbgrader"] = {"grade_id": f"{exercise}{ANSWER}"}
        return notebook

    def sandbox(self, limits: Limits | None = None) -> SandboxSettings:
        """What a notebook of this assignment gets."""
        limits = self.assignment.limited(limits or Limits())
        return SandboxSettings(limits=limits, preload=self.assignment.warm, files=(self.source,))

    def graded(
        self,
        notebook: NotebookNode,
        exercises: Collection[str] | None = None,
        seed: str = "1",
        limits: Limits | None = None,
        name_mistakes: bool = True,
    ) -> Results:
        """Grade a notebook in the sandbox, with the hidden tests of these exercises only."""
        settings = Settings(self.sandbox(limits), exercises=None if exercises is None else frozenset(exercises))
        return grade_notebook(notebook, self.assignment, settings, seed, diagnosed if name_mistakes else None)


def bank_of(assignment: Assignment, course: Path | None) -> Bank:
    """The bank of an assignment, with the course's own source notebook if it has one, else the one shipped."""
    own = None if course is None else course / "source" / assignment.name
    return Bank(assignment, own if own is not None and own.is_dir() else assignment.source)
