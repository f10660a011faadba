"""What the grader computes for a student's arguments is bounded, teaches nothing, and believes nobody."""

from __future__ import annotations

import os
from collections.abc import Iterator

import practice_class
import pytest
from conftest import ATTACKED_LEVELS, at_level, notebook_of
from falls_today import each, only
from graded_class import GradedClass
from practice_class import NEIGHBOURS, POINTS, PracticeClass

from chainrule.attacks import bait, use_the_grader
from chainrule.attacks.attack import Answers, Notebook
from chainrule.engine.notebook import running
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import MEBIBYTE, Limits
from chainrule.sandbox.provisioner import SandboxSettings
from submissions import bank

ANSWERS = [attack for attack in only(Answers, use_the_grader.ATTACKS) if attack.assignment == "practice"]
BELIEVED = [attack for attack in only(Answers, use_the_grader.ATTACKS) if attack.assignment != "practice"]
NOTEBOOKS = only(Notebook, use_the_grader.ATTACKS)

FILLING = ("message_of_many_parts",)
"""What would fill the grader's memory."""

ROOM = 1024 * MEBIBYTE
"""What a grader may need more for a hostile notebook than for one that does nothing: less than a third of what is sent.

It looks twenty times a second how much it has; a busy machine is late with that.
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeClass]:
    with bait.laid() as laid:
        yield practice_class.make(tmp_path_factory.mktemp("use"), [*ANSWERS, *NOTEBOOKS], laid)


@pytest.fixture(scope="module", params=ATTACKED_LEVELS)
def graded(request: pytest.FixtureRequest, made: PracticeClass) -> GradedClass:
    return made.graded(request.param)


@pytest.fixture(scope="module")
def marks(graded: GradedClass, made: PracticeClass) -> list[str]:
    """What the reference has left behind at this level."""
    return made.marks()


@each(ANSWERS)
def test_nothing_is_earned_and_the_reference_does_little(
    graded: GradedClass, marks: list[str], attack: Answers
) -> None:
    results = graded.results(attack.name)
    assert results.score == 0
    assert not results.grader_fault
    assert not attack.mark or attack.mark not in marks


@each(NOTEBOOKS)
def test_what_is_kept_is_counted_and_named(graded: GradedClass, attack: Notebook) -> None:
    results = graded.results(attack.name)
    assert results.score == attack.earns
    assert not results.grader_fault
    assert any(attack.noted in note for note in [*results.notes, ""] if note or not attack.noted)


@pytest.mark.parametrize("student", NEIGHBOURS)
def test_honest_neighbours_keep_their_points(graded: GradedClass, student: str) -> None:
    assert graded.results(student).score == POINTS


def test_nothing_outside_is_harmed(graded: GradedClass) -> None:
    assert graded.harmed == graded.left == []


@each(BELIEVED)
def test_an_answer_that_does_nothing_earns_nothing(attack: Answers) -> None:
    """At one level of the sandbox: what a hidden test believes does not hang on it."""
    kept = bank(attack.assignment)
    notebook = kept.lean_notebook(attack.answers, attack.answers)
    results = kept.graded(notebook, attack.answers, name_mistakes=False)
    assert {exercise.name: exercise.score for exercise in results.exercises} == dict.fromkeys(attack.answers, 0.0)
    assert not results.grader_fault


@pytest.fixture(scope="module", params=ATTACKED_LEVELS)
def level(request: pytest.FixtureRequest) -> Layers:
    return at_level(request.param)


@each([attack for attack in NOTEBOOKS if attack.name in FILLING])
def test_the_grader_does_not_grow(level: Layers, attack: Notebook) -> None:
    honest, attacked = (peak(level, source) for source in ("1", attack.change(notebook_of()).cells[0].source))
    assert attacked - honest < ROOM


def peak(level: Layers, source: str) -> int:
    """How much memory a grader used at most, in bytes: a process of its own that runs one cell."""
    grader = os.fork()
    if grader == 0:
        try:
            settings = SandboxSettings(Limits(cell_seconds=2, notebook_seconds=4), layers=level)
            with running(notebook_of(source), settings):
                pass
        finally:
            os._exit(0)
    return os.wait4(grader, 0)[2].ru_maxrss * 1024
