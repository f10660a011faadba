"""Removes what a hostile process has made, or a whole folder that it has filled."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path


def remove_tree(folder: Path) -> None:
    """Remove `folder` with all that is in it, as far as that can be done; never follows a link.

    Folders nested a hundred thousand deep overflow every recursion and every path, and ones made without permissions
    cannot be listed. So: permissions first, and what lies deeper is moved up before it is looked at.
    """
    waiting = [folder]
    with suppress(OSError):
        while waiting:
            place = waiting.pop()
            place.chmod(0o700)
            with os.scandir(place) as entries:
                for entry in list(entries):
                    if entry.is_dir(follow_symlinks=False):
                        # A folder without write permission cannot be moved: its ".." would change.
                        os.chmod(entry.path, 0o700)
                        waiting.append(Path(entry.path) if place == folder else _moved_to(folder, entry.path))
                    else:
                        os.unlink(entry.path)
            if place != folder:
                place.rmdir()
    shutil.rmtree(folder, ignore_errors=True)


def clear(place: Path) -> None:
    """Remove what lies there, if anything: a file, a link, or a folder."""
    if place.is_dir() and not place.is_symlink():
        remove_tree(place)
    else:
        place.unlink(missing_ok=True)


def _moved_to(folder: Path, path: str) -> Path:
    higher = folder / f".{secrets.token_hex(8)}"
    os.rename(path, higher)
    return higher
