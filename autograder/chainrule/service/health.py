"""What a monitor asks: whether the service answers, and in Prometheus' format how much there is to do."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from tornado.web import RequestHandler

from chainrule.service.handlers import Service, apart
from chainrule.service.measures import Measures

HOLDS = 5.0
"""Seconds for which what was measured is told again: a monitor asks every fifteen or so, and anybody may ask."""


class Health(RequestHandler):
    """Answers as soon as the service listens."""

    def initialize(self, service: Service) -> None:
        """Called by tornado for each request."""
        self.service = service

    def get(self) -> None:
        """Nothing about anybody."""
        self.finish("ok\n")


class Told:
    """What there is to measure, as text: looked up once in a while, however many ask, and whoever they are."""

    def __init__(self, measures: Measures) -> None:
        """Nothing is looked up before somebody asks."""
        self._measures = measures
        self._text: asyncio.Task[bytes] | None = None
        self._until = 0.0

    async def text(self, problem: str) -> bytes:
        """In Prometheus' text format; `problem` is why nothing can be graded."""
        if self._text is None or (self._text.done() and time.monotonic() >= self._until):
            self._text = asyncio.create_task(self._looked_up(problem))
        # Who goes away keeps nobody else from it.
        return await asyncio.shield(self._text)

    async def _looked_up(self, problem: str) -> bytes:
        try:
            registry = CollectorRegistry()
            registry.register(await apart(self._measures.of, problem))
            return generate_latest(registry)
        finally:
            # A database that is in trouble is not asked more often than one that is well.
            self._until = time.monotonic() + HOLDS


class Metrics(RequestHandler):
    """Counts and times; no names, so it needs no login."""

    def initialize(self, service: Service, told: Told) -> None:
        """Called by tornado for each request."""
        self.service = service
        self.told = told

    async def get(self) -> None:
        """In Prometheus' text format, version 0.0.4."""
        text = await self.told.text(self.service.grading.problem)
        self.set_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.finish(text)
