"""Keeps what was handed in: a folder for each attempt, filled and then given its name, that nothing changes afterwards.

Whatever ends the process that fills it, a folder of that name is whole; and the same origin is kept once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from chainrule.course import collected_files, graded_files, timestamps
from chainrule.course.beside import link_on_the_way
from chainrule.course.collect import SECRET, require_secret
from chainrule.course.collected_files import Collected
from chainrule.course.loaded import CourseError
from chainrule.course.replacing import replacing
from chainrule.engine import results as result_files
from chainrule.engine.results import FILE_NAME, Results

FOLDER = Path(".chainrule") / "service" / "attempts"
"""In the course's folder."""

FILES, LABEL = "files", "attempt.json"

Fill = Callable[[Path], list[str]]
"""Writes files into an empty folder; a sentence for each thing left out."""


class Kept(msgspec.Struct, frozen=True):
    """What is kept beside the files: whose it is, and when it came, in UTC; `digest` is of what was handed in.

    `size` is that of the files, in bytes.
    """

    student: str
    assignment: str
    at: datetime
    origin: str
    digest: str
    notes: list[str]
    size: int = 0


def keep(course: Path, student: str, assignment: str, at: datetime, origin: str, fill: Fill) -> Kept:
    """Keep what `fill` writes; what came from this origin before stays, and nothing is filled.

    Raises:
        OSError: it cannot be written.
        as `fill`; nothing is kept.
    """
    folder = folder_of(course, origin)
    if not folder.exists():
        with replacing(folder) as new:
            files = new / FILES
            files.mkdir()
            notes = fill(files)
            # Without one, nbgrader would release nobody's feedback.
            require_secret(files)
            size = sum(file.stat().st_size for file in files.rglob("*") if file.is_file())
            kept = Kept(student, assignment, at, origin, digest_of(files), notes, size)
            (new / LABEL).write_bytes(msgspec.json.encode(kept))
            _to_disk(new)
    return label(course, origin)


def label(course: Path, origin: str) -> Kept:
    """What is kept from an origin.

    Raises:
        CourseError: it is not there any more.
    """
    file = folder_of(course, origin) / LABEL
    try:
        return msgspec.json.decode(file.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError) as error:
        raise CourseError(f"{file} cannot be read ({error}): put it back from a backup, or hand in again.") from error


def lay_out(course: Path, origin: str, target: Path) -> None:
    """Put what is kept into the folder of `submitted/` that nbgrader grades, in the place of what is there.

    Raises:
        CourseError: it is gone, or its place is a link.
        OSError: it cannot be written.
    """
    kept = label(course, origin)
    if (link := link_on_the_way(target, course)) is not None:
        raise CourseError(f"{link} is a link; put the folder itself there.")
    timestamp = timestamps.written(kept.at.replace(tzinfo=None))
    with replacing(target) as folder:
        shutil.copytree(folder_of(course, origin) / FILES, folder, dirs_exist_ok=True)
        (folder / timestamps.FILE).write_text(timestamp)
        collected_files.write(course, kept.assignment, kept.student, Collected(timestamp, kept.notes))


def keep_results(course: Path, origin: str, results: Path) -> None:
    """Keep what was found of an attempt, in the place of what was found before."""
    graded_files.write_whole(folder_of(course, origin) / FILE_NAME, results.read_bytes())


def keep_unwritten(course: Path, origin: str, results: Results) -> None:
    """The same of an attempt whose results are written nowhere else."""
    graded_files.write_whole(folder_of(course, origin) / FILE_NAME, msgspec.json.encode(results))


def results_of(course: Path, origin: str) -> Results | None:
    """What was found of an attempt; None if it was not graded."""
    try:
        return result_files.read(folder_of(course, origin) / FILE_NAME)
    except FileNotFoundError:
        return None


def folder_of(course: Path, origin: str) -> Path:
    """Where an origin's attempt is kept; an origin may hold any character."""
    return course / FOLDER / hashlib.sha256(os.fsencode(origin)).hexdigest()[:32]


def drop(course: Path, origin: str) -> None:
    """Forget the files of an attempt that will never be graded; that it came is known by the history."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder_of(course, origin))


def digest_of(folder: Path) -> str:
    """The SHA-256 of all names and contents below a folder of ours, but for the secret, which each attempt has anew."""
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file != folder / SECRET:
            data = file.read_bytes()
            found.update(os.fsencode(file.relative_to(folder).as_posix()) + b"\0%d\0" % len(data) + data)
    return found.hexdigest()


def _to_disk(folder: Path) -> None:
    """A row that names the folder must not be there after a power failure when its files are not."""
    for place in [folder, *folder.rglob("*")]:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
