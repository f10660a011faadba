"""A class before its deadline: submissions arrive, workers grade them, one writer writes them; in simulated time.

Model: the number of submissions that have arrived by `t` grows e-fold every `RISE_SECONDS`, in the `WINDOW_SECONDS`
before the deadline, which is at 0. They are handed out in the order of their arrival; a worker grades one at a time,
for a time drawn from those that were measured; the writer writes one at a time, in the order in which they are graded,
and no more than `AHEAD` beyond one for each worker are handed out and not yet written, as in `chainrule grade`.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.course.batch import AHEAD

Seconds = NDArray[np.float64]

RISE_SECONDS = 6 * 3600.0
WINDOW_SECONDS = 7 * 24 * 3600.0
WORKERS = tuple(2**k for k in range(9))


@dataclass(frozen=True)
class Waiting:
    """For how long students wait from handing in until their result is written, in seconds."""

    median: float
    most: float
    """95 % wait no longer."""
    worst: float
    last_done: float
    """When all are written, after the deadline."""

    @classmethod
    def of(cls, arrived: Seconds, written: Seconds) -> Waiting:
        """That of submissions which arrived and were written then."""
        waited = written - arrived
        median, most, worst = np.quantile(waited, [0.5, 0.95, 1.0])
        return cls(float(median), float(most), float(worst), float(written.max()))


def arrivals(submissions: int, rng: np.random.Generator) -> Seconds:
    """When submissions arrive, in order; the deadline is at 0, and all arrive before."""
    left_out = np.exp(-WINDOW_SECONDS / RISE_SECONDS)
    times: Seconds = RISE_SECONDS * np.log(1 - rng.random(submissions) * (1 - left_out))
    return np.sort(times)


def peak_rate(submissions: int) -> float:
    """Arrivals per second just before the deadline."""
    return float(submissions / RISE_SECONDS / (1 - np.exp(-WINDOW_SECONDS / RISE_SECONDS)))


def written_at(arrived: Seconds, grading: Seconds, writing: float, workers: int, ahead: int = AHEAD) -> Seconds:
    """When each submission is written; they come in the order of their arrival, with the seconds that grading takes."""
    written = np.empty(len(arrived))
    free = [-np.inf] * workers
    graded: list[tuple[float, int]] = []
    """When those that were handed out and are not yet written are graded."""
    writer_free = room_since = -np.inf
    for number, (arrival, seconds) in enumerate(zip(arrived.tolist(), grading.tolist(), strict=True)):
        if len(graded) == workers + ahead:
            done, earlier = heapq.heappop(graded)
            # Whatever is handed out now is graded later than that one, so the writer's order is known.
            room_since = writer_free = written[earlier] = max(writer_free, done) + writing
        done = max(arrival, free[0], room_since) + seconds
        heapq.heapreplace(free, done)
        heapq.heappush(graded, (done, number))
    while graded:
        done, earlier = heapq.heappop(graded)
        writer_free = written[earlier] = max(writer_free, done) + writing
    return written


def simulated(submissions: int, measured: list[float], writing: float, seed: int = 0) -> dict[int, Waiting]:
    """The waiting times by number of workers; the same submissions for all."""
    rng = np.random.default_rng(seed)
    arrived = arrivals(submissions, rng)
    grading = rng.choice(np.array(measured, dtype=np.float64), size=submissions)
    return {workers: Waiting.of(arrived, written_at(arrived, grading, writing, workers)) for workers in WORKERS}


def saturating_workers(measured: list[float], writing: float) -> float:
    """So many workers keep the writer busy all the time; more of them grade no more per second."""
    return float(np.mean(measured)) / writing
