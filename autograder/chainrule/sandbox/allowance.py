"""A stretch of time that a submission's code may take, counted so that no other load on the machine shortens it."""

from __future__ import annotations

import time
from contextlib import suppress
from types import TracebackType

from chainrule.sandbox.kernel import SandboxedKernel
from chainrule.sandbox.limits import BACKSTOP

SHORTEST_SECONDS, LONGEST_SECONDS = 0.05, 0.5
"""Between two questions to the guard, once one may be needed."""


class Allowance:
    """So many seconds of processor time for the code of one submission; the same of doing nothing at all.

    Counted are all processes of the submission, and the thread of the grader that deals with them. Time in which they
    wait for a core counts as neither, and only ten times the wall clock ends everything. Time passes within `with`
    blocks, and the allowance belongs to the thread that made it.
    """

    def __init__(self, kernel: SandboxedKernel, seconds: float) -> None:
        """Begin to count."""
        self._kernel = kernel
        self._seconds = seconds
        self._since = time.monotonic()
        self._waited_since = _waited_for_a_core()
        self._began: tuple[float, float] | None = None
        self._wall = self._own = 0.0
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
        processor, asleep = own, 0.0
        if used is not None:
            processor += used.processor
            asleep = wall - used.awake - own - (_waited_for_a_core() - self._waited_since)
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
    """How long this thread has had something to do and no core to do it on, as far as Linux says so."""
    with suppress(OSError), open("/proc/thread-self/schedstat") as numbers:
        return int(numbers.read().split()[1]) / 1e9
    return 0.0
