"""Grades one submission: `grade` is a pure function of its bytes, the assignment, the settings and a seed.

It knows no gradebook, prints nothing and keeps nothing: nbgrader's step, the command line, pytest and the proof are
thin fronts of it.
"""

from __future__ import annotations

import hashlib
import math
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType

from nbformat import NotebookNode

from chainrule.engine import hidden_tests, outputs
from chainrule.engine.agreement import points_of, require_agreement
from chainrule.engine.asking import Answered, ask_first, ask_with_ours, may_help
from chainrule.engine.assignment import Assignment
from chainrule.engine.hidden_tests import FAULTS, HiddenTest, HiddenTests
from chainrule.engine.imports import not_offered
from chainrule.engine.notebook import HIDDEN_TESTS_FOLLOW, SHORTER_AFTER_TIMEOUT, FinishedNotebook, running
from chainrule.engine.provenance import provenance
from chainrule.engine.released import ReleasedCell, restore
from chainrule.engine.results import ExerciseResult, Results, TestResult
from chainrule.engine.solutions import answers_in
from chainrule.engine.steps import Step, Watch, watched
from chainrule.engine.submission import read_submission
from chainrule.engine.version import grader_version
from chainrule.probe.outcome import Outcome, TimedOut
from chainrule.probe.student import Student
from chainrule.sandbox.allowance import Allowance
from chainrule.sandbox.kernel import SandboxLostError
from chainrule.sandbox.layers import UNSANDBOXED
from chainrule.sandbox.provisioner import SandboxSettings


@dataclass(frozen=True)
class Settings:
    """How to grade: the sandbox with its limits, packages and files, and what to leave out.

    `released` are the notebook's nbgrader cells as they went out, to be put back first; empty for notebooks that are
    not from a student; `prose` is the Markdown that went out, which is shown as it is.
    `exercises` leaves out the hidden tests of all others; None means all.
    """

    sandbox: SandboxSettings
    released: Mapping[str, ReleasedCell] = field(default_factory=dict)
    exercises: frozenset[str] | None = None
    prose: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Graded:
    """The results of one submission, and its notebook as it ran, with outputs and prose that are safe to show."""

    results: Results
    notebook: NotebookNode


@dataclass(frozen=True)
class Asked:
    """A notebook whose hidden tests have been asked, still there for questions: what a diagnosis starts from.

    `answers` is the code of its answer cells, by exercise.
    """

    assignment: Assignment
    tests: HiddenTests
    finished: FinishedNotebook
    exercises: list[ExerciseResult]
    answers: Mapping[str, str] = field(default_factory=dict)


Diagnosis = Callable[[Asked], Mapping[str, list[str]]]
"""Listens to a notebook and gives hints by exercise. Its values can be pickled, as all that `grade` takes.

It may raise what it likes: points do not hang on a hint, the fault is recorded and the grade stands.
"""


def grade(
    submission: bytes,
    assignment: Assignment,
    settings: Settings,
    seed: str,
    diagnose: Diagnosis | None = None,
    watch: Watch | None = None,
) -> Graded:
    """Run the submitted notebook in the sandbox and ask its hidden tests; `watch` hears how far that is.

    Raises:
        GradersError: the hidden tests are not in order; nothing was run.
        NoSandboxError: no safe sandbox on this machine.
        ServerError: the sandbox did not start.
        SandboxLostError: it was ended from outside, or its disk is full.
    """
    if settings.released:
        require_agreement(hidden_tests.load(assignment), points_of(settings.released))
    read = read_submission(submission)
    notes = [*read.notes]
    if settings.released:
        changed = restore(read.notebook, settings.released)
        # In a file that is no notebook everything is missing; that it could not be read says it all.
        notes += [] if read.notes else changed
    graded = grade_notebook(read.notebook, assignment, settings, seed, diagnose, watch)
    graded.submission = hashlib.sha256(submission).hexdigest()
    graded.notes[:0] = notes
    outputs.sanitize(read.notebook, settings.prose)
    return Graded(graded, read.notebook)


def grade_notebook(
    notebook: NotebookNode,
    assignment: Assignment,
    settings: Settings,
    seed: str,
    diagnose: Diagnosis | None = None,
    watch: Watch | None = None,
) -> Results:
    """The same for a notebook that has been read; it is run in place."""
    sandbox = settings.sandbox
    sandbox.require_safe()
    started = time.monotonic()
    loaded = hidden_tests.load(assignment)
    tests = [test for test in loaded.tests if settings.exercises is None or test.exercise in settings.exercises]
    faults: list[str] = []
    hint_faults: list[str] = []
    if watch is not None:
        watch(Step(0, len({test.exercise for test in tests})))
    with running(notebook, replace(sandbox, environment=HIDDEN_TESTS_FOLLOW)) as finished:
        exercises = in_order(_ask_all(tests, finished, seed, loaded.reference, faults, watch), notebook)
        for exercise in exercises:
            exercise.uses = loaded.dependence.uses.get(exercise.name, [])
            exercise.lent = loaded.lent_to(exercise.name)
        missing = not_offered(finished, exercises, assignment)
        if diagnose is not None and missing is None and finished.problem is None:
            if watch is not None:
                watch(_scored(exercises))
            _write_hints(diagnose, Asked(assignment, loaded, finished, exercises, answers_in(notebook)), hint_faults)
        finished.require_sandbox()
    notes = [*finished.notes]
    if missing is not None:
        notes.append(missing.note)
        faults.append(missing.fault)
        _leave_to_a_human(exercises, missing.note)
    return Results(
        assignment=assignment.name,
        submission="",
        seed=seed,
        grader=grader_version(loaded.digest),
        sandbox=UNSANDBOXED if sandbox.unsafe else str(sandbox.layers),
        seconds=round(time.monotonic() - started, 3),
        notes=notes,
        exercises=exercises,
        faults=faults,
        hint_faults=hint_faults,
        provenance=provenance(assignment, loaded, sandbox, settings.released),
    )


def _scored(exercises: Sequence[ExerciseResult]) -> Step:
    """The step at which no point can change any more."""
    score = math.fsum(exercise.score for exercise in exercises)
    return Step(len(exercises), len(exercises), "", score, math.fsum(exercise.max_score for exercise in exercises))


def _write_hints(diagnose: Diagnosis, asked: Asked, hint_faults: list[str]) -> None:
    """Write the hints into the results; a fault of ours in finding them is recorded instead."""
    try:
        hints = diagnose(asked)
    except SandboxLostError:
        raise
    except FAULTS:
        hint_faults.append(f"Naming the mistakes: {traceback.format_exc()}")
        return
    for exercise in asked.exercises:
        exercise.hints = [*hints.get(exercise.name, [])]


def _ask_all(
    tests: Sequence[HiddenTest],
    finished: FinishedNotebook,
    seed: str,
    reference: ModuleType | None,
    faults: list[str],
    watch: Watch | None,
) -> list[ExerciseResult]:
    """Ask every test, within the time that all may take together; then those again for which ours may help.

    Nothing that a notebook learns of ours can be of use where it was asked without. And who is lent least is asked
    first: an exercise before those that build on its own functions.
    """
    limits = finished.limits
    together = finished.allowance(limits.hidden_tests_seconds)
    late: set[str] = set()

    def fork(test: HiddenTest) -> Callable[[], Student]:
        # A function that never ends may cost its exercise's tests seconds, not minutes.
        seconds = limits.test_seconds / (SHORTER_AFTER_TIMEOUT if test.exercise in late else 1)
        return _fork_within(finished, seconds, together)

    answers: dict[HiddenTest, Answered] = {}
    for test in watched(tests, watch):
        answers[test] = ask_first(test, fork(test), seed, reference)
        if answers[test].result.outcome is Outcome.TIMED_OUT:
            late.add(test.exercise)
    again = [test for test in tests if may_help(test, reference, answers[test])]
    for test in sorted(again, key=lambda test: len(test.builds_on)):
        answers[test] = ask_with_ours(test, fork(test), seed, reference, answers[test])
    found: dict[str, list[TestResult]] = {}
    for test, answered in answers.items():
        faults += [answered.fault] if answered.fault else []
        found.setdefault(test.exercise, []).append(answered.result)
    return [ExerciseResult(name=name, tests=results) for name, results in found.items()]


def _fork_within(finished: FinishedNotebook, seconds: float, together: Allowance) -> Callable[[], Student]:
    """Fresh copies of the notebook, whose code has `seconds` each but no more than is left for all."""

    def fork() -> Student:
        if how := together.used_up():
            raise TimedOut(f"Together, the hidden tests {how}.")
        return finished.student(seconds, together=together)

    return fork


def in_order(exercises: list[ExerciseResult], notebook: NotebookNode) -> list[ExerciseResult]:
    """The exercises in the order of the notebook's grade cells."""
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    return sorted(exercises, key=lambda exercise: names.index(exercise.name) if exercise.name in names else len(names))


def _leave_to_a_human(exercises: list[ExerciseResult], why: str) -> None:
    """What was not passed may not be the student's fault."""
    for exercise in exercises:
        for test in exercise.tests:
            if test.outcome is not Outcome.PASSED:
                test.outcome, test.message = Outcome.GRADER_FAULT, why
