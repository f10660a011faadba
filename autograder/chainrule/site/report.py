"""What `chainrule doctor --hub` has found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class SiteReport:
    """Findings are to be changed, and each says how; notes say what was not looked at, and why."""

    course: str
    way: str
    """How it was found out what students can read."""

    students: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def in_order(self) -> bool:
        """Whether nothing is to be changed."""
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {**asdict(self), "in_order": self.in_order}
