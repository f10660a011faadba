"""The command `chainrule lti`: sends scores, says what the platform has, and shows the tool's public key."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from chainrule.course.opened import Course
from chainrule.lti import keys, settings, shown
from chainrule.lti.report import Report
from chainrule.lti.sending import send
from chainrule.lti.wanted import plan


def run(what: str, folder: Path, assignment: str = "", dry_run: bool = False, as_json: bool = False) -> int:
    """Do one of `send`, `status` and `key`; returns the exit status, 1 where somebody should know of something.

    Raises:
        CourseError: it could not be done.
    """
    if what == "key":
        return _key(folder, as_json)
    course = Course(folder)
    found = plan(course, assignment) if dry_run or what == "status" else send(course, assignment)
    return _tell(found, as_json)


def _key(folder: Path, as_json: bool) -> int:
    # It is asked for before the platform has given anything to write into the settings.
    found = settings.read(folder) if settings.is_there(folder) else settings.NONE
    keys.make(folder / found.key)
    key = keys.read(folder, found)
    jwk = json.dumps(key.public_jwk)
    if as_json:
        print(jwk)  # noqa: T201
    else:
        shown.key(Console(), key, jwk)
    return 0


def _tell(found: Report, as_json: bool) -> int:
    if as_json:
        print(json.dumps(found.as_data()))  # noqa: T201
    else:
        shown.report(Console(), found)
    return 1 if found.amiss else 0
