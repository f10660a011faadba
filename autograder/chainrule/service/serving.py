"""`chainrule serve`: listens where the Hub says, watches the exchange, and has grading done beside it."""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from urllib.parse import urlparse

from tornado.httpserver import HTTPServer

from chainrule.course.loaded import CourseError
from chainrule.course.only_one import only_one
from chainrule.course.opened import Course
from chainrule.service import history as histories
from chainrule.service import log_lines
from chainrule.service.app import make_app
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading
from chainrule.service.handlers import Service
from chainrule.service.history import History, HistoryError
from chainrule.service.known_to_hub import require_known, require_variables
from chainrule.service.scores_back import send_scores
from chainrule.service.watching import watch
from chainrule.service.way_in import SMALL_BODY

LOCK = Path(".chainrule") / "service" / "lock"
PARENT_SECONDS = 1.0
"""Between two looks whether the Hub that has started this is still there."""

SLOWEST_BODY = 600.0
"""Seconds until what somebody sends must be here."""

ENDING = 10.0
"""Seconds to end in; whatever is not done by then is taken up at the next start."""

log = logging.getLogger(__name__)


def serve(course: Course, history_url: str = "", instructors: str = "", batch: int = 0) -> None:
    """Serve a course until the process is ended.

    Raises:
        CourseError: the Hub has not started this, its port is taken, another service serves the course, or the course
            is not in order; says what to do.
        HistoryError, PolicyError
    """
    require_variables(os.environ)
    _require_account(course.folder)
    log_lines.begin()
    with _alone(course.folder):
        try:
            asyncio.run(_until_ended(course, history_url or histories.of_course(course.folder), instructors, batch))
        except BaseExceptionGroup as group:
            # Of several that went wrong together, the first says enough; a fault of ours keeps its traceback.
            known, others = group.split((CourseError, HistoryError))
            if others is not None or known is None:
                raise
            raise _first(known) from group


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _until_ended(course: Course, history_url: str, instructors: str, batch: int) -> None:
    """Serve until somebody ends this by a signal, as the Hub and systemd do: in order, or at least soon."""
    serving = asyncio.create_task(_serve(course, history_url, instructors, batch))
    ended = False

    def end() -> None:
        nonlocal ended
        ended = True
        serving.cancel()
        # A thread may be copying what was handed in; the history and the exchange outlive a kill, too.
        last = threading.Timer(ENDING, os._exit, (0,))
        last.daemon = True
        last.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    orphaned = asyncio.create_task(_when_orphaned(end))
    try:
        await serving
    except asyncio.CancelledError:
        if not ended:
            raise
        log.info("Ended; what waits is graded after the next start.")
    finally:
        orphaned.cancel()


async def _when_orphaned(end: Callable[[], None]) -> None:
    """End this when what has started it is gone: a Hub that was killed will start another service for the course."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_SECONDS)
    log.warning("The process that has started this has ended.")
    end()


async def _serve(course: Course, history_url: str, instructors: str, batch: int) -> None:
    desk = Desk(course, History(history_url))
    jobs = course.step.jobs or os.cpu_count() or 1
    grading = Grading(
        course.folder,
        desk.history,
        desk.is_gradable,
        desk.is_releasable,
        desk.tell,
        batch or 4 * jobs,
        desk.counts_best,
    )
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
        tasks.create_task(require_known(os.environ))
        tasks.create_task(grading.run())
        tasks.create_task(watch(desk, grading))
        tasks.create_task(send_scores(desk))


def _require_account(course: Path) -> None:
    """Root writes what the course's account cannot replace, and is no one to grade as."""
    owner = course.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        name = str(owner)
        with suppress(KeyError):
            name = pwd.getpwuid(owner).pw_name
        raise CourseError(
            f"{course} belongs to {name}, and this runs as root: set the service's `user` to {name!r} in "
            "c.JupyterHub.services."
        )


def _alone(course: Path) -> AbstractContextManager[None]:
    """One service for a course: two would each start a grading process and tell students different places."""
    return only_one(
        course / LOCK,
        "set the service's `user` in c.JupyterHub.services to the account that the course belongs to.",
        f"Another service serves {course} already: take one of the two out of c.JupyterHub.services.",
    )
