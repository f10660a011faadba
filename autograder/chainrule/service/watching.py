"""Watches the exchange: takes what is handed in at once, and says what is wrong with its modes."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from watchfiles import awatch

from chainrule.course import exchange_modes
from chainrule.course.examination import root_of_exchange
from chainrule.course.loaded import CourseError
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading
from chainrule.service.history import HistoryError
from chainrule.service.inbox import Inbox

SWEEP = 60.0
"""Seconds between two looks at everything: a network file system tells of nothing."""

SETTLING = 0.1
"""Seconds in which several changes in the exchange become one look."""

SOON = 1.0
"""Seconds until what was being changed, or is not whole yet, is looked at again."""

PAUSE = 0.3
"""Seconds between two looks, at least."""

TROUBLE = (OSError, CourseError, HistoryError, SQLAlchemyError, ValueError)
"""What may be wrong with disk, databases and names, and must not end the service."""

log = logging.getLogger(__name__)


async def watch(desk: Desk, grading: Grading) -> None:
    """Take whatever comes into the exchange, at once, and look at everything once a minute."""
    loop = asyncio.get_running_loop()
    exchange = _Exchange(desk)
    await _looked(exchange)
    # The first student of the day need not wait for it.
    grading.warm_up(await loop.run_in_executor(None, desk.course.api.get_released_assignments))
    inbox: Inbox | None = None
    changed = asyncio.Event()
    news: asyncio.Task[None] | None = None
    while True:
        changed.clear()
        try:
            if inbox is None:
                inbox = await loop.run_in_executor(None, Inbox, desk.course, desk.too_often)
            if news is None or news.done():
                news = loop.create_task(_hear_of_changes(inbox, changed))
            await loop.run_in_executor(None, _take_all, desk, inbox)
            exchange.tell("")
        except TROUBLE as error:
            # What is kept so far is kept; the rest at the next look.
            exchange.tell(str(error))
        grading.wake()
        # Whoever changes files without end gets no look for each.
        await asyncio.sleep(PAUSE)
        try:
            await asyncio.wait_for(changed.wait(), SOON if inbox is not None and inbox.unsettled else SWEEP)
        except TimeoutError:
            await _looked(exchange)


async def _looked(exchange: _Exchange) -> None:
    try:
        await asyncio.get_running_loop().run_in_executor(None, exchange.look_again)
    except TROUBLE as error:
        # A gradebook that is locked, a disk that is full: the next look is within a minute.
        log.error("Policies and due dates could not be read: %s", error)


class _Exchange:
    """What is wrong with the exchange: in the log when it changes, and on the instructor's page while it is so."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._root = root_of_exchange(desk.course.config)
        self._told: list[str] = []
        self._error = ""

    def look_again(self) -> None:
        """Look at modes, policies and due dates."""
        self._desk.look_again()
        name = self._desk.course.api.coursedir.course_id
        looked = self._root and name and not self._desk.course.api.coursedir.groupshared
        found = exchange_modes.problems(Path(self._root), name) if looked else []
        for problem in found:
            if problem not in self._told:
                log.warning("%s", problem)
        self._told = found
        self._desk.problem = " ".join([*filter(None, [self._desk.problem]), *found])

    def tell(self, error: str) -> None:
        """Why it could not be looked through now; empty if it was."""
        if error and error != self._error:
            log.error("The exchange could not be looked through: %s", error)
        self._error = error


def _take_all(desk: Desk, inbox: Inbox) -> None:
    for found in inbox.new(desk.known()):
        desk.take(found)


async def _hear_of_changes(inbox: Inbox, changed: asyncio.Event) -> None:
    try:
        gap = int(1000 * SETTLING)
        # Not what is in students' folders: watchfiles follows links in them to wherever they lead, and watches all of
        # that. When a submission is whole, nbgrader sets the modes of its folder, which is heard here; what is being
        # handed in otherwise is looked at again soon.
        async for _ in awatch(inbox.folder, step=gap, debounce=gap, recursive=False, ignore_permission_denied=True):
            changed.set()
    except OSError as error:
        # It is looked at once a minute anyway.
        log.warning("Changes in the exchange are not told here: %s", error)
