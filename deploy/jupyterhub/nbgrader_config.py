"""What students' servers know of the course: its name and the exchange."""

import os

c = get_config()  # noqa: F821

c.Exchange.root = os.environ.get("CHAINRULE_EXCHANGE", "/srv/nbgrader/exchange")
c.CourseDirectory.course_id = "nn101"
