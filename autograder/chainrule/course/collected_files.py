"""What collecting left out of a submission, kept until its report is written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from chainrule.course import graded_files, timestamps
from chainrule.sandbox.entry import LeftOutError, content_of

FOLDER = Path(".chainrule") / "collected"


class Collected(msgspec.Struct, frozen=True):
    """What `timestamp.txt` of the collected submission says, and sentences about what was left out."""

    timestamp: str
    notes: list[str]


def write(course: Path, assignment: str, student: str, collected: Collected) -> None:
    """Keep this, whole or not at all."""
    graded_files.write_whole(_file(course, assignment, student), msgspec.json.encode(collected))


def notes(course: Path, assignment: str, student: str, folder: Path) -> list[str]:
    """The sentences about the submission in this folder; none if it is not the one that was collected."""
    try:
        found = msgspec.json.decode(_file(course, assignment, student).read_bytes(), type=Collected)
        timestamp = content_of(folder / timestamps.FILE, timestamps.LONGEST).decode("ascii", "replace")
    except (FileNotFoundError, msgspec.DecodeError, LeftOutError):
        return []
    return found.notes if found.timestamp == timestamp else []


def _file(course: Path, assignment: str, student: str) -> Path:
    return course / FOLDER / hashlib.sha256(f"{assignment}\0{student}".encode()).hexdigest()[:32]
