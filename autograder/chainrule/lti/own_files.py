"""Reads the files that decide where scores go; one that others may write, or a key that they may read, is not taken."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from chainrule.lti.failures import LtiError

OTHERS_WRITE = 0o022
OTHERS_AT_ALL = 0o077

LARGEST = 4 * 2**20


def read(file: Path, forbidden: int = OTHERS_WRITE, owner: int | None = None) -> str:
    """The text of a file that has none of the `forbidden` bits in its mode, and is this account's or root's.

    Whoever looks for another account names the number of that as `owner`.

    Raises:
        FileNotFoundError
        LtiError: it is not so, or cannot be read; says what to do.
    """
    try:
        with file.open("rb") as opened:
            found = os.fstat(opened.fileno())
            raw = opened.read(LARGEST + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise LtiError(f"{file} cannot be read ({error.strerror}).") from error
    if found.st_uid not in (os.geteuid() if owner is None else owner, 0):
        raise LtiError(f"{file} belongs to another account: make it the course's own.")
    if stat.S_IMODE(found.st_mode) & forbidden:
        mode = "600" if forbidden == OTHERS_AT_ALL else "go-w"
        may = "read" if forbidden == OTHERS_AT_ALL else "write"
        raise LtiError(f"Others may {may} {file} (mode {stat.S_IMODE(found.st_mode):o}): chmod {mode} '{file}'.")
    try:
        if len(raw) > LARGEST:
            raise ValueError("it is too large")
        return raw.decode("utf-8-sig")
    except ValueError as error:
        raise LtiError(f"{file} cannot be read ({error}).") from error
