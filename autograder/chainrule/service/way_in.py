"""The way in that no one can forge: a student's program sends a submission with the student's own token for the Hub.

For sites without a shared file system. The sender is whom the Hub says the token belongs to, and the time is ours.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from tornado.web import HTTPError, authenticated, stream_request_body

from chainrule.course import timestamps
from chainrule.course.collect import SECRET
from chainrule.engine.visible import in_one_line
from chainrule.sandbox.entry import is_sound_name
from chainrule.service import released, store
from chainrule.service.attempts import Attempt, is_name
from chainrule.service.desk import Desk
from chainrule.service.handlers import Service, apart
from chainrule.service.programs import ForPrograms
from chainrule.service.way_out import origin, told

LARGEST_BODY = 96 * 2**20
"""Bytes of a request; what is in it is a third smaller."""

SMALL_BODY = 2**20
"""Bytes of any other request."""

MOST_FILES = 500
DEEPEST = 16
LONGEST_NAME, LONGEST_PATH = 255, 1_000
"""Bytes that a file system takes, and those that leave room for the folder before them."""

KEY = re.compile(r"[A-Za-z0-9-]{16,64}", re.ASCII)
OURS = (SECRET, timestamps.FILE)
"""Files that nbgrader's own submit writes, and we write ourselves."""


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """A submission: its files by their paths, and a `key` that the sender draws, so that it can be sent twice."""

    key: str
    files: dict[str, bytes]


@stream_request_body
class WayIn(ForPrograms):
    """Takes submissions; tells of one's own. Nothing is read of what comes from somebody who may not send it."""

    def initialize(self, service: Service) -> None:
        """Called by tornado for each request."""
        super().initialize(service)
        # The students who are sending something now.
        self._sending: set[str] = self.application.settings["sending"]
        self._sender = ""
        self._body = bytearray()
        self._is_whole = False

    async def prepare(self) -> None:
        """Make room for what is sent, one submission of a student at a time."""
        await super().prepare()
        if self.request.method != "POST":
            return
        if self.current_user is None:
            raise HTTPError(403)
        if self.current_user.get("kind", "user") != "user" or not is_name(self.student):
            raise HTTPError(403, "A name like yours cannot be that of a folder; ask whoever runs the Hub.")
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > LARGEST_BODY:
            raise HTTPError(413, f"A submission has at most {LARGEST_BODY * 3 // 4 // 2**20} MiB.")
        if self.student in self._sending:
            raise HTTPError(429, "Another submission of yours is being sent; send this one when it is there.")
        self._sender = self.student
        self._sending.add(self._sender)
        connection: Any = self.request.connection
        connection.set_max_body_size(LARGEST_BODY)

    def data_received(self, chunk: bytes) -> None:
        """Called by tornado."""
        self._body += chunk

    @authenticated
    async def post(self, assignment: str) -> None:
        """Keep one; what was sent before under the same key is not kept again."""
        self._is_whole = True
        desk = self.service.desk
        try:
            if assignment not in await apart(released.names, desk.course):
                raise HTTPError(404, f"No assignment {assignment!r} is released here.")
            sent = await apart(_decoded, self._body)
            source, now = origin(self.student, sent.key), datetime.now(UTC)
            if (attempt := await apart(desk.history.from_origin, source)) is None:
                attempt = await self._taken(desk, assignment, sent, source, now)
            if attempt is not None and attempt.assignment != assignment:
                raise HTTPError(409, f"Under this key {attempt.assignment} was sent; draw another.")
        finally:
            self._end()
        self.service.grading.wake()
        self.tell(await apart(told, desk, [] if attempt is None else [attempt]))

    async def _taken(self, desk: Desk, assignment: str, sent: Sent, source: str, now: datetime) -> Attempt | None:
        """Keep what was sent, and record it.

        Raises:
            HTTPError: it is too much, or cannot be written; nothing of it is kept.
        """
        for too_often in (desk.too_often, desk.refused_too_often):
            if said := await apart(too_often, self.student, now):
                # Not 429, after which programs try again at once.
                raise HTTPError(409, said)
        try:
            kept = await apart(
                store.keep,
                desk.course.folder,
                self.student,
                assignment,
                now,
                source,
                lambda folder: _write(sent.files, folder),
            )
        except OSError as error:
            said = f"The submission could not be kept ({error.strerror}); send it again later."
            raise HTTPError(507, said) from error
        return await apart(desk.take, kept) or await apart(desk.history.from_origin, source)

    @authenticated
    async def get(self, assignment: str) -> None:
        """One's own attempts at an assignment, without what is found in them."""
        desk = self.service.desk
        self.tell(await apart(told, desk, await apart(desk.history.of, self.student, assignment)))

    def on_finish(self) -> None:
        """Called by tornado when an answer was given, whatever it was."""
        self._end()

    def on_connection_close(self) -> None:
        """Called by tornado: half a submission is none."""
        super().on_connection_close()
        if not self._is_whole:
            self._end()

    def _end(self) -> None:
        self._sending.discard(self._sender)
        self._sender = ""
        self._body = bytearray()


def _decoded(body: bytearray) -> Sent:
    try:
        sent = msgspec.json.decode(body, type=Sent)
    except msgspec.MsgspecError as error:
        raise HTTPError(400, f"This is no submission: {in_one_line(str(error))[:300]}") from error
    if not KEY.fullmatch(sent.key):
        raise HTTPError(400, "The key of a submission is 16 to 64 letters, digits and hyphens.")
    if problem := _problem(sent.files):
        raise HTTPError(400, problem)
    return sent


def _problem(files: dict[str, bytes]) -> str:
    """What is wrong with the paths of files; empty if nothing is."""
    if not files or len(files) > MOST_FILES:
        return f"A submission has 1 to {MOST_FILES} files, this one {len(files)}."
    for path in files:
        if not _is_sound(path):
            return f"{path[:100]!r} is no path of a file within a submission."
    return ""


def _is_sound(path: str) -> bool:
    parts = PurePosixPath(path).parts
    if not 0 < len(parts) <= DEEPEST or path != "/".join(parts) or {".", "..", "/"} & set(parts):
        return False
    if not all(is_sound_name(part) and len(os.fsencode(part)) <= LONGEST_NAME for part in parts):
        return False
    # nbgrader would take such a folder for the file.
    folder_as_file = len(parts) > 1 and (parts[0] in OURS or parts[0].endswith(".ipynb"))
    return len(os.fsencode(path)) <= LONGEST_PATH and not folder_as_file


def _write(files: dict[str, bytes], folder: Path) -> list[str]:
    # The longest first: where one path is a file and the start of another, a folder is in its place.
    notes = []
    for path, data in sorted(files.items(), reverse=True):
        target = folder / path
        if path in OURS:
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            notes.append(f"{path} was left out: another file is in its place.")
    return notes
