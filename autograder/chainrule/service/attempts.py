"""An attempt: what one student handed in of one assignment at one moment, and how far its grading has come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NAME = re.compile(r"[A-Za-z0-9_@.-]{1,128}", re.ASCII)
"""Students and assignments, which become folders and rows of pages."""

NOBODY = ""
"""The student of what is refused because nobody knows whose it is."""


class State(StrEnum):
    """How far an attempt is."""

    WAITING = "waiting"
    """Not before the deadline, or the assignment is paused."""
    QUEUED = "queued"
    GRADING = "grading"
    GRADED = "graded"
    FAILED = "failed"
    """The grading itself failed, by no fault of the student's; a human must look."""
    SUPERSEDED = "superseded"
    """A newer attempt came before its turn."""
    REFUSED = "refused"
    """Not taken, with the reason: it is not by whom it says, too large, or one too many."""


UNDECIDED = (State.WAITING, State.QUEUED)
"""Nothing has been done with it yet."""


@dataclass(frozen=True)
class Attempt:
    """One row of the history. Times are UTC; `at` is when it was handed in by the kernel's clock.

    `number` counts a student's attempts at an assignment from 1. `digest` is the SHA-256 of names and contents.
    `origin` says where it came from and is unique, so that it is taken once. Of a student's attempts at an assignment
    the one that `counts` is the one whose grades the gradebook has.
    """

    id: int
    student: str
    assignment: str
    number: int
    at: datetime
    digest: str
    origin: str
    state: State
    reason: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    feedback: datetime | None = None
    score: float | None = None
    max_score: float | None = None
    grader: str = ""
    counts: bool = False


def is_name(text: str) -> bool:
    """Whether this can be the name of a student or an assignment; it becomes that of a folder."""
    return NAME.fullmatch(text) is not None and text.strip(".") != ""
