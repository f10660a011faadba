"""A course in which each attack on the assignment `practice` is a student of its own, between two honest ones.

A test file that has such attacks names them ATTACKS, and imports from here what holds of every such class.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import practice_course
import pytest
from conftest import ATTACKED_LEVELS
from graded_class import NEIGHBOURS, GradedClass, grade
from nbformat import NotebookNode
from practice_course import POINTS, PRACTICE, SOLUTIONS

from chainrule.attacks import bait
from chainrule.attacks.attack import Answers, Attack, Beside, File, Notebook
from chainrule.attacks.bait import Bait
from chainrule.course.opened import Course

NOTHING = {name: f"def {name}(*more):\n    return None\n" for name in SOLUTIONS}
"""Answers that are wrong without doing anything."""

PRINTING = """
import os
for at, _, names in os.walk("."):
    for name in names:
        try:
            print(at, name, open(os.path.join(at, name), errors="replace").read(1000))
        except OSError as error:
            print(at, name, error)
"""
"""A cell that prints all that it finds beside its notebook."""


@dataclass
class PracticeClass:
    """The course, what it was laid out with, and what its reference left behind."""

    course: Course
    done: Path
    bait: Bait

    def graded(self, level: str) -> GradedClass:
        """Graded anew at this level."""
        for mark in self.marks():
            (self.done / mark).unlink()
        return grade(self.course, PRACTICE, level, self.bait)

    def marks(self) -> list[str]:
        """What the reference has left behind when it did very much."""
        return sorted(mark.name for mark in self.done.iterdir())


def make(folder: Path, attacks: Iterable[Attack], laid: Bait) -> PracticeClass:
    """A class of these attacks, not yet graded."""
    done = folder / "done"
    done.mkdir()
    course = practice_course.make(folder / "course", done)
    right = practice_course.filled(course.folder, PRACTICE, SOLUTIONS)
    for student in NEIGHBOURS:
        practice_course.hand_in(course.folder, student, PRACTICE, right)
    for attack in attacks:
        hand_in(course.folder, attack, right, laid)
    return PracticeClass(course, done, laid)


def hand_in(course: Path, attack: Attack, right: NotebookNode, laid: Bait) -> None:
    """Hand in what an attack makes of the right notebook; the student is named for it."""
    notebook = copy.deepcopy(right)
    match attack:
        case Notebook():
            practice_course.hand_in(course, attack.name, PRACTICE, attack.change(notebook))
        case File():
            practice_course.hand_in(course, attack.name, PRACTICE, attack.make(json.dumps(notebook).encode()))
        case Answers():
            notebook = practice_course.filled(course, PRACTICE, {**NOTHING, **attack.answers})
            notebook.cells[1:1] = [nbformat.v4.new_code_cell(source) for source in attack.cells]
            practice_course.hand_in(course, attack.name, PRACTICE, notebook)
        case Beside():
            notebook.cells.append(nbformat.v4.new_code_cell(PRINTING))
            attack.plant(practice_course.hand_in(course, attack.name, PRACTICE, notebook), laid.folder)
        case _:
            raise TypeError(f"{attack.name} is not for {PRACTICE}.")


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeClass]:
    """The class of a test file's ATTACKS."""
    with bait.laid() as laid:
        yield make(tmp_path_factory.mktemp("practice"), request.module.ATTACKS, laid)


@pytest.fixture(scope="module", params=ATTACKED_LEVELS)
def graded(request: pytest.FixtureRequest, made: PracticeClass) -> GradedClass:
    """The class, graded at each level."""
    return made.graded(request.param)


def earns_what_is_right_in_it(graded: GradedClass, attack: Notebook | File | Beside) -> None:
    """An attack got the points of what is right in its notebook, and the note that it deserves."""
    results = graded.results(attack.name)
    assert results.score == attack.earns, results.score
    assert not results.grader_fault, results.faults
    assert any(attack.noted in note for note in [*results.notes, ""] if note or not attack.noted), results.notes


@pytest.mark.parametrize("student", NEIGHBOURS)
def test_honest_neighbours_keep_their_points(graded: GradedClass, student: str) -> None:
    assert graded.results(student).score == POINTS, graded.results(student).score


def test_nothing_outside_is_harmed(graded: GradedClass) -> None:
    assert graded.harmed == []
