"""What is being written: a submission whose writing was killed half-way is graded again, whatever it has left."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

FOLDER = Path(".chainrule") / "unfinished"

RELEASE = ""
"""In the place of a student: the assignment itself, which grading tells the gradebook about if nobody has."""


def begin(course: Path, assignment: str, student: str = RELEASE) -> None:
    """Note what is about to be written; the note outlives this process."""
    note = _note(course, assignment, student)
    for folder in (note.parent.parent, note.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    note.touch()


def end(course: Path, assignment: str, student: str = RELEASE) -> None:
    """Take the note away: it is written, or what was written of it has been removed."""
    _note(course, assignment, student).unlink(missing_ok=True)


def is_unfinished(course: Path, assignment: str, student: str = RELEASE) -> bool:
    """Whether its writing was begun and not ended."""
    return _note(course, assignment, student).exists()


def _note(course: Path, assignment: str, student: str) -> Path:
    return course / FOLDER / hashlib.sha256(os.fsencode(f"{assignment}\0{student}")).hexdigest()[:32]
