"""Autograded neural-network notebooks: hidden tests outside the student's process, feedback that names the mistake.

A course's `nbgrader_config.py` needs `from chainrule import configure` and `configure(get_config())`.
"""

from __future__ import annotations

from typing import Any


def configure(c: Any) -> None:
    """Configure an nbgrader course to be graded by chainrule; see `chainrule.course.configuration`."""
    from chainrule.course.configuration import configure as configure_course

    configure_course(c)
