"""Something happens while a batch is written: when a submission's turn comes, or at a step of writing it."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

import numbered_course
from chainrule.course.batch import Graders, Listener
from chainrule.course.opened import Course
from numbered_course import Grade

SECOND = numbered_course.student(2)


class Disturbing(Listener):
    """Does something when the second student's submission is about to be written; remembers which were."""

    def __init__(self, disturb: Callable[[], object] = lambda: None) -> None:
        """By default it only remembers."""
        self._disturb = disturb
        self.written: list[str] = []

    def writing(self, student: str) -> None:
        """Its results are there."""
        self.written.append(student)
        if student == SECOND:
            self._disturb()


class AtStep(Disturbing):
    """Does it at a step of writing that submission: after a function, or before it."""

    def __init__(
        self, step: str, patch: pytest.MonkeyPatch, disturb: Callable[[], object], before: bool = False
    ) -> None:
        """`step` is the function, by its module and name."""
        super().__init__(self.arm)
        self._now = False
        owner, _, name = step.rpartition(".")
        function = pkgutil.resolve_name(step)

        def disturbed(*args: Any, **kwargs: Any) -> Any:
            now, self._now = self._now, False
            if now and before:
                disturb()
            done = function(*args, **kwargs)
            if now and not before:
                disturb()
            return done

        patch.setattr(pkgutil.resolve_name(owner), name, disturbed)

    def arm(self) -> None:
        """The next time is the moment."""
        self._now = True


def require_all_in_order(course: Course, graders: Graders, expected: dict[str, Grade]) -> list[str]:
    """One more grading makes all as it would have been undisturbed; returns which were written again."""
    listener = Disturbing()
    assert all(
        one.results is not None for one in course.grade(numbered_course.NAME, graders=graders, listener=listener)
    )
    assert numbered_course.grades(course) == expected
    assert not list((course.folder / ".chainrule" / "unfinished").iterdir())
    return listener.written
