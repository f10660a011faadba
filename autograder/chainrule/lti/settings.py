"""`lti.toml` in the course's folder: which platform, who we are there, and which assignment is which line item."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chainrule.lti import own_files
from chainrule.lti.addresses import require_address
from chainrule.lti.failures import LtiError

FILE = "lti.toml"
KEY = Path(".chainrule") / "lti" / "key.pem"
USER = "{user}"


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Where an assignment's scores go: a line item, by its address, or one that is made with this label."""

    line_item: str = ""
    label: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What the platform has told about itself and about this tool.

    `user_id` is a template with `{user}`, where the Hub's names are the platform's ids; else `users` has them.
    """

    issuer: str
    client_id: str
    token_url: str
    assignments: dict[str, Target]
    key: str = str(KEY)
    key_id: str = ""
    audience: str = ""
    deployment: str = ""
    lineitems: str = ""
    user_id: str = ""
    users: str = "lti_users.csv"


NONE = Settings("", "", "", {})
"""Of a course that has none yet."""


def is_there(course: Path) -> bool:
    """Whether a course sends its scores anywhere."""
    return (course / FILE).exists()


def read(course: Path) -> Settings:
    """The settings of a course.

    Raises:
        LtiError: there are none, or they are not in order; says what is wrong.
    """
    found = parsed(course)
    for problem in problems(course, found):
        raise LtiError(problem)
    return found


def parsed(course: Path, owner: int | None = None) -> Settings:
    """What the file says, whether or not it can be used; `owner` as in `own_files.read`.

    Raises:
        LtiError: it is not there, others may write it, or it does not hold such settings.
    """
    file = course / FILE
    try:
        return msgspec.convert(tomllib.loads(own_files.read(file, owner=owner)), Settings)
    except FileNotFoundError as error:
        raise LtiError(
            f"There is no {file}, so scores go nowhere: deploy/README.md says what is written into it."
        ) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LtiError(f"{file}: {error}.") from error


def problems(course: Path, settings: Settings) -> Iterator[str]:
    """A sentence for each thing in the settings that cannot be used."""
    file = str(course / FILE)
    if not settings.client_id:
        yield f"{file}: client-id is empty; the platform shows it where the tool is registered."
    for name, url in {"issuer": settings.issuer, "token-url": settings.token_url}.items():
        yield from _problem_of(url, f"{file}: {name}")
    if settings.lineitems:
        yield from _problem_of(settings.lineitems, f"{file}: lineitems")
    if settings.user_id and USER not in settings.user_id:
        yield f"{file}: user-id is {settings.user_id!r}, the same for everybody; write {USER} into it."
    if not settings.assignments:
        yield f"{file} names no assignment: write [assignments.NAME] with a line-item or a label."
    for name, target in settings.assignments.items():
        where = f"{file}, [assignments.{name}]"
        if bool(target.line_item) == bool(target.label):
            yield f"{where}: write either line-item, its address, or label, the name of a new one."
        elif target.line_item:
            yield from _problem_of(target.line_item, f"{where}: line-item")
        elif not settings.lineitems:
            yield f"{where}: a line item is made at the address lineitems, which {file} lacks."
    counts = Counter(one.line_item for one in settings.assignments.values() if one.line_item)
    for url in (url for url, count in counts.items() if count > 1):
        yield f"{file}: two assignments have the line item {url}, where each would replace the other."


def _problem_of(url: str, where: str) -> Iterator[str]:
    try:
        require_address(url, where)
    except LtiError as error:
        yield str(error)
