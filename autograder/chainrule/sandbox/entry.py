"""One thing in a folder that somebody else filled: read as the file that it was when we looked, or not at all."""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chainrule.sandbox.beneath import open_beneath

KINDS = {
    stat.S_IFLNK: "it is a link, and links are not followed",
    stat.S_IFIFO: "it is a pipe, not a file",
    stat.S_IFSOCK: "it is a socket, not a file",
    stat.S_IFCHR: "it is a device, not a file",
    stat.S_IFBLK: "it is a device, not a file",
}
REPLACED = "it was replaced while it was read"
UNREADABLE = "it cannot be read"
MOUNTED = "it is another file system, mounted there"
BIDIRECTIONAL = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that make a name look like another one."""


class LeftOutError(Exception):
    """Something cannot be read as a file; the message says why, as in "it is a link"."""


@dataclass(frozen=True)
class Entry:
    """Something in a folder: its path there, what it is, and why it is left out if it is no sound file or folder.

    Of what cannot even be looked at there is no status. It can be read until the next entry is asked for.
    """

    path: str
    status: os.stat_result | None
    reason: str = ""
    folder: int = -1
    mounts: bool = True

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file that may be read."""
        return not self.reason and self.status is not None and stat.S_ISREG(self.status.st_mode)

    @property
    def is_notebook(self) -> bool:
        """Whether its name is that of a notebook."""
        return self.path.endswith(".ipynb")

    @property
    def size(self) -> int:
        """In bytes, when it was looked at."""
        return 0 if self.status is None else self.status.st_size

    def opened(self) -> BinaryIO:
        """The file, open for reading.

        Raises:
            LeftOutError: it cannot be opened, or is not what it was when it was looked at.
        """
        name = self.path.rpartition("/")[2]
        try:
            descriptor = open_beneath(self.folder, name, os.O_RDONLY | os.O_NONBLOCK, self.mounts)
        except OSError as error:
            raise LeftOutError(cannot_be_read(error)) from error
        if self.status is None or identity(os.fstat(descriptor)) != identity(self.status):
            os.close(descriptor)
            raise LeftOutError(REPLACED)
        return os.fdopen(descriptor, "rb")

    def content(self) -> bytes:
        """The content of the file.

        Raises:
            LeftOutError: it cannot be read.
        """
        with self.opened() as file:
            return b"".join(iter(lambda: _chunk(file), b""))

    def copy_to(self, target: Path, most: int | None = None) -> int:
        """Copy the content, of at most so many bytes, into a file that must not be there yet; returns its size.

        Raises:
            LeftOutError: it cannot be read, or is larger; there is no copy.
            OSError: the copy cannot be written.
        """
        size = 0
        with self.opened() as original, target.open("xb") as copy:
            try:
                while chunk := _chunk(original):
                    size += len(chunk)
                    if most is not None and size > most:
                        raise LeftOutError(larger_than(most))
                    copy.write(chunk)
            except LeftOutError:
                target.unlink()
                raise
        return size


def content_of(file: Path, most: int) -> bytes:
    """The content of a regular file, at most so many bytes and one more.

    Raises:
        LeftOutError: it is no regular file, or cannot be read.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        kind = stat.S_IFMT(file.lstat().st_mode) if os.path.lexists(file) else 0
        raise LeftOutError(KINDS.get(kind) or cannot_be_read(error)) from error
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        raise LeftOutError(KINDS.get(kind, "it is a folder, not a file"))
    with os.fdopen(descriptor, "rb") as opened:
        try:
            return opened.read(most + 1)
        except OSError as error:
            raise LeftOutError(cannot_be_read(error)) from error


def shown(path: str) -> str:
    """A path that somebody else chose, fit for a log and a report: short, and without what is not printable."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in path).replace("`", "'")
    return f"`{text if len(text) <= 80 else f'{text[:50]}…{text[-25:]}'}`"


def is_sound_name(name: str) -> bool:
    """Whether a file's name is text that can be shown, and looks like what it is."""
    kinds = {unicodedata.category(char) for char in name}
    return not kinds & {"Cc", "Cs", "Zl", "Zp"} and not set(name) & set(BIDIRECTIONAL)


def larger_than(size: int) -> str:
    """Why a file is left out that has more bytes than this."""
    return f"it is larger than the {size / 2**20:.3g} MiB allowed"


def identity(status: os.stat_result) -> tuple[int, ...]:
    """What something keeps for as long as nothing else is put in its place."""
    return status.st_dev, status.st_ino, status.st_uid, stat.S_IFMT(status.st_mode)


def cannot_be_read(error: OSError) -> str:
    """Why something is left out that the kernel does not open."""
    if error.errno == errno.EXDEV:
        return MOUNTED
    return f"{UNREADABLE} ({error.strerror or error})"


def _chunk(file: BinaryIO) -> bytes:
    try:
        return file.read(1 << 20)
    except OSError as error:
        raise LeftOutError(cannot_be_read(error)) from error
