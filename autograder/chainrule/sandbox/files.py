"""The files beside a notebook: what is laid into a submission's scratch folder before its kernel starts."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from chainrule.sandbox.limits import Limits


def regular_files(folder: Path) -> Iterator[Path]:
    """The regular files below `folder`, notebooks left out; links, devices and pipes are never followed."""
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not (here / name).is_symlink())
        for name in sorted(names):
            status = (here / name).lstat()
            if stat.S_ISREG(status.st_mode) and not name.endswith(".ipynb"):
                yield here / name


def too_large(folders: Iterable[Path], limits: Limits) -> bool:
    """Whether the files below `folders` would fill more than half of what a scratch folder may hold."""
    count = size = 0
    for folder in folders:
        for file in regular_files(folder):
            count, size = count + 1, size + file.lstat().st_size
            if 2 * count > limits.scratch_files or 2 * size > limits.scratch_size:
                return True
    return False


def lay_in(folders: Iterable[Path], target: Path) -> None:
    """Copy the regular files below each folder, except notebooks; of two in the same place the first one stays."""
    for folder in folders:
        for file in regular_files(folder):
            copy = target / file.relative_to(folder)
            try:
                copy.parent.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError):
                # An earlier folder has a file where this one has a folder.
                continue
            if not copy.exists():
                _copy(file, copy)


def content_of(file: Path) -> bytes:
    """A regular file's content; a link that has taken its place meanwhile is not followed."""
    with _opened(file) as original:
        return original.read()


def _copy(file: Path, copy: Path) -> None:
    with _opened(file) as original, copy.open("xb") as fresh:
        shutil.copyfileobj(original, fresh, 1 << 20)


def _opened(file: Path) -> BinaryIO:
    return os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
