"""Grades submissions without writing anything of it, and has written later what came of that, without grading again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from nbgrader.api import MissingEntry

from chainrule.course.batch import Graders
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.engine.steps import Watch
from chainrule.workers.task import GradingError, Plan, Task

Key = TypeVar("Key")


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
    db_url = course.api.coursedir.db_url
    names = {"assignment": assignment, "notebook": assignment, "student": ".", "db_url": db_url}
    found = step.tested(names)
    if found is None:
        raise CourseError(f"{assignment} has no hidden tests, so it cannot be graded without nbgrader.")
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


def require(answer: bytes | GradingError) -> bytes:
    """What a grader has answered.

    Raises:
        GradingError: it died instead.
    """
    if isinstance(answer, GradingError):
        raise answer
    return answer


class Answered:
    """Graders that have graded already: what they know they answer at once, all else is graded."""

    def __init__(self, graders: Graders, known: Mapping[tuple[str, str], bytes]) -> None:
        """`known` are answers by digest and seed of what was graded."""
        self._graders = graders
        self._known = known
        self._plans: list[Plan] = []
        self._begun: dict[int, int] = {}

    @property
    def jobs(self) -> int:
        """How many submissions at a time."""
        return self._graders.jobs

    def begin(self, plan: Plan) -> int:
        """Nothing need be made ready before something is asked that is not known."""
        self._plans.append(plan)
        return len(self._plans) - 1

    def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
        """What is known of it, or what grading it comes to."""
        if (task.digest, task.seed) in self._known:
            answer: Future[bytes] = Future()
            answer.set_result(self._known[task.digest, task.seed])
            return answer
        if plan not in self._begun:
            self._begun[plan] = self._graders.begin(self._plans[plan])
        return self._graders.submit(self._begun[plan], task, watch)

    def end(self, plan: int) -> None:
        """No more of that plan."""
        if plan in self._begun:
            self._graders.end(self._begun.pop(plan))
