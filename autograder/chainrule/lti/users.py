"""Who the students are to the platform: the `sub` of their launches, which AGS calls `userId`."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chainrule.engine.visible import in_one_line
from chainrule.lti import own_files
from chainrule.lti.failures import LtiError
from chainrule.lti.settings import USER, Settings

FILE = "lti_users.csv"
"""By default; a Hub of several courses has one for all."""

COLUMNS = ["user", "user_id"]
LONGEST = 255
"""Characters of a `sub`, by OpenID Connect."""


@dataclass(frozen=True)
class Users:
    """The ids by the Hub's user names, or a template of them; `problems` has those of whom nothing certain is known."""

    ids: Mapping[str, str]
    problems: Mapping[str, str]
    template: str = ""

    def id_of(self, student: str) -> str | None:
        """The platform's id: empty for one who has none there on purpose, None if it is not known."""
        if self.template:
            return self.template.replace(USER, student)
        return None if student in self.problems else self.ids.get(student)

    def problem(self, student: str) -> str:
        """Why it is not known."""
        return self.problems.get(student, f"Not in {FILE}.")


def read(course: Path, settings: Settings, owner: int | None = None) -> Users:
    """How the platform calls students; `owner` as in `own_files.read`.

    Raises:
        LtiError: `lti_users.csv` is missing or not in order.
    """
    if settings.user_id:
        return Users({}, {}, settings.user_id)
    file = course / settings.users
    try:
        rows = list(csv.reader(io.StringIO(own_files.read(file, owner=owner)), strict=True))
    except FileNotFoundError as error:
        raise LtiError(
            f"There is no {file}: write a line `{','.join(COLUMNS)}` into it and below it one for each student, or "
            "user-id into lti.toml where the Hub's user names are the platform's ids."
        ) from error
    except csv.Error as error:
        raise LtiError(f"{file} is no table ({error}).") from error
    if not rows or [cell.strip() for cell in rows[0]] != COLUMNS:
        raise LtiError(f"{file}: its first line is not `{','.join(COLUMNS)}`.")
    return _users(file, rows[1:])


def _users(file: Path, rows: list[list[str]]) -> Users:
    """What the rows say. One student's changed name or account must not keep the others' scores back."""
    ids: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for line, row in enumerate(rows, 2):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) != len(COLUMNS) or not cells[0] or len(cells[1]) > LONGEST:
            raise LtiError(f"{file}, row {line}: not a user name and the platform's id for it.")
        ids[cells[0]].add(cells[1])
        names[cells[1]].add(cells[0])
    problems = {}
    for user, found in ids.items():
        shared = sorted(next((names[one] for one in sorted(found) if one and len(names[one]) > 1), set()))
        if len(found) > 1:
            problems[user] = f"{FILE} has more than one id for this name: leave the right one."
        elif shared:
            # One of the two would get the other's points.
            who = ", ".join(in_one_line(name) for name in shared)
            problems[user] = f"{FILE} has the same id for {who}: leave one of them."
    return Users({user: next(iter(found)) for user, found in ids.items()}, problems)
