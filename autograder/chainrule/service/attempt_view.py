"""What is shown of one attempt: as much as the assignment's policy allows, with the gradebook's scores of now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from chainrule.course.opened import Course
from chainrule.engine.results import ExerciseResult, TestResult
from chainrule.engine.solutions import ANSWER
from chainrule.engine.visible import visible
from chainrule.probe.outcome import Outcome
from chainrule.service import store
from chainrule.service.attempts import Attempt, State
from chainrule.service.policies import Shown


@dataclass(frozen=True)
class Lost:
    """Checks that ended alike, with one message for all of them."""

    outcome: Outcome
    message: str
    titles: list[str]


@dataclass(frozen=True)
class ExerciseView:
    """One exercise: its points, what costs some, and what a teacher says. `passed` counts checks; `pending` ones wait
    for a teacher, whose points nobody has lost.
    """

    name: str
    score: float
    max_score: float
    comment: str = ""
    by_hand: bool = False
    pending: bool = False
    hints: list[str] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    passed: int = 0

    @property
    def whole(self) -> bool:
        """Whether it has all its points."""
        return self.score >= self.max_score


@dataclass(frozen=True)
class AttemptView:
    """One attempt; without `score` the total is not shown, without `exercises` there are none to show.

    `penalty` are points that were taken off the score for lateness.
    """

    attempt: Attempt
    score: float | None = None
    max_score: float | None = None
    exercises: list[ExerciseView] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    penalty: float = 0.0

    @property
    def next_steps(self) -> list[ExerciseView]:
        """The exercises that lost points, in the order of the notebook."""
        return [one for one in self.exercises if not one.whole and not one.pending]

    @property
    def pending(self) -> list[ExerciseView]:
        """Those that a teacher has to look at."""
        return [one for one in self.exercises if one.pending]

    @property
    def perfect(self) -> list[ExerciseView]:
        """Those with all points."""
        return [one for one in self.exercises if one.whole and not one.pending]


@dataclass(frozen=True)
class _Cell:
    """What the gradebook says of one graded cell."""

    score: float
    max_score: float
    by_hand: bool
    pending: bool
    comment: str = ""


@dataclass(frozen=True)
class _Scores:
    score: float
    max_score: float
    penalty: float
    cells: dict[str, _Cell]


def view(course: Course, attempt: Attempt, shown: Shown, is_latest: bool) -> AttemptView:
    """An attempt as its student may see it; of the `is_latest` graded one the gradebook knows more than its results."""
    if attempt.state is not State.GRADED or shown is Shown.NOTHING:
        return AttemptView(attempt)
    scores = _scores(course, attempt) if is_latest else None
    score, max_score = (scores.score, scores.max_score) if scores else (attempt.score, attempt.max_score)
    penalty = scores.penalty if scores else 0.0
    results = None if shown is Shown.TOTAL else store.results_of(course.folder, attempt.origin)
    if results is None:
        return AttemptView(attempt, score, max_score, penalty=penalty)
    everything, cells = shown is Shown.EVERYTHING, scores.cells if scores else {}
    exercises = [_exercise(one, cells.get(one.name), everything) for one in results.exercises]
    tested = {one.name for one in results.exercises}
    exercises += [_answered(name, cell) for name, cell in cells.items() if name not in tested]
    notes = [visible(note) for note in results.notes] if everything else []
    return AttemptView(attempt, score, max_score, exercises, notes, penalty)


def total_alone(shown: Shown) -> Shown:
    """As much as is shown of attempts that do not count."""
    return Shown.NOTHING if shown is Shown.NOTHING else Shown.TOTAL


def _exercise(exercise: ExerciseResult, cell: _Cell | None, everything: bool) -> ExerciseView:
    """An exercise with hidden tests."""
    if cell is None:
        cell = _Cell(exercise.score, exercise.max_score, by_hand=False, pending=False)
    pending = not cell.by_hand and (cell.pending or exercise.grader_fault)
    found = ExerciseView(exercise.name, cell.score, cell.max_score, cell.comment, cell.by_hand, pending)
    if not everything:
        return found
    lost = _alike(one for one in exercise.tests if one.outcome is not Outcome.PASSED)
    passed = sum(one.outcome is Outcome.PASSED for one in exercise.tests)
    return replace(found, hints=[*exercise.hints], lost=lost, passed=passed)


def _answered(name: str, cell: _Cell) -> ExerciseView:
    """A question that a teacher grades."""
    return ExerciseView(name, cell.score, cell.max_score, cell.comment, cell.by_hand, cell.pending and not cell.by_hand)


def _alike(tests: Iterable[TestResult]) -> list[Lost]:
    found: dict[tuple[Outcome, str], list[str]] = {}
    for test in tests:
        found.setdefault((test.outcome, test.message), []).append(test.title)
    return [Lost(outcome, message, titles) for (outcome, message), titles in found.items()]


def _scores(course: Course, attempt: Attempt) -> _Scores | None:
    """What the gradebook says of the student's latest graded attempt."""
    coursedir: Any = course.api.coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            found = gradebook.find_submission(attempt.assignment, attempt.student)
        except MissingEntry:
            return None
        cells: dict[str, _Cell] = {}
        for notebook in found.notebooks:
            # nbgrader has a field for it at the answer's cell, and none at the one that is graded.
            given = [one for one in notebook.comments if one.comment]
            comments = {one.name.removesuffix(ANSWER): visible(one.comment) for one in given}
            for grade in notebook.grades:
                by_hand, pending = grade.manual_score is not None, bool(grade.needs_manual_grade)
                comment = comments.get(grade.name, "")
                cells[grade.name] = _Cell(grade.score, grade.max_score, by_hand, pending, comment)
        penalty = min(found.score, found.late_submission_penalty)
        return _Scores(found.score - penalty, found.max_score, penalty, cells)


def now() -> datetime:
    """The time, as policies are asked."""
    return datetime.now(UTC)
