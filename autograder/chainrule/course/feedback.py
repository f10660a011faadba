"""Makes the feedback page say what the gradebook says: a teacher may have changed scores since the grading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from chainrule.course import report
from chainrule.course.report import Scores
from chainrule.engine import results as result_files


class ShowScores(NbGraderPreprocessor):  # type: ignore[misc]
    """In `c.GenerateFeedback.preprocessors` after GetGrades, which has put the gradebook's scores into the cells."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Write the reports of the hidden tests anew, with the scores of now."""
        names = resources["nbgrader"]
        file = Path(resources["metadata"]["path"]) / result_files.FILE_NAME
        if names["notebook"] != names["assignment"] or not file.is_file():
            return nb, resources
        settings = [cell.metadata.get("nbgrader", {}) for cell in nb.cells]
        cells = {one["grade_id"]: (one["score"], one["points"]) for one in settings if "score" in one}
        scores = Scores(cells, names["score"], names["max_score"], names["late_penalty"])
        report.remove_reports(nb)
        report.add_reports(nb, result_files.read(file), scores)
        return nb, resources
