"""Writes into the history what the grading process told of an attempt, and gives a turn to who is to count after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chainrule.service import counting
from chainrule.service.attempts import Attempt, State
from chainrule.service.counting import LEAST
from chainrule.service.history import History
from chainrule.service.orders import Graded
from chainrule.service.policies import Count

FAULT = "Something could not be graded; the log and the formgrader say what."


def graded(
    history: History, event: Graded, before: State, then: Count | None, count: Count, now: datetime
) -> list[int]:
    """Record the score of an attempt that was in the state `before`; which others have another turn by it.

    What counts was another attempt when it was graded (`then`; None if that was not asked) than it is now, or it has
    lost points that it had: then another one may be the one that is to count.
    """
    attempt = history.get(event.id)
    if attempt is None:
        return []
    others = history.of(attempt.student, attempt.assignment)
    after = [_after(one, event) for one in others]
    turns: list[int] = []
    state = State.GRADED
    if then not in (None, count):
        # It may be itself that is to be written.
        own = any(one.id == event.id for one in counting.to_count(after, count))
        state = State.QUEUED if own else State.GRADED
        turns = [] if own else counting.give_turns(history, after, count)
    elif attempt.score is not None and event.score < attempt.score - LEAST:
        rivals = [one for one in after if one.counts or one.id != event.id]
        turns = counting.give_turns(history, rivals, count)
    # Whoever is killed before this has it graded once more, and after it nothing is to be made up for.
    columns: dict[str, object] = {"score": event.score, "max_score": event.max_score, "grader": event.grader}
    columns |= {"ended": now, "feedback": None, "reason": FAULT if event.fault else ""}
    if state is State.QUEUED:
        columns["started"] = None
    history.change(event.id, {before}, state, event.counts, **columns)
    return turns


def _after(attempt: Attempt, event: Graded) -> Attempt:
    """As the history will have it."""
    if attempt.id == event.id:
        return replace(attempt, state=State.GRADED, score=event.score, counts=event.counts)
    return replace(attempt, counts=attempt.counts and not event.counts)
