"""Puts a submission's nbgrader cells back into the order that was released, before nbgrader looks at them.

One doubled cell aborts nbgrader's whole batch, a cell set to `grade: false` goes ungraded, a deleted one too. What is
put back here is noted for the report; the student's answers are never touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.api import Notebook as ReleasedNotebook
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.grading import seed as seeds
from autograder.grading.submission import Submission
from autograder.pipeline.exporter import SUBMISSION

RECORD = "chainrule"
"""The key of the sanitized notebook's metadata that carries what grading needs to know of the submission."""

Metadata = dict[str, Any]


@dataclass(frozen=True)
class ReleasedCell:
    """A cell as released: its nbgrader metadata, type and source (None where the student writes)."""

    metadata: Metadata
    cell_type: str
    source: str | None


class Sanitize(NbGraderPreprocessor):  # type: ignore[misc]
    """First of `c.Autograde.sanitize_preprocessors`."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore the cells, record the submission, and void the scores of any earlier grading."""
        submission: Submission = resources[SUBMISSION]
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            released = released_cells(gradebook.find_notebook(names["notebook"], names["assignment"]))
            _void_scores(gradebook, names)
        notes = [*submission.notes, *restore(nb, released, silent=bool(submission.notes))]
        secret = seeds.course_secret(Path(self.parent.parent.coursedir.root))
        nb.metadata[RECORD] = {
            "submission": hashlib.sha256(submission.raw).hexdigest(),
            "seed": seeds.submission_seed(secret, names["assignment"], submission.raw),
            "notes": notes,
        }
        return nb, resources


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


def restore(notebook: NotebookNode, released: dict[str, ReleasedCell], silent: bool = False) -> list[str]:
    """Give every released cell back its place, type, settings and, if locked, source; the notes say what changed."""
    notes = []
    found: dict[str, NotebookNode] = {}
    for index in reversed(range(len(notebook.cells))):
        cell = notebook.cells[index]
        claimed = cell.metadata.pop("nbgrader", {})
        name = claimed.get("grade_id")
        if not isinstance(name, str) or name not in released:
            continue
        if name in found:
            notes.append(f"The cell `{name}` was there more than once; the last one was graded.")
            continue
        as_released = released[name]
        if _altered(cell, claimed, as_released):
            notes.append(f"The cell `{name}` had been changed where it is locked; the original was put back.")
        found[name] = notebook.cells[index] = _restored(cell.source, as_released)
    notes += _put_back_missing(notebook, released, found)
    return [] if silent else notes


def _altered(cell: NotebookNode, claimed: Metadata, released: ReleasedCell) -> bool:
    kept = ("grade", "solution", "locked", "points", "task")
    settings = any(claimed.get(key, False) != released.metadata.get(key, False) for key in kept)
    return settings or cell.cell_type != released.cell_type or released.source not in (None, cell.source)


def _restored(source: str, released: ReleasedCell) -> NotebookNode:
    source = source if released.source is None else released.source
    code = released.cell_type == "code"
    cell = NotebookNode(nbformat.v4.new_code_cell(source) if code else nbformat.v4.new_markdown_cell(source))
    cell.id = "".join(char if char.isalnum() else "-" for char in released.metadata["grade_id"])[:64]
    cell.metadata["nbgrader"] = NotebookNode(released.metadata)
    return cell


def _put_back_missing(
    notebook: NotebookNode, released: dict[str, ReleasedCell], found: dict[str, NotebookNode]
) -> Iterator[str]:
    """Insert what is missing after the released cell that came before it; an answer can only be reported missing."""
    after = 0
    for name, as_released in released.items():
        if name in found:
            after = next(i for i, cell in enumerate(notebook.cells) if cell is found[name]) + 1
        elif as_released.source is None and not as_released.metadata["grade"]:
            yield f"The cell `{name}`, where the answer belongs, is missing."
        else:
            notebook.cells.insert(after, _restored("", as_released))
            after += 1
            yield f"The cell `{name}` was missing and was put back."


def _void_scores(gradebook: Gradebook, names: dict[str, str]) -> None:
    """Until this grading is done there is no score: one that fails must not leave the old score standing as if new."""
    submitted = gradebook.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
    for grade in submitted.grades:
        grade.auto_score = None
        grade.needs_manual_grade = True
    gradebook.db.commit()
