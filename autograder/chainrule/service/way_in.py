"""The way in that no one can forge: a student's program sends a submission with the student's own token for the Hub.

For sites without a shared file system. The sender is whom the Hub says the token belongs to, and the time is ours.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import msgspec
from tornado.web import HTTPError, authenticated

from chainrule.course.collect import SECRET
from chainrule.sandbox.entry import is_sound_name
from chainrule.service import store
from chainrule.service.attempts import Attempt, is_name
from chainrule.service.handlers import Handler, apart

LARGEST_BODY = 96 * 2**20
"""Bytes of a request; what is in it is a third smaller."""

MOST_FILES = 500
DEEPEST = 16
KEY = re.compile(r"[A-Za-z0-9-]{16,64}", re.ASCII)


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """A submission: its files by their paths, and a `key` that the sender draws, so that it can be sent twice."""

    key: str
    files: dict[str, bytes]


class WayIn(Handler):
    """Takes submissions; tells of one's own."""

    @authenticated
    async def post(self, assignment: str) -> None:
        """Keep one; what was sent before under the same key is not kept again."""
        desk = self.service.desk
        if assignment not in desk.course.api.get_released_assignments():
            raise HTTPError(404, f"No assignment {assignment[:100]!r} is released here.".replace("%", "%%"))
        if not is_name(self.student):
            raise HTTPError(403, "A name like yours cannot be that of a folder; ask whoever runs the Hub.")
        try:
            sent = msgspec.json.decode(self.request.body, type=Sent)
        except msgspec.MsgspecError as error:
            raise HTTPError(400, f"This is no submission: {error}".replace("%", "%%")) from error
        if not KEY.fullmatch(sent.key):
            raise HTTPError(400, "The key of a submission is 16 to 64 letters, digits and hyphens.")
        if problem := _problem(sent.files):
            raise HTTPError(400, problem.replace("%", "%%"))
        origin = f"sent:{self.student}:{sent.key}"
        now = datetime.now(UTC)
        try:
            kept = await apart(
                store.keep,
                desk.course.folder,
                self.student,
                assignment,
                now,
                origin,
                lambda folder: _write(sent.files, folder),
            )
        except OSError as error:
            said = f"The submission could not be kept ({error.strerror}); send it again later."
            raise HTTPError(507, said) from error
        attempt = await apart(desk.take, kept) or await apart(desk.history.from_origin, origin)
        self.service.grading.wake()
        self._tell([attempt] if attempt is not None else [])

    @authenticated
    async def get(self, assignment: str) -> None:
        """One's own attempts at an assignment, without what is found in them."""
        self._tell(await apart(self.service.desk.history.of, self.student, assignment))

    def _tell(self, attempts: list[Attempt]) -> None:
        self.set_header("Content-Type", "application/json")
        keys = ("id", "number", "at", "state", "reason")
        told = [{key: getattr(one, key) for key in keys} for one in attempts]
        self.finish(msgspec.json.encode(told))


def _problem(files: dict[str, bytes]) -> str:
    """What is wrong with the paths of files; empty if nothing is."""
    if not files or len(files) > MOST_FILES:
        return f"A submission has 1 to {MOST_FILES} files, this one {len(files)}."
    for path in files:
        parts = PurePosixPath(path).parts
        sound = all(is_sound_name(part) and part not in (".", "..", "/") for part in parts)
        if not sound or not 0 < len(parts) <= DEEPEST or path != "/".join(parts):
            return f"{path[:100]!r} is no path of a file within a submission."
    return ""


def _write(files: dict[str, bytes], folder: Path) -> list[str]:
    # The longest first: where one path is a file and the start of another, a folder is in its place.
    notes = []
    for path, data in sorted(files.items(), reverse=True):
        target = folder / path
        if path == SECRET:
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            notes.append(f"{path} was left out: another file is in its place.")
    return notes
