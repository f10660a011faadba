"""First of nbgrader's sanitizing steps: the cells as released, and a record of what was handed in."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.api import Notebook as ReleasedNotebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum

from chainrule.course import graded_files
from chainrule.course.graded_files import Graded
from chainrule.course.internals import converter_of, course_directory
from chainrule.engine.released import Metadata, ReleasedCell, restore
from chainrule.engine.submission import Submission

SUBMISSION = "chainrule_submission"
"""Where the submission as read waits in nbconvert's resources."""

RECORD = "chainrule"
"""The key of the sanitized notebook's metadata that carries what grading needs to know of the submission."""


@dataclass(frozen=True)
class Record:
    """The digest of a submission, and notes for its report."""

    digest: str
    notes: list[str]


class Sanitize(NbGraderPreprocessor):  # type: ignore[misc]
    """First of `c.Autograde.sanitize_preprocessors`."""

    manual_scores = Enum(
        ("keep", "void"),
        "keep",
        help="What becomes of a teacher's scores when the student then hands in something else: they are kept, and the "
        "report says so, or they are void.",
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore the cells, record the submission, and void the scores of any earlier grading."""
        submission: Submission = resources[SUBMISSION]
        names = resources["nbgrader"]
        restore(nb, released_in_gradebook(names))
        root = Path(course_directory(self).root)
        digest = hashlib.sha256(submission.raw).hexdigest()
        before = graded_files.read(root, names)
        another = before is not None and before.digest != digest
        with Gradebook(names["db_url"]) as gradebook:
            manual = _void_scores(gradebook, names, manual=another and self.manual_scores == "void")
        converter_of(self).batch.begin_anew()
        earlier = {} if before is None else before.kept
        kept = manual if another else {cell: score for cell, score in manual.items() if earlier.get(cell) == score}
        graded_files.write(root, names, Graded(digest, kept))
        notes = [f"{_listed(list(kept))} {KEPT}"] if kept else []
        nb.metadata[RECORD] = asdict(Record(digest, notes))
        return nb, resources


KEPT = "a score that a teacher gave to an earlier submission; it was kept, whatever this one earns."


def _listed(cells: list[str]) -> str:
    return f"{', '.join(f'`{cell}`' for cell in cells)} {'has' if len(cells) == 1 else 'have each'}"


def released_in_gradebook(names: dict[str, str]) -> dict[str, ReleasedCell]:
    """The cells of a released notebook; `names` are nbgrader's of the submission at hand."""
    with Gradebook(names["db_url"]) as gradebook:
        return released_cells(gradebook.find_notebook(names["notebook"], names["assignment"]))


def released_cells(notebook: ReleasedNotebook) -> dict[str, ReleasedCell]:
    """The released notebook's nbgrader cells by id, in order, as the gradebook keeps them."""
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name: cell.max_score for cell in notebook.task_cells}
    cells = {}
    for cell in notebook.source_cells:
        metadata: Metadata = {
            "schema_version": 3,
            "grade_id": cell.name,
            "cell_type": cell.cell_type,
            "grade": cell.name in points,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
            "locked": cell.locked,
            "checksum": cell.checksum,
        }
        if cell.name in points or cell.name in tasks:
            metadata["points"] = points.get(cell.name, tasks.get(cell.name))
        cells[cell.name] = ReleasedCell(metadata, cell.cell_type, cell.source if cell.locked else None)
    return cells


def _void_scores(gradebook: Gradebook, names: dict[str, str], manual: bool) -> dict[str, float]:
    """Until this grading is done there is no score: one that fails must not leave the old score standing as if new.

    Scores of a teacher's stay unless `manual`; returns those that there still are, by cell.
    """
    submitted = gradebook.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
    for grade in submitted.grades:
        grade.auto_score = None
        if manual:
            grade.manual_score = None
        grade.needs_manual_grade = True
    gradebook.db.commit()
    return {grade.name: grade.manual_score for grade in submitted.grades if grade.manual_score is not None}
