"""`chainrule init`: a new nbgrader course, or the lines that an existing one's configuration needs."""

from __future__ import annotations

CONFIGURATION = '''"""The course's nbgrader configuration; chainrule's part of it is one call, upgraded with it."""

from chainrule import configure

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "{course}"

configure(c)

# What you set below overrides it. `chainrule` documents its settings in docs/settings.md.
'''
