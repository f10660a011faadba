"""What is shown of one attempt: as much as the assignment's policy allows, with the gradebook's scores of now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from chainrule.course.opened import Course
from chainrule.engine.results import ExerciseResult, TestResult
from chainrule.engine.visible import visible
from chainrule.probe.outcome import Outcome
from chainrule.service import store
from chainrule.service.attempts import Attempt, State
from chainrule.service.policies import Shown

ORDER = tuple(Shown)


@dataclass(frozen=True)
class ExerciseView:
    """One exercise: its points, what costs some, and what a teacher says."""

    name: str
    score: float
    max_score: float
    hints: list[str] = field(default_factory=list)
    lost: list[TestResult] = field(default_factory=list)
    passed: list[TestResult] = field(default_factory=list)
    comment: str = ""
    by_hand: bool = False

    @property
    def whole(self) -> bool:
        """Whether it has all its points."""
        return self.score >= self.max_score


@dataclass(frozen=True)
class AttemptView:
    """One attempt; without `score` the total is not shown, without `exercises` there are none to show."""

    attempt: Attempt
    score: float | None = None
    max_score: float | None = None
    exercises: list[ExerciseView] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def next_steps(self) -> list[ExerciseView]:
        """The exercises that lost points, in the order of the notebook."""
        return [one for one in self.exercises if not one.whole]

    @property
    def perfect(self) -> list[ExerciseView]:
        """The others."""
        return [one for one in self.exercises if one.whole]


@dataclass(frozen=True)
class _Scores:
    score: float
    max_score: float
    cells: dict[str, tuple[float, float, bool]]
    comments: dict[str, str]


def view(course: Course, attempt: Attempt, shown: Shown, is_latest: bool) -> AttemptView:
    """An attempt as its student may see it; of the `is_latest` graded one the gradebook knows more than its results."""
    if attempt.state is not State.GRADED or shown is Shown.NOTHING:
        return AttemptView(attempt)
    scores = _scores(course, attempt) if is_latest else None
    score, max_score = (scores.score, scores.max_score) if scores else (attempt.score, attempt.max_score)
    results = store.results_of(course.folder, attempt.origin)
    if results is None or shown is Shown.TOTAL:
        return AttemptView(attempt, score, max_score)
    everything = shown is Shown.EVERYTHING
    exercises = [_exercise(one, scores, everything) for one in results.exercises]
    tested = {one.name for one in results.exercises}
    if scores is not None:
        for name, (points, most, by_hand) in scores.cells.items():
            if name not in tested:
                comment = visible(scores.comments.get(name, ""))
                exercises.append(ExerciseView(name, points, most, comment=comment, by_hand=by_hand))
    notes = [visible(note) for note in results.notes] if everything else []
    return AttemptView(attempt, score, max_score, exercises, notes)


def _exercise(exercise: ExerciseResult, scores: _Scores | None, everything: bool) -> ExerciseView:
    score, most, by_hand = exercise.score, exercise.max_score, False
    comment = ""
    if scores is not None:
        score, most, by_hand = scores.cells.get(exercise.name, (score, most, by_hand))
        comment = visible(scores.comments.get(exercise.name, ""))
    if not everything:
        return ExerciseView(exercise.name, score, most, comment=comment, by_hand=by_hand)
    lost = [test for test in exercise.tests if test.outcome is not Outcome.PASSED]
    passed = [test for test in exercise.tests if test.outcome is Outcome.PASSED]
    return ExerciseView(exercise.name, score, most, list(exercise.hints), lost, passed, comment, by_hand)


def _scores(course: Course, attempt: Attempt) -> _Scores | None:
    """What the gradebook says of the student's latest graded attempt."""
    coursedir: Any = course.api.coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            found = gradebook.find_submission(attempt.assignment, attempt.student)
        except MissingEntry:
            return None
        cells: dict[str, tuple[float, float, bool]] = {}
        comments: dict[str, str] = {}
        for notebook in found.notebooks:
            for grade in notebook.grades:
                cells[grade.name] = grade.score, grade.max_score, grade.manual_score is not None
            for comment in notebook.comments:
                if comment.comment:
                    comments[comment.name] = comment.comment
        total = max(0.0, found.score - found.late_submission_penalty)
        return _Scores(total, found.max_score, cells, comments)


def now() -> datetime:
    """The time, as policies are asked."""
    return datetime.now(UTC)
