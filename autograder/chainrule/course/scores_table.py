"""Writes the table of scores that `nbgrader export` makes; what a student is called is text in it, whatever it is.

nbgrader writes ids and names as they are: one that begins like a formula is computed by the spreadsheet that opens the
table, and one with a comma or an end of line moves the scores of others.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import CsvExportPlugin

from chainrule.engine.visible import in_one_line

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
"""As nbgrader has them."""

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Spreadsheets take the wide forms for the narrow ones."""


class ScoresTable(CsvExportPlugin):  # type: ignore[misc]
    """Set as `c.ExportApp.plugin_class`; `--to`, `--assignment` and `--student` are nbgrader's."""

    def export(self, gradebook: Gradebook) -> None:
        """Write one row for each student and assignment."""
        file = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", file)
        students, assignments = set(map(str, self.student)), set(map(str, self.assignment))
        with file.open("w", newline="", encoding="utf-8") as opened:
            table = csv.writer(opened, lineterminator="\n")
            table.writerow(COLUMNS)
            for assignment in gradebook.assignments:
                for student in gradebook.students:
                    if assignment.name in (assignments or {assignment.name}) and student.id in (
                        students or {student.id}
                    ):
                        table.writerow(map(as_text, _row(gradebook, assignment, student)))


def as_text(value: object) -> str:
    """A cell that is shown as it is: before what looks like a formula stands an apostrophe, as spreadsheets expect."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    text = in_one_line(value)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _row(gradebook: Gradebook, assignment: Assignment, student: Student) -> list[Any]:
    """What `COLUMNS` says; who handed in nothing has no points."""
    timestamp, raw, penalty = None, 0.0, 0.0
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
        timestamp, raw, penalty = submission.timestamp, submission.score, submission.late_submission_penalty
    except MissingEntry:
        pass
    named = [student.id, student.last_name, student.first_name, student.email]
    scores = [raw, penalty, max(0.0, raw - (penalty or 0.0)), assignment.max_score]
    return [assignment.name, assignment.duedate, timestamp, *named, *scores]
