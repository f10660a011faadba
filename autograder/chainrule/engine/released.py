"""Puts a submission's nbgrader cells back into the order that was released.

One doubled cell aborts nbgrader's whole batch, a cell set to `grade: false` goes ungraded, a deleted one too. What is
put back here is noted for the report; the student's answers are never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

Metadata = dict[str, Any]


@dataclass(frozen=True)
class ReleasedCell:
    """A cell as released: its nbgrader metadata, type and source (None where the student writes)."""

    metadata: Metadata
    cell_type: str
    source: str | None


def restore(notebook: NotebookNode, released: Mapping[str, ReleasedCell]) -> list[str]:
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
        found[name] = notebook.cells[index] = restored = _restored(cell.source, as_released, cell.get("outputs", []))
        if "attachments" in cell and restored.cell_type == "markdown":
            restored.attachments = cell.attachments
    notes += _put_back_missing(notebook, released, found)
    return notes


def _altered(cell: NotebookNode, claimed: Metadata, released: ReleasedCell) -> bool:
    kept = ("grade", "solution", "locked", "points", "task")
    settings = any(claimed.get(key, False) != released.metadata.get(key, False) for key in kept)
    return settings or cell.cell_type != released.cell_type or released.source not in (None, cell.source)


def _restored(source: str, released: ReleasedCell, outputs: Any = ()) -> NotebookNode:
    source = source if released.source is None else released.source
    code = released.cell_type == "code"
    cell = NotebookNode(
        nbformat.v4.new_code_cell(source, outputs=list(outputs)) if code else nbformat.v4.new_markdown_cell(source)
    )
    cell.id = "".join(char if char.isalnum() else "-" for char in released.metadata["grade_id"])[:64]
    cell.metadata["nbgrader"] = NotebookNode(released.metadata)
    return cell


def _put_back_missing(
    notebook: NotebookNode, released: Mapping[str, ReleasedCell], found: dict[str, NotebookNode]
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
