"""One connection to the gradebook for a whole batch, and few commits; nbgrader opens about ten per submission."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from chainrule.course.loaded import CourseError

OF_THE_DATA = (DataError, IntegrityError)
"""Errors that say something of what was to be written; all others are the database's own."""


class OneGradebook:
    """What all gradebooks of a block share. Nothing is durable before `commit`."""

    def __init__(self, url: str, course_id: str) -> None:
        """Connect.

        Raises:
            CourseError: the database cannot be opened or written; says why.
        """
        try:
            self._gradebook = Gradebook(url, course_id)
        except SQLAlchemyError as error:
            raise database_problem(error, url) from error
        self._url = url
        self.problem: SQLAlchemyError | None = None
        """What has gone wrong with the database itself since this was None; nbgrader makes other errors of it."""
        event.listen(self._gradebook.engine, "handle_error", self._hear)
        self._commit = self._gradebook.db.commit
        # What nbgrader and we commit after every cell is written in one go, at the end of a submission.
        self._gradebook.db.commit = self._gradebook.db.flush

    def commit(self) -> None:
        """Make what was written durable."""
        self._commit()

    def rollback(self) -> None:
        """Forget what was written since the last commit."""
        self._gradebook.db.rollback()

    def close(self) -> None:
        """Disconnect; what was not committed is forgotten."""
        self._gradebook.db.remove()
        self._gradebook.engine.dispose()

    def _hear(self, context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        if error is not None and not isinstance(error, OF_THE_DATA):
            self.problem = error

    @contextmanager
    def in_place_of_all(self) -> Iterator[None]:
        """In this block each gradebook that is opened for the same database is this one."""
        opened, closed = Gradebook.__init__, Gradebook.close

        def open_shared(
            gradebook: Gradebook, db_url: str, course_id: str = "default_course", authenticator: Any = None
        ) -> None:
            if db_url != self._url:
                opened(gradebook, db_url, course_id, authenticator)
                return
            gradebook.engine, gradebook.db = self._gradebook.engine, self._gradebook.db
            gradebook.course_id, gradebook.authenticator = course_id, authenticator

        def close_unless_shared(gradebook: Gradebook) -> None:
            if gradebook.db is not self._gradebook.db:
                closed(gradebook)

        Gradebook.__init__, Gradebook.close = open_shared, close_unless_shared
        try:
            yield
        finally:
            Gradebook.__init__, Gradebook.close = opened, closed


def database_problem(error: SQLAlchemyError, url: str, so: str = "nothing more was graded") -> CourseError:
    """One sentence about a database that is not there, locked, or without rights; without its password."""
    from sqlalchemy.engine import make_url

    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    place = make_url(url).render_as_string(hide_password=True)
    return CourseError(f"The gradebook {place} cannot be used ({reason}): {so}.")
