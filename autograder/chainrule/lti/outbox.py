"""What the platform was sent, and what it still has to get: a database in the course's folder, which survives restarts.

A message is written down before it is sent, with its moment: sent once more, it is the same message.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from chainrule.lti.failures import LtiError

FILE = Path(".chainrule") / "lti" / "outbox.db"

STEP = 1000
"""Milliseconds between two messages about the same score, at least: Moodle compares whole seconds."""

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 6 * 3600.0

_metadata = sa.MetaData()

_messages = sa.Table(
    "messages",
    _metadata,
    sa.Column("assignment", sa.String(128), primary_key=True),
    sa.Column("student", sa.String(128), primary_key=True),
    sa.Column("line_item", sa.Text, nullable=False),
    sa.Column("user_id", sa.String(255), nullable=False),
    sa.Column("points", sa.Float, nullable=False),
    sa.Column("most", sa.Float, nullable=False),
    sa.Column("moment", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("again", sa.Float, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

_line_items = sa.Table(
    "line_items",
    _metadata,
    sa.Column("assignment", sa.String(128), primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("lineitems", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
)

_rests = sa.Table(
    "rests",
    _metadata,
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)


class State(StrEnum):
    """Of a message."""

    DUE = "due"
    RECEIVED = "received"
    REFUSED = "refused"


@dataclass(frozen=True)
class Message:
    """The last about a student's score; `tries` since it was written, `again` the time before which it rests."""

    assignment: str
    student: str
    line_item: str
    user_id: str
    points: float
    most: float
    moment: int = 0
    state: State = State.DUE
    tries: int = 0
    again: float = 0.0
    reason: str = ""

    def says_the_same(self, other: Message) -> bool:
        """Whether both tell the platform the same of the same."""
        ours, theirs = ((one.line_item, one.user_id, one.points, one.most) for one in (self, other))
        return ours == theirs


@dataclass(frozen=True)
class Rest:
    """Until when the platform is left alone, why, and after how many times that it could not be asked, in a row."""

    until: float = 0.0
    times: int = 0
    reason: str = ""


class Outbox:
    """The messages of a course. One process at a time writes."""

    def __init__(self, course: Path) -> None:
        """Open it, and make it where there is none.

        Raises:
            LtiError: it cannot be read or written.
        """
        self._file = course.absolute() / FILE
        with self._in_order():
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._engine = sa.create_engine(f"sqlite:///{self._file}")
            _metadata.create_all(self._engine)

    def close(self) -> None:
        """Disconnect."""
        self._engine.dispose()

    def messages(self) -> dict[tuple[str, str], Message]:
        """All, by assignment and student."""
        with self._in_order(), self._engine.connect() as connection:
            rows = connection.execute(sa.select(_messages)).all()
        names = [field.name for field in fields(Message)]
        found = [Message(**{name: getattr(row, name) for name in names} | {"state": State(row.state)}) for row in rows]
        return {(one.assignment, one.student): one for one in found}

    def keep(self, message: Message) -> None:
        """Write it down, in the place of the last about the same score."""
        mine = (_messages.c.assignment == message.assignment) & (_messages.c.student == message.student)
        values = {field.name: getattr(message, field.name) for field in fields(Message)}
        with self._in_order(), self._engine.begin() as connection:
            connection.execute(sa.delete(_messages).where(mine))
            connection.execute(sa.insert(_messages).values(values | {"state": str(message.state)}))

    def line_item(self, assignment: str, label: str, lineitems: str) -> str:
        """The line item that was found or made for an assignment; empty if none was, or for another label or place."""
        wanted = (assignment, label, lineitems)
        with self._in_order(), self._engine.connect() as connection:
            rows = connection.execute(sa.select(_line_items)).all()
        return next((str(row.url) for row in rows if (row.assignment, row.label, row.lineitems) == wanted), "")

    def keep_line_item(self, assignment: str, label: str, lineitems: str, url: str) -> None:
        """Remember it."""
        with self._in_order(), self._engine.begin() as connection:
            connection.execute(sa.delete(_line_items).where(_line_items.c.assignment == assignment))
            values = {"assignment": assignment, "label": label, "lineitems": lineitems, "url": url}
            connection.execute(sa.insert(_line_items).values(values))

    def rest(self) -> Rest:
        """The platform's, as it was kept last."""
        with self._in_order(), self._engine.connect() as connection:
            rows = connection.execute(sa.select(_rests)).all()
        return next((Rest(row.until, row.times, row.reason) for row in rows), Rest())

    def keep_rest(self, rest: Rest) -> None:
        """Remember it."""
        with self._in_order(), self._engine.begin() as connection:
            connection.execute(sa.delete(_rests))
            connection.execute(sa.insert(_rests).values(vars(rest)))

    @contextmanager
    def _in_order(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise LtiError(
                f"{self._file}, which says what was sent, cannot be used ({reason}): give it to the course's account."
            ) from error


def later_moment(last: int) -> int:
    """A moment for a new message, in milliseconds: now, and always later than the last one."""
    return max(int(time.time() * 1000), last + STEP)


def pause(tries: int) -> float:
    """Seconds to wait after so many tries in vain: growing, and never more than some hours."""
    return float(min(FIRST_PAUSE * 2 ** min(tries - 1, 16), LONGEST_PAUSE))
