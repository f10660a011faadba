"""Names the mistake: finds the blocks of the bank whose values equal a student's on the same fresh inputs.

A hidden test that lost points is asked again, patiently: a comparison that fails does not end it, so more values are
heard. The reference and the mistakes of the exercise are asked the same. A mistake fits if it is wrong nowhere but
where the student is wrong, and there in the same way. What several small mistakes did together, several hints explain.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress

from chainrule.diagnosis.fit import Heard, Place, ask_patiently, fewest, fit_of, worth_asking
from chainrule.diagnosis.mistakes import Mistake, mistakes_of
from chainrule.diagnosis.stand_in import StandIns, end_stand_ins, reference_source, stand_ins
from chainrule.diagnosis.transcript import Transcript
from chainrule.engine.grade import Asked
from chainrule.engine.hidden_tests import HiddenTest
from chainrule.engine.notebook import FinishedNotebook
from chainrule.engine.results import ExerciseResult
from chainrule.probe.outcome import Outcome, StudentProblem

EXERCISE_SECONDS = 8.0
SUBMISSION_SECONDS = 20.0
"""For the search in one exercise; for listening, and again for searching, in all. What comes later is not named."""

LISTENING_SECONDS = 4.0
"""For the student's code in one test that is asked again."""

MOST_HINTS = 2
NAMED = (Outcome.FAILED, Outcome.CRASHED)
SILENT = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.GRADER_FAULT, Outcome.BLOCKED)
"""Outcomes of tests that lead to a search, and of tests that are not asked a second time."""


def diagnose(asked: Asked, keep_stand_ins: bool = False) -> Callable[[], None]:
    """Listen to a notebook in the exercises that lost points; what comes back writes the hints into the results.

    `keep_stand_ins` leaves the kernel for that warm, which holds solutions: only where all that is graded is our own.
    """
    heard = _listen_to_all(asked)

    def write_hints() -> None:
        try:
            _write_hints(asked, heard)
        finally:
            if not keep_stand_ins:
                end_stand_ins()

    return write_hints


def _listen_to_all(asked: Asked) -> list[Heard]:
    _, sections = reference_source(asked.assignment)
    if not mistakes_of(asked.assignment.folder, sections):
        return []
    deadline = time.monotonic() + SUBMISSION_SECONDS
    heard = [
        listen(asked.finished, result, asked.tests.of(result.name), asked.seed, deadline) for result in asked.exercises
    ]
    return [one for one in heard if one is not None]


def _write_hints(asked: Asked, heard: list[Heard]) -> None:
    if not heard:
        return
    _, sections = reference_source(asked.assignment)
    mistakes = mistakes_of(asked.assignment.folder, sections)
    results = {result.name: result for result in asked.exercises}
    others = stand_ins(asked.assignment, asked.sandbox)
    last = time.monotonic() + SUBMISSION_SECONDS
    for one in heard:
        deadline = min(time.monotonic() + EXERCISE_SECONDS, last)
        found = named(one, mistakes, others, asked.tests.of(one.exercise), asked.seed, deadline)
        results[one.exercise].hints = list(dict.fromkeys(mistake.hint for mistake in found))


def listen(
    finished: FinishedNotebook, result: ExerciseResult, tests: Sequence[HiddenTest], seed: str, deadline: float
) -> Heard | None:
    """Ask a student's notebook the tests of an exercise again; None if there is nothing in it to be named."""
    outcomes = {test.name: test.outcome for test in result.tests}
    lost = frozenset(name for name, outcome in outcomes.items() if outcome in NAMED)
    if not lost:
        return None
    transcripts = {}
    for test in worth_asking(tests, lost):
        seconds = min(LISTENING_SECONDS, deadline - time.monotonic())
        if seconds <= 0:
            return None
        if outcomes.get(test.name) in (None, *SILENT):
            continue
        transcript = Transcript()
        with suppress(StudentProblem), closing(finished.student(seconds, transcript.hear)) as student:
            ask_patiently(test, student, seed)
        transcripts[test.name] = transcript
    return Heard(result.name, transcripts, lost)


def named(
    heard: Heard,
    mistakes: Sequence[Mistake],
    stand_ins: StandIns,
    tests: Sequence[HiddenTest],
    seed: str,
    deadline: float,
) -> list[Mistake]:
    """The mistakes that explain what was heard, the one that explains most first; often one or none.

    `deadline` is by `time.monotonic()`; what has not been tried by then is not named.
    """
    tests = [test for test in worth_asking(tests, heard.lost) if test.name in heard.transcripts]
    fitting: list[tuple[Mistake, set[Place]]] = []
    for mistake in mistakes:
        if mistake.exercise == heard.exercise and time.monotonic() < deadline:
            fit = fit_of(mistake, tests, heard, stand_ins, seed, deadline)
            if fit.explained:
                fitting.append((mistake, fit.explained))
                if fit.whole:
                    break
    return fewest(fitting)[:MOST_HINTS]
