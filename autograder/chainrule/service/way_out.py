"""What a student's program fetches: what is released, and the student's own attempts; nothing of anybody else's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated

from chainrule.course.loaded import CourseError
from chainrule.service import released
from chainrule.service.attempts import Attempt
from chainrule.service.desk import Desk
from chainrule.service.handlers import apart
from chainrule.service.programs import ForPrograms
from chainrule.service.student_pages import feedback_of

CHUNK = 2**20


class Released(ForPrograms):
    """The assignments that are released, each with its notebooks."""

    @authenticated
    async def get(self) -> None:
        """Names, by which the files are asked for."""
        self.tell(await apart(_released, self.service.desk))


class ReleasedFiles(ForPrograms):
    """The paths and sizes of the files of one assignment."""

    @authenticated
    async def get(self, assignment: str) -> None:
        """Of what is released alone."""
        course = self.service.desk.course
        if assignment not in await apart(released.names, course):
            raise HTTPError(404, f"No assignment {assignment!r} is released here.")
        try:
            self.tell(await apart(released.files, course, assignment))
        except CourseError as error:
            raise HTTPError(500, str(error)) from error


class ReleasedFile(ForPrograms):
    """One of these files."""

    @authenticated
    async def get(self, assignment: str, path: str) -> None:
        """Its bytes, piece by piece."""
        course = self.service.desk.course
        if assignment not in await apart(released.names, course):
            raise HTTPError(404)
        file = await apart(released.opened, course, assignment, path)
        if file is None:
            raise HTTPError(404)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")
        with file:
            try:
                while chunk := await apart(file.read, CHUNK):
                    self.write(chunk)
                    await self.flush()
            except StreamClosedError:
                return
        await self.finish()


class OwnAttempts(ForPrograms):
    """All attempts of who asks, at whatever assignment."""

    @authenticated
    async def get(self) -> None:
        """Without what is found in them."""
        self.tell(await apart(told, self.service.desk, await apart(self.service.desk.history.of, self.student)))


def told(desk: Desk, attempts: Sequence[Attempt]) -> list[dict[str, Any]]:
    """What a program may know of attempts of its student: `key` is that of what was sent, and `feedback` the SHA-256 of
    the feedback page, where there is one that the student may see now.
    """
    keys = ("id", "student", "assignment", "number", "at", "state", "reason")
    return [
        {key: getattr(one, key) for key in keys} | {"key": _key(one), "feedback": _digest(desk, one)}
        for one in attempts
    ]


def origin(student: str, key: str) -> str:
    """The origin of what a student sends under a key; a student's name has no colon."""
    return f"sent:{student}:{key}"


def _key(attempt: Attempt) -> str:
    before, _, key = attempt.origin.partition(origin(attempt.student, ""))
    return "" if before else key


def _digest(desk: Desk, attempt: Attempt) -> str | None:
    page = feedback_of(desk, attempt) if attempt.counts and desk.is_releasable(attempt.assignment) else None
    return None if page is None else hashlib.sha256(page).hexdigest()


def _released(desk: Desk) -> list[dict[str, Any]]:
    return [
        {"assignment": name, "due": desk.due(name), "notebooks": released.notebooks(desk.course, name)}
        for name in released.names(desk.course)
    ]
