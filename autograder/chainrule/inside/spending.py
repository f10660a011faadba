"""What a submission has spent: processor time, and how long it was awake at all, as its guard sees it."""

from __future__ import annotations

import os
import resource
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from chainrule.inside.messages import Used

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

AWAKE = frozenset("RD")
"""States of a thread that runs, waits for a core or waits for a disk: what another load on the machine can prolong."""


LATE_SECONDS = 0.25
"""After so long without a look, whoever looks did not get a core in time, or the whole machine stood still."""


class Spending:
    """Keeps account of a family of processes, below the process that it is kept in.

    The account is kept at every look, so that anybody can ask later what was used since when. What is said errs in
    favour of the submission, by the time between two looks: what nobody has seen asleep was awake.
    """

    def __init__(self) -> None:
        """Begin to count."""
        self._seen_at = time.monotonic()
        self._seen = 0.0
        self._less = False
        self._unclaimed = 0.0
        # One entry whenever something was used: nothing grows while a submission sleeps.
        self._moments = [self._seen_at]
        self._processor = [0.0]
        self._awake = [0.0]

    def look(self, family: Iterable[int]) -> None:
        """Take down what the processes below this one have used by now; `family` are those that are alive."""
        now = time.monotonic()
        passed, self._seen_at = now - self._seen_at, now
        processor, awake = self._measured(family)
        used = processor - self._processor[-1]
        awake_for = passed if awake or passed > LATE_SECONDS else min(used, passed)
        if awake_for > 0:
            self._moments.append(now)
            self._processor.append(processor)
            self._awake.append(self._awake[-1] + awake_for)

    def since(self, moment: float) -> Used:
        """What was used from a moment on, on the monotonic clock, until the last look."""
        before = max(bisect_right(self._moments, moment) - 1, 0)
        after = min(bisect_left(self._moments, moment), len(self._moments) - 1)
        return Used(moment, self._processor[-1] - self._processor[after], self._awake[-1] - self._awake[before])

    def _measured(self, family: Iterable[int]) -> tuple[float, bool]:
        """The processor time of the living and the ended, in seconds, and whether any of the living is awake."""
        # Children after their parents: one that ends meanwhile may be missed, but is never counted twice.
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = ended.ru_utime + ended.ru_stime
        living = {pid: _state_and_seconds(f"/proc/{pid}/stat") for pid in family}
        total += sum(seconds for _, seconds in living.values())
        # Most often it is the first thread of a process, whose state came with the process's.
        awake = any(state in AWAKE for state, _ in living.values()) or any(map(_has_thread_awake, living))
        return self._with_unclaimed(total), awake

    def _with_unclaimed(self, total: float) -> float:
        """Add what went with processes that nobody waited for.

        The first time it may be one that changed parents while we looked.
        """
        if total >= self._seen:
            self._seen, self._less = total, False
        elif self._less:
            self._unclaimed += self._seen - total
            self._seen, self._less = total, False
        else:
            self._less = True
        return self._seen + self._unclaimed


def _has_thread_awake(pid: int) -> bool:
    """Whether any thread of a process runs or could."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        # Gone while we looked.
        return False
    return any(_state_and_seconds(f"/proc/{pid}/task/{thread}/stat")[0] in AWAKE for thread in threads)


def _state_and_seconds(path: str) -> tuple[str, float]:
    """State and processor time of a process, with that of the children it has waited for, or of a thread."""
    try:
        with open(path, errors="replace") as lines:
            # The name in brackets can hold anything.
            fields = lines.read().rpartition(")")[2].split()
    except OSError:
        return "", 0.0
    return fields[0], sum(map(int, fields[11:15])) / TICKS_PER_SECOND
