"""How much one student may hand in, whatever an assignment's policy allows: all of it is kept on the course's disk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from traitlets import Float, Integer
from traitlets.config import Configurable

from chainrule.service import times

HOUR = timedelta(hours=1)
MEBIBYTE = 2**20


class HandingIn(Configurable):
    """Set as `c.HandingIn.per_hour` and so on; 0 is no bound."""

    per_hour = Integer(
        60, min=0, help="How many attempts of one student are taken within an hour, at all assignments together."
    ).tag(config=True)
    kept = Float(
        1024.0, min=0, help="How much is kept of one student's attempts, at all assignments together, in MiB."
    ).tag(config=True)

    def too_often(self, taken: Sequence[datetime], at: datetime) -> str:
        """Why one that comes at that moment, after those `taken`, is one too many; empty if it is not.

        Nobody who is refused waits longer by it.
        """
        recent = sorted(moment for moment in taken if moment > at - HOUR)
        if not self.per_hour or len(recent) < self.per_hour:
            return ""
        free = recent[-self.per_hour] + HOUR
        # Rounded up: at the minute that is said, it is taken.
        free += timedelta(seconds=math.ceil(free.timestamp() / 60) * 60 - free.timestamp())
        return (
            f"{len(recent)} of your attempts came within an hour, and no more are taken: hand in again from "
            f"{times.moment(free)} UTC."
        )

    def too_much(self, kept: int, size: int) -> str:
        """Why one of so many bytes is too large for what is `kept` already; empty if it is not."""
        if not self.kept or kept + size <= self.kept * MEBIBYTE:
            return ""
        return (
            f"It has {size / MEBIBYTE:.3g} MiB, and your other attempts have {kept / MEBIBYTE:.4g} of the "
            f"{self.kept:g} that are kept of you: leave large files out of it, or ask your teacher for more."
        )
