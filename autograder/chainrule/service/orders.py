"""What the web loop and the grading process say to each other: one JSON object a line, in both directions."""

from __future__ import annotations

import msgspec

LONGEST_REASON = 2000
"""Characters."""


class Work(msgspec.Struct, frozen=True):
    """One attempt that is to be graded; `older` than the one that counts."""

    id: int
    student: str
    origin: str
    older: bool = False


class Grade(msgspec.Struct, frozen=True, tag="grade"):
    """Grade these attempts at one assignment, of as many students, and make their feedback pages; `force` all anew.

    With `release` the pages go into the exchange too, where students' own commands fetch them. With `best` only what is
    better than what the gradebook has is written, otherwise only what is not `older`.
    """

    assignment: str
    attempts: list[Work]
    force: bool = False
    release: bool = False
    best: bool = False


class MakePages(msgspec.Struct, frozen=True, tag="pages"):
    """Make the feedback pages of attempts that were graded, and `release` them."""

    assignment: str
    attempts: list[Work]
    release: bool = False


class GradeAgain(msgspec.Struct, frozen=True, tag="grade again"):
    """Grade these attempts again for the proposal of that key, and write nothing of it into the gradebook."""

    assignment: str
    attempts: list[Work]
    key: str


class WriteAgain(msgspec.Struct, frozen=True, tag="write again"):
    """Write what came of these attempts in the proposal of that key, and make their feedback pages."""

    assignment: str
    attempts: list[Work]
    key: str
    release: bool = False


class WarmUp(msgspec.Struct, frozen=True, tag="warm up"):
    """Make ready for the first submission of an assignment."""

    assignment: str


class Graded(msgspec.Struct, frozen=True, tag="graded"):
    """An attempt has its scores. `fault`: something could not be graded, and a human must look.

    If it `counts`, they are written into the gradebook, in the place of those of another attempt.
    """

    id: int
    score: float
    max_score: float
    grader: str
    fault: bool = False
    counts: bool = True


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """`done` exercises of an attempt `of` all were asked, and `exercise` is now; none while its notebook runs.

    With a `score` all points are known, and its student may see them; only hints are still being searched.
    """

    id: int
    done: int
    of: int
    exercise: str = ""
    score: float | None = None
    max_score: float | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """An attempt could not be graded; why, for instructors."""

    id: int
    reason: str


class GradedAgain(msgspec.Struct, frozen=True, tag="graded again"):
    """What came of an attempt in a proposal is there."""

    id: int


class Page(msgspec.Struct, frozen=True, tag="page"):
    """The feedback page of an attempt is there if it is `made`; `problem` says why not, or why it is not released."""

    id: int
    made: bool
    problem: str = ""


class Impossible(msgspec.Struct, frozen=True, tag="impossible"):
    """Nothing of the order could be graded, whoever handed in."""

    reason: str


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The order has been carried out."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The process has opened the course and waits for orders."""


Order = Grade | MakePages | GradeAgain | WriteAgain | WarmUp
Event = Progress | Graded | GradedAgain | Failed | Page | Impossible | Done | Ready


def last_line(error: Exception) -> str:
    """What an error says at its end, in bounded length; its name if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:LONGEST_REASON]
