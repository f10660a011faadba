"""A small course with an exchange, and attempts handed in to its service: what tests of the service work on."""

from __future__ import annotations

import asyncio
import getpass
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import nbformat

import small_course
from chainrule.course.opened import Course
from chainrule.service import store
from chainrule.service.attempts import Attempt
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading
from chainrule.service.history import History, of_course
from chainrule.service.store import Kept

ME = getpass.getuser()
NAME = small_course.NAME
COURSE = "nn"
SECRET = "A" * 64 + "\n"
SECONDS = 120


def make(folder: Path) -> Course:
    """The course, its assignment released into an exchange beside it."""
    exchange = folder.parent / f"{folder.name}-exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    small_course.make(folder)
    config = folder / "nbgrader_config.py"
    lines = f'\nc.Exchange.root = "{exchange}"\nc.CourseDirectory.course_id = "{COURSE}"\n'
    config.write_text(config.read_text() + lines)
    course = Course(folder)
    course.api.release_assignment(NAME)
    return course


def inbound(course: Course) -> Path:
    """Where students hand in."""
    return course.folder.parent / f"{course.folder.name}-exchange" / COURSE / "inbound"


def submit(course: Course, student: str = ME, answer: str | None = None, ready: bool = True) -> Path:
    """Lay a submission into the exchange as `nbgrader submit` does, and as this user."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    folder = inbound(course) / f"{student}+{NAME}+{now}+{secrets.token_hex(4)}"
    folder.mkdir()
    nbformat.write(small_course.solved(course, answer), folder / f"{NAME}.ipynb")
    (folder / "timestamp.txt").write_text(now)
    if ready:
        (folder / "submission_secret.txt").write_text(SECRET)
    return folder


def open_desk(course: Course) -> Desk:
    """The desk of a course, with its own history."""
    return Desk(course, History(of_course(course.folder)))


@contextmanager
def empty_desk(course: Course) -> Iterator[Desk]:
    """The same with an empty history, which is gone afterwards."""
    desk = open_desk(course)
    yield desk
    desk.history.close()
    for file in (course.folder / ".chainrule" / "service").glob("history.db*"):
        file.unlink()


def filled(course: Course, answer: str | None = None) -> Callable[[Path], list[str]]:
    """Writes a notebook with this answer, the right one by default."""

    def fill(folder: Path) -> list[str]:
        nbformat.write(small_course.solved(course, answer), folder / f"{NAME}.ipynb")
        return []

    return fill


def kept(course: Course, student: str = "ada", answer: str | None = None, origin: str = "") -> Kept:
    """A submission that the service keeps."""
    origin = origin or f"sent:{student}:{secrets.token_hex(8)}"
    return store.keep(course.folder, student, NAME, datetime.now(UTC), origin, filled(course, answer))


def handed_in(desk: Desk, student: str = "ada", answer: str | None = None) -> Attempt:
    """An attempt that came in."""
    attempt = desk.take(kept(desk.course, student, answer))
    assert attempt is not None
    return attempt


def grading_of(desk: Desk, batch: int = 8) -> Grading:
    """What has the desk's attempts graded, as the service makes it."""
    folder, history = desk.course.folder, desk.history
    return Grading(folder, history, desk.is_gradable, desk.is_releasable, desk.tell, batch, desk.counts_best)


def while_grading(desk: Desk, batch: int, do: Callable[[Grading], Awaitable[None]]) -> None:
    """Do this while attempts are graded."""

    async def both() -> None:
        grading = Grading(
            desk.course.folder, desk.history, desk.is_gradable, desk.is_releasable, desk.tell, batch, desk.counts_best
        )
        task = asyncio.create_task(grading.run())
        try:
            await asyncio.wait_for(do(grading), SECONDS)
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(both())


async def until(condition: Callable[[], object]) -> None:
    """Wait for it."""
    while not condition():
        await asyncio.sleep(0.05)


def now(desk: Desk, attempt: Attempt) -> Attempt:
    """The attempt as it is by now."""
    found = desk.history.get(attempt.id)
    assert found is not None
    return found
