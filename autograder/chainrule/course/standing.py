"""What the gradebook says of a student's work, and what it would say with other results: manual scores are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbgrader.api import Grade, SubmittedAssignment

from chainrule.course.late import Lateness
from chainrule.engine.results import Results


@dataclass(frozen=True)
class Standing:
    """Points altogether, the late penalty taken off; by cell the points, and whether a teacher gave them."""

    score: float
    max_score: float
    penalty: float
    cells: dict[str, tuple[float, bool]]


def standing(submission: SubmittedAssignment) -> Standing:
    """What the gradebook says."""
    cells = {one.name: (float(one.score), one.manual_score is not None) for one in _grades(submission)}
    penalty = float(submission.late_submission_penalty)
    return Standing(max(0.0, submission.score - penalty), submission.max_score, penalty, cells)


def with_results(
    submission: SubmittedAssignment, results: Results, at: datetime, lateness: Lateness, manual: bool = True
) -> Standing:
    """What it would say if these results were written of work handed in at that moment, in UTC and naive.

    A teacher's scores and extra credit stay; without `manual` the scores do not.
    """
    earned = {one.name: one.score for one in results.exercises}
    cells: dict[str, tuple[float, bool]] = {}
    score = penalty = 0.0
    for notebook in submission.notebooks:
        tested = earned if notebook.name == results.assignment else {}
        points = {one.name: _points(one, tested, manual) for one in notebook.grades}
        total = sum(number for number, _ in points.values())
        score += total
        penalty += lateness.penalty(submission, total, at)
        cells |= points
    return Standing(max(0.0, score - penalty), submission.max_score, penalty, cells)


def _points(grade: Grade, earned: dict[str, float], manual: bool) -> tuple[float, bool]:
    if manual and grade.manual_score is not None:
        return grade.manual_score + (grade.extra_credit or 0.0), True
    found = min(earned[grade.name], grade.max_score) if grade.name in earned else grade.auto_score
    # As nbgrader has it: what has no score has no extra credit.
    return 0.0 if found is None else found + (grade.extra_credit or 0.0), False


def _grades(submission: SubmittedAssignment) -> list[Any]:
    return [grade for notebook in submission.notebooks for grade in notebook.grades]
