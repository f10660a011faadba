"""Names the mistake: finds the blocks of the bank whose values equal a student's on the same fresh inputs.

A hidden test that lost points is asked again, patiently: a comparison that fails does not end it, so more values are
heard. The reference and the mistakes of the exercise are asked the same. A mistake fits if it is wrong nowhere but
where the student is wrong, and there in the same way. What several small mistakes did together, several hints explain.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.grading import expect
from autograder.grading.notebook import FinishedNotebook
from autograder.grading.outcome import Outcome, StudentProblem, WrongAnswer
from autograder.grading.results import ExerciseResult
from autograder.grading.stand_in import HiddenTest, StandIns, hidden_tests
from autograder.grading.transcript import Leaf, Transcript, same
from autograder.mistakes import Mistake
from autograder.probe import wire
from autograder.probe.student import Student

SECONDS = 8.0
TOGETHER = 20.0
"""For the search in one exercise, and in all of a submission; what was not looked at by then is not named."""

LISTENING_SECONDS = 4.0
"""For the student's code in one test that is asked again."""

MOST_HINTS = 2
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


def listen(finished: FinishedNotebook, result: ExerciseResult, folder: Path, seed: str) -> Heard | None:
    """Ask a student's notebook the tests of an exercise again; None if there is nothing in it to be named."""
    outcomes = {test.name: test.outcome for test in result.tests}
    lost = frozenset(name for name, outcome in outcomes.items() if outcome in NAMED)
    if not lost:
        return None
    transcripts = {}
    for test in _worth_asking(hidden_tests(folder, result.name), lost):
        if outcomes.get(test.name) in (None, *SILENT):
            continue
        transcript = Transcript()
        with suppress(StudentProblem), closing(finished.student(LISTENING_SECONDS, transcript.hear)) as student:
            _ask(test, student, seed)
        transcripts[test.name] = transcript
    return Heard(result.name, transcripts, lost)


def named(
    heard: Heard, mistakes: Sequence[Mistake], stand_ins: StandIns, folder: Path, seed: str, seconds: float = SECONDS
) -> list[Mistake]:
    """The mistakes that explain what was heard, the one that explains most first; often one or none."""
    tests = _worth_asking(hidden_tests(folder, heard.exercise), heard.lost)
    tests = [test for test in tests if test.name in heard.transcripts]
    truth = _Truth(heard.lost, stand_ins, seed)
    deadline = time.monotonic() + seconds
    fitting: list[tuple[Mistake, set[Place]]] = []
    for mistake in mistakes:
        if mistake.exercise == heard.exercise and time.monotonic() < deadline:
            explained = _explained(mistake, tests, heard, truth, stand_ins, seed)
            if explained:
                fitting.append((mistake, explained))
    return _fewest(fitting)[:MOST_HINTS]


class _Truth:
    """What the reference answers, asked when it is needed."""

    def __init__(self, lost: frozenset[str], stand_ins: StandIns, seed: str) -> None:
        self._lost = lost
        self._stand_ins = stand_ins
        self._seed = seed
        self._known: dict[str, Transcript] = {}

    def of(self, test: HiddenTest) -> Transcript:
        if test.name not in self._known:
            self._known[test.name] = self._stable(test) if test.name in self._lost else self._heard(test)
        return self._known[test.name]

    def _heard(self, test: HiddenTest) -> Transcript:
        transcript = Transcript()
        with suppress(StudentProblem), closing(self._stand_ins.with_answer("", transcript.hear)) as student:
            _ask(test, student, self._seed)
        return transcript

    def _stable(self, test: HiddenTest) -> Transcript:
        """Without what is another thing each time: names of files, times, unseeded draws."""
        replies = zip(self._heard(test).replies, self._heard(test).replies, strict=False)
        return Transcript(
            [
                {place: leaf if same(leaf, again.get(place)) else None for place, leaf in reply.items()}
                for reply, again in replies
            ]
        )


def _worth_asking(tests: Sequence[HiddenTest], lost: frozenset[str]) -> list[HiddenTest]:
    """The tests that lost points first: they tell most mistakes apart at once."""
    return sorted(tests, key=lambda test: test.name not in lost)


def _ask(test: HiddenTest, student: Student, seed: str) -> None:
    # In patience a grader goes on with values it has not accepted, and may stumble over them: then it has heard enough.
    with expect.patience(), suppress(StudentProblem, WrongAnswer, ArithmeticError, LookupError, TypeError, ValueError):
        test.ask(student, seed)


def _explained(
    mistake: Mistake,
    tests: Sequence[HiddenTest],
    heard: Heard,
    truth: _Truth,
    stand_ins: StandIns,
    seed: str,
) -> set[Place]:
    """The student's wrong values that a mistake has too; none if anything contradicts it."""
    explained: set[Place] = set()
    for test in tests:
        if test.name not in heard.lost and not explained:
            # Right wherever points were lost: what it does elsewhere is of no interest.
            return explained
        comparison = _Comparison(test.name, heard, truth.of(test), explained)
        try:
            with suppress(StudentProblem), closing(stand_ins.with_answer(mistake.code, comparison.hear)) as student:
                _ask(test, student, seed)
        except _ContradictionError:
            return set()
    return explained


class _Comparison:
    """Compares a mistake's replies with the student's as they come; ends the test at the first contradiction."""

    def __init__(self, test: str, heard: Heard, truth: Transcript, explained: set[Place]) -> None:
        self._test = test
        self._lost = test in heard.lost
        self._student = heard.transcripts[test].replies
        self._truth = truth.replies
        self._explained = explained
        self._number = 0

    def hear(self, reply: wire.Reply) -> None:
        transcript = Transcript()
        transcript.hear(reply)
        number, self._number = self._number, self._number + 1
        if number >= len(self._student):
            return
        found = transcript.replies[0]
        right = self._truth[number] if number < len(self._truth) else {}
        for place, own, true, its in _side_by_side(self._student[number], right, found):
            if true is None and place in right:
                continue
            if same(own, true):
                if not same(its, true):
                    raise _ContradictionError
            elif self._lost:
                if same(its, own):
                    self._explained.add((self._test, number, place))
                elif not same(its, true):
                    raise _ContradictionError


def _side_by_side(*replies: dict[str, Leaf | None]) -> Iterator[tuple[str, Leaf | None, Leaf | None, Leaf | None]]:
    """Each place of any of three replies with what they have there."""
    own, true, its = replies
    for place in {**own, **true, **its}:
        yield place, own.get(place), true.get(place), its.get(place)


def _fewest(fitting: list[tuple[Mistake, set[Place]]]) -> list[Mistake]:
    """The mistakes that explain everything any of them explains; of two that explain the same, the first."""
    chosen = []
    left = set().union(*(explained for _, explained in fitting))
    while left:
        mistake, explained = max(fitting, key=lambda one: len(one[1] & left))
        chosen.append(mistake)
        left -= explained
    return chosen
