"""Names the mistake: finds the blocks of the bank whose values equal a student's on the same inputs.

The tests of an exercise that lost points are asked again, patiently: a comparison that fails does not end one, so more
values are heard. They are compared with the fingerprints of the exercise, which were computed before. A mistake fits if
it is wrong nowhere but where the student is wrong, and there in the same way. What several small mistakes did together,
several hints explain.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from chainrule.diagnosis.fingerprints import ExercisePrints, FingerprintError, Fingerprints, MistakePrint, version_of
from chainrule.diagnosis.fit import Heard, Place, fewest, fit_of
from chainrule.diagnosis.listening import ask_patiently
from chainrule.diagnosis.repair.choice import hints_by_search
from chainrule.diagnosis.repair.search import Patient
from chainrule.diagnosis.transcript import Transcript
from chainrule.engine.grade import Asked
from chainrule.engine.hidden_tests import HiddenTest
from chainrule.engine.results import ExerciseResult
from chainrule.inside import wire
from chainrule.probe.outcome import Outcome, StudentProblem, TimedOut
from chainrule.probe.student import Student
from chainrule.sandbox.limits import BACKSTOP

MOST_HINTS = 2
NAMED = (Outcome.FAILED, Outcome.CRASHED)
SILENT = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.GRADER_FAULT, Outcome.BLOCKED)
"""Outcomes of tests that lead to a search, and of tests that are not asked a second time."""

Fork = Callable[[Callable[[wire.Reply], None]], Student]
"""Gives a fresh copy of what is asked; the function that it takes hears every reply."""


def diagnose(asked: Asked, fingerprints: Fingerprints) -> dict[str, list[str]]:
    """The hints for the exercises that lost points, by exercise.

    Raises:
        FingerprintError: the fingerprints are not those of these hidden tests.
    """
    version = version_of(asked.assignment, asked.tests.digest)
    if (fingerprints.assignment, fingerprints.version) != (asked.assignment.name, version):
        raise FingerprintError(
            f"The fingerprints of {fingerprints.assignment} are those of the grader {fingerprints.version}, and this "
            f"is {asked.assignment.name}, {version}: grade again."
        )
    hints = {}
    for result in asked.exercises:
        prints = fingerprints.exercises.get(result.name)
        if prints is not None:
            heard = listen(_fork_of(asked), result, asked.tests.of(result.name), fingerprints.seed)
            if heard is not None:
                hints[result.name] = list(dict.fromkeys(mistake.hint for mistake in named(heard, prints)))
    unnamed = [result for result in asked.exercises if has_lost(result) and not hints.get(result.name)]
    for result in unnamed:
        if asked.answers.get(result.name):
            seconds = asked.finished.limits.hint_seconds / len(unnamed)
            hints[result.name] = hints_by_search(_patient(asked, result, fingerprints.seed, seconds))
    return hints


def _patient(asked: Asked, result: ExerciseResult, seed: str, seconds: float) -> Patient:
    """An exercise whose mistake is on no list, and the processor time for a search."""
    limits = asked.finished.limits
    together, began = asked.finished.allowance(seconds), time.monotonic()
    return Patient(
        answer=asked.answers[result.name],
        fork=lambda: asked.finished.student(limits.test_seconds, together=together),
        tests=asked.tests.of(result.name),
        result=result,
        seed=seed,
        reference=asked.tests.reference,
        lent=any(has_lost(other) for other in asked.exercises if other is not result),
        tensors="torch" in asked.assignment.packages,
        exhausted=lambda: together.used_up() or time.monotonic() - began > BACKSTOP * seconds,
    )


def _fork_of(asked: Asked) -> Fork:
    return lambda hear: asked.finished.student(asked.finished.limits.test_seconds, hear)


def listen(fork: Fork, result: ExerciseResult, tests: Sequence[HiddenTest], seed: str) -> Heard | None:
    """Ask somebody's answer the tests of an exercise again; None if there is nothing in it to be named.

    Each test has the time that it had before; an answer that takes longer now is not waited for again.
    """
    outcomes = {test.name: test.outcome for test in result.tests}
    if not has_lost(result):
        return None
    transcripts = {}
    for test in tests:
        if outcomes.get(test.name) in (None, *SILENT):
            continue
        transcripts[test.name] = Transcript()
        try:
            ask_patiently(test, fork(transcripts[test.name].hear), seed)
        except TimedOut:
            return None
        except StudentProblem:
            # There is no copy to be had: nothing was heard.
            continue
    lost = frozenset(name for name, outcome in outcomes.items() if outcome in NAMED)
    return Heard(result.name, transcripts, lost)


def has_lost(result: ExerciseResult) -> bool:
    """Whether something in an exercise is to be named."""
    return any(test.outcome in NAMED for test in result.tests)


def named(heard: Heard, prints: ExercisePrints) -> list[MistakePrint]:
    """The mistakes that explain what was heard, the one that explains most first; often one or none."""
    fitting: list[tuple[MistakePrint, set[Place]]] = []
    for mistake in prints.mistakes:
        fit = fit_of(mistake, prints, heard)
        if fit.explained:
            fitting.append((mistake, fit.explained))
            if fit.whole:
                break
    return fewest(fitting)[:MOST_HINTS]
