"""The writer by itself: submissions that were graded before they came, so that only reading and writing is left."""

from __future__ import annotations

import time
from concurrent.futures import Future
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import mixed_course
from chainrule.course import init
from chainrule.course.add import add
from chainrule.course.batch import Graders
from chainrule.course.opened import Course
from chainrule.engine import assignment as assignments
from chainrule.engine import solutions
from chainrule.engine.steps import Watch
from chainrule.proof.bank import Bank
from chainrule.workers.local import close_local_graders, local_graders
from chainrule.workers.task import Plan, Task, outcome
from machine import BenchmarkError


class Recording:
    """Graders that do the work and keep the last answer."""

    def __init__(self, graders: Graders) -> None:
        """Have these do the work."""
        self._graders = graders
        self.jobs = graders.jobs
        self.answer: Future[bytes] = Future()

    def begin(self, plan: Plan) -> int:
        """As the others."""
        return self._graders.begin(plan)

    def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
        """As the others."""
        self.answer = self._graders.submit(plan, task, watch)
        return self.answer

    def end(self, plan: int) -> None:
        """As the others."""
        self._graders.end(plan)


class Prepared:
    """Graders that need no time: every submission gets the same answer."""

    def __init__(self, answer: bytes, jobs: int = 2) -> None:
        """This answer."""
        self.jobs = jobs
        self._answer = answer

    def begin(self, plan: Plan) -> int:
        """Nothing to prepare."""
        return 1

    def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
        """It is there already."""
        answer: Future[bytes] = Future()
        answer.set_result(self._answer)
        return answer

    def end(self, plan: int) -> None:
        """Nothing to forget."""


def seconds(folder: Path, assignment: str, submissions: int, database: str = "") -> tuple[float, float]:
    """Wall clock and processor time of the writer per submission of a shipped assignment.

    Into the database of this URL, SQLite without one; a database server's own processor time is not in it.

    Raises:
        BenchmarkError: something was not graded.
    """
    lines = f"\nc.CourseDirectory.db_url = {database!r}\n" if database else ""
    init.create(folder, lines)
    add([assignment], folder)
    course = Course(folder)
    course.generate(assignment)
    found = assignments.named(assignment, None)
    file = folder / "release" / assignment / f"{assignment}.ipynb"
    released = NotebookNode(nbformat.read(file, as_version=4))
    solved = solutions.filled(released, Bank(found, found.source).reference)
    mixed_course.hand_in(folder, "first", assignment, solved)
    recording = Recording(local_graders(1))
    _require_graded(course, assignment, recording)
    close_local_graders()
    answer = recording.answer.result()
    if outcome(answer).results.score <= 0:
        raise BenchmarkError(f"The reference solution of {assignment} has no points.")
    for number in range(submissions):
        mixed_course.hand_in(folder, f"student_{number:04}", assignment, solved)
    (folder / "submitted" / "first" / assignment / f"{assignment}.ipynb").unlink()
    (folder / "submitted" / "first" / assignment).rmdir()
    started, busy = time.perf_counter(), time.process_time()
    _require_graded(course, assignment, Prepared(answer))
    wall, processor = time.perf_counter() - started, time.process_time() - busy
    return wall / submissions, processor / submissions


def _require_graded(course: Course, assignment: str, graders: Graders) -> None:
    for one in course.grade(assignment, graders=graders):
        if one.results is None:
            raise BenchmarkError(f"{one.student} was not graded: {one.log[-2000:]}")
