"""What the service's instructor has decided that grading itself must know, whoever starts it: the service, nbgrader's
commands, or the formgrader. The service writes it into the course's folder; without it nothing is decided.
"""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path

import msgspec

from chainrule.course import graded_files
from chainrule.course.loaded import CourseError

FILE = Path(".chainrule") / "decided.json"
DEFAULT = "default"


class Unit(StrEnum):
    """What a late penalty is counted in: points, or percent of the points that the work earned."""

    POINTS = "points"
    PERCENT = "percent"


class Span(StrEnum):
    """What a late penalty is for: each of these that has begun after the due date."""

    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """How long it is."""
        return 3600 if self is Span.HOUR else 86400


class Late(msgspec.Struct, frozen=True):
    """What lateness costs: `amount` for each started span, `most` altogether (0: up to all points).

    Who is late by `grace` minutes or less is not late; who is later is late from the due date on.
    """

    amount: float = 0.0
    unit: Unit = Unit.PERCENT
    span: Span = Span.DAY
    most: float = 0.0
    grace: float = 0.0

    def penalty(self, score: float, seconds: float) -> float | None:
        """How many of `score` points that many seconds cost; None if nothing is decided, or it is not late."""
        if not self.amount or seconds <= 60 * self.grace:
            return None
        cost = self.amount * math.ceil(seconds / self.span.seconds)
        if self.most:
            cost = min(cost, self.most)
        return min(score, cost if self.unit is Unit.POINTS else score * cost / 100)


class Decided(msgspec.Struct, frozen=True):
    """For one assignment. `seconds` that a submission's code may take, 0: as the course's limits say."""

    late: Late | None = None
    seconds: float = 0.0


def write(course: Path, decided: dict[str, Decided]) -> None:
    """Let this hold from now on, whole or not at all."""
    if _read(course) != decided:
        graded_files.write_whole(course / FILE, msgspec.json.encode(decided))


def read(course: Path, assignment: str) -> Decided:
    """What is decided for an assignment.

    Raises:
        CourseError: the file is not in order.
    """
    found = _read(course)
    if found is None:
        raise CourseError(f"{course / FILE} is not in order: remove it, and `chainrule serve` writes it anew.")
    return found.get(assignment, found.get(DEFAULT, Decided()))


def _read(course: Path) -> dict[str, Decided] | None:
    """All of it; None if the file holds something else."""
    try:
        return msgspec.json.decode((course / FILE).read_bytes(), type=dict[str, Decided])
    except FileNotFoundError:
        return {}
    except msgspec.MsgspecError:
        return None
