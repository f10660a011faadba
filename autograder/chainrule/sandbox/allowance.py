"""A stretch of time that a submission's code may take, counted so that no other load on the machine shortens it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.limits import BACKSTOP

SHORTEST_SECONDS, LONGEST_SECONDS = 0.05, 0.5
"""Between two questions to the guard, once one may be needed."""

Spent = Callable[[], tuple[float, float]]
"""What a process has used so far: seconds of processor time, and seconds in which it waited for a core."""


class Allowance:
    """So many seconds of processor time for the code of one submission; the same of doing nothing at all.

    Counted are all processes of the submission, the thread of the grader that deals with them, and processes that work
    for it (`count`). Time in which they wait for a core counts as neither, and only ten times the wall clock ends
    everything. Time passes within `with` blocks, and the allowance belongs to the thread that made it.
    """

    def __init__(self, kernel: SandboxedKernel, seconds: float) -> None:
        """Begin to count."""
        self._kernel = kernel
        self._seconds = seconds
        self._since = time.monotonic()
        self._waited_since = _waited_for_a_core()
        self._began: tuple[float, float] | None = None
        self._wall = self._own = 0.0
        self._others: list[Spent] = []
        self._how = ""
        self.slept = False
        """Whether it was used up by doing nothing."""
        # The guard need not be asked before: nothing can be used up yet that is worth the question.
        self._look_at = seconds

    def __enter__(self) -> None:
        """Let time pass."""
        self._began = time.monotonic(), time.thread_time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the clocks."""
        self._wall, self._own = self._passed()
        self._began = None

    def count(self, spent: Spent) -> None:
        """Count a process of the grader's too, which works while the code and this thread wait for it."""
        self._others.append(spent)

    def used_up(self) -> str:
        """How it was used up, as the end of a sentence about the code; empty while it is not."""
        wall, own = self._passed()
        if not self._how and wall >= self._look_at:
            self._how = self._look(wall, own)
        return self._how

    def patience(self) -> float:
        """How many seconds of wall clock one may wait before asking again."""
        return max(self._look_at - self._passed()[0], 0.0)

    def _look(self, wall: float, own: float) -> str:
        used = self._kernel.used(self._since)
        others = [spent() for spent in self._others]
        processor, asleep = own + sum(busy for busy, _ in others), 0.0
        if used is not None:
            asleep = wall - used.awake - processor - (_waited_for_a_core() - self._waited_since)
            asleep -= sum(waited for _, waited in others)
            processor += used.processor
        if processor > self._seconds:
            return f"did not finish within {self._seconds:g} s of processor time"
        if asleep > self._seconds:
            self.slept = True
            return f"waited for {self._seconds:g} s without doing anything"
        if wall > BACKSTOP * self._seconds:
            return f"did not finish within {BACKSTOP * self._seconds:g} s"
        left = self._seconds - max(processor, asleep)
        self._look_at = wall + min(max(left, SHORTEST_SECONDS), LONGEST_SECONDS)
        return ""

    def _passed(self) -> tuple[float, float]:
        """Wall clock, and the processor time of this thread."""
        if self._began is None:
            return self._wall, self._own
        wall, own = self._began
        return self._wall + time.monotonic() - wall, self._own + time.thread_time() - own


def _waited_for_a_core() -> float:
    """How long this thread has had something to do and no core to do it on."""
    return spent_by("thread-self")[1]


def spent_by(process: int | str) -> tuple[float, float]:
    """Seconds in which a process of one thread ran, and in which it waited for a core, as far as Linux says so."""
    with suppress(OSError), open(f"/proc/{process}/schedstat") as numbers:
        busy, waited, _ = numbers.read().split()
        return int(busy) / 1e9, int(waited) / 1e9
    return 0.0, 0.0
