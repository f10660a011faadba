"""Grades submissions without writing anything of it, and has written later what came of that, without grading again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from nbgrader.api import MissingEntry

from chainrule.course.batch import Graders
from chainrule.course.grade import GradeInSandbox, Names
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.engine.assignment import Assignment
from chainrule.engine.steps import Watch
from chainrule.workers.task import GradingError, Plan, Task

Key = TypeVar("Key")

OTHER = "What was to be written was graded of other work, or with another secret of the course: grade it again."


def answers(
    course: Course,
    assignment: str,
    graders: Graders,
    folders: Iterable[tuple[Key, Path]],
    watching: Callable[[Key], Watch | None] = lambda key: None,
) -> Iterator[tuple[Key, bytes | GradingError]]:
    """What the graders answer about the submission in each folder, in order, for `outcome`.

    `watching` says who hears how far each is.

    Raises:
        CourseError: the assignment has no hidden tests, or the gradebook does not know it.
        as `Graders.begin`.
    """
    step = course.step_in_place
    names, found = _tested(course, step, assignment)
    try:
        plan = step.plan(names, found)
    except MissingEntry as error:
        raise CourseError(f"The gradebook does not know {assignment}: {error}.") from error
    number = graders.begin(plan)
    try:
        asked = [
            (key, graders.submit(number, step.task(names, found, folder), watching(key))) for key, folder in folders
        ]
        for key, answer in asked:
            try:
                yield key, answer.result()
            except GradingError as error:
                yield key, error
    finally:
        graders.end(number)


def identity(course: Course, assignment: str, folder: Path) -> tuple[str, str]:
    """Digest and seed of the submission in a folder, as `answers` would grade it now.

    Raises:
        CourseError: the assignment has no hidden tests.
    """
    step = course.step_in_place
    task = step.task(*_tested(course, step, assignment), folder)
    return task.digest, task.seed


def _tested(course: Course, step: GradeInSandbox, assignment: str) -> tuple[Names, Assignment]:
    db_url = course.api.coursedir.db_url
    names = {"assignment": assignment, "notebook": assignment, "student": ".", "db_url": db_url}
    found = step.tested(names)
    if found is None:
        raise CourseError(f"{assignment} has no hidden tests, so it cannot be graded without nbgrader.")
    return names, found


def require(answer: bytes | GradingError) -> bytes:
    """What a grader has answered.

    Raises:
        GradingError: it died instead.
    """
    if isinstance(answer, GradingError):
        raise answer
    return answer


class Answered:
    """Graders that have graded already: what they know they answer at once, and nothing else is graded in its place."""

    def __init__(self, graders: Graders, known: Mapping[tuple[str, str], bytes]) -> None:
        """`known` are answers by digest and seed of what was graded."""
        self._graders = graders
        self._known = known

    @property
    def jobs(self) -> int:
        """How many submissions at a time."""
        return self._graders.jobs

    def begin(self, plan: Plan) -> int:
        """Nothing need be made ready."""
        return 0

    def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
        """What is known of it; of anything else a GradingError."""
        answer: Future[bytes] = Future()
        known = self._known.get((task.digest, task.seed))
        if known is None:
            answer.set_exception(GradingError(OTHER))
        else:
            answer.set_result(known)
        return answer

    def end(self, plan: int) -> None:
        """No more of that plan."""
