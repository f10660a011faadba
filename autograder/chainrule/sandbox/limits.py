"""What one submission may use up; each limit that is hit has its own name in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

MEBIBYTE = 1024 * 1024
SIZES = ("memory", "file_size", "scratch_size", "output_size")
"""The limits that settings give in MiB."""


@dataclass(frozen=True)
class Limits:
    """Limits on one submission. Times in seconds of wall clock unless said otherwise, sizes in bytes.

    Attributes:
        cell_seconds: one notebook cell.
        notebook_seconds: all cells together.
        test_seconds: the student's code in one hidden test.
        hidden_tests_seconds: all hidden tests together.
        warm_seconds: a fork server's start; from a cold disk torch takes minutes in the worst case.
        start_seconds: a kernel's start, and its first answer.
        copy_seconds: making the copy of the finished notebook for one hidden test.
        grace_seconds: beyond `notebook_seconds`, until the guard ends a notebook that the grader has not ended.
        cpu_seconds: processor time of one process.
        memory: anonymous memory of all processes together, beyond what the fork server already holds.
        processes: processes alive at the same time, each with 16 threads on average.
        open_files: of one process.
        file_size: one file.
        scratch_size: all files in the scratch folder.
        scratch_files: number of files in the scratch folder.
        scratch_depth: folders within folders there.
        output_size: what one notebook may print and display.
        callbacks: how often one call may call the functions that the grader gave it.
    """

    cell_seconds: float = 30.0
    notebook_seconds: float = 120.0
    test_seconds: float = 10.0
    hidden_tests_seconds: float = 300.0
    warm_seconds: float = 180.0
    start_seconds: float = 30.0
    copy_seconds: float = 5.0
    grace_seconds: float = 10.0
    cpu_seconds: int = 300
    memory: int = 2048 * MEBIBYTE
    processes: int = 32
    open_files: int = 512
    file_size: int = 64 * MEBIBYTE
    scratch_size: int = 256 * MEBIBYTE
    scratch_files: int = 10_000
    scratch_depth: int = 64
    output_size: int = 8 * MEBIBYTE
    callbacks: int = 100_000

    def with_settings(self, settings: Mapping[str, float]) -> Limits:
        """These limits with some in other places; settings give sizes in MiB."""
        changes: dict[str, Any] = {
            name: value * MEBIBYTE if name in SIZES else value for name, value in settings.items()
        }
        return replace(self, **changes)
