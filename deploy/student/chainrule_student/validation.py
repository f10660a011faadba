"""nbgrader's Validate, saying what is wrong first: of a check that failed its first line, not all of its code."""

from __future__ import annotations

import functools
from typing import Any

from nbgrader.validator import Validator


def name_failed_checks() -> None:
    """Make Validate name a failed check by the comment that it begins with; what it said then follows at once.

    JupyterLab's dialog and `nbgrader validate` both put a cell's source above the error. Nothing configures that.
    """
    validate = Validator.validate
    if hasattr(validate, "__wrapped__"):
        return

    @functools.wraps(validate)
    def named(self: Validator, filename: str) -> dict[str, Any]:
        results: dict[str, Any] = validate(self, filename)
        for cell in results.get("failed", ()):
            cell["source"] = _name(cell["source"])
        return results

    Validator.validate = named


def _name(source: str) -> str:
    """The comment in the first line; all of the code where there is none."""
    first = source.split("\n", 1)[0].strip()
    return first if first.startswith("#") and not first.startswith("#!") else source
