"""A backup as deploy/README.md has it, made while the service runs, restored into another folder, and served there."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import served_course
from served_course import NAME, handed_in

import small_course
from chainrule.course.opened import Course
from chainrule.service import store
from chainrule.service.attempts import State
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading
from chainrule.service.history import FILE

SECONDS = 120


def graded(desk: Desk, condition: Callable[[], object]) -> None:
    """Grade until this is so."""

    async def run() -> None:
        grading = Grading(desk.course.folder, desk.history, desk.is_gradable, desk.is_releasable, desk.tell, 8)
        task = asyncio.create_task(grading.run())
        try:
            async with asyncio.timeout(SECONDS):
                while not condition():
                    await asyncio.sleep(0.05)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


def scores(desk: Desk) -> dict[str, tuple[State, float | None]]:
    """What the history has, by student."""
    return {one.student: (one.state, one.score) for one in desk.history.at(NAME)}


def all_have_pages(desk: Desk) -> bool:
    return all(one.feedback is not None for one in desk.history.at(NAME))


def test_a_backup_is_restored_elsewhere_and_served_again(tmp_path: Path) -> None:
    desk = served_course.open_desk(served_course.make(tmp_path / "course"))
    folder = desk.course.folder
    handed_in(desk, "ada", small_course.WRONG)
    graded(desk, lambda: all_have_pages(desk))
    waiting = handed_in(desk, "bob")

    backup = tmp_path / "elsewhere" / "course"
    shutil.copytree(folder, backup, ignore=shutil.ignore_patterns("history.db*", "gradebook.db*"))
    for name in (FILE, "gradebook.db"):
        with closing(sqlite3.connect(folder / name)) as running, closing(sqlite3.connect(backup / name)) as copy:
            running.backup(copy)
    desk.history.close()
    shutil.rmtree(folder)

    again = served_course.open_desk(Course(backup))
    assert scores(again) == {"ada": (State.GRADED, 2.0), "bob": (State.QUEUED, None)}
    graded(again, lambda: all_have_pages(again))
    assert scores(again) == {"ada": (State.GRADED, 2.0), "bob": (State.GRADED, 3.0)}
    assert store.label(backup, waiting.origin).student == "bob"
    with again.course.api.gradebook as gradebook:
        found = {one.student_id: one.score for one in gradebook.assignment_submissions(NAME)}
    assert found == {"ada": 2.0, "bob": 3.0}
    again.history.close()
