"""Whose turn it is: a pure function of what waits, so that nobody starves others by handing in again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from chainrule.service.attempts import Attempt

Gradable = Callable[[Attempt], bool]


def in_order(queued: Iterable[Attempt], recent: Iterable[Attempt]) -> list[Attempt]:
    """Those who wait by their turns: who had fewest of the `recent` gradings first, then who came first."""
    had = Counter(attempt.student for attempt in recent)
    waiting = sorted(queued, key=lambda attempt: attempt.id)
    turn: Counter[str] = Counter()
    keyed = []
    for attempt in waiting:
        # A second assignment of the same student comes after the first of everybody else.
        keyed.append((had[attempt.student] + turn[attempt.student], attempt.id, attempt))
        turn[attempt.student] += 1
    return [attempt for *_, attempt in sorted(keyed, key=lambda one: one[:2])]


def next_batch(queued: Sequence[Attempt], recent: Iterable[Attempt], gradable: Gradable, size: int) -> list[Attempt]:
    """Up to `size` attempts at one assignment, which are graded together: the next one's, and those that follow it.

    They are of as many students: each has one place in the gradebook.
    """
    waiting = [attempt for attempt in in_order(queued, recent) if gradable(attempt)]
    if not waiting:
        return []
    assignment = waiting[0].assignment
    # Of several attempts of a student's the first keeps its place.
    first = {attempt.student: attempt for attempt in reversed(waiting) if attempt.assignment == assignment}
    return [attempt for attempt in waiting if first.get(attempt.student) is attempt][:size]


def place(attempt: Attempt, queued: Iterable[Attempt], recent: Iterable[Attempt]) -> int | None:
    """An attempt's place among those who wait, from 1; None if it does not wait."""
    for number, one in enumerate(in_order(queued, recent), start=1):
        if one.id == attempt.id:
            return number
    return None
