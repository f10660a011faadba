"""What lateness costs, as nbgrader asks for it: formgrader, feedback and tables then all say the same."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from nbgrader.api import SubmittedAssignment
from nbgrader.converters import Autograde
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties

from chainrule.course import decided
from chainrule.course.internals import course_directory
from chainrule.course.opened import Course


class LatePenalty(LateSubmissionPlugin):  # type: ignore[misc]
    """Set as `c.AssignLatePenalties.plugin_class`; where nothing is decided, nbgrader's `penalty_method` holds."""

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """The points that it costs; None for none."""
        root = Path(course_directory(self.parent).root)
        late = decided.read(root, self.parent.assignment_id).late
        if late is None:
            penalty: float | None = super().late_submission_penalty(student_id, score, total_seconds_late)
            return penalty
        return late.penalty(score, total_seconds_late)


class Lateness:
    """Asks the plugin that a course configures what lateness would cost, without writing it."""

    def __init__(self, course: Course, assignment: str) -> None:
        """Make the plugin as grading does."""
        converter = Autograde(coursedir=course.api.coursedir, parent=course.api)
        exporter = converter.exporter_class(parent=converter, config=converter.config)
        step = AssignLatePenalties(parent=exporter)
        step.assignment_id = assignment
        step.init_plugin()
        self._plugin = step.plugin_inst

    def penalty(self, submission: SubmittedAssignment, score: float, at: datetime) -> float:
        """What a notebook of that many points would lose if it had come at that moment, in UTC and naive."""
        due = submission.duedate
        late = 0.0 if due is None else (at - due).total_seconds()
        if late <= 0:
            return 0.0
        asked = self._plugin.late_submission_penalty(submission.student_id, score, late)
        # As nbgrader bounds it.
        return 0.0 if asked is None else min(max(0.0, asked), score)
