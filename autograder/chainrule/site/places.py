"""What of a course no student may read or change, whose it must be, and who can."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import chainrule.assignments
from chainrule.course.loaded import CONFIG
from chainrule.engine.assignment import ROOM
from chainrule.site.accounts import Account, listed
from chainrule.site.course_settings import Settings
from chainrule.site.reading import tried

OURS = Path(".chainrule")
MOST = 5000
"""So many files of a place are tried; one that is open is enough."""


def secret(course: Path, settings: Settings) -> list[Path]:
    """The places, each a file or a folder with all that is in it; only those that are there."""
    inside = [course / OURS, course / ROOM, *map(Path, settings.folders), course / CONFIG]
    installed = [Path(next(iter(chainrule.assignments.__path__)))]
    gradebook = [Path(settings.gradebook)] if settings.gradebook else []
    return [place for place in (*inside, *gradebook, *installed) if place.exists()]


def open_to(students: Sequence[Account], course: Path, settings: Settings) -> Iterator[str]:
    """A sentence for each place that a student can read or change."""
    places = {place: everything(place) for place in secret(course, settings)}
    paths = list(dict.fromkeys([course, *(path for found in places.values() for path in found)]))
    can = {student.name: tried(student, paths) for student in students}
    writers = [name for name, found in can.items() if str(course) in found.writable]
    if writers:
        yield f"{listed(writers)} can change what is in {course}: `chmod go-w '{course}'`."
    for place, files in places.items():
        names = {str(file) for file in files}
        readers = {name: sorted(names.intersection(found.readable)) for name, found in can.items()}
        if some := {name: found for name, found in readers.items() if found}:
            yield _readable(place, list(some), max(some.values(), key=len), course)
        if changing := [name for name, found in can.items() if names.intersection(found.writable)]:
            yield f"{listed(changing)} can change what is in {place}: `chmod -R go-w '{place}'`."


def closed_to(students: Sequence[Account], settings: Settings) -> Iterator[str]:
    """A sentence if a student cannot hand in."""
    inbound = Path(settings.exchange, settings.course_id, "inbound")
    if not settings.exchange or not inbound.is_dir():
        return
    if lacking := [one.name for one in students if str(inbound) not in tried(one, [inbound]).writable]:
        yield (
            f"{listed(lacking)} cannot hand in, as {inbound} cannot be written: `chmod 2733 '{inbound}'`, and let them "
            "come to it."
        )


def of_another(course: Path, settings: Settings, account: Account) -> Iterator[str]:
    """A sentence for each place with something that does not belong to the course's account."""
    for place in (course, *secret(course, settings)):
        if not (place.is_relative_to(course) or place == Path(settings.gradebook)):
            continue
        others = [path for path in ([course] if place == course else everything(place)) if _owner(path) != account.user]
        if others:
            more = f" and {len(others) - 1} more below it" if len(others) > 1 else ""
            yield (
                f"{others[0]}{more} does not belong to the course's account, which could not replace it: "
                f"`chown -R {account.name}: '{place}'`."
            )


def everything(place: Path) -> list[Path]:
    """A place and all in it, up to a limit; links are not followed."""
    found = [place]
    for folder, folders, files in os.walk(place):
        found += [Path(folder, name) for name in (*folders, *files)]
        if len(found) > MOST:
            break
    return [path for path in found[:MOST] if not path.is_symlink()]


def _readable(place: Path, who: list[str], files: list[str], course: Path) -> str:
    more = f" and {len(files) - 1} more below it" if len(files) > 1 else ""
    if not place.is_relative_to(course):
        mending = "install chainrule where the course's account alone can read, and close that with `chmod go-rwx`"
        if place.name.endswith(".db"):
            mending = f"`chmod go-rwx '{place}'`"
    else:
        mending = f"`chmod go-rwx '{course}'`"
    return f"{listed(who)} can read {files[0]}{more}: {mending}."


def _owner(path: Path) -> int:
    return path.lstat().st_uid
