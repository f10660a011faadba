"""How much there is to do, and how long it takes, for those who watch over the service."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk


@dataclass(frozen=True, eq=False)
class Measured(Collector):
    """What was found at one moment."""

    families: tuple[Metric, ...]

    def collect(self) -> Iterable[Metric]:
        """Called by the library."""
        return self.families


class Measures:
    """Counts what happens at a desk, since the service has begun."""

    def __init__(self, desk: Desk) -> None:
        """Listen from now on."""
        self._desk = desk
        self._began = time.monotonic()
        self._since: dict[int, float] = {}
        """When attempts came into the queue that have been there ever since."""
        self._graded: set[int] = set()
        """Those whose last change was their grading: of their feedback page, they are told of again."""
        self._seconds = 0.0
        self._count = 0
        self._alone = threading.Lock()
        desk.listen(self._hear)

    def of(self, problem: str) -> Measured:
        """What is to be told now; `problem` is why nothing can be graded."""
        return Measured(tuple(self._families(problem)))

    def _families(self, problem: str) -> Iterator[Metric]:
        counts = self._desk.history.counts()
        attempts = GaugeMetricFamily("chainrule_attempts", "Attempts by state.", labels=["state"])
        for state in State:
            attempts.add_metric([state], counts.get(state, 0))
        yield attempts
        queued = [one.id for one in self._desk.history.in_state(State.QUEUED)]
        yield GaugeMetricFamily("chainrule_queue_length", "Attempts that wait for their turn.", len(queued))
        now = time.monotonic()
        with self._alone:
            oldest = max((now - self._since.get(one, self._began) for one in queued), default=0.0)
            count, seconds = self._count, self._seconds
        said = "How long the attempt that waits longest has waited, within this run of the service."
        yield GaugeMetricFamily("chainrule_queue_oldest_seconds", said, oldest)
        said = "From an attempt's turn to its score."
        yield SummaryMetricFamily("chainrule_grading_seconds", said, count_value=count, sum_value=seconds)
        said = "Whether the last attempt to grade found a course and a sandbox in order."
        yield GaugeMetricFamily("chainrule_can_grade", said, int(not problem))
        said = "Whether policies and the exchange are in order."
        yield GaugeMetricFamily("chainrule_in_order", said, int(not self._desk.problem))

    def _hear(self, attempt: Attempt) -> None:
        with self._alone:
            if attempt.state is State.QUEUED:
                self._since.setdefault(attempt.id, time.monotonic())
            else:
                self._since.pop(attempt.id, None)
            if attempt.state is not State.GRADED:
                self._graded.discard(attempt.id)
            elif attempt.id not in self._graded:
                self._graded.add(attempt.id)
                if attempt.started is not None and attempt.ended is not None:
                    self._count += 1
                    self._seconds += max(0.0, (attempt.ended - attempt.started).total_seconds())
