"""`nbgrader fetch_assignment` over the course's service."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath

from nbgrader.exchange.default import ExchangeFetchAssignment as FileSystemFetchAssignment

from chainrule_student.connection import Connection, ServiceError
from chainrule_student.exchange import HubExchange


class ExchangeFetchAssignment(HubExchange, FileSystemFetchAssignment):  # type: ignore[misc]
    """Puts the files of a released assignment into a folder of its name."""

    def init_src(self) -> None:
        """Called by nbgrader: is it released."""
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        with self.connected(course) as service:
            names = [one["assignment"] for one in service.get("released", "")]
            if assignment not in names:
                self.fail(f"{course} has no assignment {assignment!r}; released are: {', '.join(names) or 'none yet'}.")
            self._sizes: dict[str, int] = service.get("released", assignment, "")

    def copy_files(self) -> None:
        """Called by nbgrader: nothing is in the folder before all of it is here."""
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        with tempfile.TemporaryDirectory() as place, self.connected(course) as service:
            for path, size in self._sizes.items():
                _fetch(service, assignment, path, size, Path(place))
            self.do_copy(place, self.dest_path)
        self.log.info("Fetched as: %s %s", course, assignment)


def _fetch(service: Connection, assignment: str, path: str, size: int, place: Path) -> None:
    steps = PurePosixPath(path).parts
    if not steps or path != "/".join(steps) or {"..", "/"} & set(steps):
        raise ServiceError(f"The service names a file {path!r}, which is no path within {assignment}.")
    target = place / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        for chunk in service.content("released", assignment, path):
            file.write(chunk)
    if target.stat().st_size != size:
        raise ServiceError(f"{path} of {assignment} was released anew while it was fetched: fetch it again.")
