"""The pytest plugin that runs hidden tests against one notebook and notes every outcome.

The set of tests is fixed by collection, before a line of student code runs; a test that did not report has not passed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder.grading import seed as seeds
from autograder.grading.follow_through import with_ours
from autograder.grading.notebook import HURRY, FinishedNotebook
from autograder.grading.outcome import Outcome, StudentProblem, WrongAnswer
from autograder.grading.results import ExerciseResult, TestResult
from autograder.probe.student import Student

NOT_THE_ANSWER = "The value is not the right one."
FAULT = "The grader itself failed here, which is not your mistake; a teacher has been told."


class GraderError(Exception):
    """The hidden tests themselves are not in order."""


@dataclass(eq=False)
class HiddenTests:
    """Hidden tests of one submission: what was expected, what came out, and the notebook they ask.

    `run_notebook` is called once, after collection. `faults` keeps the traceback of every grader fault.
    """

    run_notebook: Callable[[], FinishedNotebook]
    seed: str
    test_seconds: float

    def __post_init__(self) -> None:
        """Nothing is collected yet."""
        self.finished: FinishedNotebook | None = None
        self.results: dict[str, TestResult] = {}
        self.exercise_of: dict[str, str] = {}
        self.faults: list[str] = []

    @property
    def exercises(self) -> list[ExerciseResult]:
        """Results by exercise, in the order of collection."""
        by_name: dict[str, list[TestResult]] = {}
        for node, result in self.results.items():
            by_name.setdefault(self.exercise_of[node], []).append(result)
        return [ExerciseResult(name=name, tests=tests) for name, tests in by_name.items()]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note what is expected: each test's exercise, points and title."""
        for item in items:
            exercise, points = item.get_closest_marker("exercise"), item.get_closest_marker("points")
            if exercise is None or points is None:
                raise GraderError(f"{item.nodeid} does not say which exercise it belongs to and what it is worth.")
            document = getattr(getattr(item, "function", None), "__doc__", None) or item.name
            self.exercise_of[item.nodeid] = exercise.args[0]
            self.results[item.nodeid] = TestResult(
                name=item.name,
                title=document.strip().splitlines()[0],
                points=float(points.args[0]),
                outcome=Outcome.GRADER_FAULT,
                message=FAULT,
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Run the notebook between collection and the first test."""
        if session.items and not session.config.option.collectonly:
            self.finished = self.run_notebook()
        return (yield)

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Iterator[Student]:
        """A fresh copy of the finished notebook."""
        assert self.finished is not None
        exercise = self.exercise_of[request.node.nodeid]
        # A function that never ends may cost its exercise's tests seconds, not minutes.
        hurry = any(
            result.outcome is Outcome.TIMED_OUT and self.exercise_of[node] == exercise
            for node, result in self.results.items()
        )
        student = self.finished.student(self.test_seconds / (HURRY if hurry else 1))
        yield student
        student.close()

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """This test's own random generator, drawn from the submission's seed."""
        return self._rng(request.node)

    def _rng(self, item: pytest.Item) -> np.random.Generator:
        return seeds.generator(self.seed, f"{self.exercise_of[item.nodeid]}/{item.name}")

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Ask a test that fails again, with our functions in the place of those that its exercise builds on."""
        try:
            return (yield)
        except (StudentProblem, WrongAnswer) as problem:
            names = [name for mark in pyfuncitem.iter_markers("builds_on") for name in mark.args]
            finished = self.finished
            assert finished is not None

            def ask(student: Student) -> None:
                offered = {"student": student, "rng": self._rng(pyfuncitem)}
                pyfuncitem.obj(**{name: offered[name] for name in pyfuncitem._fixtureinfo.argnames})

            with_ours(problem, names, pyfuncitem.path.parent.name, lambda: finished.student(self.test_seconds), ask)
            return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn what happened into one of the outcomes."""
        report = yield
        result = self.results[item.nodeid]
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, StudentProblem):
            result.outcome, result.message = error.outcome, str(error)
        elif isinstance(error, AssertionError) and call.when == "call":
            message = str(error) if isinstance(error, WrongAnswer) else NOT_THE_ANSWER
            result.outcome, result.message = Outcome.FAILED, message
        elif error is not None:
            result.outcome, result.message = Outcome.GRADER_FAULT, FAULT
            self.faults.append(f"{item.nodeid} ({call.when}): {report.longreprtext or error!r}")
        elif call.when == "call":
            result.outcome, result.message = Outcome.PASSED, ""
        return report
