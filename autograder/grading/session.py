"""Grades one notebook: runs it in the sandbox, then its hidden tests here. Every way to grade comes through `grade`."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import sys
import time
import traceback
from collections.abc import Collection
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from nbformat import NotebookNode

import autograder
from autograder.grading import naming
from autograder.grading.hidden_tests import HiddenTests
from autograder.grading.naming import Heard
from autograder.grading.notebook import NotebookRunner
from autograder.grading.results import ExerciseResult, Results
from autograder.grading.stand_in import end_stand_ins, reference_file, stand_ins
from autograder.mistakes import FOLDER as MISTAKES
from autograder.mistakes import mistakes_of
from autograder.sandbox.layers import UNSANDBOXED
from autograder.sandbox.provisioner import SandboxSettings

GRADERS = Path(autograder.__file__).parent / "graders"
NOT_NEEDED = ("faulthandler", "unraisableexception", "threadexception", "logging", "warnings", "doctest", "junitxml")
PYTEST_OPTIONS = (
    f"--config-file={GRADERS / 'pytest.ini'}",
    f"--rootdir={GRADERS}",
    "--assert=plain",
    "--capture=no",
    "--disable-plugin-autoload",
    *(f"-pno:{plugin}" for plugin in NOT_NEEDED),
)
"""Plain assertions: a rewritten one would put the expected value into the message. What costs time in each of the many
small tests and is of no use to them is left out."""


class GradingError(RuntimeError):
    """The hidden tests could not be run at all; nothing was graded."""


def grade(
    notebook: NotebookNode,
    submission: str,
    assignment: str,
    seed: str,
    settings: SandboxSettings,
    *,
    exercises: Collection[str] | None = None,
    name_mistakes: bool = True,
    keep_stand_ins: bool = False,
) -> Results:
    """Run `notebook` in place (outputs and all) and grade it.

    `submission` is the SHA-256 of the file that was handed in, which the results are bound to. `exercises` leaves out
    the hidden tests of all others; None means all. `name_mistakes` looks lost points up in the bank of mistakes.
    `keep_stand_ins` leaves the kernel for that warm, which holds solutions: only where all that is graded is our own.

    Raises:
        GradingError: no hidden tests, or they could not be collected.
        NoSandboxError: no safe sandbox on this machine.
    """
    settings.require_safe()
    folder = graders_of(assignment)
    files = [folder] if exercises is None else [folder / f"test_{exercise}.py" for exercise in exercises]
    started = time.monotonic()
    runner = NotebookRunner(notebook, settings)
    tests = HiddenTests(runner.run, seed, settings.limits.test_seconds)
    said = io.StringIO()
    _forget(assignment)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            status = pytest.main([*map(str, files), *PYTEST_OPTIONS], plugins=[tests])
        heard = _listen(tests, folder) if name_mistakes else []
    finally:
        runner.close()
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if tests.finished is None:
        raise GradingError(f"The hidden tests of {assignment} could not be run: {_tail(said)}")
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        tests.faults.append(f"pytest ended with {status!r}: {_tail(said)}")
    found = tests.exercises
    _name(found, heard, assignment, seed, settings, tests.faults)
    if not keep_stand_ins:
        end_stand_ins()
    return Results(
        assignment=assignment,
        submission=submission,
        seed=seed,
        grader=grader_version(assignment),
        sandbox=UNSANDBOXED if settings.unsafe else str(settings.layers),
        seconds=round(time.monotonic() - started, 3),
        notes=tests.finished.notes,
        exercises=_in_order(found, notebook),
        faults=tests.faults,
    )


def _listen(tests: HiddenTests, folder: Path) -> list[Heard]:
    """What the notebook answers in the exercises that lost points, while it can still be asked."""
    if tests.finished is None or tests.finished.problem is not None or not mistakes_of(folder.name):
        return []
    answers = []
    deadline = time.monotonic() + naming.TOGETHER
    for result in tests.exercises:
        if time.monotonic() > deadline:
            break
        try:
            answers.append(naming.listen(tests.finished, result, folder, tests.seed))
        except Exception:  # noqa: BLE001
            # Points do not hang on a hint; the fault is logged and the grade stands.
            tests.faults.append(f"Naming the mistake in {result.name}: {traceback.format_exc()}")
    return [heard for heard in answers if heard is not None]


def _name(
    results: list[ExerciseResult],
    heard: list[Heard],
    assignment: str,
    seed: str,
    settings: SandboxSettings,
    faults: list[str],
) -> None:
    """Write the hints of the mistakes that were heard into the results; the student's own kernel is gone by now."""
    if not heard:
        return
    by_name = {result.name: result for result in results}
    deadline = time.monotonic() + naming.TOGETHER
    try:
        others = stand_ins(assignment, settings)
        for one in heard:
            seconds = min(naming.SECONDS, deadline - time.monotonic())
            mistakes = naming.named(one, mistakes_of(assignment), others, graders_of(assignment), seed, seconds)
            by_name[one.exercise].hints = list(dict.fromkeys(mistake.hint for mistake in mistakes))
    except Exception:  # noqa: BLE001
        faults.append(f"Naming the mistakes: {traceback.format_exc()}")


def _forget(assignment: str) -> None:
    """Let pytest import the hidden tests anew, so that a server that runs for weeks grades with those on disk."""
    for name in [name for name in sys.modules if name.startswith(f"{assignment}.test_")]:
        del sys.modules[name]


def _in_order(exercises: list[ExerciseResult], notebook: NotebookNode) -> list[ExerciseResult]:
    """The exercises in the order of the notebook's grade cells."""
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    return sorted(exercises, key=lambda exercise: names.index(exercise.name) if exercise.name in names else len(names))


def graders_of(assignment: str) -> Path:
    """The folder of an assignment's hidden tests.

    Raises:
        GradingError: there is none.
    """
    folder = GRADERS / assignment
    if not has_graders(assignment):
        raise GradingError(f"There are no hidden tests for {assignment!r}: no folder {folder} with test_*.py files.")
    return folder


def has_graders(assignment: str) -> bool:
    """Whether there are hidden tests for this assignment."""
    return assignment.isidentifier() and any((GRADERS / assignment).glob("test_*.py"))


def grader_version(assignment: str) -> str:
    """The package's version and a digest of the hidden tests, the reference they compare with and the mistakes."""
    digest = hashlib.sha256()
    compared = reference_file(assignment), MISTAKES / f"{assignment}.py"
    for file in [*sorted(GRADERS.glob(f"{assignment}/*.py")), *compared]:
        digest.update(file.name.encode() + b"\0" + (file.read_bytes() if file.exists() else b""))
    return f"{importlib.metadata.version('chainrule')}+{digest.hexdigest()[:12]}"


def _tail(said: io.StringIO) -> str:
    lines = [line for line in said.getvalue().splitlines() if line.strip()]
    return " / ".join(lines[-3:])
