"""A course's service on loopback, as the Hub runs it, with a stand-in for the Hub's own API: who holds which token."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import served_course
from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from chainrule.service.app import make_app
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading
from chainrule.service.handlers import Handler, Service
from chainrule.service.way_in import SMALL_BODY

PREFIX = "/services/chainrule-nn/"
SCOPE = "access:services!service=chainrule-nn"
SECONDS = 120


class _WhoAmI(RequestHandler):
    """`GET /hub/api/user`, as the Hub answers it."""

    def initialize(self, tokens: dict[str, dict[str, Any]]) -> None:
        self._tokens = tokens

    def get(self) -> None:
        token = self.request.headers.get("Authorization", "").removeprefix("token ")
        if token not in self._tokens:
            self.set_status(403)
            self.finish({"status": 403, "message": "Missing or invalid credentials."})
            return
        self.finish(self._tokens[token])


@dataclass
class OnHub:
    """Where the service is, and the tokens that the Hub knows; an expired one is one that it does not know."""

    desk: Desk
    port: int = 0
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the service."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    def enrol(self, name: str, scopes: tuple[str, ...] = (SCOPE,), **more: Any) -> str:
        """A token of somebody's server."""
        token = f"token-of-{name}"
        self.tokens[token] = {"name": name, "kind": "user", "groups": [], "scopes": list(scopes), **more}
        return token

    def ask(self, token: str, path: str, method: str = "GET", **more: Any) -> requests.Response:
        """Ask the service with a token, or without if it is empty."""
        headers = {"Authorization": f"token {token}"} if token else {}
        return requests.request(
            method, self.url + path, headers=headers | more.pop("headers", {}), timeout=SECONDS, allow_redirects=False,
            **more,
        )  # fmt: skip

    def send(self, token: str, body: Any, assignment: str = served_course.NAME) -> requests.Response:
        """Send a submission, or what is none."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask(token, f"submissions/{assignment}", "POST", data=data)


@contextmanager
def serving(desk: Desk, patch: pytest.MonkeyPatch, grade: bool = False) -> Iterator[OnHub]:
    """Serve a course until the end of the block; with `grade` what comes in is graded, too."""
    found = OnHub(desk)
    with ExitStack() as stack:
        whoami = Application([(r"/hub/api/user", _WhoAmI, {"tokens": found.tokens})])
        hub = stack.enter_context(_listening(lambda: HTTPServer(whoami)))
        auth = HubOAuth(
            api_url=f"http://127.0.0.1:{hub}/hub/api",
            api_token="the service's own",
            oauth_client_id="service-chainrule-nn",
            base_url=PREFIX,
            access_scopes={"access:services", SCOPE},
        )
        patch.setattr(Handler, "_hub_auth", auth)
        grading = Grading(desk.course.folder, desk.history, desk.is_gradable, desk.is_releasable, desk.tell, 8)
        service = Service(desk, grading, PREFIX, "nn", "formgrade-nn")
        server = _listening(lambda: HTTPServer(make_app(service), max_body_size=SMALL_BODY), grading if grade else None)
        found.port = stack.enter_context(server)
        yield found


@contextmanager
def _listening(make: Any, grading: Grading | None = None) -> Iterator[int]:
    """A server in a loop and a thread of its own; its port."""
    ports: list[int] = []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    listens = threading.Event()

    async def listen() -> None:
        channel, port = bind_unused_port()
        server = make()
        server.add_socket(channel)
        ports.append(port)
        loops.append((asyncio.get_running_loop(), asyncio.Event()))
        work = asyncio.create_task(grading.run()) if grading is not None else None
        listens.set()
        await loops[0][1].wait()
        server.stop()
        await server.close_all_connections()
        if work is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    try:
        assert listens.wait(SECONDS)
        yield ports[0]
    finally:
        for loop, end in loops:
            loop.call_soon_threadsafe(end.set)
        thread.join(SECONDS)
