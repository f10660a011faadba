"""Finds what students handed in through nbgrader's exchange, and keeps each of it once.

Whose it is says the file system, and when it came the kernel's clock, as `course.collect` has it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.utils import temp_attrs

from chainrule.course import timestamps
from chainrule.course.collect import SECRET, CollectSubmissions
from chainrule.course.inbound import ChangedError, Inbound, RefusedError
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.sandbox.entry import shown
from chainrule.service import store
from chainrule.service.attempts import NOBODY, is_name
from chainrule.service.store import Kept

EXCHANGE = "exchange:"
"""What the origin of everything from there begins with; then comes the name of the folder."""

log = logging.getLogger(__name__)


YOUNG = timedelta(minutes=1)
"""So long after its last change a folder without a secret may be one that is being handed in."""

TooOften = Callable[[str, datetime], str]
"""Why nothing is taken of a student that came at a moment; empty if it is."""


@dataclass(frozen=True)
class Refused:
    """Something that is not taken, and why; whose it is and when it came, if that has been shown."""

    origin: str
    assignment: str
    reason: str
    student: str = NOBODY
    at: datetime | None = None


class Inbox:
    """The inbound folder of a course's exchange."""

    def __init__(self, course: Course, too_often: TooOften = lambda student, at: "") -> None:
        """Find it. Of whom `too_often` says why, nothing is copied.

        Raises:
            CourseError: there is none, or it cannot be read.
        """
        self._course = course
        self._too_often = too_often
        with temp_attrs(course.api.coursedir, assignment_id="any"):
            self._collector: Any = CollectSubmissions(coursedir=course.api.coursedir, parent=course.api)
        self.folder = Path(self._collector.root) / course.api.coursedir.course_id / "inbound"
        self._inbound("any")
        self.unsettled = False
        """Whether the last look found something that is not whole yet, or is being changed: it is not taken yet."""

    def new(self, known: Container[str]) -> Iterator[Kept | Refused]:
        """Keep what is ready and came from none of the `known` origins.

        Raises:
            OSError: the disk is full, or the folder is gone; what was yielded is kept.
        """
        self.unsettled = False
        released = sorted(self._course.api.get_released_assignments(), key=len, reverse=True)
        inbounds = {assignment: self._inbound(assignment) for assignment in released}
        for name in self._inbound("any").names():
            origin = _origin(name)
            assignment = next((one for one in released if f"+{one}+" in name), None)
            if assignment is None or origin in known:
                continue
            inbound = inbounds[assignment]
            # Submitting writes the secret last, and then sets the modes: it may be there and nobody may see it yet.
            if not inbound.has(name, SECRET):
                self.unsettled = self.unsettled or inbound.has_changed_since(name, timestamps.now() - YOUNG)
            elif (found := self._kept(inbound, assignment, name)) is not None:
                yield found

    def _kept(self, inbound: Inbound, assignment: str, name: str) -> Kept | Refused | None:
        origin = _origin(name)
        try:
            if not name.isprintable():
                raise RefusedError("its name has characters that no name has")
            handed_in = inbound.one(name)
            if handed_in is None:
                return None
            if not is_name(handed_in.student):
                raise RefusedError("what stands for the student in its name is no user's name")
            at = handed_in.time.replace(tzinfo=UTC)
            if said := self._too_often(handed_in.student, at):
                return Refused(origin, assignment, said, handed_in.student, at)
            with temp_attrs(self._course.api.coursedir, assignment_id=assignment):
                return store.keep(
                    self._course.folder,
                    handed_in.student,
                    assignment,
                    at,
                    origin,
                    lambda folder: self._collector.copy(inbound, handed_in, folder),
                )
        except ChangedError:
            # nbgrader writes the secret before it sets the modes.
            self.unsettled = True
            return None
        except RefusedError as error:
            log.warning("%s in %s was refused: %s.", shown(name), self.folder, error)
            return Refused(origin, assignment, f"{shown(name)} was refused: {error}.")

    def _inbound(self, assignment: str) -> Inbound:
        try:
            return self._collector.inbound_of(assignment)  # type: ignore[no-any-return]
        except ExchangeError as error:
            raise CourseError(
                f"{self.folder} is no folder that this account can read: make the exchange of this course as nbgrader "
                "wants it, or set c.Exchange.root."
            ) from error


def _origin(name: str) -> str:
    """What is recorded of a folder's name, which may be any bytes."""
    return EXCHANGE + (name if name.isprintable() else ascii(name))
