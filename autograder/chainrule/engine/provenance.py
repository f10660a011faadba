"""Says what a grade hangs on beside submission, seed and sandbox, so that a replay can say what has changed since."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from chainrule.engine.assignment import Assignment
from chainrule.engine.hidden_tests import HiddenTests
from chainrule.engine.released import ReleasedCell
from chainrule.engine.results import Provenance
from chainrule.engine.version import code_version, installed, short_digest
from chainrule.sandbox.files import contents
from chainrule.sandbox.limits import MEBIBYTE, SIZES, Limits
from chainrule.sandbox.provisioner import SandboxSettings

RUNS_ON = ("ipykernel", "ipython", "jupyter-client", "matplotlib", "msgspec", "nbclient", "nbformat", "numpy", "pytest")
"""The distributions that run every notebook and ask every hidden test, beside those that an assignment lists."""


def provenance(
    assignment: Assignment, tests: HiddenTests, sandbox: SandboxSettings, released: Mapping[str, ReleasedCell]
) -> Provenance:
    """What the grade of one submission hangs on, as it is now; `tests` are the assignment's, as loaded."""
    return Provenance(
        code=code_version(),
        machine=_machine(),
        packages={"python": platform.python_version(), **installed(sorted({*RUNS_ON, *assignment.packages}))},
        limits=_in_settings(sandbox.limits),
        files=dict(tests.files),
        cells={name: _of_cell(cell) for name, cell in released.items()},
        beside=[_of_folder(folder) for folder in sandbox.files],
    )


def _machine() -> str:
    """The processor: how fast it is decides what runs out of time, and its instructions the last digits."""
    model = ""
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return " ".join(filter(None, (platform.machine(), model)))


def _in_settings(limits: Limits) -> dict[str, float]:
    return {name: value / MEBIBYTE if name in SIZES else value for name, value in asdict(limits).items()}


def _of_cell(cell: ReleasedCell) -> str:
    return short_digest(json.dumps([cell.metadata, cell.cell_type, cell.source], sort_keys=True).encode())


def _of_folder(folder: Path) -> str:
    """A digest of what of a folder is laid beside the notebook: its regular files, by name and content."""
    found = hashlib.sha256()
    for path, content in sorted(contents(folder, ours=False).items()):
        found.update(os.fsencode(path) + f"\0{len(content)}\0".encode() + content)
    return found.hexdigest()[:12]
