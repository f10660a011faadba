"""The quick way to ask about an answer: in a warm sandboxed kernel, without running a notebook each time.

It is asked, heard and named by the functions that grade a student; a test compares the two ways. Everything that is
asked here is our own, so a kernel that holds solutions stays warm, and fingerprints are computed when they are wanted.
"""

from __future__ import annotations

import atexit
import time
from functools import cache

from chainrule.diagnosis.fingerprints import (
    ExercisePrints,
    Fingerprints,
    exercises_with_mistakes,
    of_exercise,
    version_of,
)
from chainrule.diagnosis.naming import diagnose, has_lost, listen, named
from chainrule.diagnosis.repair.choice import hints_by_search
from chainrule.diagnosis.repair.search import Patient
from chainrule.diagnosis.stand_in import StandIns
from chainrule.engine import hidden_tests
from chainrule.engine import seed as seeds
from chainrule.engine.asking import Answered, ask
from chainrule.engine.assignment import Assignment
from chainrule.engine.grade import Asked
from chainrule.engine.hidden_tests import HiddenTest, HiddenTests
from chainrule.engine.results import ExerciseResult
from chainrule.probe.outcome import Outcome
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings

SECONDS = 3.0
"""For an answer's code in one hidden test; a right one needs about one at most."""


@cache
def stand_ins(assignment: Assignment) -> StandIns:
    """The stand-ins of an assignment, whose kernel stays warm until this process ends."""
    limits = assignment.limited(Limits(test_seconds=SECONDS))
    others = StandIns(assignment, SandboxSettings(limits=limits, preload=assignment.warm))
    atexit.register(others.close)
    return others


def answered(test: HiddenTest, tests: HiddenTests, others: StandIns, code: str, seed: str) -> Answered:
    """Ask one hidden test about the reference with `code` put over it."""
    return ask(test, lambda: others.with_answer(code), seed, tests.reference)


def askable(tests: HiddenTests, exercise: str, others: StandIns, seed: str) -> list[HiddenTest]:
    """The hidden tests of an exercise that the reference passes here: some want what only a whole notebook makes."""
    return [test for test in tests.of(exercise) if passed(answered(test, tests, others, "", seed))]


def passed(answer: Answered) -> bool:
    """Whether a hidden test was passed."""
    return answer.result.outcome is Outcome.PASSED


def graded(
    assignment: Assignment, tests: HiddenTests, exercise: str, code: str, seed: str, search: bool = False
) -> tuple[ExerciseResult, list[str]]:
    """The results of an exercise with this answer, hints and all, and the faults of graders in it.

    Where no mistake of the bank explains it, one may be searched, as for a student.
    """
    others = stand_ins(assignment)
    own = tests.of(exercise)
    answers = [answered(test, tests, others, code, seed) for test in own]
    result = ExerciseResult(name=exercise, tests=[answer.result for answer in answers])
    heard = listen(lambda hear: others.with_answer(code, hear), result, own, _seed(assignment))
    if heard is not None:
        result.hints = list(dict.fromkeys(mistake.hint for mistake in named(heard, prints_of(assignment, exercise))))
    if search and not result.hints and has_lost(result):
        result.hints = hints_by_search(_patient(assignment, tests, result, code))
    return result, [answer.fault for answer in answers if answer.fault]


def _patient(assignment: Assignment, tests: HiddenTests, result: ExerciseResult, code: str) -> Patient:
    others, began = stand_ins(assignment), time.monotonic()
    seconds = Limits().hint_seconds
    return Patient(
        answer=code,
        fork=lambda: others.with_answer(code),
        tests=tests.of(result.name),
        result=result,
        seed=_seed(assignment),
        reference=tests.reference,
        lent=False,
        tensors="torch" in assignment.packages,
        exhausted=lambda: time.monotonic() - began > seconds,
    )


def diagnosed(asked: Asked) -> dict[str, list[str]]:
    """The hints for a notebook of our own, from fingerprints that are computed while it waits."""
    lost = {result.name for result in asked.exercises if has_lost(result)}
    wanted = [name for name in exercises_with_mistakes(asked.assignment) if name in lost]
    prints = {name: prints_of(asked.assignment, name) for name in wanted}
    version = version_of(asked.assignment, asked.tests.digest)
    return diagnose(asked, Fingerprints(asked.assignment.name, version, _seed(asked.assignment), prints))


_prints: dict[tuple[Assignment, str], tuple[str, ExercisePrints]] = {}
"""By the exercise, with the version of the grader at that time."""


def prints_of(assignment: Assignment, exercise: str) -> ExercisePrints:
    """The fingerprints of an exercise, computed once in this process."""
    version = version_of(assignment, hidden_tests.digest(assignment))
    key = assignment, exercise
    if key not in _prints or _prints[key][0] != version:
        _prints[key] = version, of_exercise(assignment, exercise, stand_ins(assignment), _seed(assignment))
    return _prints[key][1]


def _seed(assignment: Assignment) -> str:
    return seeds.diagnosis_seed(seeds.NO_COURSE, assignment.name)
