"""What the gradebook says of a whole class at one assignment, in a few questions to the database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import func

from chainrule.course.opened import Course


@dataclass
class Scores:
    """One student's points: altogether, and by cell of the notebook with the hidden tests.

    `notebook` is what the formgrader calls that notebook; `by_hand` are the cells whose points a teacher gave, `to_do`
    those for which it has none, or doubts them.
    """

    points: float = 0.0
    penalty: float = 0.0
    cells: dict[str, float] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    to_do: list[str] = field(default_factory=list)
    notebook: str = ""

    @property
    def score(self) -> float:
        """What is left of the points when the late penalty is taken off."""
        return max(0.0, self.points - self.penalty)


@dataclass(frozen=True)
class ClassScores:
    """By student, with what one can reach."""

    max_score: float
    students: dict[str, Scores]


def class_scores(course: Course, assignment: str) -> ClassScores:
    """All that the gradebook has of an assignment; nobody's if it does not know it."""
    coursedir = course.api.coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            max_score = float(gradebook.find_assignment(assignment).max_score)
        except MissingEntry:
            return ClassScores(0.0, {})
        found: dict[str, Scores] = defaultdict(Scores)
        submitted = (
            gradebook.db.query(
                SubmittedAssignment.student_id,
                SubmittedNotebook.id,
                func.coalesce(SubmittedNotebook.late_submission_penalty, 0.0),
                Notebook.name,
            )
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .filter(Assignment.name == assignment)
        )
        owners: dict[str, tuple[str, str]] = {}
        for student, number, penalty, name in submitted:
            owners[number] = student, name
            found[student].penalty += penalty
            if name == assignment:
                found[student].notebook = number
        grades = (
            gradebook.db.query(
                Grade.notebook_id, BaseCell.name, Grade.score, Grade.manual_score, Grade.needs_manual_grade
            )
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .filter(Grade.notebook_id.in_(owners))
        )
        for number, cell, score, manual, to_do in grades:
            student, name = owners[number]
            scores = found[student]
            scores.points += score
            if name == assignment:
                scores.cells[cell] = score
            if manual is not None:
                scores.by_hand.append(cell)
            elif to_do:
                scores.to_do.append(cell)
        return ClassScores(max_score, dict(found))
