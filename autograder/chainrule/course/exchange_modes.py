"""Whether an exchange has the modes that nbgrader wants, and that keep students apart: a sentence for what has not."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

Access = Callable[[Path], bool]
"""Whether the course's account can list a folder."""


def listable(folder: Path) -> bool:
    """Whether this process can."""
    return os.access(folder, os.R_OK | os.X_OK)


def problems(root: Path, course: str, can_list: Access = listable) -> list[str]:
    """A sentence for each thing that is to be changed, with the command that changes it.

    `course` is its id. What is not there as nothing was released yet is no problem; an exchange in which another
    account's program hands in for all students may be as closed as it likes.
    """
    try:
        return list(_problems(root, course, can_list))
    except OSError as error:
        place = error.filename or root
        return [f"{place} cannot be looked at ({error.strerror}): let the course's account come to it."]


def _problems(root: Path, course: str, can_list: Access) -> Iterator[str]:
    if not root.is_dir():
        yield f"{root}, which c.Exchange.root names, is no folder: make it with `install -d -m 1777 '{root}'`."
        return
    mode = root.stat().st_mode
    if not _all_of(mode, 0o007) and not _all_of(mode, 0o070):
        yield f"Students cannot come into the exchange {root} (mode {_shown(mode)}): `chmod 1777 '{root}'`."
    elif (mode & 0o002 or _all_of(mode, 0o070)) and not mode & stat.S_ISVTX:
        yield (
            f"Students can rename what lies in the exchange {root} (mode {_shown(mode)}), and put a course "
            f"of their own in its place: `chmod +t '{root}'`."
        )
    folder = root / course
    for place in (folder, folder / "outbound"):
        if place.is_dir() and place.stat().st_mode & stat.S_IWOTH:
            yield f"Students can put what they like into {place}: `chmod o-w '{place}'`."
    if (inbound := folder / "inbound").is_dir():
        yield from _inbound(inbound, can_list)
    if (feedback := folder / "feedback").is_dir() and feedback.stat().st_mode & stat.S_IROTH:
        yield f"Students can list {feedback}, and so read the feedback of others: `chmod o-r '{feedback}'`."


def _inbound(inbound: Path, can_list: Access) -> Iterator[str]:
    status = inbound.stat()
    if not can_list(inbound):
        yield (
            f"The course's account may not read {inbound}, which belongs to {_user(status.st_uid)} and has the mode "
            f"{_shown(status.st_mode)}: `chown COURSE_ACCOUNT '{inbound}'` and `chmod 2733 '{inbound}'`."
        )
    if status.st_mode & stat.S_IROTH:
        yield f"Students can list {inbound}, and so find what others handed in: `chmod o-r '{inbound}'`."
    if not _all_of(status.st_mode, 0o003) and not _all_of(status.st_mode, 0o030):
        yield f"Students cannot hand in: {inbound} has the mode {_shown(status.st_mode)}; `chmod 2733 '{inbound}'`."


def _all_of(mode: int, bits: int) -> bool:
    return mode & bits == bits


def _shown(mode: int) -> str:
    return f"{stat.S_IMODE(mode):o}"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"the unknown user {number}"
