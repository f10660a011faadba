"""Whether a mistake fits what a student answered: wrong only where the student is, and there in the same way.

The reference and the mistake answer the same questions as stand-ins; a contradiction ends the comparison at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from chainrule.checks import expect
from chainrule.diagnosis.mistakes import Mistake
from chainrule.diagnosis.stand_in import StandIns
from chainrule.diagnosis.transcript import Leaf, Transcript, same
from chainrule.engine.hidden_tests import FAULTS, HiddenTest
from chainrule.inside import wire
from chainrule.probe.outcome import StudentProblem
from chainrule.probe.student import Student

MOST_REMEMBERED = 200
"""Answers of the reference that are kept for the next submission with the same seed, as the proof has them."""

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
        ask_patiently(test, student, seed)
    return transcript


def worth_asking(tests: Sequence[HiddenTest], lost: frozenset[str]) -> list[HiddenTest]:
    """The tests that lost points first: they tell most mistakes apart at once."""
    return sorted(tests, key=lambda test: test.name not in lost)


def ask_patiently(test: HiddenTest, student: Student, seed: str) -> None:
    """Put a test's questions so that a comparison that fails does not end it; what it stumbles over does."""
    try:
        with expect.patience():
            test.ask(student, seed)
    except _ContradictionError:
        raise
    except FAULTS:
        # In patience a grader goes on with values it has not accepted. When it stumbles over them, enough was heard.
        return


@dataclass
class Fit:
    """The student's wrong values that a mistake has too, and whether it leaves none of them out."""

    explained: set[Place] = field(default_factory=set)
    whole: bool = True


def fit_of(
    mistake: Mistake, tests: Sequence[HiddenTest], heard: Heard, stand_ins: StandIns, seed: str, deadline: float
) -> Fit:
    """What a mistake explains of what was heard: nothing if anything contradicts it, or time is up."""
    fit = Fit()
    for test in tests:
        lost = test.name in heard.lost
        if not lost and not fit.explained:
            # Right wherever points were lost: what it does elsewhere is of no interest.
            return fit
        comparison = _Comparison(test.name, heard, _truth(test, lost, stand_ins, seed), fit)
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            return Fit()
        try:
            answering = stand_ins.with_answer(mistake.code, comparison.hear, seconds)
            with suppress(StudentProblem), closing(answering) as student:
                ask_patiently(test, student, seed)
        except StudentProblem:
            continue
        except _ContradictionError:
            return Fit()
    return fit


class _Comparison:
    """Compares a mistake's replies with the student's as they come; ends the test at the first contradiction."""

    def __init__(self, test: str, heard: Heard, truth: Transcript, fit: Fit) -> None:
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


def fewest(fitting: list[tuple[Mistake, set[Place]]]) -> list[Mistake]:
    """The mistakes that explain everything any of them explains; of two that explain the same, the first."""
    chosen = []
    left = set().union(*(explained for _, explained in fitting))
    while left:
        mistake, explained = max(fitting, key=lambda one: len(one[1] & left))
        chosen.append(mistake)
        left -= explained
    return chosen
