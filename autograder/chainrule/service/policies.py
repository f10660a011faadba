"""What an instructor decides for an assignment: when it is graded, what is shown when, how often, and what counts.

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

from chainrule.course import decided
from chainrule.course.decided import Decided, Late, Span, Unit

FILE = "policies.toml"
DEFAULT = decided.DEFAULT
NUMBERS = ("attempts", "cool-down", "late-penalty", "late-most", "late-grace", "time-limit")
"""What is a number in a policy; none is more than a year's seconds."""

YEAR = 366 * 24 * 3600
Number = Annotated[float, Meta(ge=0, le=YEAR)]


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


class Count(StrEnum):
    """Which of a student's graded attempts counts."""

    LATEST = "latest"
    BEST = "best"


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """For one assignment. `attempts` 0: as many as one likes; `cool_down` in seconds, 0: none.

    `late_penalty` is taken off for each started `late_per`, at most `late_most` (0: all points); `late_grace` are
    minutes that cost nothing. `time_limit` in seconds, 0: the course's own limits alone.
    """

    grade: When = When.ON_SUBMIT
    before_deadline: Shown = Shown.EVERYTHING
    after_deadline: Shown = Shown.EVERYTHING
    count: Count = Count.LATEST
    attempts: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    cool_down: Number = 0.0
    late_penalty: Number = 0.0
    late_in: Unit = Unit.PERCENT
    late_per: Span = Span.DAY
    late_most: Number = 0.0
    late_grace: Number = 0.0
    time_limit: Number = 0.0
    paused: bool = False

    def __post_init__(self) -> None:
        """What a field alone cannot say.

        Raises:
            ValueError: it is no policy.
        """
        if self.late_in is Unit.PERCENT and max(self.late_penalty, self.late_most) > 100:
            raise ValueError("a late penalty is at most 100 percent")
        if 0 < self.time_limit < 1:
            raise ValueError("time-limit is below one second, in which nothing can be graded")

    @property
    def decided(self) -> Decided:
        """What of it grading itself must know."""
        late = Late(self.late_penalty, self.late_in, self.late_per, self.late_most, self.late_grace)
        return Decided(late if self.late_penalty else None, self.time_limit)

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


def decided_of(set_by_hand: Mapping[str, str], from_file: Mapping[str, Policy]) -> dict[str, Decided]:
    """What grading itself must know of each assignment, and by `DEFAULT` of all others."""
    names = {DEFAULT, *set_by_hand, *from_file}
    return {name: policy_of(name, set_by_hand, from_file).decided for name in sorted(names)}


def policy_of(assignment: str, set_by_hand: Mapping[str, str], from_file: Mapping[str, Policy]) -> Policy:
    """The policy of an assignment: what was set on the page, or in the file, or the file's default, or ours."""
    if assignment in set_by_hand:
        return from_json(set_by_hand[assignment])
    return from_file.get(assignment, from_file.get(DEFAULT, Policy()))
