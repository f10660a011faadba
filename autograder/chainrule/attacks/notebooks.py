"""Changes of a submitted notebook, as attacks make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
from nbformat import NotebookNode

Change = Callable[[NotebookNode], None]

WRONG = {"return 2 * x": "return 3 * x", "return double(double(x))": "return x", "return f(x)": "return x"}
"""What right answers of the practice assignment say, and what wrong ones do."""


def changed(change: Change) -> Callable[[NotebookNode], NotebookNode]:
    """The notebook after a change in place."""

    def make(notebook: NotebookNode) -> NotebookNode:
        change(notebook)
        return notebook

    return make


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell of this nbgrader id."""
    found: NotebookNode = next(
        one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == name
    )
    return found


def new_cell(source: str, **nbgrader: Any) -> NotebookNode:
    """A code cell, with nbgrader's metadata if any is given."""
    v4: Any = nbformat.v4
    made: NotebookNode = v4.new_code_cell(source, metadata={"nbgrader": nbgrader} if nbgrader else {})
    return made


def wrong(notebook: NotebookNode) -> None:
    """Make every answer wrong."""
    for one in notebook.cells:
        for right, mistaken in WRONG.items():
            one.source = one.source.replace(right, mistaken)


def on_top(source: str, right: bool = False) -> Callable[[NotebookNode], NotebookNode]:
    """A cell before all others of a notebook whose answers are wrong, or right."""

    def change(notebook: NotebookNode) -> None:
        if not right:
            wrong(notebook)
        notebook.cells.insert(0, new_cell(source))

    return changed(change)
