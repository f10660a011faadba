"""What can go wrong: with the settings, with one score, or with the platform for a while."""

from __future__ import annotations

from chainrule.course.loaded import CourseError


class LtiError(CourseError):
    """Nothing can be sent before somebody changes something; the message says what."""


class RefusedError(Exception):
    """The platform does not take this, and will not later; the message says why."""


class ConflictError(Exception):
    """The platform has a score of this moment or a later one already."""


class NotNowError(Exception):
    """The platform could not be asked, or asks for a pause: whether it took what was sent, nobody knows."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        """`pause`: the seconds that the platform asks for, if it does."""
        super().__init__(reason)
        self.pause = pause
