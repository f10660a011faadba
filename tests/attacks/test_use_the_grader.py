"""What the grader computes for a student's arguments is bounded, teaches nothing, and believes nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import practice_class
import pytest
from conftest import ATTACKED_LEVELS, at_level, notebook_of
from falls_today import each, only
from graded_class import GradedClass
from practice_class import NEIGHBOURS, POINTS, PracticeClass

from chainrule.attacks import bait, use_the_grader
from chainrule.attacks.attack import Answers, Notebook
from chainrule.sandbox.limits import MEBIBYTE
from submissions import bank

ANSWERS = [attack for attack in only(Answers, use_the_grader.ATTACKS) if attack.assignment == "practice"]
BELIEVED = [attack for attack in only(Answers, use_the_grader.ATTACKS) if attack.assignment != "practice"]
NOTEBOOKS = only(Notebook, use_the_grader.ATTACKS)

FILLING = ("message_of_many_parts",)
"""What would fill the grader's memory."""

ROOM = 300 * MEBIBYTE
"""What a grader may need more for a hostile notebook than for one that does nothing."""


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


@pytest.mark.parametrize("level", ATTACKED_LEVELS)
@each([attack for attack in NOTEBOOKS if attack.name in FILLING])
def test_the_grader_does_not_grow(level: str, attack: Notebook) -> None:
    at_level(level)
    honest, attacked = (peak(level, source) for source in ("1", attack.change(notebook_of()).cells[0].source))
    assert attacked - honest < ROOM


GRADER = """
import sys
from conftest import at_level, notebook_of
from chainrule.engine.notebook import running
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings
try:
    settings = SandboxSettings(Limits(cell_seconds=2, notebook_seconds=4), layers=at_level(sys.argv[1]))
    with running(notebook_of(sys.argv[2]), settings):
        pass
finally:
    print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0])
"""


def peak(level: str, source: str) -> int:
    """How much memory a grader used at most, in bytes: a process of its own that runs one cell."""
    # No fork: ZeroMQ, which this process may have used, is lost in one.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", GRADER, level, source]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=120, check=False)
    return int(done.stdout) * 1024
