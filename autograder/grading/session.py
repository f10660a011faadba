"""Grades one notebook: runs it in the sandbox, then its hidden tests here. Every way to grade comes through `grade`."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import io
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from nbformat import NotebookNode

import autograder
import reference
from autograder.grading.hidden_tests import HiddenTests
from autograder.grading.notebook import NotebookRunner
from autograder.grading.results import Results
from autograder.sandbox.provisioner import SandboxSettings


GRADERS = Path(autograder.__file__).parent / "graders"
PYTEST_OPTIONS = (
    f"--config-file={GRADERS / 'pytest.ini'}",
    f"--rootdir={GRADERS}",
    "--assert=plain",
    "--disable-plugin-autoload",
    "-p",
    "no:faulthandler",
)
"""Plain assertions: a rewritten one would put the expected value into the message."""


class GradingError(RuntimeError):
    """The hidden tests could not be run at all; nothing was graded."""


def grade(notebook: NotebookNode, submission: str, assignment: str, seed: str, settings: SandboxSettings) -> Results:
    """Run `notebook` in place (outputs and all) and grade it.

    `submission` is the SHA-256 of the file that was handed in, which the results are bound to.

    Raises:
        GradingError: no hidden tests, or they could not be collected.
        NoSandboxError: no safe sandbox on this machine.
    """
    settings.require_safe()
    folder = graders_of(assignment)
    started = time.monotonic()
    runner = NotebookRunner(notebook, settings)
    tests = HiddenTests(runner.run, seed, settings.limits.test_seconds)
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            status = pytest.main([str(folder), *PYTEST_OPTIONS], plugins=[tests])
    finally:
        runner.close()
    if tests.finished is None:
        raise GradingError(f"The hidden tests of {assignment} could not be run: {_tail(said)}")
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        tests.faults.append(f"pytest ended with {status!r}: {_tail(said)}")
    results = Results(
        assignment=assignment,
        submission=submission,
        seed=seed,
        grader=grader_version(assignment),
        sandbox="unsandboxed" if settings.unsafe else str(settings.layers),
        seconds=round(time.monotonic() - started, 3),
        notes=tests.finished.notes,
        exercises=tests.exercises,
        faults=tests.faults,
    )
    return results


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


@functools.cache
def grader_version(assignment: str) -> str:
    """The package's version and a digest of the hidden tests and the reference they compare with."""
    digest = hashlib.sha256()
    for file in [*sorted(GRADERS.glob(f"{assignment}/*.py")), Path(reference.__file__).with_name(f"{assignment}.py")]:
        digest.update(file.name.encode() + b"\0" + (file.read_bytes() if file.exists() else b""))
    return f"{importlib.metadata.version('chainrule')}+{digest.hexdigest()[:12]}"


def _tail(said: io.StringIO) -> str:
    lines = [line for line in said.getvalue().splitlines() if line.strip()]
    return " / ".join(lines[-3:])
