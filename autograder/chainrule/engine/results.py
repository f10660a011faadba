"""What is kept of one graded submission: every hidden test's outcome, and what a replay needs."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import msgspec

from chainrule.probe.outcome import Outcome

FILE_NAME = "results.json"


class TestResult(msgspec.Struct, kw_only=True):
    """One hidden test: `name` for graders, `title` and `message` for students. `points` are what it is worth."""

    __test__ = False

    name: str
    title: str
    points: float
    outcome: Outcome
    message: str = ""

    @property
    def earned(self) -> float:
        """All of its points or none."""
        return self.points if self.outcome is Outcome.PASSED else 0.0


class ExerciseResult(msgspec.Struct, kw_only=True):
    """One exercise and its hidden tests; `hints` name the mistakes that its values show, if they are in the bank.

    `uses` names the earlier exercises whose functions it uses, `lent` those whose functions were ours where its tests
    were asked again.
    """

    name: str
    tests: list[TestResult]
    hints: list[str] = []
    uses: list[str] = []
    lent: list[str] = []

    @property
    def max_score(self) -> float:
        """The points of all its tests."""
        return math.fsum(test.points for test in self.tests)

    @property
    def score(self) -> float:
        """The points of the tests passed: a finite float between 0 and `max_score`."""
        return min(max(math.fsum(test.earned for test in self.tests), 0.0), self.max_score)

    @property
    def grader_fault(self) -> bool:
        """Whether one of its tests could not be graded, so that a human must look."""
        return any(test.outcome is Outcome.GRADER_FAULT for test in self.tests)


class Provenance(msgspec.Struct, kw_only=True, frozen=True):
    """What a grade hangs on beside submission, seed and sandbox: by this a replay says what has changed since.

    `code` is chainrule's version with a digest of its code, `machine` what it ran on, `packages` the versions of Python
    and of libraries, `limits` the limits in the units of settings. By their digests: the `files` of the assignment's
    folder, the `cells` of the notebook as released, and the folders of what is laid `beside` it, first what was
    released, then what was handed in.
    """

    code: str
    machine: str
    packages: dict[str, str]
    limits: dict[str, float]
    files: dict[str, str]
    cells: dict[str, str]
    beside: list[str]


class Results(msgspec.Struct, kw_only=True):
    """One graded submission.

    `submission` is the SHA-256 of the notebook as handed in, `seed` what its inputs were drawn from, `grader` the
    grader's version, `sandbox` the level reached, `seconds` the wall clock that grading took, `notes` sentences about
    the submission as a whole, `faults` tracebacks of the grader's own faults (not for students),
    `hint_faults` the same where only a hint is missing, and the points stand. With the same
    submission, seed and grader the outcomes come out the same again; where they do not, `provenance`, which results of
    earlier versions lack, says why.
    """

    assignment: str
    submission: str
    seed: str
    grader: str
    sandbox: str
    seconds: float
    notes: list[str]
    exercises: list[ExerciseResult]
    faults: list[str] = []
    hint_faults: list[str] = []
    provenance: Provenance | None = None
    score: float = 0.0
    max_score: float = 0.0

    def __post_init__(self) -> None:
        """The totals follow from the exercises."""
        self.score = math.fsum(exercise.score for exercise in self.exercises)
        self.max_score = math.fsum(exercise.max_score for exercise in self.exercises)

    @property
    def outcomes(self) -> dict[str, int]:
        """How many hidden tests had each outcome that occurs."""
        return dict(Counter(str(test.outcome) for exercise in self.exercises for test in exercise.tests))

    @property
    def grader_fault(self) -> bool:
        """Whether something could not be graded."""
        return any(exercise.grader_fault for exercise in self.exercises)


def write(results: Results, path: Path) -> None:
    """Write the results as JSON, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))
    partial.replace(path)


def read(path: Path) -> Results:
    """Read results back.

    Raises:
        FileNotFoundError: there are none.
        msgspec.ValidationError: the file holds something else.
    """
    return msgspec.json.decode(path.read_bytes(), type=Results)
