"""Locks that nobody waits for: who comes second is told so."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chainrule.course.loaded import CourseError


@contextmanager
def only_one(lock: Path, unwritable: str, taken: str) -> Iterator[None]:
    """Hold a lock; it goes with the process that holds it, whatever ends that.

    Raises:
        CourseError: its file cannot be written to, and `unwritable` says what follows; or `taken`,
            another process has it.
    """
    try:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = lock.open("a")
    except OSError as error:
        raise CourseError(f"{lock} cannot be written to ({error.strerror}): {unwritable}") from error
    with opened as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CourseError(taken) from error
        yield
