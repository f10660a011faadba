"""`chainrule serve`: listens where the Hub says, watches the exchange, and has grading done beside it."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

from tornado.httpserver import HTTPServer
from watchfiles import awatch

from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.service import history as histories
from chainrule.service.app import make_app
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading
from chainrule.service.handlers import Service
from chainrule.service.history import History
from chainrule.service.inbox import Inbox
from chainrule.service.scores_back import send_scores
from chainrule.service.way_in import SMALL_BODY

LOCK = Path(".chainrule") / "service" / "lock"
SWEEP = 60.0
"""Seconds between two looks at everything: a network file system tells of nothing."""

SETTLING = 0.1
"""Seconds in which several changes in the exchange become one look."""

SLOWEST_BODY = 600.0
"""Seconds until what somebody sends must be here."""

NEEDED = ("JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_TOKEN", "JUPYTERHUB_API_URL")

log = logging.getLogger(__name__)


def serve(course: Course, history_url: str = "", instructors: str = "", batch: int = 0) -> None:
    """Serve a course until the process is ended.

    Raises:
        CourseError: the Hub has not started this, its port is taken, another service serves the course, or the course
            is not in order; says what to do.
        HistoryError, PolicyError
    """
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        raise CourseError(
            f"{missing[0]} is not set: `chainrule serve` is started by JupyterHub as one of its services; "
            "deploy/README.md says how."
        )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with _only_one(course.folder):
        asyncio.run(_serve(course, history_url or histories.of_course(course.folder), instructors, batch))


async def _serve(course: Course, history_url: str, instructors: str, batch: int) -> None:
    desk = Desk(course, History(history_url))
    jobs = course.step.jobs or os.cpu_count() or 1
    grading = Grading(course.folder, desk.history, desk.is_gradable, desk.is_releasable, desk.tell, batch or 4 * jobs)
    name = course.api.coursedir.course_id or course.folder.name
    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    service = Service(desk, grading, prefix, name, instructors or f"formgrade-{name}")
    address = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    # The Hub opens only when its services answer, so nothing slow comes before this.
    server = HTTPServer(make_app(service), max_body_size=SMALL_BODY, body_timeout=SLOWEST_BODY)
    try:
        server.listen(address.port or 0, address.hostname or "127.0.0.1")
    except OSError as error:
        raise CourseError(
            f"{address.netloc} cannot be listened at ({error.strerror}): give the service another port in its `url` in "
            "jupyterhub_config.py."
        ) from error
    log.info("Serving %s at %s", name, address.geturl())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(grading.run())
        tasks.create_task(_watch(desk, grading))
        tasks.create_task(send_scores(desk))


async def _watch(desk: Desk, grading: Grading) -> None:
    """Take whatever comes into the exchange, at once, and look at everything once a minute."""
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, desk.look_again)
    # The first student of the day need not wait for it.
    grading.warm_up(await loop.run_in_executor(None, desk.course.api.get_released_assignments))
    inbox: Inbox | None = None
    changed = asyncio.Event()
    news: asyncio.Task[None] | None = None
    while True:
        changed.clear()
        try:
            if inbox is None:
                inbox = await loop.run_in_executor(None, Inbox, desk.course)
            if news is None or news.done():
                news = loop.create_task(_hear_of_changes(inbox, changed))
            await loop.run_in_executor(None, _take_all, desk, inbox)
        except (OSError, CourseError) as error:
            # What is kept so far is kept; the rest at the next look.
            log.error("The exchange could not be looked through: %s", error)
        grading.wake()
        try:
            await asyncio.wait_for(changed.wait(), SWEEP)
        except TimeoutError:
            await loop.run_in_executor(None, desk.look_again)


def _take_all(desk: Desk, inbox: Inbox) -> None:
    for found in inbox.new(desk.known()):
        desk.take(found)


async def _hear_of_changes(inbox: Inbox, changed: asyncio.Event) -> None:
    try:
        async for _ in awatch(inbox.folder, step=int(1000 * SETTLING), debounce=int(1000 * SETTLING)):
            changed.set()
    except OSError as error:
        # It is looked at once a minute anyway.
        log.warning("Changes in the exchange are not told here: %s", error)


@contextmanager
def _only_one(course: Path) -> Iterator[None]:
    """One service for a course: two would each start a grading process and tell students different places."""
    file = course / LOCK
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CourseError(
                f"Another service serves {course} already: take one of the two out of c.JupyterHub.services."
            ) from error
        yield
