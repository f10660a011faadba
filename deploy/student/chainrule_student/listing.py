"""`nbgrader list` and JupyterLab's list of assignments, over the service of each course."""

from __future__ import annotations

import hashlib
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn

from nbgrader.exchange import ExchangeFactory
from nbgrader.exchange.default import ExchangeList as FileSystemList

from chainrule_student.connection import ServiceError
from chainrule_student.exchange import HubExchange

Info = dict[str, Any]


class ExchangeList(HubExchange, FileSystemList):  # type: ignore[misc]
    """What is released, and with `--cached` or `--inbound` one's own attempts; in nbgrader's form."""

    def init_dest(self) -> None:
        """Called by nbgrader: ask the services."""
        if self.remove:
            self.fail("Nothing is removed by students: what was submitted stays.")
        self.require_own()
        named = self.coursedir.course_id
        self._told: dict[str, list[Info]] = {}
        for course in [named] if named else sorted(self.services):
            try:
                self._told[course] = self.connection(course).get("submissions" if self._is_own else "released", "")
            except ServiceError as error:
                if named:
                    self.fail(str(error))
                # Not everybody is enrolled in every course.
                self.log.warning("%s: %s", course, error)

    def fail(self, message: str) -> NoReturn:
        """End with one sentence; of nbgrader's own error JupyterLab's list would say that there is no exchange.

        Raises:
            ServiceError: this is JupyterLab's list.
            ExchangeError: it is nbgrader's command.
        """
        if isinstance(self.parent, ExchangeFactory):
            raise ServiceError(message) from None
        super().fail(message)
        raise AssertionError("nbgrader's own raises")

    def parse_assignments(self) -> list[Info]:
        """What nbgrader's own finds in the exchange."""
        wanted = self.coursedir.assignment_id
        found = {
            course: [one for one in all_of if wanted in ("", "*", one["assignment"])]
            for course, all_of in self._told.items()
        }
        if self._is_own:
            return [one for course in found for one in self._own(course, found[course])]
        return [self._released(course, one) for course in found for one in found[course]]

    @property
    def _is_own(self) -> bool:
        return bool(self.inbound or self.cached)

    def _folder(self, course: str, assignment: str) -> Path:
        start = Path(self.assignment_dir).absolute()
        return start / course / assignment if self.path_includes_course else start / assignment

    def _released(self, course: str, one: Info) -> Info:
        folder = self._folder(course, one["assignment"])
        fetched = folder.is_dir()
        names = sorted(file.stem for file in folder.glob("*.ipynb")) if fetched else one["notebooks"]
        return {
            "course_id": course,
            "assignment_id": one["assignment"],
            "status": "fetched" if fetched else "released",
            "path": str(folder),
            "notebooks": [{"notebook_id": name, "path": str(folder / f"{name}.ipynb")} for name in names],
        }

    def _own(self, course: str, attempts: list[Info]) -> list[Info]:
        """One's attempts, those at an assignment together, the oldest first; what was refused is none."""
        taken = sorted((one for one in attempts if one["state"] != "refused"), key=_order)
        return [
            {
                "course_id": course,
                "student_id": all_of[0]["student"],
                "assignment_id": assignment,
                "status": "submitted",
                "submissions": [self._submission(course, one) for one in all_of],
            }
            for assignment, all_of in ((name, list(group)) for name, group in groupby(taken, key=_assignment))
        ]

    def _submission(self, course: str, one: Info) -> Info:
        folder, timestamp = self._folder(course, one["assignment"]), self.timestamp_of(one)
        pages = folder / "feedback" / timestamp
        page = pages / f"{one['assignment']}.html"
        local, there = page.is_file(), one["feedback"] is not None
        updated = local and there and hashlib.sha256(page.read_bytes()).hexdigest() != one["feedback"]
        known = {"has_local_feedback": local, "has_exchange_feedback": there, "feedback_updated": updated}
        notebook = {
            "notebook_id": one["assignment"],
            "path": str(folder / f"{one['assignment']}.ipynb"),
            "local_feedback_path": str(page) if local else None,
        }
        return {
            "course_id": course,
            "student_id": one["student"],
            "assignment_id": one["assignment"],
            "timestamp": timestamp,
            "status": "submitted",
            "path": str(folder),
            "notebooks": [notebook | known],
            "local_feedback_path": str(pages) if local else None,
            **known,
        }


def _assignment(one: Info) -> str:
    return str(one["assignment"])


def _order(one: Info) -> tuple[str, int]:
    return _assignment(one), int(one["number"])
