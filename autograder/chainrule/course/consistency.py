"""Whether an assignment's parts agree with each other: hidden tests, source notebook, and the bank of answers."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chainrule.engine import assignment as assignments
from chainrule.engine import hidden_tests
from chainrule.engine.agreement import require_agreement
from chainrule.engine.assignment import ROOM, Assignment, AssignmentError
from chainrule.engine.hidden_tests import HiddenTests

MARK = "chainrule"
"""The key of a source notebook's metadata that says that it has hidden tests: without them it is not graded."""


def grade_cells(notebook: NotebookNode) -> dict[str, float]:
    """The points of each cell that nbgrader grades automatically, by its name."""
    settings = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return {
        cell["grade_id"]: float(cell["points"])
        for cell in settings
        if cell.get("grade") and not cell.get("solution") and not cell.get("task")
    }


def source_notebook(folder: Path, name: str) -> NotebookNode:
    """The source notebook of an assignment in this folder.

    Raises:
        AssignmentError: it is not there or is no notebook.
    """
    file = folder / f"{name}.ipynb"
    try:
        return NotebookNode(nbformat.read(file, as_version=4))
    except OSError as error:
        raise AssignmentError(f"{file} could not be read ({error.strerror}).") from error
    except Exception as error:
        # nbformat raises all sorts of things on files that are no notebooks.
        raise AssignmentError(f"{file} is no notebook ({type(error).__name__}).") from error


def assignment_of(name: str, course: Path) -> Assignment | None:
    """The assignment with the hidden tests for a notebook in a course's `source/`; None if it needs none.

    Raises:
        AssignmentError: the notebook says that it has hidden tests, and there are none.
    """
    found = assignments.find(name, course)
    file = course / "source" / name / f"{name}.ipynb"
    if found is None and file.is_file() and MARK in source_notebook(file.parent, name).metadata:
        raise AssignmentError(
            f"{file} says that it has hidden tests, but there is no folder {course / ROOM / name}: put it back; "
            "nothing was graded."
        )
    return found


def require_consistent(assignment: Assignment, source: Path) -> HiddenTests:
    """The hidden tests of an assignment, which must fit the source notebook in this folder.

    Raises:
        AssignmentError: the source notebook cannot be read.
        GradersError: the hidden tests are not in order, or do not fit; says the first thing that is wrong.
    """
    tests = hidden_tests.load(assignment)
    require_agreement(tests, grade_cells(source_notebook(source, assignment.name)))
    return tests
