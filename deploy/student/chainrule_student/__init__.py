"""What students' servers need of a course on a Hub: nbgrader's exchange over its service, and no grader."""

from chainrule_student.configuration import configure as configure
