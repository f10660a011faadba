"""Whether a mistake fits what a student answered: wrong only where the student is, and there in the same way.

Only what was written down before is compared here: the student's transcripts, and the fingerprints of the exercise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chainrule.diagnosis.fingerprints import ExercisePrints, MistakePrint, TestPrint
from chainrule.diagnosis.transcript import Leaf, Transcript, same

Place = tuple[str, int, str]
"""A value: the hidden test, the number of the reply, the place in it."""


@dataclass(frozen=True)
class Heard:
    """What the student answered in one exercise, test by test, and which of the tests lost points."""

    exercise: str
    transcripts: Mapping[str, Transcript]
    lost: frozenset[str]


@dataclass
class Fit:
    """The student's wrong values that a mistake has too, and whether it leaves none of them out."""

    explained: set[Place] = field(default_factory=set)
    whole: bool = True


class _ContradictionError(Exception):
    """A mistake is wrong where the student is right, or in another way."""


def fit_of(mistake: MistakePrint, prints: ExercisePrints, heard: Heard) -> Fit:
    """What a mistake explains of what was heard: nothing if anything contradicts it."""
    fit = Fit()
    try:
        for test in sorted(heard.transcripts, key=lambda name: name not in heard.lost):
            if test not in heard.lost and not fit.explained:
                # Right wherever points were lost: what it does elsewhere is of no interest.
                return fit
            _compare(test, heard, prints.truth.get(test, []), mistake.tests.get(test), fit)
    except _ContradictionError:
        return Fit()
    return fit


def _compare(
    test: str, heard: Heard, truth: list[dict[str, Leaf | None]], mistaken: TestPrint | None, fit: Fit
) -> None:
    """Add what a mistake explains in one test.

    Raises:
        _ContradictionError: something in it contradicts the mistake.
    """
    replies = len(truth) if mistaken is None else mistaken.replies
    for number, student in enumerate(heard.transcripts[test].replies[:replies]):
        right = truth[number] if number < len(truth) else {}
        wrong = {} if mistaken is None else mistaken.differing.get(number, {})
        for place in {**student, **right, **wrong}:
            if place in right and right[place] is None:
                continue
            if same(student.get(place), right.get(place)):
                if place in wrong:
                    raise _ContradictionError
            elif test in heard.lost:
                if place not in wrong:
                    fit.whole = False
                elif same(wrong[place], student.get(place)):
                    fit.explained.add((test, number, place))
                else:
                    raise _ContradictionError


def fewest(fitting: list[tuple[MistakePrint, set[Place]]]) -> list[MistakePrint]:
    """The mistakes that explain everything any of them explains; of two that explain the same, the first."""
    chosen = []
    left = set().union(*(explained for _, explained in fitting))
    while left:
        mistake, explained = max(fitting, key=lambda one: len(one[1] & left))
        chosen.append(mistake)
        left -= explained
    return chosen
