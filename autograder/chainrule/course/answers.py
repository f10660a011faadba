"""`chainrule write-solutions`: the answer cells of a course's source notebooks, written from the references."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chainrule.course.loaded import CourseError
from chainrule.engine import assignment as assignments
from chainrule.engine.solutions import with_solutions


def write_solutions(course: Path) -> dict[Path, bool]:
    """Write the answer cells of every source notebook that has a reference; says which were not up to date.

    Raises:
        AssignmentError: an assignment's folder is not in order; no notebook is changed.
        CourseError: a notebook and its reference do not have the same exercises; no notebook is changed.
    """
    found: dict[Path, NotebookNode | None] = {}
    for folder in sorted((course / "source").glob("*/")):
        file = folder / f"{folder.name}.ipynb"
        assignment = assignments.find(folder.name, course)
        if assignment is None or not assignment.reference.is_file() or not file.is_file():
            continue
        try:
            found[file] = with_solutions(file, assignment.reference)
        except (OSError, ValueError) as error:
            raise CourseError(f"{error} Nothing was written.") from error
        except SyntaxError as error:
            place = f"{assignment.reference} is no Python: {error.msg}"
            raise CourseError(f"{place} in {(error.text or '').strip()!r}. Nothing was written.") from error
    for file, notebook in found.items():
        if notebook is not None:
            nbformat.write(notebook, file)
    return {file: notebook is not None for file, notebook in found.items()}
