"""What students have: nbgrader's gradebook, with what teachers have corrected and what came off for being late."""

from __future__ import annotations

import math
from dataclasses import dataclass

import sqlalchemy as sa
from nbgrader.api import Assignment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.exc import SQLAlchemyError

from chainrule.course.one_gradebook import database_problem
from chainrule.course.opened import Course
from chainrule.lti.failures import LtiError

DIGITS = 4
"""Of points: less is the noise of sums."""

UNDECIDED = "it has a part without a score, which a human must grade in the formgrader"
NO_POINTS = "the assignment has no points, or the score is no number"


@dataclass(frozen=True)
class Score:
    """A student's score of an assignment; `waits` says why it is none yet, if it is none."""

    student: str
    points: float
    most: float
    waits: str = ""


def scores(course: Course, assignment: str) -> list[Score]:
    """The scores of all who handed it in, by student.

    Raises:
        LtiError: the gradebook does not know the assignment.
        CourseError: it cannot be read.
    """
    url = course.api.coursedir.db_url
    try:
        with Gradebook(url, course.api.coursedir.course_id) as gradebook:
            if gradebook.db.scalar(sa.select(Assignment.id).where(Assignment.name == assignment)) is None:
                raise LtiError(f"The gradebook has no assignment {assignment!r}, which lti.toml names.")
            # One statement: between two of them a grading may void what it is about to write anew.
            rows = gradebook.db.execute(_statement(assignment)).all()
    except SQLAlchemyError as error:
        raise database_problem(error, url, "no scores were sent") from error
    return [_score(*row) for row in rows]


def _statement(assignment: str) -> sa.Select[tuple[str, float, float | None, float, int, int]]:
    of_submission = sa.and_(
        SubmittedNotebook.assignment_id == SubmittedAssignment.id, Grade.notebook_id == SubmittedNotebook.id
    )
    # Void scores and grader faults are marked for a human; what a teacher has given stands, mark or not.
    undecided = sa.and_(
        Grade.manual_score.is_(None), sa.or_(Grade.auto_score.is_(None), Grade.needs_manual_grade.is_(True))
    )
    number = sa.select(sa.func.count(Grade.id)).where(of_submission).correlate(SubmittedAssignment)
    return (
        sa.select(
            SubmittedAssignment.student_id,
            SubmittedAssignment.score,
            SubmittedAssignment.late_submission_penalty,
            SubmittedAssignment.max_score,
            number.scalar_subquery(),
            number.where(undecided).scalar_subquery(),
        )
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .where(Assignment.name == assignment)
        .order_by(SubmittedAssignment.student_id)
    )


def _score(student: str, raw: float, penalty: float | None, most: float, parts: int, undecided: int) -> Score:
    points = max(0.0, raw - (penalty or 0.0))
    if undecided or not parts:
        return Score(student, 0.0, most, UNDECIDED)
    if not (math.isfinite(points) and math.isfinite(most) and most > 0):
        return Score(student, 0.0, 0.0, NO_POINTS)
    return Score(student, round(points, DIGITS), round(most, DIGITS))
