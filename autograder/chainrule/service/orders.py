"""What the web loop and the grading process say to each other: one JSON object a line, in both directions."""

from __future__ import annotations

import msgspec


class Work(msgspec.Struct, frozen=True):
    """One attempt that is to be graded."""

    id: int
    student: str
    origin: str


class Grade(msgspec.Struct, frozen=True, tag="grade"):
    """Grade these attempts at one assignment, of as many students, and make their feedback pages; `force` all anew.

    With `release` the pages go into the exchange too, where students' own commands fetch them.
    """

    assignment: str
    attempts: list[Work]
    force: bool = False
    release: bool = False


class MakePages(msgspec.Struct, frozen=True, tag="pages"):
    """Make the feedback pages of attempts that were graded, and `release` them."""

    assignment: str
    attempts: list[Work]
    release: bool = False


class WarmUp(msgspec.Struct, frozen=True, tag="warm up"):
    """Make ready for the first submission of an assignment."""

    assignment: str


class Graded(msgspec.Struct, frozen=True, tag="graded"):
    """The scores of an attempt are written. `fault`: something could not be graded, and a human must look."""

    id: int
    score: float
    max_score: float
    grader: str
    fault: bool = False


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """`done` exercises of an attempt `of` all were asked, and `exercise` is now; none while its notebook runs."""

    id: int
    done: int
    of: int
    exercise: str = ""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """An attempt could not be graded; why, for instructors."""

    id: int
    reason: str


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


Order = Grade | MakePages | WarmUp
Event = Progress | Graded | Failed | Page | Impossible | Done | Ready
