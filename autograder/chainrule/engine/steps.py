"""How far the grading of one submission has come: by exercises; how they went only once all have been asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from chainrule.engine.hidden_tests import HiddenTest


class Step(msgspec.Struct, frozen=True):
    """`done` exercises `of` all, and `exercise` is being asked now; none is while the notebook runs, and at the end.

    With a `score` all points are known, and only hints are still being searched.
    """

    done: int
    of: int
    exercise: str = ""
    score: float | None = None
    max_score: float | None = None


Watch = Callable[[Step], None]
"""Hears how far it is. What a student may know of a score before a deadline is for others to decide."""


def watched(tests: Sequence[HiddenTest], watch: Watch | None) -> Iterator[HiddenTest]:
    """The tests in their order; `watch` hears whenever another exercise has its turn, and when all have been asked.

    Each is asked once here, whatever came of it, so that the steps are the same for right and wrong work.
    """
    left = Counter(test.exercise for test in tests)
    of, current = len(left), ""
    for test in tests:
        if watch is not None and test.exercise != current:
            watch(Step(of - len(left), of, test.exercise))
        current = test.exercise
        yield test
        left[current] -= 1
        if not left[current]:
            del left[current]
    if watch is not None:
        watch(Step(of, of))
