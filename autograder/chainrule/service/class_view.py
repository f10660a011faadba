"""What an instructor sees of an assignment: how far it is, how points are spread, and where the class stumbles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

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
    def lost(self) -> int:
        """How many did not pass it."""
        return sum(self.outcomes.values()) - self.outcomes[Outcome.PASSED]


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
    def share(self) -> float:
        """Who has all points, as a share of the class."""
        return self.whole / max(1, self.whole + self.partly + self.nothing)


@dataclass
class ClassView:
    """The latest graded attempts of all students at one assignment."""

    assignment: str
    latest: list[Attempt]
    bars: list[int]
    exercises: list[ExerciseCount]
    tests: list[TestCount]

    @property
    def highest_bar(self) -> int:
        """For the picture."""
        return max([1, *self.bars])


def latest_graded(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The latest graded attempt of each student, by name."""
    latest = {one.student: one for one in attempts if one.state is State.GRADED}
    return [latest[student] for student in sorted(latest)]


def view(course: Course, assignment: str, attempts: Sequence[Attempt]) -> ClassView:
    """An assignment over the class, from the results that are kept of each attempt."""
    latest = latest_graded(attempts)
    bars = [0] * BARS
    exercises: dict[str, ExerciseCount] = {}
    tests: dict[tuple[str, str], TestCount] = {}
    for attempt in latest:
        if attempt.score is not None and attempt.max_score:
            bars[min(BARS - 1, int(BARS * attempt.score / attempt.max_score))] += 1
        results = store.results_of(course.folder, attempt.origin)
        if results is not None:
            _count(results, exercises, tests)
    failing = sorted((test for test in tests.values() if test.lost), key=lambda test: -test.lost)
    return ClassView(assignment, latest, bars, list(exercises.values()), failing)


def _count(results: Results, exercises: dict[str, ExerciseCount], tests: dict[tuple[str, str], TestCount]) -> None:
    for exercise in results.exercises:
        count = exercises.setdefault(exercise.name, ExerciseCount(exercise.name, exercise.max_score))
        _count_exercise(exercise, count)
        for test in exercise.tests:
            found = tests.setdefault((exercise.name, test.name), TestCount(exercise.name, test.title))
            found.outcomes[test.outcome] += 1


def _count_exercise(exercise: ExerciseResult, count: ExerciseCount) -> None:
    count.hints.update(exercise.hints)
    if exercise.score >= exercise.max_score:
        count.whole += 1
    elif exercise.score > 0:
        count.partly += 1
    else:
        count.nothing += 1
