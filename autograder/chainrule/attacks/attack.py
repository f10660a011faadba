"""What an attack is: what it tries, what it is made of, and how one can tell that it had success."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

EXERCISE = "EXERCISE"
"""Stands in an attack's answer for the name of the exercise that it is put into."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """`tries` says in one sentence what would happen if it had success."""

    name: str
    tries: str


@dataclass(frozen=True, kw_only=True)
class Cell(Attack):
    """A cell that takes something it should not get.

    `code` leaves in `got` what it took, once `<<names>>` were filled in by the bait (`chainrule.attacks.bait`). It has
    success when that holds the bait's secret or, where it takes no `secret`, is true; or if it does the bait the `harm`
    of this name. An exception is a failure.
    `machine` is the processor whose system call numbers it has.
    """

    code: str
    secret: bool = True
    harm: str = ""
    machine: str = ""


@dataclass(frozen=True, kw_only=True)
class Lasting(Attack):
    """A cell that changes something; it has success if `look`, run in somebody else's notebook, finds it in `got`."""

    code: str
    look: str


@dataclass(frozen=True, kw_only=True)
class Answer(Attack):
    """A wrong answer to the exercise `EXERCISE(x)`, which is to double x; it has success if it earns something.

    `check` is an ordinary hidden test that runs beside a student's code, with `x` and `want`, and that believes it.
    `outcome` is what a hidden test of ours comes to when the attack was really tried, `said` a part of its message.
    `pure`: it does nothing but return a value. An attack without `check` aims at ours alone.
    """

    code: str
    check: str = "got = EXERCISE(x)\nassert np.allclose(got, want)"
    outcome: str = "failed"
    said: str = ""
    pure: bool = False
    torch: bool = False


@dataclass(frozen=True, kw_only=True)
class Answers(Attack):
    """Answers to exercises of an assignment, by name: a shipped one, or `practice` (`tests/practice_course.py`).

    It has success if any of them earns something, or if the reference leaves the `mark` that it does what is asked.
    `cells` come before the answers.
    """

    answers: Mapping[str, str]
    assignment: str = "practice"
    mark: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Notebook(Attack):
    """A right submission of `practice`, changed; it has success if it earns anything but `earns`.

    `noted` is a part of the note that the report then has.
    """

    change: Callable[[NotebookNode], NotebookNode]
    earns: float
    noted: str = ""


@dataclass(frozen=True, kw_only=True)
class File(Attack):
    """The bytes handed in for a notebook, made of those of a right one; see `Notebook`."""

    make: Callable[[bytes], bytes]
    earns: float
    noted: str = ""


@dataclass(frozen=True, kw_only=True)
class Beside(Attack):
    """Something planted in a submitted folder beside a right notebook; `plant` gets the folder and the bait's.

    `earns` is what the notebook is then worth. A notebook that was not planted upon prints all it can read there.
    """

    plant: Callable[[Path, Path], None]
    earns: float
    noted: str = ""


@dataclass(frozen=True, kw_only=True)
class Inbound(Attack):
    """The same in a folder of the exchange, before it is collected."""

    plant: Callable[[Path, Path], None]


@dataclass(frozen=True, kw_only=True)
class Shown(Attack):
    """A cell whose source (`markdown`) or output (`code`) does something where it is shown; it holds the attack's mark.

    Or prose that is `slow` to be cleaned and shown; or the text of an exception, for a `message` in a report.
    """

    source: str
    kind: str = "code"
