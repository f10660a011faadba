"""The course's nbgrader configuration. chainrule's part of it is one call, which an upgrade of chainrule upgrades."""

from chainrule import configure

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "COURSE_ID"

configure(c)

# What you set below overrides it. For example, more time for each cell, in seconds:
# c.GradeInSandbox.timeout = 60
