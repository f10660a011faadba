"""What a re-grading would change, for whom: the gradebook's points beside those that would be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbgrader.api import Gradebook, MissingEntry

from chainrule.course.late import Lateness
from chainrule.course.opened import Course
from chainrule.course.standing import Standing, standing, with_results
from chainrule.engine import hidden_tests
from chainrule.engine.assignment import find
from chainrule.engine.version import grader_version
from chainrule.service import proposals, store
from chainrule.service.attempts import Attempt
from chainrule.service.counting import LEAST
from chainrule.service.proposals import Proposal


@dataclass(frozen=True)
class CellChange:
    """An exercise with other points."""

    name: str
    was: float
    now: float


@dataclass(frozen=True)
class Row:
    """One student: the points of now and those that would be written, or the problem with it."""

    attempt: Attempt
    was: float = 0.0
    now: float = 0.0
    max_score: float = 0.0
    penalty_was: float = 0.0
    penalty_now: float = 0.0
    cells: list[CellChange] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """The exercises whose points a teacher gave."""
    problem: str = ""

    @property
    def is_penalty_new(self) -> bool:
        """Whether lateness costs more than before, or less."""
        return abs(self.penalty_now - self.penalty_was) > LEAST

    @property
    def gain(self) -> float:
        """More points, or fewer below zero."""
        difference = self.now - self.was
        return 0.0 if abs(difference) < LEAST else difference


@dataclass(frozen=True)
class ProposalView:
    """A proposal as the page shows it."""

    proposal: Proposal
    rows: list[Row]
    waiting: int
    graders_before: list[str]
    graders_now: list[str]
    is_current: bool
    """Whether it was graded by the grader as it is now."""

    @property
    def changed(self) -> list[Row]:
        """Who gains or loses, or keeps the total with other points by exercise."""
        return [row for row in self.rows if not row.problem and (row.gain or row.cells)]

    @property
    def same(self) -> list[Row]:
        """Whose points stay as they are."""
        return [row for row in self.rows if not row.problem and not (row.gain or row.cells)]

    @property
    def problems(self) -> list[Row]:
        """Who is left out, and why."""
        return [row for row in self.rows if row.problem]

    @property
    def gaining(self) -> int:
        """How many students gain."""
        return sum(row.gain > 0 for row in self.rows if not row.problem)

    @property
    def losing(self) -> int:
        """How many lose."""
        return sum(row.gain < 0 for row in self.rows if not row.problem)


def view(course: Course, proposal: Proposal, attempts: Mapping[int, Attempt]) -> ProposalView:
    """What has come of a proposal so far."""
    rows, before, now = [], set(), set()
    waiting = 0
    coursedir = course.api.coursedir
    lateness = Lateness(course, proposal.assignment)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for number in proposal.attempts:
            attempt, answer = attempts.get(number), proposals.answer_of(course.folder, proposal.assignment, number)
            if attempt is None:
                continue
            if answer is None:
                waiting += 1
                continue
            results, why = answer.results, answer.why_not or proposals.left_out(attempt)
            if results is None or why:
                rows.append(Row(attempt, problem=why))
                continue
            try:
                found = gradebook.find_submission(proposal.assignment, attempt.student)
            except MissingEntry as error:
                rows.append(Row(attempt, problem=str(error)))
                continue
            now.add(results.grader)
            if (old := store.results_of(course.folder, attempt.origin)) is not None:
                before.add(old.grader)
            at = attempt.at.replace(tzinfo=None)
            rows.append(_row(attempt, standing(found), with_results(found, results, at, lateness)))
    rows.sort(key=lambda row: row.attempt.student)
    is_current = now <= {current_grader(course, proposal.assignment)}
    return ProposalView(proposal, rows, waiting, sorted(before), sorted(now), is_current)


def current_grader(course: Course, assignment: str) -> str:
    """The version of the grader as it is now; empty if the assignment has none.

    Raises:
        AssignmentError, GradersError: its folder is not in order.
    """
    found = find(assignment, course.folder)
    return "" if found is None else grader_version(hidden_tests.digest(found))


def _row(attempt: Attempt, was: Standing, now: Standing) -> Row:
    cells = [
        CellChange(name, was.cells[name][0] if name in was.cells else 0.0, points)
        for name, (points, by_hand) in now.cells.items()
        if not by_hand and abs(points - (was.cells[name][0] if name in was.cells else 0.0)) > LEAST
    ]
    kept = [name for name, (_, by_hand) in now.cells.items() if by_hand]
    return Row(attempt, was.score, now.score, now.max_score, was.penalty, now.penalty, cells, kept)
