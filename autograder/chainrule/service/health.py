"""What a monitor asks: whether the service answers, and in Prometheus' format how much there is to do."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from tornado.web import RequestHandler

from chainrule.service.handlers import Service, apart
from chainrule.service.measures import Measures


class Health(RequestHandler):
    """Answers as soon as the service listens."""

    def initialize(self, service: Service) -> None:
        """Called by tornado for each request."""
        self.service = service

    def get(self) -> None:
        """Nothing about anybody."""
        self.finish("ok\n")


class Metrics(RequestHandler):
    """Counts and times; no names, so it needs no login."""

    def initialize(self, service: Service, measures: Measures) -> None:
        """Called by tornado for each request."""
        self.service = service
        self.measures = measures

    async def get(self) -> None:
        """In Prometheus' text format, version 0.0.4."""
        registry = CollectorRegistry()
        registry.register(await apart(self.measures.of, self.service.grading.problem))
        self.set_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.finish(generate_latest(registry))
