"""The history of attempts in a database: SQLite in the course's folder, or PostgreSQL by its URL.

Every change of a state is one UPDATE that names the state before, so that of two who try, one succeeds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from chainrule.service.attempts import NOBODY, UNDECIDED, Attempt, State

FILE = Path(".chainrule") / "service" / "history.db"
"""In the course's folder."""

_metadata = sa.MetaData()


class _Utc(sa.TypeDecorator[datetime]):
    """A moment in UTC; SQLite knows no time zones."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


_attempts = sa.Table(
    "attempts",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("student", sa.String(128), nullable=False),
    sa.Column("assignment", sa.String(128), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", _Utc, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("origin", sa.String(512), nullable=False, unique=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("started", _Utc),
    sa.Column("ended", _Utc),
    sa.Column("feedback", _Utc),
    sa.Column("score", sa.Float),
    sa.Column("max_score", sa.Float),
    sa.Column("grader", sa.String(128), nullable=False, default=""),
    sa.UniqueConstraint("student", "assignment", "number"),
    sa.Index("of_student", "student", "assignment"),
)

_policies = sa.Table(
    "policies",
    _metadata,
    sa.Column("assignment", sa.String(128), primary_key=True),
    sa.Column("policy", sa.Text, nullable=False),
)

_counting = sa.Table(
    "counting",
    _metadata,
    sa.Column("student", sa.String(128), primary_key=True),
    sa.Column("assignment", sa.String(128), primary_key=True),
    sa.Column("attempt", sa.Integer, nullable=False, unique=True),
)
"""Whose grades the gradebook has."""

_sizes = sa.Table(
    "sizes",
    _metadata,
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)
"""Of the attempts whose files are kept; not of those that came before this was counted."""

_ALL = sa.select(_attempts, _counting.c.attempt.is_not(None).label("counts")).select_from(
    _attempts.outerjoin(_counting, _counting.c.attempt == _attempts.c.id)
)

_NEVER_HAD_A_TURN = (
    _attempts.c.state.in_([str(state) for state in UNDECIDED]),
    # One that was graded before keeps its place among the attempts of which the best may count.
    _attempts.c.ended.is_(None),
)


class HistoryError(RuntimeError):
    """The history cannot be used; the message says why and what to do."""


class History:
    """All attempts of a course. One process writes; it may be used from several threads."""

    def __init__(self, url: str) -> None:
        """Open it, and make its tables where there are none.

        Raises:
            HistoryError: the database cannot be opened or written.
        """
        self._url = url
        with self._in_order():
            self._engine = sa.create_engine(url)
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _to_wal)
            _metadata.create_all(self._engine)
            self._fill_counting()

    def close(self) -> None:
        """Disconnect."""
        self._engine.dispose()

    def add(
        self,
        student: str,
        assignment: str,
        at: datetime,
        digest: str,
        origin: str,
        state: State,
        reason: str = "",
        size: int = 0,
    ) -> Attempt | None:
        """Record an attempt under its number; None if what came from this origin is recorded already.

        `size` is that of the files that are kept of it, in bytes.

        Raises:
            HistoryError: the database cannot be written.
        """
        numbers = sa.select(sa.func.coalesce(sa.func.max(_attempts.c.number), 0) + 1).where(
            _attempts.c.student == student, _attempts.c.assignment == assignment
        )
        row = {
            "student": student,
            "assignment": assignment,
            "number": numbers.scalar_subquery(),
            "at": at,
            "digest": digest,
            "origin": origin,
            "state": state,
            "reason": reason,
        }
        with self._in_order():
            try:
                with self._engine.begin() as connection:
                    made = connection.execute(sa.insert(_attempts).values(row)).inserted_primary_key
                    assert made is not None
                    if size:
                        connection.execute(sa.insert(_sizes).values(attempt=made[0], bytes=size))
                    return self._one(connection, made[0])
            except IntegrityError:
                if self.from_origin(origin) is None:
                    raise
                return None

    def change(
        self, attempt: int, before: Collection[State], after: State, counts: bool = True, **columns: Any
    ) -> bool:
        """Take an attempt from one of the states `before` to `after`; False if it is in none of them.

        One that is graded is from now on the one that counts, unless it is said that it is not.
        """
        statement = (
            sa.update(_attempts)
            .where(_attempts.c.id == attempt, _attempts.c.state.in_([str(state) for state in before]))
            .values(state=str(after), **columns)
        )
        with self._in_order(), self._engine.begin() as connection:
            done = bool(connection.execute(statement).rowcount)
            if done and counts and after is State.GRADED:
                _let_count(connection, attempt)
            return done

    def has_feedback(self, attempt: int, at: datetime) -> None:
        """Its feedback page is there."""
        with self._in_order(), self._engine.begin() as connection:
            connection.execute(sa.update(_attempts).where(_attempts.c.id == attempt).values(feedback=at))

    def supersede(self, newer: Attempt) -> list[int]:
        """Older attempts at the same that never had a turn have none any more; returns which."""
        older = (
            _attempts.c.student == newer.student,
            _attempts.c.assignment == newer.assignment,
            _attempts.c.number < newer.number,
            *_NEVER_HAD_A_TURN,
        )
        with self._in_order(), self._engine.begin() as connection:
            found = [row.id for row in connection.execute(sa.select(_attempts.c.id).where(*older))]
            reason = f"Attempt {newer.number} came before its turn."
            connection.execute(sa.update(_attempts).where(*older).values(state=str(State.SUPERSEDED), reason=reason))
        return found

    def dropped(self, attempt: int) -> None:
        """Its files are no longer kept."""
        with self._in_order(), self._engine.begin() as connection:
            connection.execute(sa.delete(_sizes).where(_sizes.c.attempt == attempt))

    def kept(self, student: str, assignment: str) -> int:
        """The bytes that are kept of a student, but for what a new attempt at the assignment would supersede."""
        whose = _attempts.join(_sizes, _sizes.c.attempt == _attempts.c.id)
        total = sa.select(sa.func.coalesce(sa.func.sum(_sizes.c.bytes), 0)).select_from(whose)
        superseded = sa.and_(_attempts.c.assignment == assignment, *_NEVER_HAD_A_TURN)
        with self._in_order(), self._engine.connect() as connection:
            found = connection.execute(total.where(_attempts.c.student == student, sa.not_(superseded)))
            return int(found.scalar_one())

    def moments(self, student: str, since: datetime, *, refused: bool) -> list[datetime]:
        """When the attempts of a student came that were taken after a moment, or those that were refused."""
        is_refused = _attempts.c.state == str(State.REFUSED)
        statement = sa.select(_attempts.c.at).where(
            _attempts.c.student == student, _attempts.c.at > since, is_refused if refused else sa.not_(is_refused)
        )
        with self._in_order(), self._engine.connect() as connection:
            return [row.at for row in connection.execute(statement)]

    def take_up(self) -> list[int]:
        """After a restart: what was being graded is queued again; returns which."""
        grading = _attempts.c.state == str(State.GRADING)
        with self._in_order(), self._engine.begin() as connection:
            found = [row.id for row in connection.execute(sa.select(_attempts.c.id).where(grading))]
            connection.execute(sa.update(_attempts).where(grading).values(state=str(State.QUEUED), started=None))
        return found

    def get(self, attempt: int) -> Attempt | None:
        """The attempt of this id."""
        return next(self._found(_attempts.c.id == attempt), None)

    def from_origin(self, origin: str) -> Attempt | None:
        """What came from there."""
        return next(self._found(_attempts.c.origin == origin), None)

    def of(self, student: str, assignment: str | None = None) -> list[Attempt]:
        """A student's attempts, at one assignment or at all; oldest first."""
        at_one = [] if assignment is None else [_attempts.c.assignment == assignment]
        return list(self._found(_attempts.c.student == student, *at_one))

    def in_state(self, *states: State) -> list[Attempt]:
        """All attempts in these states, oldest first."""
        return list(self._found(_attempts.c.state.in_([str(state) for state in states])))

    def at(self, assignment: str) -> list[Attempt]:
        """All attempts at an assignment, oldest first."""
        return list(self._found(_attempts.c.assignment == assignment))

    def ended_since(self, moment: datetime) -> list[Attempt]:
        """All whose grading ended after a moment."""
        return list(self._found(_attempts.c.ended > moment))

    def origins(self, beginning: str) -> set[str]:
        """All origins that begin so."""
        with self._in_order(), self._engine.connect() as connection:
            found = connection.execute(
                sa.select(_attempts.c.origin).where(_attempts.c.origin.startswith(beginning, autoescape=True))
            )
            return {row.origin for row in found}

    def without_page(self) -> list[Attempt]:
        """The attempts that are graded and count, and have no feedback page."""
        graded = _attempts.c.state == str(State.GRADED)
        return list(self._found(graded, _counting.c.attempt.is_not(None), _attempts.c.feedback.is_(None)))

    def for_a_human(self, most: int) -> tuple[list[Attempt], int]:
        """What failed, what could not be graded in part, and what is shown to be nobody's: `most` of it, and how many.

        Students' attempts first, of each kind the newest: anybody may lay what is nobody's into the exchange.
        """
        graded = sa.and_(
            _attempts.c.state == str(State.GRADED), _attempts.c.reason != "", _counting.c.attempt.is_not(None)
        )
        refused = sa.and_(_attempts.c.state == str(State.REFUSED), _attempts.c.student == NOBODY)
        found = sa.or_(_attempts.c.state == str(State.FAILED), graded, refused)
        number = sa.select(sa.func.count()).select_from(_ALL.where(found).subquery())
        last = sa.case((_attempts.c.student == NOBODY, 1), else_=0)
        with self._in_order(), self._engine.connect() as connection:
            rows = connection.execute(_ALL.where(found).order_by(last, _attempts.c.id.desc()).limit(most)).all()
            return [_attempt(row) for row in rows], int(connection.execute(number).scalar_one())

    def counts(self) -> dict[State, int]:
        """How many attempts are in each state that occurs."""
        return dict(sum(self.counts_by_assignment().values(), Counter[State]()))

    def counts_by_assignment(self) -> dict[str, Counter[State]]:
        """The same of each assignment that was handed in."""
        return self._counted()

    def refused_of_students(self) -> dict[str, int]:
        """By assignment, how many attempts were refused of which it is known whose they are."""
        counted = self._counted(_attempts.c.state == str(State.REFUSED), _attempts.c.student != NOBODY)
        return {name: states.total() for name, states in counted.items()}

    def _counted(self, *conditions: sa.ColumnElement[bool]) -> dict[str, Counter[State]]:
        columns = _attempts.c.assignment, _attempts.c.state
        statement = sa.select(*columns, sa.func.count().label("number")).where(*conditions).group_by(*columns)
        counted: dict[str, Counter[State]] = defaultdict(Counter)
        with self._in_order(), self._engine.connect() as connection:
            for row in connection.execute(statement.order_by(_attempts.c.assignment)):
                counted[row.assignment][State(row.state)] = int(row.number)
        return dict(counted)

    def assignments(self) -> list[str]:
        """All that were handed in."""
        with self._in_order(), self._engine.connect() as connection:
            found = connection.execute(sa.select(_attempts.c.assignment).distinct())
            return sorted(row.assignment for row in found)

    def policies(self) -> dict[str, str]:
        """What an instructor has set for assignments, as JSON, by assignment."""
        with self._in_order(), self._engine.connect() as connection:
            return {row.assignment: row.policy for row in connection.execute(sa.select(_policies))}

    def set_policy(self, assignment: str, policy: str) -> None:
        """Keep what an instructor has set for an assignment."""
        with self._in_order(), self._engine.begin() as connection:
            connection.execute(sa.delete(_policies).where(_policies.c.assignment == assignment))
            connection.execute(sa.insert(_policies).values(assignment=assignment, policy=policy))

    def _fill_counting(self) -> None:
        """Histories of before anything else could count: the latest graded attempt does."""
        graded = sa.select(
            _attempts.c.student, _attempts.c.assignment, sa.func.max(_attempts.c.id).label("attempt")
        ).where(_attempts.c.state == str(State.GRADED))
        latest = graded.group_by(_attempts.c.student, _attempts.c.assignment).subquery()
        known = sa.and_(_counting.c.student == latest.c.student, _counting.c.assignment == latest.c.assignment)
        lacking = sa.select(latest).where(~sa.exists().where(known))
        with self._engine.begin() as connection:
            connection.execute(sa.insert(_counting).from_select(["student", "assignment", "attempt"], lacking))

    def _found(self, *conditions: sa.ColumnElement[bool]) -> Iterator[Attempt]:
        statement = _ALL.where(*conditions).order_by(_attempts.c.id)
        with self._in_order(), self._engine.connect() as connection:
            rows: Sequence[Any] = connection.execute(statement).all()
        return map(_attempt, rows)

    def _one(self, connection: sa.Connection, attempt: int) -> Attempt:
        return _attempt(connection.execute(_ALL.where(_attempts.c.id == attempt)).one())

    @contextmanager
    def _in_order(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            place = sa.make_url(self._url).render_as_string(hide_password=True)
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise HistoryError(
                f"The history of attempts {place} cannot be used ({reason}): give it back to the course's account, or "
                "name another with --history."
            ) from error


def of_course(course: Path) -> str:
    """The URL of a course's own history; makes its folder."""
    file = course.absolute() / FILE
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"sqlite:///{file}"


def _to_wal(connection: Any, record: object) -> None:
    """Readers do not wait for the writer; a commit is on the disk."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _let_count(connection: sa.Connection, attempt: int) -> None:
    """In the place of the student's attempt that did."""
    whose = sa.select(_attempts.c.student, _attempts.c.assignment, _attempts.c.id).where(_attempts.c.id == attempt)
    row = connection.execute(whose).one()
    same = (_counting.c.student == row.student, _counting.c.assignment == row.assignment)
    connection.execute(sa.delete(_counting).where(*same))
    connection.execute(sa.insert(_counting).values(student=row.student, assignment=row.assignment, attempt=row.id))


def _attempt(row: Any) -> Attempt:
    values = {field.name: getattr(row, field.name) for field in fields(Attempt)}
    return Attempt(**values | {"state": State(row.state)})
