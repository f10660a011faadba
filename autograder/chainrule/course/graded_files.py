"""What was graded last of each student: by its digest a new submission is told from the same one graded again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

FOLDER = Path(".chainrule") / "graded"


class Graded(msgspec.Struct, frozen=True):
    """The SHA-256 of the submission, and the teacher's scores by cell that were given to an earlier one."""

    digest: str
    kept: dict[str, float] = {}


def read(course: Path, names: dict[str, str]) -> Graded | None:
    """What was graded last of a student, None if nothing was; `names` are nbgrader's of the submission."""
    try:
        return msgspec.json.decode(_file(course, names).read_bytes(), type=Graded)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write(course: Path, names: dict[str, str], graded: Graded) -> None:
    """Note what is about to be graded, whole or not at all."""
    write_whole(_file(course, names), msgspec.json.encode(graded))


def write_whole(file: Path, content: bytes) -> None:
    """Write a file for the course's account alone, whole or not at all. One process writes it at a time."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # What one leaves that is killed at this is overwritten by the next.
    partial = file.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as new:
        new.write(content)
    partial.replace(file)


def _file(course: Path, names: dict[str, str]) -> Path:
    key = "\0".join((names["assignment"], names["notebook"], names["student"]))
    return course / FOLDER / hashlib.sha256(key.encode()).hexdigest()[:32]
