"""Times as pages say them: by the clock of UTC, which the page's script puts into the reader's own, and how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
NOW = 60.0
"""Seconds below which nothing is counted."""


def moment(time: datetime | None) -> str:
    """A time as pages show it; each page says that it is UTC."""
    return "" if time is None else time.strftime("%Y-%m-%d %H:%M")


def machine(time: datetime) -> str:
    """A time as the attribute of a `time` element, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def distance(time: datetime, now: datetime) -> str:
    """How long until then, or since: `in 3 days 4 hours`, `20 minutes ago`."""
    seconds = (time - now).total_seconds()
    if abs(seconds) < NOW:
        return "in less than a minute" if seconds > 0 else "just now"
    long = duration(abs(seconds))
    return f"in {long}" if seconds > 0 else f"{long} ago"


def duration(seconds: float) -> str:
    """A time in the largest unit that fits, with the next smaller one: `3 days 4 hours`."""
    if seconds < NOW:
        return _counted(round(seconds), "second")
    at = next(at for at, (_, size) in enumerate(UNITS) if seconds >= size)
    left, said = seconds, []
    for name, size in UNITS[at : at + 2]:
        count, left = divmod(left, size)
        if count:
            said.append(_counted(int(count), name))
    return " ".join(said)


def until_it_reads_otherwise(time: datetime, now: datetime) -> timedelta | None:
    """After how long the distance to a time to come should be said anew; None if it is past."""
    left = time - now
    if left <= timedelta():
        return None
    return min(left, timedelta(minutes=1)) if left <= timedelta(hours=2) else timedelta(hours=1)


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
