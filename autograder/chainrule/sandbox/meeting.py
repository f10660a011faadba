"""Where keepers of fork servers and their clients meet: a folder of the user's own, out of every sandbox's sight.

A keeper's socket lies there, named for the circumstances that it fits, and beside it a token that only those who can
read this folder know. Whoever looks for a keeper, starts one or withdraws one holds the folder's lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from chainrule.sandbox.held_folder import FolderError, places
from chainrule.sandbox.keeper_messages import Hello

POLL_SECONDS = 0.01
NAME_BYTES = 16
LONGEST = 107 - len("/.socket") - 2 * NAME_BYTES


def folder() -> Path:
    """The meeting place of this user, made if need be.

    Raises:
        FolderError: there is no place for it that nobody else can enter.
    """
    for place in places():
        found = place / f"chainrule-keepers-{os.geteuid()}"
        if len(os.fsencode(found)) <= LONGEST:
            with suppress(OSError):
                found.mkdir(mode=0o700, exist_ok=True)
                status = found.lstat()
                # The name can be foreseen: somebody else may have been there first.
                if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
                    return found
    raise FolderError(f"None of {', '.join(map(str, places()))} has room for a folder of one's own.")


def name(*circumstances: object) -> str:
    """The name of a keeper for these circumstances."""
    return hashlib.sha256(repr(circumstances).encode()).hexdigest()[: 2 * NAME_BYTES]


@contextmanager
def locked(place: Path, seconds: float) -> Iterator[None]:
    """Hold the lock of the meeting place.

    Raises:
        TimeoutError: somebody else held it for so many seconds.
    """
    deadline = time.monotonic() + seconds
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{place} is locked by another process") from None
                time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def connected(place: Path, keeper: str, idle_seconds: float) -> socket.socket | None:
    """A connection to the keeper of this name, with the greeting on its way; None if there is none. Under the lock."""
    try:
        token = (place / f"{keeper}.token").read_text()
    except FileNotFoundError:
        return None
    connection = _reached(place / f"{keeper}.socket")
    if connection is not None:
        try:
            connection.send(msgspec.json.encode(Hello(token, idle_seconds)))
        except (BrokenPipeError, ConnectionResetError):
            connection.close()
            return None
    return connection


def published(place: Path, keeper: str) -> tuple[socket.socket, str]:
    """A socket that listens under this name, and its token; what keepers left that were killed goes. Under the lock."""
    for left in place.glob("*.socket"):
        if (connection := _reached(left)) is None:
            _remove(place, left.stem)
        else:
            connection.close()
    _remove(place, keeper)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    token = secrets.token_hex(32)
    try:
        listening.bind(str(place / f"{keeper}.socket"))
        listening.listen()
        descriptor = os.open(place / f"{keeper}.token", os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token)
    except BaseException:
        listening.close()
        raise
    return listening, token


def withdrawn(place: Path, keeper: str, token: str) -> None:
    """Take a keeper's name away, unless another keeper has it by now. Under the lock."""
    with suppress(FileNotFoundError):
        if (place / f"{keeper}.token").read_text() == token:
            _remove(place, keeper)


def _reached(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


def _remove(place: Path, keeper: str) -> None:
    for end in ("token", "socket"):
        (place / f"{keeper}.{end}").unlink(missing_ok=True)
