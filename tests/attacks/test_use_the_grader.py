"""What the grader computes for a student's arguments is bounded, teaches nothing, and believes nobody."""

from __future__ import annotations

import os
import subprocess
import sys

import practice_class
import pytest
from conftest import ATTACKED_LEVELS, at_level, notebook_of
from falls_today import each, only
from graded_class import GradedClass
from practice_class import PracticeClass
from practice_class import graded as graded
from practice_class import made as made
from practice_class import test_honest_neighbours_keep_their_points as test_honest_neighbours_keep_their_points
from practice_class import test_nothing_outside_is_harmed as test_nothing_outside_is_harmed

from chainrule.attacks import use_the_grader
from chainrule.attacks.attack import Answers, Notebook
from chainrule.sandbox.limits import MEBIBYTE
from submissions import bank

ANSWERS = [attack for attack in only(Answers, use_the_grader.ATTACKS) if attack.assignment == "practice"]
BELIEVED = [attack for attack in only(Answers, use_the_grader.ATTACKS) if attack.assignment != "practice"]
NOTEBOOKS = only(Notebook, use_the_grader.ATTACKS)
ATTACKS = [*ANSWERS, *NOTEBOOKS]

FILLING = ("message_of_many_parts",)
"""What would fill the grader's memory."""

ROOM = 300 * MEBIBYTE
"""What a grader may need more for a hostile notebook than for one that does nothing."""


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
    practice_class.earns_what_is_right_in_it(graded, attack)


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
