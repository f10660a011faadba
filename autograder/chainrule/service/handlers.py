"""What all pages of the service have in common: who asks, what a browser may do with the answer, how it looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import jinja2
from jupyterhub.services.auth import HubOAuthenticated
from tornado.web import HTTPError, RequestHandler

from chainrule.service import times
from chainrule.service.desk import Desk
from chainrule.service.grading import Grading

Found = TypeVar("Found")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of all pages: nothing inline, nothing of anybody else's."""

_pages = jinja2.Environment(
    loader=jinja2.PackageLoader("chainrule.service", "pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Service:
    """What the handlers work on. `prefix` is the path that the Hub serves it at; `instructors` a group of the Hub's."""

    desk: Desk
    grading: Grading
    prefix: str
    course: str
    instructors: str


class Handler(HubOAuthenticated, RequestHandler):  # type: ignore[misc]
    """A page or an answer for somebody whom the Hub knows."""

    def initialize(self, service: Service) -> None:
        """Called by tornado for each request."""
        self.service = service

    def set_default_headers(self) -> None:
        """Called by tornado before anything is written."""
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    @property
    def student(self) -> str:
        """The name of who asks."""
        return str(self.current_user["name"])

    @property
    def is_instructor(self) -> bool:
        """Whether who asks is one of the course's instructors."""
        return self.service.instructors in (self.current_user.get("groups") or [])

    def require_instructor(self) -> None:
        """Nobody else.

        Raises:
            HTTPError: as if there were nothing.
        """
        if not self.is_instructor:
            raise HTTPError(404)

    def show(self, page: str, **values: Any) -> None:
        """Answer with a page."""
        values |= {"prefix": self.service.prefix, "course": self.service.course, "user": self.student}
        values |= {"is_instructor": self.is_instructor, "xsrf": self.xsrf_token.decode()}
        self.finish(_pages.get_template(page).render(values))

    def write_error(self, status_code: int, **more: Any) -> None:
        """Called by tornado: one sentence."""
        sentences = {403: "You may not see this.", 404: "There is nothing here, or nothing of yours."}
        error = more.get("exc_info", (None, None, None))[1]
        said = error.log_message % error.args if isinstance(error, HTTPError) and error.log_message else ""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(said or sentences.get(status_code, "Something went wrong here; the service's log says what."))


async def apart(find: Callable[..., Found], *arguments: Any) -> Found:
    """What asks the disk or a database, beside the web loop."""
    return await asyncio.get_running_loop().run_in_executor(None, find, *arguments)


_pages.filters["moment"] = times.moment
_pages.filters["machine"] = times.machine
_pages.globals["distance"] = times.distance
_pages.filters["points"] = lambda number: "" if number is None else f"{number:g}"
