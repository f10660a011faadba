"""What chainrule needs of nbgrader beyond its documented interface, in one place; pyproject.toml caps the version.

Beside this, `save.SaveGrades` overrides `SaveAutoGrades._add_score`.
"""

from __future__ import annotations

from typing import Any


def course_directory(preprocessor: Any) -> Any:
    """The `CourseDirectory` of the converter that a preprocessor works for: its parent is the exporter, then that."""
    return preprocessor.parent.parent.coursedir


def is_sanitizing(converter: Any) -> bool:
    """Whether `Autograde` is at its first step, which reads the submission; the second one reads what that wrote."""
    return bool(getattr(converter, "_sanitizing", False))
