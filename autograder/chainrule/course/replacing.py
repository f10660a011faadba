"""Replaces a folder by a new one: whole or not at all, and what was there before is there until the new one is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chainrule.sandbox.remove import remove_tree


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `target` at the end of the block; not after an exception."""
    put_back(target)
    waiting = _waiting(target)
    new, before = waiting / "new", waiting / "before"
    new.mkdir(parents=True)
    try:
        yield new
        if target.exists():
            target.rename(before)
        new.rename(target)
    finally:
        put_back(target)


def put_back(target: Path) -> None:
    """Remove what a replacement that was killed has left; the old folder comes back if there is no new one."""
    waiting = _waiting(target)
    if waiting.is_dir():
        if not target.exists() and (waiting / "before").exists():
            (waiting / "before").rename(target)
        remove_tree(waiting)
    with suppress(OSError):
        # Made for a folder that did not come about.
        target.parent.rmdir()


def _waiting(target: Path) -> Path:
    """A name that nbgrader does not look for."""
    return target.with_name(f".{target.name}.new")
