"""What fetching, submitting and listing have in common: the service of the course, and no shared folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from dateutil.tz import gettz
from nbgrader.exchange.default import Exchange
from traitlets import Dict, Unicode

from chainrule_student.connection import Connection, ServiceError


class HubExchange(Exchange):  # type: ignore[misc]
    """nbgrader's exchange over the service of a course."""

    services = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        help="Where the service of each course is reached: its address by the name of the course.",
    ).tag(config=True)

    def ensure_root(self) -> None:
        """Called by nbgrader: there is no folder to look for."""

    @contextmanager
    def connected(self, course: str) -> Iterator[Connection]:
        """The service of a course; what it does not do ends the command with one sentence.

        Raises:
            ExchangeError: as nbgrader's own.
        """
        try:
            yield self.connection(course)
        except ServiceError as error:
            self.fail(str(error))

    def connection(self, course: str) -> Connection:
        """The service of a course.

        Raises:
            ServiceError: the course is not known here.
        """
        known = ", ".join(sorted(self.services))
        if not course:
            raise ServiceError(f"No course is named: add --course with one of {known}.")
        if course not in self.services:
            raise ServiceError(f"The course {course!r} is not known here: known are {known}.")
        return Connection(course, self.services[course])

    def require_own(self) -> None:
        """Nobody acts for somebody else.

        Raises:
            ExchangeError: a student is named.
        """
        if self.coursedir.student_id not in ("", "*"):
            self.fail("Who you are says the Hub, so --student has no meaning here: leave it out.")

    def timestamp_of(self, attempt: dict[str, Any]) -> str:
        """When an attempt came in, by the service's clock, as nbgrader writes times."""
        at = datetime.fromisoformat(attempt["at"])
        return at.astimezone(gettz(self.timezone)).strftime(self.timestamp_format)
