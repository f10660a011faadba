"""Where attempts come in: each is recorded once, gets its state by the assignment's policy, and waits for its turn."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nbgrader.api import Gradebook

from chainrule.course import decided
from chainrule.course.opened import Course
from chainrule.service import counting, policies, store
from chainrule.service.attempts import UNDECIDED, Attempt, State
from chainrule.service.bounds import HOUR, HandingIn
from chainrule.service.history import History
from chainrule.service.inbox import EXCHANGE, Refused
from chainrule.service.policies import Count, Policy, PolicyError, Shown
from chainrule.service.store import Kept

log = logging.getLogger(__name__)

Listener = Callable[[Attempt], None]


class Desk:
    """All attempts of a course, and what an instructor has decided for its assignments."""

    def __init__(self, course: Course, history: History) -> None:
        """Read the policies.

        Raises:
            PolicyError, HistoryError
        """
        self.course = course
        self.history = history
        self.problem = ""
        """What is wrong with the file of policies; those read before hold."""
        self.scores_back = ""
        """What keeps scores from the learning platform, if anything does."""
        self._bounds = HandingIn(config=course.config)
        self._from_file = policies.read(course.folder)
        self._by_hand = history.policies()
        self._writing = threading.Lock()
        self._let_hold()
        self._due: dict[str, datetime | None] = {}
        self._listeners: set[Listener] = set()
        self._one_at_a_time = threading.Lock()

    def take(self, found: Kept | Refused) -> Attempt | None:
        """Record what was handed in; None if it is recorded already."""
        if isinstance(found, Refused):
            at = found.at or datetime.now(UTC)
            return self._added(
                self.history.add(found.student, found.assignment, at, "", found.origin, State.REFUSED, found.reason)
            )
        with self._one_at_a_time:
            return self._added(self._taken(found))

    def _taken(self, found: Kept) -> Attempt | None:
        policy = self.policy(found.assignment)
        before = [one for one in self.history.of(found.student, found.assignment) if one.state is not State.REFUSED]
        refusal = policy.refusal(len(before), max((one.at for one in before), default=None), found.at)
        refusal = refusal or self._bounds.too_much(self.history.kept(found.student, found.assignment), found.size)
        state = State.REFUSED if refusal else self._waiting_state(found.assignment)
        size = 0 if refusal else found.size
        added = self.history.add(
            found.student, found.assignment, found.at, found.digest, found.origin, state, refusal, size
        )
        if added is not None and refusal:
            store.drop(self.course.folder, found.origin)
        elif added is not None:
            for older in self.history.supersede(added):
                self._superseded(older)
        return added

    def _superseded(self, older: int) -> None:
        """It is never graded: a student who hands in again and again fills no disk with that."""
        if (attempt := self.history.get(older)) is not None:
            store.drop(self.course.folder, attempt.origin)
            self.history.dropped(older)
        self.changed(older)

    def too_often(self, student: str, at: datetime) -> str:
        """Why nothing is taken of a student that comes at that moment; empty if it is."""
        return self._bounds.too_often(self.history.moments(student, at - HOUR, refused=False), at)

    def refused_too_often(self, student: str, at: datetime) -> str:
        """The same of a student of whom so much was refused that not even this is recorded any more."""
        return self._bounds.too_often(self.history.moments(student, at - HOUR, refused=True), at)

    def known(self) -> set[str]:
        """The origins in the exchange that are recorded."""
        return self.history.origins(EXCHANGE)

    def policy(self, assignment: str) -> Policy:
        """What holds for an assignment."""
        return policies.policy_of(assignment, self._by_hand, self._from_file)

    def set_policy(self, assignment: str, policy: Policy) -> None:
        """Let this hold from now on."""
        before = self._counts()
        self.history.set_policy(assignment, policies.to_json(policy))
        self._by_hand = self.history.policies()
        self._settle(before)
        self.look_again()

    def due(self, assignment: str) -> datetime | None:
        """When an assignment is due, as of the last look into the gradebook."""
        return self._due.get(assignment)

    def is_gradable(self, attempt: Attempt) -> bool:
        """Whether it may have its turn now."""
        return self.policy(attempt.assignment).is_graded_now(datetime.now(UTC), self.due(attempt.assignment))

    def counts_best(self, assignment: str) -> bool:
        """Whether the best of a student's attempts counts."""
        return self.policy(assignment).count is Count.BEST

    def is_releasable(self, assignment: str) -> bool:
        """Whether students may see whole feedback pages now."""
        return self.policy(assignment).shown(datetime.now(UTC), self.due(assignment)) is Shown.EVERYTHING

    def look_again(self) -> None:
        """Read policies and due dates again; what has waited for them is queued, or waits again."""
        before = self._counts()
        try:
            self._from_file = policies.read(self.course.folder)
            self.problem = ""
        except PolicyError as error:
            self.problem = str(error)
        self._let_hold()
        self._settle(before)
        self._due = _due_dates(self.course.api.coursedir)
        for attempt in self.history.in_state(*UNDECIDED):
            state = self._waiting_state(attempt.assignment)
            if state is not attempt.state and self.history.change(attempt.id, {attempt.state}, state):
                self.changed(attempt.id)

    def retry(self, attempt: int) -> bool:
        """Queue what has failed or was graded once more; False if it is in another state."""
        done = self.history.change(attempt, {State.FAILED, State.GRADED}, State.QUEUED, started=None, reason="")
        if done:
            self.changed(attempt)
        return done

    def listen(self, listener: Listener) -> None:
        """Have this called with every attempt that changes."""
        self._listeners.add(listener)

    def forget(self, listener: Listener) -> None:
        """No longer."""
        self._listeners.discard(listener)

    def changed(self, attempt: int) -> None:
        """Tell everybody who listens."""
        found = self.history.get(attempt)
        if found is not None:
            self.tell(found)

    def tell(self, attempt: Attempt) -> None:
        """Tell everybody who listens of this attempt."""
        for listener in list(self._listeners):
            listener(attempt)

    def _added(self, attempt: Attempt | None) -> Attempt | None:
        if attempt is not None:
            log.info("%s: attempt %d of %s, %s", attempt.assignment, attempt.number, attempt.student, attempt.state)
            self.tell(attempt)
        return attempt

    def _let_hold(self) -> None:
        """Whoever grades, the service or nbgrader's own commands, must know the same."""
        with self._writing:
            decided.write(self.course.folder, policies.decided_of(self._by_hand, self._from_file))

    def _counts(self) -> dict[str, Count]:
        return {name: self.policy(name).count for name in self.history.assignments()}

    def _settle(self, before: dict[str, Count]) -> None:
        """Where another attempt is to count from now on, it has another turn, in which it is written."""
        for name, count in before.items():
            if self.policy(name).count is not count:
                for attempt in counting.give_turns(self.history, self.history.at(name), self.policy(name).count):
                    self.changed(attempt)

    def _waiting_state(self, assignment: str) -> State:
        now = self.policy(assignment).is_graded_now(datetime.now(UTC), self.due(assignment))
        return State.QUEUED if now else State.WAITING


def _due_dates(coursedir: Any) -> dict[str, datetime | None]:
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return {
            one.name: None if one.duedate is None else one.duedate.replace(tzinfo=UTC) for one in gradebook.assignments
        }
