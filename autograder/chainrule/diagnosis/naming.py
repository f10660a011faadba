"""Names the mistake: finds the blocks of the bank whose values equal a student's on the same fresh inputs.

A hidden test that lost points is asked again, patiently: a comparison that fails does not end it, so more values are
heard. The reference and the mistakes of the exercise are asked the same. A mistake fits if it is wrong nowhere but
where the student is wrong, and there in the same way. What several small mistakes did together, several hints explain.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from chainrule.checks import expect
from chainrule.diagnosis.mistakes import Mistake, mistakes_of
from chainrule.diagnosis.stand_in import StandIns, end_stand_ins, reference_source, stand_ins
from chainrule.diagnosis.transcript import Leaf, Transcript, same
from chainrule.engine.grade import Asked
from chainrule.engine.hidden_tests import HiddenTest
from chainrule.engine.notebook import FinishedNotebook
from chainrule.engine.results import ExerciseResult
from chainrule.inside import wire
from chainrule.probe.outcome import Outcome, StudentProblem
from chainrule.probe.student import Student

EXERCISE_SECONDS = 8.0
SUBMISSION_SECONDS = 20.0
"""For the search in one exercise; for listening, and again for searching, in all. What comes later is not named."""

LISTENING_SECONDS = 4.0
"""For the student's code in one test that is asked again."""

MOST_HINTS = 2
MOST_REMEMBERED = 200
"""Answers of the reference that are kept for the next submission with the same seed, as the proof has them."""

NAMED = (Outcome.FAILED, Outcome.CRASHED)
SILENT = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.GRADER_FAULT, Outcome.BLOCKED)
"""Outcomes of tests that lead to a search, and of tests that are not asked a second time."""

Place = tuple[str, int, str]
"""A value: the hidden test, the number of the reply, the place in it."""


class _ContradictionError(Exception):
    """A mistake is wrong where the student is right, or in another way."""


@dataclass(frozen=True)
class Heard:
    """What the student answered in one exercise, test by test, and which of the tests lost points."""

    exercise: str
    transcripts: dict[str, Transcript]
    lost: frozenset[str]


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
    for test in _worth_asking(tests, lost):
        seconds = min(LISTENING_SECONDS, deadline - time.monotonic())
        if seconds <= 0:
            return None
        if outcomes.get(test.name) in (None, *SILENT):
            continue
        transcript = Transcript()
        with suppress(StudentProblem), closing(finished.student(seconds, transcript.hear)) as student:
            _ask(test, student, seed)
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
    tests = [test for test in _worth_asking(tests, heard.lost) if test.name in heard.transcripts]
    fitting: list[tuple[Mistake, set[Place]]] = []
    for mistake in mistakes:
        if mistake.exercise == heard.exercise and time.monotonic() < deadline:
            fit = _fit(mistake, tests, heard, stand_ins, seed, deadline)
            if fit.explained:
                fitting.append((mistake, fit.explained))
                if fit.whole:
                    break
    return _fewest(fitting)[:MOST_HINTS]


def _truth(test: HiddenTest, lost: bool, stand_ins: StandIns, seed: str) -> Transcript:
    """What the reference answers; where points were lost, without what is another thing each time.

    That is asked twice, then: names of files, times and unseeded draws are no part of it.
    """
    key = test.exercise, test.name, seed, lost
    if key not in stand_ins.answers:
        if len(stand_ins.answers) >= MOST_REMEMBERED:
            stand_ins.answers.clear()
        answers = _reference_answers(test, stand_ins, seed)
        if lost:
            replies = zip(answers.replies, _reference_answers(test, stand_ins, seed).replies, strict=False)
            answers = Transcript(
                [
                    {place: leaf if same(leaf, again.get(place)) else None for place, leaf in reply.items()}
                    for reply, again in replies
                ]
            )
        stand_ins.answers[key] = answers
    return stand_ins.answers[key]


def _reference_answers(test: HiddenTest, stand_ins: StandIns, seed: str) -> Transcript:
    transcript = Transcript()
    with suppress(StudentProblem), closing(stand_ins.with_answer("", transcript.hear)) as student:
        _ask(test, student, seed)
    return transcript


def _worth_asking(tests: Sequence[HiddenTest], lost: frozenset[str]) -> list[HiddenTest]:
    """The tests that lost points first: they tell most mistakes apart at once."""
    return sorted(tests, key=lambda test: test.name not in lost)


def _ask(test: HiddenTest, student: Student, seed: str) -> None:
    try:
        with expect.patience():
            test.ask(student, seed)
    except _ContradictionError:
        raise
    except Exception:  # noqa: BLE001
        # In patience a grader goes on with values it has not accepted. When it stumbles over them, enough was heard.
        return


@dataclass
class _Fit:
    """The student's wrong values that a mistake has too, and whether it leaves none of them out."""

    explained: set[Place] = field(default_factory=set)
    whole: bool = True


def _fit(
    mistake: Mistake, tests: Sequence[HiddenTest], heard: Heard, stand_ins: StandIns, seed: str, deadline: float
) -> _Fit:
    """What a mistake explains of what was heard: nothing if anything contradicts it, or time is up."""
    fit = _Fit()
    for test in tests:
        lost = test.name in heard.lost
        if not lost and not fit.explained:
            # Right wherever points were lost: what it does elsewhere is of no interest.
            return fit
        comparison = _Comparison(test.name, heard, _truth(test, lost, stand_ins, seed), fit)
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            return _Fit()
        try:
            answering = stand_ins.with_answer(mistake.code, comparison.hear, seconds)
            with suppress(StudentProblem), closing(answering) as student:
                _ask(test, student, seed)
        except StudentProblem:
            continue
        except _ContradictionError:
            return _Fit()
    return fit


class _Comparison:
    """Compares a mistake's replies with the student's as they come; ends the test at the first contradiction."""

    def __init__(self, test: str, heard: Heard, truth: Transcript, fit: _Fit) -> None:
        self._test = test
        self._lost = test in heard.lost
        self._student = heard.transcripts[test].replies
        self._truth = truth.replies
        self._fit = fit
        self._number = 0

    def hear(self, reply: wire.Reply) -> None:
        transcript = Transcript()
        transcript.hear(reply)
        number, self._number = self._number, self._number + 1
        if number >= len(self._student):
            return
        found = transcript.replies[0]
        truth = self._truth[number] if number < len(self._truth) else {}
        for place, student, right, mistaken in _side_by_side(self._student[number], truth, found):
            if right is None and place in truth:
                continue
            if same(student, right):
                if not same(mistaken, right):
                    raise _ContradictionError
            elif self._lost:
                if same(mistaken, student):
                    self._fit.explained.add((self._test, number, place))
                elif same(mistaken, right):
                    self._fit.whole = False
                else:
                    raise _ContradictionError


def _side_by_side(*replies: dict[str, Leaf | None]) -> Iterator[tuple[str, Leaf | None, Leaf | None, Leaf | None]]:
    """Each place of any of three replies with what they have there."""
    student, right, mistaken = replies
    for place in {**student, **right, **mistaken}:
        yield place, student.get(place), right.get(place), mistaken.get(place)


def _fewest(fitting: list[tuple[Mistake, set[Place]]]) -> list[Mistake]:
    """The mistakes that explain everything any of them explains; of two that explain the same, the first."""
    chosen = []
    left = set().union(*(explained for _, explained in fitting))
    while left:
        mistake, explained = max(fitting, key=lambda one: len(one[1] & left))
        chosen.append(mistake)
        left -= explained
    return chosen
