"""Which attempts are graded again next for a proposal, or written of one: a few at a time, when no student waits.

What is to be done follows from what is on the disk, so that a restart goes on with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from chainrule.service import proposals
from chainrule.service.attempts import State
from chainrule.service.history import History
from chainrule.service.orders import GradeAgain, Work, WriteAgain
from chainrule.service.proposals import Answer, Proposal

MOST_TRIES = 3
GIVEN_UP = f"It could not be graded again, {MOST_TRIES} times; the log of the service says why."


class Again:
    """The orders that proposals lead to."""

    def __init__(self, course: Path, history: History, releasable: Callable[[str], bool], size: int) -> None:
        """At most `size` attempts at a time."""
        self._course = course
        self._history = history
        self._releasable = releasable
        self._size = size
        self._tries: Counter[tuple[str, int]] = Counter()
        self._written: set[tuple[str, int]] = set()

    def next_order(self) -> GradeAgain | WriteAgain | None:
        """What is to be done next."""
        for proposal in proposals.all_of(self._course):
            order = self._to_write(proposal) if proposal.accepted else self._to_grade(proposal)
            if order is not None:
                return order
        return None

    def _to_grade(self, proposal: Proposal) -> GradeAgain | None:
        work = []
        for number in proposals.unanswered(self._course, proposal):
            attempt = self._history.get(number)
            self._tries[proposal.key, number] += 1
            if attempt is None or self._tries[proposal.key, number] > MOST_TRIES:
                answer = Answer(problem=GIVEN_UP)
                proposals.keep(self._course, proposal.assignment, proposal.key, number, answer)
                continue
            work.append(Work(attempt.id, attempt.student, attempt.origin))
            if len(work) == self._size:
                break
        return GradeAgain(proposal.assignment, work, proposal.key) if work else None

    def _to_write(self, proposal: Proposal) -> WriteAgain | None:
        """The next ones, taken; the proposal is forgotten when there are no more."""
        work: list[Work] = []
        for number in proposal.attempts:
            if (proposal.key, number) in self._written or len(work) == self._size:
                continue
            self._written.add((proposal.key, number))
            if self._is_to_write(proposal, number) and (taken := self._taken(number)) is not None:
                work.append(taken)
        if work:
            return WriteAgain(proposal.assignment, work, proposal.key, self._releasable(proposal.assignment))
        proposals.discard(self._course, proposal.assignment)
        return None

    def _is_to_write(self, proposal: Proposal, number: int) -> bool:
        attempt = self._history.get(number)
        answer = proposals.answer_of(self._course, proposal.assignment, number)
        return attempt is not None and answer is not None and not (proposals.left_out(attempt) or answer.why_not)

    def _taken(self, number: int) -> Work | None:
        taken = self._history.change(number, {State.GRADED}, State.GRADING, started=datetime.now(UTC))
        attempt = self._history.get(number)
        return Work(attempt.id, attempt.student, attempt.origin) if taken and attempt is not None else None
