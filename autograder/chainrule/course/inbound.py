"""What lies in the exchange's inbound folder: whose it is by the file system, and when it came by the kernel's clock.

Students write there what they like, and name it as they like.
"""

from __future__ import annotations

import errno
import fnmatch
import functools
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chainrule.course import timestamps
from chainrule.sandbox.beneath import open_beneath
from chainrule.sandbox.entry import Entry, shown
from chainrule.sandbox.walk import entries

MOST_REFUSED = 100
"""So many refusals are told one by one."""

Owner = Callable[[str], int | None]
"""The number of the user who must own what is handed in as a student; None: whoever owns the folder."""


class RefusedError(Exception):
    """What somebody laid into the exchange is not collected; the message says why, as in "it belongs to bob"."""


class ChangedError(RefusedError):
    """It is being changed just now; what it will be can be collected later."""


@dataclass(frozen=True)
class HandedIn:
    """A folder in the exchange: its name there, the student, and when anything of it was last changed, in UTC."""

    folder: str
    student: str
    time: datetime


class Inbound:
    """An exchange's inbound folder, and what was handed in there for one assignment."""

    def __init__(self, place: Path, assignment: str, owner: Owner, most: int) -> None:
        """`most` is the number of files and folders in one submission that are looked at."""
        self.refused: list[str] = []
        self._place = place
        self._assignment = assignment
        self._owner = functools.cache(owner)
        self._most = most

    def handed_in(self, students: str) -> dict[str, list[HandedIn]]:
        """All submissions of students whose names fit this pattern, by student, the latest first.

        What is refused is named in `refused`, a sentence each.
        """
        found: dict[str, list[HandedIn]] = {}
        with self._opened() as inbound, os.scandir(inbound) as folders:
            for folder in folders:
                student, between, _ = folder.name.partition(f"+{self._assignment}+")
                if not between or not fnmatch.fnmatchcase(student, students):
                    continue
                try:
                    one = self._looked_at(inbound, folder.name, student)
                except RefusedError as error:
                    self.refused.append(f"{shown(folder.name)} in {self._place} was refused: {error}.")
                    continue
                found.setdefault(student, []).append(one)
        return {student: sorted(all_of, key=_last_first, reverse=True) for student, all_of in sorted(found.items())}

    def names(self) -> list[str]:
        """The names of all that lies there, whatever it is."""
        with self._opened() as inbound, os.scandir(inbound) as folders:
            return sorted(folder.name for folder in folders)

    def one(self, name: str) -> HandedIn | None:
        """The submission in the folder of this name; None if it belongs to another assignment.

        Raises:
            RefusedError: it is not its student's, or no folder.
        """
        student, between, _ = name.partition(f"+{self._assignment}+")
        if not between:
            return None
        with self._opened() as inbound:
            return self._looked_at(inbound, name, student)

    def has(self, name: str, file: str) -> bool:
        """Whether this file is in a folder, and not empty; what it says is not read."""
        opened: list[int] = []
        try:
            with self._opened() as inbound:
                opened.append(open_beneath(inbound, name, os.O_RDONLY | os.O_DIRECTORY, mounts=False))
                opened.append(open_beneath(opened[0], file, os.O_PATH, mounts=False))
                status = os.fstat(opened[1])
        except OSError:
            return False
        finally:
            for descriptor in opened:
                os.close(descriptor)
        return stat.S_ISREG(status.st_mode) and status.st_size > 0

    def has_changed_since(self, name: str, moment: datetime) -> bool:
        """Whether this is a folder that was itself changed after a moment, in UTC and naive."""
        try:
            with self._opened() as inbound:
                status = os.stat(name, dir_fd=inbound, follow_symlinks=False)
        except OSError:
            return False
        return stat.S_ISDIR(status.st_mode) and timestamps.moment(status.st_ctime_ns) > moment

    @contextmanager
    def entries_of(self, handed_in: HandedIn) -> Iterator[Iterator[Entry]]:
        """Everything in a submission, to be read; at the end of the block it must still be what it was.

        Raises:
            ChangedError: it changed meanwhile.
            RefusedError: it is not its student's any more.
        """
        with self._opened() as inbound:
            with self._folder(inbound, handed_in.folder, handed_in.student) as (folder, owner):
                yield (_owned(entry, owner) for entry in entries(folder, self._most, mounts=False))
            if self._looked_at(inbound, handed_in.folder, handed_in.student) != handed_in:
                raise ChangedError("it changed while it was collected; collect again")

    def _looked_at(self, inbound: int, name: str, student: str) -> HandedIn:
        with self._folder(inbound, name, student) as (folder, owner):
            newest = os.fstat(folder).st_ctime_ns
            for entry in entries(folder, self._most, mounts=False):
                if (status := _owned(entry, owner).status) is not None:
                    newest = max(newest, status.st_ctime_ns)
        return HandedIn(name, student, timestamps.moment(newest))

    @contextmanager
    def _opened(self) -> Iterator[int]:
        descriptor = os.open(self._place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _folder(self, inbound: int, name: str, student: str) -> Iterator[tuple[int, int]]:
        """A submission's folder, open, and the number of the user who owns it, as it must be."""
        _require_name(student)
        owner = self._owner(student)
        try:
            descriptor = open_beneath(inbound, name, os.O_RDONLY | os.O_DIRECTORY, mounts=False)
        except OSError as error:
            raise RefusedError(_no_folder(error)) from error
        try:
            found = os.fstat(descriptor).st_uid
            if owner is not None and found != owner:
                raise RefusedError(f"it says that {student} handed it in, and it belongs to {user(found)}")
            yield descriptor, found
        finally:
            os.close(descriptor)


def user(number: int) -> str:
    """The name of a user, as far as this machine knows it."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"the unknown user {number}"


def user_number(name: str) -> int:
    """The number of the user of this name.

    Raises:
        RefusedError: there is none.
    """
    try:
        return pwd.getpwnam(name).pw_uid
    except (KeyError, ValueError) as error:
        raise RefusedError(f"there is no user {shown(name)} on this machine") from error


def _last_first(one: HandedIn) -> tuple[datetime, str]:
    return one.time, one.folder


def _owned(entry: Entry, owner: int) -> Entry:
    if entry.status is not None and entry.status.st_uid != owner:
        raise RefusedError(f"{shown(entry.path)} in it belongs to {user(entry.status.st_uid)}, not to {user(owner)}")
    return entry


def _require_name(student: str) -> None:
    """Refuse what is no name of a student that can be that of a folder, too, and that nbgrader would find."""
    if not student or student.startswith(".") or not student.isprintable() or set(student) & set("/*?[]"):
        raise RefusedError("what stands for the student in its name is no user's name")


def _no_folder(error: OSError) -> str:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "it is a link or a file, not a folder"
    if error.errno == errno.EXDEV:
        return "it is another file system, mounted there"
    return f"it cannot be read ({error.strerror})"
