"""Which attempts are graded again next for a proposal, or written of one: a few at a time, when no student waits.

What is to be done follows from what is on the disk, so that a restart goes on with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable
from pathlib import Path

from chainrule.service import proposals
from chainrule.service.attempts import Attempt
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
        self._decided: set[tuple[str, int]] = set()

    def next_order(self, died: Container[int] = ()) -> GradeAgain | WriteAgain | None:
        """What is to be done next; the process has `died` with some attempts, which are written one by one."""
        for proposal in proposals.all_of(self._course):
            order = self._to_write(proposal, died) if proposal.accepted else self._to_grade(proposal)
            if order is not None:
                return order
        return None

    def decided(self, key: str, attempts: Iterable[int]) -> None:
        """These are written, or it is known why not; of others nothing is, and they come again."""
        self._decided |= {(key, number) for number in attempts}

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

    def _to_write(self, proposal: Proposal, died: Container[int]) -> WriteAgain | None:
        """The next ones; the proposal is forgotten when there are no more.

        Meanwhile they stay graded: whoever is killed leaves them as they are, and what was accepted of them is written
        by the next process, and not graded as if it were new.
        """
        work: list[Work] = []
        for number in proposal.attempts:
            if (proposal.key, number) in self._decided:
                continue
            attempt = self._history.get(number)
            if attempt is None or not self._is_to_write(proposal, attempt):
                self.decided(proposal.key, {number})
                continue
            if work and number in died:
                break
            work.append(Work(attempt.id, attempt.student, attempt.origin))
            if len(work) == self._size or number in died:
                break
        if work:
            return WriteAgain(proposal.assignment, work, proposal.key, self._releasable(proposal.assignment))
        proposals.discard(self._course, proposal.assignment)
        return None

    def _is_to_write(self, proposal: Proposal, attempt: Attempt) -> bool:
        answer = proposals.answer_of(self._course, proposal.assignment, attempt.id)
        return answer is not None and not (proposals.left_out(attempt) or answer.why_not)
