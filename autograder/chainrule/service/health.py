"""What a monitor asks: whether the service answers, and in Prometheus' format how much there is to do."""

from __future__ import annotations

from tornado.web import RequestHandler

from chainrule.service.attempts import State
from chainrule.service.handlers import Service, apart


class _Open(RequestHandler):
    def initialize(self, service: Service) -> None:
        self.service = service


class Health(_Open):
    """Answers as soon as the service listens."""

    def get(self) -> None:
        """Nothing about anybody."""
        self.finish("ok\n")


class Metrics(_Open):
    """Counts of attempts by state; no names, so it needs no login."""

    async def get(self) -> None:
        """In Prometheus' text format, version 0.0.4."""
        counts = await apart(self.service.desk.history.counts)
        lines = ["# HELP chainrule_attempts Attempts by state.", "# TYPE chainrule_attempts gauge"]
        lines += [f'chainrule_attempts{{state="{state}"}} {counts.get(state, 0)}' for state in State]
        working = int(not self.service.grading.problem)
        lines += [
            "# HELP chainrule_can_grade Whether the last attempt to grade found a course and a sandbox in order.",
            "# TYPE chainrule_can_grade gauge",
            f"chainrule_can_grade {working}",
        ]
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish("\n".join(lines) + "\n")
