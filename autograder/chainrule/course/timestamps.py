"""When something was handed in: written by us from the kernel's clock, and read without believing whatever is there."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nbgrader.utils import parse_utc

from chainrule.course import internals
from chainrule.sandbox.entry import LeftOutError, content_of

FILE = "timestamp.txt"
FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"
"""As nbgrader writes it."""

LONGEST = 100
AHEAD = timedelta(days=1)
"""A clock may be wrong, or a time zone left out; what is later than that is no time at which something came."""

SOUND = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,:.+/_-]*")
"""A time zone is looked up as a file, so it must be no path that leads elsewhere."""


class TimeError(ValueError):
    """A file says no time; the message says what it is, as in "it is a folder"."""


def moment(nanoseconds: int) -> datetime:
    """A time of the kernel's clock as nbgrader has times: in UTC, and naive."""
    return datetime(1970, 1, 1) + timedelta(microseconds=nanoseconds // 1000)


def now() -> datetime:
    """This moment as nbgrader has times."""
    return datetime.now(UTC).replace(tzinfo=None)


def written(time: datetime) -> str:
    """A time in UTC as it stands in the file."""
    return time.strftime(FORMAT)


def read(folder: Path) -> datetime | None:
    """When the submission in a folder was handed in, in UTC and naive; None if nothing says so.

    Raises:
        TimeError: something is there that says no time, or one that has not come yet.
    """
    if not os.path.lexists(folder / FILE):
        return None
    try:
        content = content_of(folder / FILE, LONGEST)
    except LeftOutError as error:
        raise TimeError(str(error)) from error
    text = content.decode("ascii", "replace").strip()
    if len(content) > LONGEST or not SOUND.fullmatch(text) or ".." in text or " /" in text:
        raise TimeError("it says no time")
    try:
        time = parse_utc(text)
    except Exception as error:
        # The parser raises all sorts of things on what is no time.
        raise TimeError("it says no time") from error
    if not isinstance(time, datetime) or time > now() + AHEAD:
        raise TimeError(f"it says {text}, which has not come yet")
    return time


def unknown(problem: TimeError) -> str:
    """What that means for a submission, for its report."""
    return (
        f"`{FILE}` is not believed, because {problem}: it is not known when this came, and it does not count as late."
    )


def _believed(folder: str) -> datetime | None:
    try:
        return read(Path(folder))
    except TimeError:
        return None


internals.read_timestamps_by(_believed)
