"""What `chainrule doctor` looks at where scores go into a learning platform: settings, key, users. Nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from chainrule.lti import settings
from chainrule.lti.failures import LtiError
from chainrule.lti.settings import Settings

LACKING = "Sending scores needs signed tokens ({error}): install chainrule[lti]."


@dataclass(frozen=True)
class LtiReport:
    """Where scores go, in words; with problems they do not."""

    about: str = ""
    problems: list[str] = field(default_factory=list)


def examine(course: Path) -> LtiReport | None:
    """Look at a course; None if it sends its scores nowhere."""
    if not settings.is_there(course):
        return None
    owner = course.stat().st_uid
    try:
        found = settings.parsed(course, owner)
    except LtiError as error:
        return LtiReport(problems=[str(error)])
    problems = [*settings.problems(course, found), *_problems_of_files(course, found, owner)]
    deployment = f"deployment {found.deployment}" if found.deployment else "no deployment"
    return LtiReport(f"{found.issuer}, client {found.client_id}, {deployment}", problems)


def _problems_of_files(course: Path, found: Settings, owner: int) -> list[str]:
    try:
        from chainrule.lti import keys, users
    except ImportError as error:
        return [LACKING.format(error=error)]
    problems = []
    for read in (keys.read, users.read):
        try:
            read(course, found, owner)
        except LtiError as error:
            problems.append(str(error))
    return problems
