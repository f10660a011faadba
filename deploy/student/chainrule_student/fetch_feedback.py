"""`nbgrader fetch_feedback` over the course's service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeFetchFeedback as FileSystemFetchFeedback

from chainrule_student.exchange import HubExchange


class ExchangeFetchFeedback(HubExchange, FileSystemFetchFeedback):  # type: ignore[misc]
    """Puts the pages of one's own attempts into `feedback/` in the assignment's folder, by the time of the attempt."""

    def init_src(self) -> None:
        """Called by nbgrader: of which attempts there is a page."""
        self.require_own()
        assignment = self.coursedir.assignment_id
        with self.connected(self.coursedir.course_id) as service:
            attempts: list[dict[str, Any]] = service.get("submissions", assignment)
        self._attempts = [one for one in attempts if one["feedback"]]
        if not self._attempts:
            self.log.warning("There is no feedback for %s yet.", assignment)

    def copy_files(self) -> None:
        """Called by nbgrader: fetch them."""
        with self.connected(self.coursedir.course_id) as service:
            for one in self._attempts:
                page = b"".join(service.content("attempts", str(one["id"]), "feedback"))
                file = Path(self.dest_path) / self.timestamp_of(one) / f"{one['assignment']}.html"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(page)
                self.log.info("Fetched feedback: %s", file)
