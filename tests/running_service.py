"""The service as it runs, with a stand-in for the Hub: everybody is who a request says. Tests of pages ask it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from served_course import COURSE, NAME
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from chainrule.engine import results as result_files
from chainrule.engine.results import ExerciseResult, Results
from chainrule.service import store
from chainrule.service.app import make_app
from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading
from chainrule.service.handlers import Handler, Service

PREFIX = "/services/chainrule/"
USER = "X-Test-User"
SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A service at an address."""

    service: Service
    url: str
    loop: asyncio.AbstractEventLoop

    def do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Have this done in the web loop."""
        done: Future[Any] = Future()

        def carry_out() -> None:
            try:
                done.set_result(work(*arguments))
            except BaseException as error:  # noqa: BLE001
                # For whoever waits.
                done.set_exception(error)

        self.loop.call_soon_threadsafe(carry_out)
        return done.result(SECONDS)


def service_of(desk: Desk) -> Service:
    """A service whose grading is not started."""
    grading = Grading(desk.course.folder, desk.history, desk.is_gradable, desk.is_releasable, desk.tell, 8)
    return Service(desk, grading, PREFIX, COURSE, f"formgrade-{COURSE}")


def know_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take each request's word for whose it is."""
    monkeypatch.setattr(Handler, "get_current_user", lambda self: json.loads(self.request.headers.get(USER, "null")))
    monkeypatch.setattr(Handler, "get_login_url", lambda self: "/hub/login")
    monkeypatch.setattr(Handler, "xsrf_token", b"token")


@contextmanager
def running(service: Service, port: int = 0) -> Iterator[Running]:
    """Serve in a thread; at this port, or one that is free."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[HTTPServer, int]:
        server = HTTPServer(make_app(service, disable_check_xsrf=True, xsrf_cookies=False))
        if port:
            server.listen(port, "127.0.0.1")
            return server, port
        channel, found = bind_unused_port()
        server.add_socket(channel)
        return server, found

    async def stop(server: HTTPServer) -> None:
        server.stop()
        await server.close_all_connections()

    server, found = asyncio.run_coroutine_threadsafe(start(), loop).result(SECONDS)
    try:
        yield Running(service, f"http://127.0.0.1:{found}{PREFIX}", loop)
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()


def user(name: str, group: str = "") -> dict[str, str]:
    """The headers of a student's requests, or of somebody's in another group of the Hub's."""
    return {USER: json.dumps({"name": name, "groups": [group or f"nbgrader-{COURSE}"]})}


def grade(desk: Desk, attempt: Attempt, exercises: list[ExerciseResult], notes: tuple[str, ...] = ()) -> None:
    """As if an attempt had been graded with these results."""
    results = Results(
        assignment=NAME, submission="", seed="", grader="1", sandbox="all", seconds=1, notes=[*notes],
        exercises=exercises,
    )  # fmt: skip
    file = store.folder_of(desk.course.folder, attempt.origin) / "fresh.json"
    result_files.write(results, file)
    store.keep_results(desk.course.folder, attempt.origin, file)
    points, most = results.score, results.max_score
    before = {State.QUEUED, State.GRADING}
    desk.history.change(attempt.id, before, State.GRADED, ended=attempt.at, score=points, max_score=most)
    desk.changed(attempt.id)
