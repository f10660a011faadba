"""Compares two gradings of one submission: which hidden tests differ, and what has changed since the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from chainrule.course.sanitize import KEPT
from chainrule.engine.results import Provenance, Results, TestResult
from chainrule.probe.outcome import Outcome

HANGS_ON = {Outcome.TIMED_OUT: "time", Outcome.OUT_OF_MEMORY: "memory"}
"""What an outcome hangs on beside the inputs: the machine, and what else it does."""

NONE = "-"
"""In the place of what was not there."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class Difference:
    """A hidden test whose outcome or worth is another now; `hangs_on` is time, memory or empty."""

    exercise: str
    test: str
    was: str
    now: str
    points_was: float
    points_now: float
    hangs_on: str


@dataclass(frozen=True)
class Change:
    """Something that a grade hangs on and that is another now: versions, digests, settings."""

    what: str
    was: str
    now: str


@dataclass(frozen=True)
class Comparison:
    """The results as recorded and as they are now."""

    student: str
    was: Results
    now: Results
    another_secret: bool = False
    """Whether the recorded seed is another than this course's secret gives for the same bytes."""

    @property
    def agrees(self) -> bool:
        """Whether every hidden test of the very file that was graded has the same outcome and worth."""
        return self.was.submission == self.now.submission and not self.differences

    @property
    def differences(self) -> list[Difference]:
        """The hidden tests that differ, in order."""
        return [
            _difference(exercise, test, was, now)
            for (exercise, test), was, now in _paired(_tests(self.was), _tests(self.now))
            if was is None or now is None or (was.outcome, was.points) != (now.outcome, now.points)
        ]

    @property
    def changes(self) -> list[Change]:
        """What has changed since, of what was recorded."""
        found = [
            Change("the submission", self.was.submission[:12], self.now.submission[:12]),
            Change("the sandbox", self.was.sandbox, self.now.sandbox),
            *_provenance_changes(self.was, self.now),
        ]
        found += [Change("the course's secret", "the seed's", "another")] * self.another_secret
        return [change for change in found if change.was != change.now]

    @property
    def hanging(self) -> dict[str, list[str]]:
        """By time and memory the hidden tests that hang on it, then or now, whether they differ or not."""
        found: dict[str, list[str]] = {"time": [], "memory": []}
        for (exercise, test), was, now in _paired(_tests(self.was), _tests(self.now)):
            for what in {HANGS_ON[one.outcome] for one in (was, now) if one is not None and one.outcome in HANGS_ON}:
                found[what].append(f"{exercise}/{test}")
        return found

    @property
    def hints(self) -> list[str]:
        """The exercises with other hints, where both times some could be had; no points hang on them."""
        if self.was.hint_faults or self.now.hint_faults:
            return []
        was, now = ({one.name: one.hints for one in results.exercises} for results in (self.was, self.now))
        return [name for name, before, after in _paired(was, now) if (before or []) != (after or [])]

    @property
    def notes(self) -> dict[str, list[str]]:
        """The notes on the submission that there were, or are, only one time."""
        was, now = ([note for note in one.notes if not note.endswith(KEPT)] for one in (self.was, self.now))
        return {"was": [note for note in was if note not in now], "now": [note for note in now if note not in was]}

    def as_data(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "student": self.student,
            "assignment": self.was.assignment,
            "agrees": self.agrees,
            "score": {"was": self.was.score, "now": self.now.score},
            "max_score": {"was": self.was.max_score, "now": self.now.max_score},
            "tests": [asdict(difference) for difference in self.differences],
            "changed": [asdict(change) for change in self.changes],
            "hanging": self.hanging,
            "hints": self.hints,
            "notes": self.notes,
        }


def _tests(results: Results) -> dict[tuple[str, str], TestResult]:
    return {(exercise.name, test.name): test for exercise in results.exercises for test in exercise.tests}


def _paired(was: Mapping[Any, Value], now: Mapping[Any, Value]) -> Iterator[tuple[Any, Value | None, Value | None]]:
    """What both have under each key that one of them has, in order."""
    for key in dict.fromkeys((*was, *now)):
        yield key, was.get(key), now.get(key)


def _difference(exercise: str, test: str, was: TestResult | None, now: TestResult | None) -> Difference:
    both = [one for one in (was, now) if one is not None]
    return Difference(
        exercise=exercise,
        test=test,
        was=NONE if was is None else str(was.outcome),
        now=NONE if now is None else str(now.outcome),
        points_was=0.0 if was is None else was.earned,
        points_now=0.0 if now is None else now.earned,
        hangs_on=next((HANGS_ON[one.outcome] for one in both if one.outcome in HANGS_ON), ""),
    )


def _provenance_changes(was: Results, now: Results) -> Iterator[Change]:
    """What differs in what the grades hang on; of results of an earlier version only the grader is known."""
    assert now.provenance is not None
    if was.provenance is None:
        yield Change("chainrule or the assignment's files", was.grader, now.grader)
        return
    yield Change("chainrule", was.provenance.code, now.provenance.code)
    yield Change("the machine", was.provenance.machine, now.provenance.machine)
    before, after = _named(was.provenance, was.assignment), _named(now.provenance, now.assignment)
    for what, one, other in _paired(before, after):
        yield Change(what, NONE if one is None else one, NONE if other is None else other)


def _named(found: Provenance, assignment: str) -> dict[str, str]:
    """Everything in a provenance that has a name, by what people call it."""
    beside = zip(("the files released beside it", "the files handed in beside it"), found.beside, strict=False)
    return {
        **found.packages,
        **{f"the limit {name}": f"{value:g}" for name, value in found.limits.items()},
        **{f"{assignment}/{name}": digest for name, digest in found.files.items()},
        **{f"the cell {name} as released": digest for name, digest in found.cells.items()},
        **dict(beside),
    }
