"""The service hears at once of what is handed in, and of nothing that a student's link leads to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import served_course
from served_course import ME, submit, until

from chainrule.course.opened import Course
from chainrule.service import watching
from chainrule.service.desk import Desk
from chainrule.service.inbox import Inbox
from chainrule.service.watching import watch

SECONDS = 30


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return served_course.open_desk(served_course.make(tmp_path / "course"))


def while_watching(desk: Desk, do: Callable[[], Awaitable[None]]) -> None:
    """Do this while the exchange is watched, and nothing is graded."""

    async def both() -> None:
        grading = served_course.grading_of(desk)
        task = asyncio.create_task(watch(desk, grading))
        try:
            await asyncio.wait_for(do(), SECONDS)
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(both())


def hears(course: Course, do: Callable[[], object]) -> bool:
    """Whether somebody who watches the exchange hears of this."""

    async def watched() -> bool:
        changed = asyncio.Event()
        task = asyncio.create_task(watching._hear_of_changes(Inbox(course), changed))
        try:
            # Until it watches.
            await asyncio.sleep(1)
            changed.clear()
            do()
            async with asyncio.timeout(2):
                await changed.wait()
            return True
        except TimeoutError:
            return False
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return asyncio.run(watched())


def test_no_link_in_a_submission_is_followed(tmp_path: Path, desk: Desk) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "deep").mkdir(parents=True)
    folder = submit(desk.course)
    (folder / "link").symlink_to(elsewhere)
    (served_course.inbound(desk.course) / "another").symlink_to(elsewhere)
    assert not hears(desk.course, lambda: (elsewhere / "deep" / "x").write_text("1"))
    assert not hears(desk.course, lambda: (elsewhere / "y").write_text("1"))
    # As nbgrader's own command ends.
    assert hears(desk.course, lambda: folder.chmod(0o777))
    assert hears(desk.course, lambda: submit(desk.course))


@pytest.mark.parametrize("sets_modes", [True, False])
def test_what_is_handed_in_is_taken_soon_whichever_way_it_is_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, sets_modes: bool
) -> None:
    monkeypatch.setattr(watching, "SWEEP", 10 * SECONDS)

    async def hand_in() -> None:
        await asyncio.sleep(1)
        folder = submit(desk.course, ready=False)
        await asyncio.sleep(0.5)
        (folder / "submission_secret.txt").write_text(served_course.SECRET)
        if sets_modes:
            folder.chmod(0o777)
        await until(lambda: desk.history.of(ME))

    while_watching(desk, hand_in)
    assert len(desk.history.of(ME)) == 1
