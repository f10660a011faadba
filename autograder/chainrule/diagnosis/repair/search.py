"""Searches the change of a student's answer that passes what the answer itself failed.

A change speaks only if it loses nothing and wins on several sets of inputs, in all questions of the exercise. What it
costs are forks of the finished notebook, which nobody's points wait for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

from chainrule.diagnosis.repair.apart import edits_apart
from chainrule.diagnosis.repair.edits import Edit
from chainrule.diagnosis.repair.ideas import MISSING
from chainrule.engine.asking import ask, ask_first
from chainrule.engine.hidden_tests import HiddenTest
from chainrule.engine.results import ExerciseResult
from chainrule.probe.outcome import Outcome, StudentProblem
from chainrule.probe.student import Student

MENDABLE = (Outcome.FAILED, Outcome.CRASHED)

SEEDS = ("", " again", " once more")
"""What is put after a seed, for inputs that differ: a change that helps by accident does not help three times."""


@dataclass(frozen=True)
class Patient:
    """One exercise's answer that lost points: its code, fresh copies of it, its tests and what became of them.

    `exhausted` says whether no more time may be spent. With `lent` functions of the reference are put in the place of
    earlier ones, where the answer's own did not do.
    """

    answer: str
    fork: Callable[[], Student]
    tests: Sequence[HiddenTest]
    result: ExerciseResult
    seed: str
    reference: ModuleType | None
    lent: bool
    tensors: bool
    exhausted: Callable[[], object]


@dataclass(frozen=True)
class Repair:
    """A change that helps: the hidden tests that the answer then passes, and whether these are all that it failed."""

    edit: Edit
    mended: tuple[str, ...]
    whole: bool = False


def repairs(patient: Patient) -> Iterator[Repair]:
    """The changes that help, in the order of their ideas, until the time is used up."""
    outcomes = {test.name: test.outcome for test in patient.result.tests}
    lost = [test for test in patient.tests if outcomes.get(test.name) in MENDABLE]
    kept = [test for test in patient.tests if outcomes.get(test.name) is Outcome.PASSED]
    failing, called = _failing(patient, lost)
    edits = edits_apart(patient.answer, called, patient.tensors) if failing else []
    mended: set[str] = set()
    for test, which in failing.items():
        if test.name not in mended:
            for repair in _mending(patient, test, which, edits, [*failing], kept):
                mended.update(repair.mended)
                yield replace(repair, whole=len(repair.mended) == len(lost))


def _mending(
    patient: Patient,
    test: HiddenTest,
    which: str,
    edits: Sequence[Edit],
    failing: Sequence[HiddenTest],
    kept: Sequence[HiddenTest],
) -> Iterator[Repair]:
    """The changes with which one test passes; once there are some, none of those that only add something."""
    found = False
    for edit in edits:
        if patient.exhausted() or (found and edit.idea in MISSING):
            return
        if _passes(patient, test, edit, which) and (mended := _mended(patient, edit, failing, kept)):
            found = True
            yield Repair(edit, tuple(one.name for one in mended))


def _failing(patient: Patient, lost: Sequence[HiddenTest]) -> tuple[dict[HiddenTest, str], set[str]]:
    """The tests that the answer fails, quick ones first, each with inputs with which it does; and what they ask for."""
    found: dict[HiddenTest, tuple[float, str]] = {}
    called: set[str] = set()
    for test in lost:
        students: list[Student] = []

        def fork(students: list[Student] = students) -> Student:
            students.append(patient.fork())
            return students[-1]

        for which in SEEDS:
            started = time.monotonic()
            answered = ask_first(test, fork, patient.seed + which, patient.reference)
            if answered.result.outcome in MENDABLE:
                found[test] = time.monotonic() - started, which
                break
        called = called.union(*(student.called for student in students))
    return {test: which for test, (_, which) in sorted(found.items(), key=lambda one: one[1][0])}, called


def _passes(patient: Patient, test: HiddenTest, edit: Edit, which: str) -> bool:
    def fork() -> Student:
        student = patient.fork()
        try:
            student.become(edit.code)
        except StudentProblem:
            student.close()
            raise
        return student

    asked = ask if patient.lent else ask_first
    return asked(test, fork, patient.seed + which, patient.reference).result.outcome is Outcome.PASSED


def _mended(
    patient: Patient, edit: Edit, failing: Sequence[HiddenTest], kept: Sequence[HiddenTest]
) -> list[HiddenTest]:
    """Which of the failing tests pass with the change on all inputs; none if it costs one that had passed."""
    mended = [test for test in failing if all(_passes(patient, test, edit, which) for which in SEEDS)]
    if mended and all(_passes(patient, test, edit, which) for test in kept for which in SEEDS[:2]):
        return mended
    return []
