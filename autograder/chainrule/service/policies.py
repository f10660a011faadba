"""What an instructor decides for an assignment: when it is graded, what is shown when, and how often.

`policies.toml` in the course's folder has a table for each assignment, `[default]` is for all others; what is set on
the instructor's page goes before both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

FILE = "policies.toml"
DEFAULT = "default"


class PolicyError(ValueError):
    """A policy is not in order; the message says which, what is wrong and what is possible."""


class When(StrEnum):
    """When attempts are graded."""

    ON_SUBMIT = "on submit"
    AFTER_DEADLINE = "after the deadline"


class Shown(StrEnum):
    """How much a student sees of a graded attempt; each includes the ones before."""

    NOTHING = "nothing"
    TOTAL = "total"
    EXERCISES = "exercises"
    EVERYTHING = "everything"


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """For one assignment. `attempts` 0: as many as one likes; `cool_down` in seconds, 0: none."""

    grade: When = When.ON_SUBMIT
    before_deadline: Shown = Shown.EVERYTHING
    after_deadline: Shown = Shown.EVERYTHING
    attempts: Annotated[int, Meta(ge=0)] = 0
    cool_down: Annotated[float, Meta(ge=0)] = 0.0
    paused: bool = False

    def shown(self, now: datetime, due: datetime | None) -> Shown:
        """What a student sees now."""
        return self.before_deadline if due is not None and now < due else self.after_deadline

    def is_graded_now(self, now: datetime, due: datetime | None) -> bool:
        """Whether attempts get their turn."""
        return not self.paused and (self.grade is When.ON_SUBMIT or due is None or now >= due)

    def refusal(self, taken: int, latest: datetime | None, at: datetime) -> str:
        """Why another attempt is not taken, after `taken` of them and the latest at that time; empty if it is."""
        if self.attempts and taken >= self.attempts:
            times = "attempt was" if self.attempts == 1 else "attempts were"
            return f"All {self.attempts} {times} used, so this one is not graded."
        if self.cool_down and latest is not None and at < latest + timedelta(seconds=self.cool_down):
            left = (latest + timedelta(seconds=self.cool_down) - at).total_seconds()
            return f"It came too soon after the one before; hand in again in {left:.0f} s."
        return ""


def read(course: Path) -> dict[str, Policy]:
    """The policies of a course's file, by assignment; none if there is no file.

    Raises:
        PolicyError: the file is not in order.
    """
    file = course / FILE
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PolicyError(f"{file} cannot be read ({error}).") from error
    default = found.get(DEFAULT, {})
    if not isinstance(default, dict):
        raise PolicyError(f"{file}: {DEFAULT} is no table; write [{DEFAULT}].")
    return {name: _policy(table, default, f"{file}, [{name}]") for name, table in found.items()}


def _policy(table: object, default: Mapping[str, object], where: str) -> Policy:
    try:
        return msgspec.convert({**default, **msgspec.convert(table, dict[str, object])}, Policy)
    except msgspec.ValidationError as error:
        raise PolicyError(f"{where}: {error}. Possible are {', '.join(Policy.__struct_encode_fields__)}.") from error


def from_json(text: str | bytes) -> Policy:
    """A policy as the instructor's page sends it, and as the history keeps it.

    Raises:
        PolicyError: it is not in order.
    """
    try:
        return msgspec.json.decode(text, type=Policy)
    except msgspec.MsgspecError as error:
        raise PolicyError(f"The policy is not in order: {error}.") from error


def to_json(policy: Policy) -> str:
    """The reverse of `from_json`."""
    return msgspec.json.encode(policy).decode()


def policy_of(assignment: str, set_by_hand: Mapping[str, str], from_file: Mapping[str, Policy]) -> Policy:
    """The policy of an assignment: what was set on the page, or in the file, or the file's default, or ours."""
    if assignment in set_by_hand:
        return from_json(set_by_hand[assignment])
    return from_file.get(assignment, from_file.get(DEFAULT, Policy()))
