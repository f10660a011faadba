"""What a pass over a course's scores did or would do, line by line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chainrule.lti.outbox import Message


class Outcome(StrEnum):
    """What became of a score."""

    SENT = "sent"
    UNCHANGED = "sent before"
    TO_SEND = "to send"
    LATER = "later"
    REFUSED = "refused"
    NO_USER_ID = "no user id"
    NO_SCORE = "no score yet"
    LEFT_OUT = "left out"


AMISS = (Outcome.LATER, Outcome.REFUSED, Outcome.NO_USER_ID, Outcome.NO_SCORE)
"""What somebody should know of."""


@dataclass(frozen=True)
class Line:
    """One student's score of one assignment."""

    assignment: str
    student: str
    outcome: Outcome
    points: float
    most: float
    reason: str = ""


@dataclass
class Report:
    """All of them; `again` is the time at which something is to be tried once more, if so."""

    lines: list[Line] = field(default_factory=list)
    again: float | None = None

    def add(self, message: Message, outcome: Outcome, reason: str = "") -> None:
        """One more line."""
        self.lines.append(Line(message.assignment, message.student, outcome, message.points, message.most, reason))

    def rests(self, message: Message, until: float, reason: str) -> None:
        """A line for what is tried again at a time."""
        self.add(message, Outcome.LATER, f"{reason} Next try after {moment(until)}.")
        self.wait_until(until)

    def wait_until(self, time: float) -> None:
        """Something rests until then."""
        self.again = time if self.again is None else min(self.again, time)

    @property
    def amiss(self) -> list[Line]:
        """The lines that somebody should know of."""
        return [line for line in self.lines if line.outcome in AMISS]

    def counts(self) -> dict[str, int]:
        """How many lines of each kind there are."""
        return {str(outcome): count for outcome, count in Counter(line.outcome for line in self.lines).items()}

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        scores = [
            {
                "assignment": line.assignment,
                "student": line.student,
                "outcome": str(line.outcome),
                "points": line.points,
                "max_points": line.most,
                "reason": line.reason,
            }
            for line in self.lines
        ]
        return {"counts": self.counts(), "scores": scores}


def moment(seconds: float) -> str:
    """A time as a person reads it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
