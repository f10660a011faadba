"""What an instructor sees of an assignment: how far it is, how points are spread, and where the class stumbles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chainrule.course.class_scores import ClassScores, Scores, class_scores
from chainrule.course.opened import Course
from chainrule.engine.results import ExerciseResult, Results
from chainrule.probe.outcome import Outcome
from chainrule.service import store
from chainrule.service.attempts import Attempt, State

BARS = 10
"""In the picture of the scores, each a tenth of all points."""


@dataclass
class TestCount:
    """A hidden test over the class."""

    __test__ = False

    exercise: str
    title: str
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def asked(self) -> int:
        """Of how many it was asked."""
        return sum(self.outcomes.values())

    @property
    def lost(self) -> int:
        """How many did not pass it."""
        return self.asked - self.outcomes[Outcome.PASSED]


@dataclass
class ExerciseCount:
    """An exercise over the class: how many have all its points, some, or none."""

    name: str
    max_score: float
    whole: int = 0
    partly: int = 0
    nothing: int = 0
    hints: Counter[str] = field(default_factory=Counter)

    @property
    def shares(self) -> list[tuple[int, int, int]]:
        """All, some and none: how many students, in percent of the class, and a shade from 0 to 4."""
        counts = (self.whole, self.partly, self.nothing)
        of = max(1, sum(counts))
        return [(count, round(100 * count / of), -(-4 * count // of)) for count in counts]


@dataclass(frozen=True)
class Row:
    """One student: the attempt that counts, and what the gradebook says of now."""

    attempt: Attempt
    score: float | None
    max_score: float | None
    scores: Scores


@dataclass
class ClassView:
    """The graded attempts that count, of all students at one assignment."""

    assignment: str
    rows: list[Row]
    bars: list[int]
    exercises: list[ExerciseCount]
    tests: list[TestCount]

    @property
    def highest_bar(self) -> int:
        """For the picture."""
        return max([1, *self.bars])

    @property
    def middle(self) -> float | None:
        """The median of the scores."""
        found = sorted(row.score for row in self.rows if row.score is not None)
        return (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2 if found else None

    @property
    def max_score(self) -> float | None:
        """What one can reach."""
        return next((row.max_score for row in self.rows), None)

    @property
    def to_do(self) -> list[Row]:
        """Whose work has cells that only a teacher can grade, or that the grader could not."""
        return [row for row in self.rows if row.scores.to_do]


def that_count(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The graded attempts that count, by student."""
    return sorted((one for one in attempts if one.state is State.GRADED and one.counts), key=lambda one: one.student)


def rows(attempts: Sequence[Attempt], gradebook: ClassScores) -> list[Row]:
    """The attempts that count with the scores of now; where the gradebook has none, as they were graded."""
    return [_row(one, gradebook.students.get(one.student), gradebook.max_score) for one in that_count(attempts)]


def view(course: Course, assignment: str, attempts: Sequence[Attempt]) -> ClassView:
    """An assignment over the class, from the gradebook and the results that are kept of each attempt."""
    found = rows(attempts, class_scores(course, assignment))
    bars = [0] * BARS
    exercises: dict[str, ExerciseCount] = {}
    tests: dict[tuple[str, str], TestCount] = {}
    for row in found:
        if row.score is not None and row.max_score:
            bars[max(0, min(BARS - 1, int(BARS * row.score / row.max_score)))] += 1
        results = store.results_of(course.folder, row.attempt.origin)
        if results is not None:
            _count(results, row.scores.cells, exercises, tests)
    failing = sorted((test for test in tests.values() if test.lost), key=lambda test: -test.lost)
    return ClassView(assignment, found, bars, list(exercises.values()), failing)


def _row(attempt: Attempt, scores: Scores | None, max_score: float) -> Row:
    if scores is None:
        return Row(attempt, attempt.score, attempt.max_score, Scores())
    return Row(attempt, scores.score, max_score, scores)


def _count(
    results: Results,
    points: Mapping[str, float],
    exercises: dict[str, ExerciseCount],
    tests: dict[tuple[str, str], TestCount],
) -> None:
    for exercise in results.exercises:
        count = exercises.setdefault(exercise.name, ExerciseCount(exercise.name, exercise.max_score))
        _count_exercise(exercise, points.get(exercise.name, exercise.score), count)
        for test in exercise.tests:
            found = tests.setdefault((exercise.name, test.name), TestCount(exercise.name, test.title))
            found.outcomes[test.outcome] += 1


def _count_exercise(exercise: ExerciseResult, score: float, count: ExerciseCount) -> None:
    count.hints.update(exercise.hints)
    if score >= exercise.max_score:
        count.whole += 1
    elif score > 0:
        count.partly += 1
    else:
        count.nothing += 1
