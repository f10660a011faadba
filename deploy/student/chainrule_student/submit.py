"""`nbgrader submit` over the course's service."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeSubmit as FileSystemSubmit
from nbgrader.utils import ignore_patterns

from chainrule_student.exchange import HubExchange
from chainrule_student.folder import FolderError, files_of


class ExchangeSubmit(HubExchange, FileSystemSubmit):  # type: ignore[misc]
    """Sends the folder of an assignment; the service says whose it is and when it came."""

    def init_dest(self) -> None:
        """Called by nbgrader: is there anything to send to."""
        self.require_own()
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        with self.connected(course) as service:
            released = {one["assignment"]: one for one in service.get("released", "")}
        if assignment not in released:
            self.fail(f"{course} has no assignment {assignment!r}; released are: {', '.join(released) or 'none yet'}.")
        self._expected = {f"{notebook}.ipynb" for notebook in released[assignment]["notebooks"]}

    def copy_files(self) -> None:
        """Called by nbgrader: send it. It may be tried several times, and is taken once, for its key."""
        files = self._files()
        self._compare(set(files))
        coded = {path: base64.b64encode(content).decode() for path, content in files.items()}
        body = json.dumps({"key": secrets.token_hex(32), "files": coded}).encode()
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        with self.connected(course) as service:
            told: list[dict[str, Any]] = service.post("submissions", assignment, body=body)
        if not told:
            self.fail("The service has not said what became of it: look at your page of the course.")
        attempt = told[0]
        if attempt["state"] == "refused":
            self.fail(f"{assignment} is not taken: {attempt['reason']}")
        self.log.info(
            "Submitted as: %s %s %s, attempt %d", course, assignment, self.timestamp_of(attempt), attempt["number"]
        )

    def _files(self) -> dict[str, bytes]:
        ignored = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        try:
            return files_of(Path(self.src_path), ignored)
        except FolderError as error:
            self.fail(str(error))
            raise

    def _compare(self, files: set[str]) -> None:
        """Say which notebooks are missing, as nbgrader does; with `--strict` nothing is sent then."""
        missing = ", ".join(sorted(self._expected - files))
        if missing and self.strict:
            self.fail(f"{self.coursedir.assignment_id} is not submitted, because {missing} is missing in it.")
        if missing:
            self.log.warning("%s is missing in what is submitted.", missing)
