"""The files beside a notebook: what is laid into a submission's scratch folder before its kernel starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chainrule.sandbox.entry import LeftOutError
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.walk import entries


def too_large(folders: Iterable[Path], limits: Limits) -> bool:
    """Whether the files below `folders` would fill more than half of what a scratch folder may hold."""
    seen = count = size = 0
    for folder in folders:
        for entry in entries(folder, most=limits.scratch_files):
            seen += 1
            if entry.is_file and not entry.is_notebook:
                count, size = count + 1, size + entry.size
            if seen > limits.scratch_files or entry.path.count("/") > limits.scratch_depth:
                return True
            if 2 * count > limits.scratch_files or 2 * size > limits.scratch_size:
                return True
    return False


def lay_in(folders: Iterable[Path], target: Path) -> None:
    """Copy the regular files below each folder, except notebooks; of two in the same place the first one stays.

    Raises:
        OSError: a copy cannot be written, or a file of the first folder, which is ours, cannot be read. What cannot
            be read of the others is left out, and named where the submission's report is written.
    """
    for place, folder in enumerate(folders):
        for entry in entries(folder):
            if not entry.is_file or entry.is_notebook:
                continue
            copy = target / entry.path
            try:
                copy.parent.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError):
                # An earlier folder has a file where this one has a folder.
                continue
            if not copy.exists():
                with _unless_ours(folder / entry.path, ours=place == 0):
                    entry.copy_to(copy)


def contents(folder: Path, ours: bool) -> dict[str, bytes]:
    """The content of the regular files below a folder, except notebooks, by their paths there.

    Raises:
        OSError: a file cannot be read, and the folder is ours. In one that was handed in it is left out.
    """
    found = {}
    for entry in entries(folder):
        if entry.is_file and not entry.is_notebook:
            with _unless_ours(folder / entry.path, ours):
                found[entry.path] = entry.content()
    return found


@contextmanager
def _unless_ours(file: Path, ours: bool) -> Iterator[None]:
    """Go on without a file that cannot be read, unless it is ours."""
    try:
        yield
    except LeftOutError as error:
        if ours:
            raise OSError(f"{file}: {error}") from error
