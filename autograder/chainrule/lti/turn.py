"""One process at a time sends a course's scores: the service, or somebody who types the command."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chainrule.lti.failures import LtiError

LOCK = Path(".chainrule") / "lti" / "lock"


@contextmanager
def alone(course: Path) -> Iterator[None]:
    """One process at a time sends: two would both send what is new.

    Raises:
        LtiError: another one does.
    """
    file = course / LOCK
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = file.open("a")
    except OSError as error:
        raise LtiError(f"{file} cannot be written to ({error.strerror}): nothing was sent.") from error
    with opened as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LtiError("Another process sends this course's scores just now: look again in a minute.") from error
        yield
