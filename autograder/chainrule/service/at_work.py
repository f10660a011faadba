"""What the grading process does at the moment, in words for instructors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from chainrule.service.orders import Grade, GradeAgain, MakePages, Order, WarmUp, WriteAgain


@dataclass
class AtWork:
    """What is being done, since when, and how often the process has ended unasked."""

    doing: str = ""
    since: datetime | None = None
    ended: int = 0

    def begin(self, order: Order) -> None:
        """This is being done now."""
        self.doing, self.since = in_words(order), datetime.now(UTC)

    def end(self) -> None:
        """It is done."""
        self.doing, self.since = "", None


def in_words(order: Order) -> str:
    """What an instructor reads of an order."""
    match order:
        case Grade():
            return f"grading {len(order.attempts)} of {order.assignment}"
        case GradeAgain():
            return f"grading {len(order.attempts)} of {order.assignment} again, not written yet"
        case WriteAgain():
            return f"writing {len(order.attempts)} of {order.assignment} that were graded again"
        case MakePages():
            return f"making {len(order.attempts)} feedback pages of {order.assignment}"
        case WarmUp():
            return f"warming up for {order.assignment}"
