"""Takes the place of nbgrader's SaveAutoGrades: the scores come from the hidden tests, not from what cells print."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import SaveAutoGrades

from chainrule.course.grade import NOT_ASKED, RESULTS
from chainrule.engine.results import Results


class SaveGrades(SaveAutoGrades):  # type: ignore[misc]
    """Writes each exercise's score to its grade cell as a finite, clamped float.

    Marked for a human: an exercise with a grader fault, an autograded cell for which no hidden test exists, and, as in
    nbgrader, whatever already has a manual score.
    """

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        results: Results | None = resources.get(RESULTS)
        if results is None or utils.is_solution(cell):
            super()._add_score(cell, resources)
            return
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        exercise = next((exercise for exercise in results.exercises if exercise.name == name), None)
        if exercise is None and results is not NOT_ASKED:
            self.log.error("There is no hidden test for the cell %s; a human must grade it.", name)
        grade.auto_score = None if exercise is None else min(exercise.score, float(grade.max_score))
        fault = exercise is None or exercise.grader_fault
        grade.needs_manual_grade = fault or grade.manual_score is not None
        self.gradebook.db.commit()
