"""The files of a folder that are submitted: regular files alone, and not more than the service takes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

MOST_FILES = 500
LARGEST = 64 * 2**20
"""Bytes of all files together, which leaves room for how they are sent."""

Ignored = Callable[[str, list[str]], Iterable[str]]
"""Of the names in a folder those that stay here, as `shutil.copytree` asks for them."""


class FolderError(Exception):
    """A folder cannot be submitted as it is; the message says what is in the way and what to do."""


def files_of(folder: Path, ignored: Ignored) -> dict[str, bytes]:
    """The contents of the files of a folder, by their paths in it.

    Raises:
        FolderError: there are none, too many, they are too large, or something else than a file is among them.
    """
    found: dict[str, bytes] = {}
    room = LARGEST
    for path in _paths(folder, ignored):
        content = _content(folder, path, room)
        room -= len(content)
        found[path] = content
        if len(found) > MOST_FILES:
            raise FolderError(f"{folder.name} has more than {MOST_FILES} files: remove those that are not asked for.")
    if not found:
        raise FolderError(f"{folder.name} has no files to submit.")
    return found


def _paths(folder: Path, ignored: Ignored) -> Iterable[str]:
    for place, folders, names in os.walk(folder):
        left_out = set(ignored(place, sorted([*folders, *names])))
        folders[:] = sorted(set(folders) - left_out)
        within = Path(place).relative_to(folder)
        for name in folders:
            if (Path(place) / name).is_symlink():
                raise FolderError(_link(folder, within / name))
        for name in sorted(set(names) - left_out):
            yield (within / name).as_posix()


def _content(folder: Path, path: str, room: int) -> bytes:
    """One file, opened once and looked at then."""
    try:
        descriptor = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if (folder / path).is_symlink():
            raise FolderError(_link(folder, Path(path))) from error
        raise FolderError(f"{folder.name}/{path} cannot be read ({error.strerror}): mend or remove it.") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FolderError(f"{folder.name}/{path} is no file: remove it.")
        content = file.read(room + 1)
    if len(content) > room:
        raise FolderError(
            f"{folder.name} has more than {LARGEST // 2**20} MiB of files, counted up to {path}: "
            "remove large ones that are not asked for."
        )
    return content


def _link(folder: Path, path: Path) -> str:
    return f"{folder.name}/{path} is a link, and links are not submitted: put the file itself there, or remove it."
