"""What one submission may use up; each limit that is hit has its own name in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

MEBIBYTE = 1024 * 1024
BACKSTOP = 10
"""How many times its limit the student's code may take by the wall clock, whatever else the machine does."""

SIZES = ("memory", "file_size", "scratch_size", "output_size", "callback_size")
"""The limits that settings give in MiB."""


def _limit(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Limits:
    """Limits on one submission. Times in seconds, sizes in bytes.

    Each is a setting of a course and of an assignment, by its name here and with this meaning. The student's code may
    take so many seconds of its processes' time together, or of doing nothing (`chainrule.sandbox.allowance`).
    """

    cell_seconds: float = _limit(30.0, "one notebook cell: processor time, or doing nothing")
    notebook_seconds: float = _limit(120.0, "all cells together, as one cell")
    test_seconds: float = _limit(10.0, "the student's code in one hidden test, as one cell")
    hidden_tests_seconds: float = _limit(300.0, "the student's code in all hidden tests together, as one cell")
    hint_seconds: float = _limit(
        10.0, "the student's code while the mistakes are searched that no list explains, as one cell"
    )
    warm_seconds: float = _limit(180.0, "a fork server's start, from a cold disk in the worst case: wall clock")
    start_seconds: float = _limit(60.0, "a kernel's start, and its first answer: wall clock")
    copy_seconds: float = _limit(5.0, "making the copy of the finished notebook for one hidden test, as one cell")
    grace_seconds: float = _limit(
        10.0, f"beyond {BACKSTOP} times notebook_seconds, until the guard itself ends a notebook: wall clock"
    )
    cpu_seconds: int = _limit(300, "processor time of one process")
    memory: int = _limit(2048 * MEBIBYTE, "all processes together, beyond what they share with the fork server")
    processes: int = _limit(32, "processes alive at the same time, each with 16 threads on average")
    open_files: int = _limit(512, "files that one process has open")
    file_size: int = _limit(64 * MEBIBYTE, "one file")
    scratch_size: int = _limit(256 * MEBIBYTE, "all files in the scratch folder")
    scratch_files: int = _limit(10_000, "number of files in the scratch folder")
    scratch_depth: int = _limit(64, "folders within folders there")
    output_size: int = _limit(8 * MEBIBYTE, "what one notebook may print and display")
    callbacks: int = _limit(100_000, "how often one call may call the functions that the grader gave it")
    callback_size: int = _limit(256 * MEBIBYTE, "what calls of these may pass in one hidden test, all together")

    def with_settings(self, settings: Mapping[str, float]) -> Limits:
        """These limits with some in other places; settings give sizes in MiB."""
        changes: dict[str, Any] = {
            name: value * MEBIBYTE if name in SIZES else value for name, value in settings.items()
        }
        return replace(self, **changes)


@dataclass(frozen=True)
class Setting:
    """A limit as people set it: its name, its default in seconds, MiB or as a number, and what it limits."""

    name: str
    default: float
    meaning: str


def settings() -> list[Setting]:
    """Every limit as a setting, in order."""
    standard = asdict(Limits())
    return [
        Setting(one.name, _in_settings(one.name, standard[one.name]), one.metadata["meaning"]) for one in fields(Limits)
    ]


def _in_settings(name: str, value: float) -> float:
    return value // MEBIBYTE if name in SIZES else value
