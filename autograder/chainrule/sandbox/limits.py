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
        cpu_seconds: processor time of one process.
        memory: anonymous memory of all processes together, beyond what the fork server already holds.
        processes: processes and threads' parents alive at the same time.
        file_size: one file.
        scratch_size: all files in the scratch folder.
        scratch_files: number of files in the scratch folder.
        output_size: what one notebook may print and display.
    """

    cell_seconds: float = 30.0
    notebook_seconds: float = 120.0
    test_seconds: float = 10.0
    hidden_tests_seconds: float = 300.0
    cpu_seconds: int = 300
    memory: int = 2048 * MEBIBYTE
    processes: int = 32
    file_size: int = 64 * MEBIBYTE
    scratch_size: int = 256 * MEBIBYTE
    scratch_files: int = 10_000
    output_size: int = 8 * MEBIBYTE

    def with_settings(self, settings: Mapping[str, float]) -> Limits:
        """These limits with some in other places; settings give sizes in MiB."""
        changes: dict[str, Any] = {
            name: value * MEBIBYTE if name in SIZES else value for name, value in settings.items()
        }
        return replace(self, **changes)
