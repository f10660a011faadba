"""What a student sees of one assignment: attempts, which one counts, what is possible now, and the rules in words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chainrule.service import times
from chainrule.service.attempt_view import AttemptView, now, total_alone, view
from chainrule.service.attempts import UNDECIDED, Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.live import Live, Places
from chainrule.service.orders import Progress
from chainrule.service.policies import Count, Policy, Shown, When

AT_WORK = (State.QUEUED, State.GRADING)
WORDS = {
    State.WAITING: "kept, graded later",
    State.QUEUED: "in the queue",
    State.GRADING: "being graded",
    State.GRADED: "graded",
    State.FAILED: "could not be graded",
    State.SUPERSEDED: "replaced by a newer one before its turn",
    State.REFUSED: "not taken",
}


@dataclass(frozen=True)
class AssignmentView:
    """An assignment with a student's attempts at it, the latest first, as of the moment `at`.

    `counts` is the id of the attempt whose scores the gradebook has.
    """

    name: str
    at: datetime
    due: datetime | None
    policy: Policy
    attempts: list[AttemptView]
    counts: int | None = None
    place: int | None = None
    progress: Progress | None = None

    @property
    def counted(self) -> AttemptView | None:
        """The attempt that counts; None if none is graded."""
        return next((one for one in self.attempts if one.attempt.id == self.counts), None)

    @property
    def beaten(self) -> AttemptView | None:
        """The newest attempt, if it is graded and an older one counts."""
        newest = next((one for one in self.attempts if one.attempt == self.newest), None)
        if newest is None or newest.attempt.state is not State.GRADED or self.counts in (None, newest.attempt.id):
            return None
        return newest

    @property
    def newest(self) -> Attempt | None:
        """The attempt that was taken last."""
        return next(reversed(self._taken), None)

    @property
    def refused(self) -> Attempt | None:
        """The attempt that came last, if it was not taken."""
        last = self.attempts[0].attempt if self.attempts else None
        return last if last is not None and last.state is State.REFUSED else None

    @property
    def is_at_work(self) -> bool:
        """Whether something happens with it in these minutes."""
        return self.newest is not None and self.newest.state in AT_WORK

    @property
    def is_over(self) -> bool:
        """Whether its deadline has passed."""
        return self.due is not None and self.due <= self.at

    @property
    def left(self) -> int | None:
        """How many attempts are left; None if as many as one likes."""
        return max(0, self.policy.attempts - len(self._taken)) if self.policy.attempts else None

    @property
    def free_at(self) -> datetime | None:
        """When another attempt will be taken; None if one is now, or none ever."""
        if not self.policy.cool_down or not self._taken or self.left == 0:
            return None
        free = max(one.at for one in self._taken) + timedelta(seconds=self.policy.cool_down)
        return free if free > self.at else None

    @property
    def _taken(self) -> list[Attempt]:
        return [one.attempt for one in reversed(self.attempts) if one.attempt.state is not State.REFUSED]

    @property
    def not_shown(self) -> str:
        """What the policy holds back of scores, and until when; empty if nothing."""
        shown = self.policy.shown(self.at, self.due)
        later = not self.is_over and self.due is not None and ORDER[self.policy.after_deadline] > ORDER[shown]
        when = "are shown after the deadline" if later else "are not shown here"
        match shown:
            case Shown.NOTHING:
                return f"Scores {when}."
            case Shown.TOTAL:
                return f"The exercises' points {when}."
            case Shown.EXERCISES:
                return f"Hints and messages {when}."
            case Shown.EVERYTHING:
                return ""

    @property
    def rules(self) -> list[str]:
        """What else holds, in words."""
        found = []
        if self.policy.grade is When.AFTER_DEADLINE and self.due is not None and not self.is_over:
            found.append("graded after the deadline")
        if self.policy.attempts:
            found.append(f"{self.left} of {self.policy.attempts} attempts left")
        if self.policy.cool_down:
            found.append(f"at least {times.duration(self.policy.cool_down)} between two attempts")
        if self.policy.count is Count.BEST:
            found.append("the best attempt counts")
        if self.policy.late_penalty:
            lost, each = f"{self.policy.late_penalty:g} {self.policy.late_in}", self.policy.late_per
            found.append(f"late work loses {lost} for each started {each}")
        if self.policy.paused:
            found.append("grading is paused")
        return found

    @property
    def reads_otherwise_in(self) -> timedelta | None:
        """After how long the page would say something else though nothing has happened."""
        moments = [one for one in (self.due, self.free_at) if one is not None]
        found = [times.until_it_reads_otherwise(one, self.at) for one in moments]
        return min((one for one in found if one is not None), default=None)


ORDER = {shown: at for at, shown in enumerate(Shown)}


def assignments_of(desk: Desk, student: str, live: Live, places: Places) -> list[AssignmentView]:
    """All that is released, or was handed in: first what is being graded, then what is due soonest."""
    attempts = desk.history.of(student)
    names = {*desk.course.api.get_released_assignments(), *(one.assignment for one in attempts)}
    found = [
        _assignment(desk, name, [one for one in attempts if one.assignment == name], live, places) for name in names
    ]
    return sorted(found, key=_urgency)


def counting(attempts: Iterable[Attempt]) -> int | None:
    """The id of that one of a student's attempts at an assignment whose scores the gradebook has."""
    return next((one.id for one in attempts if one.counts and one.state is State.GRADED), None)


def stamp(attempts: Iterable[Attempt]) -> str:
    """Tells whether anything has happened with a student's attempts since."""
    said = [f"{one.id} {one.state} {one.ended} {one.feedback}" for one in attempts]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def step_in_words(progress: Progress | None) -> str:
    """How far the grading of an attempt is: the rest of a sentence."""
    if progress is None:
        return " …"
    if progress.score is not None:
        return f": {progress.score:g} of {progress.max_score:g} points; what to mend next comes in a moment"
    if progress.exercise:
        return f": {progress.done} of {progress.of} exercises done, now {progress.exercise}"
    return ": the score comes in a moment" if progress.done else ": your notebook is running"


def place_in_words(place: int | None) -> str:
    """Where in the queue an attempt is."""
    return "it begins in a moment" if place is None else f"at place {place}"


def _assignment(desk: Desk, name: str, attempts: list[Attempt], live: Live, places: Places) -> AssignmentView:
    at, policy, due = now(), desk.policy(name), desk.due(name)
    shown = policy.shown(at, due)
    counts = counting(attempts)
    views = [
        view(desk.course, one, shown if one.id == counts else total_alone(shown), one.id == counts)
        for one in reversed(attempts)
    ]
    waiting = next((one for one in attempts if one.state is State.QUEUED), None)
    place = places.of(waiting.id) if waiting else None
    grading = next((one for one in attempts if one.state is State.GRADING), None)
    return AssignmentView(name, at, due, policy, views, counts, place, live.of(grading.id) if grading else None)


def _urgency(one: AssignmentView) -> tuple[bool, int, float, str]:
    waits = one.newest is not None and one.newest.state in UNDECIDED + AT_WORK
    if one.due is None:
        return not waits, 1, 0.0, one.name
    return not waits, 2 if one.is_over else 0, one.due.timestamp() * (-1 if one.is_over else 1), one.name
