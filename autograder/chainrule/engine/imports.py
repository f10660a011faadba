"""Finds imports that failed only because an assignment does not list the package: no student's fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chainrule.engine.assignment import FILE_NAME, Assignment, distribution_of, normal
from chainrule.engine.notebook import FinishedNotebook
from chainrule.engine.results import ExerciseResult
from chainrule.probe.outcome import Outcome
from chainrule.sandbox.readable import offered

NOT_FOUND = re.compile(r"No module named '([A-Za-z_]\w{0,60})(?:\.[\w.]*)?'")
OURS = frozenset({"chainrule", "nbgrader"})
"""What no notebook needs: it would be a look at the grader."""


@dataclass(frozen=True)
class NotOffered:
    """An installed package that the notebook asked for: a sentence for the student, and one for whoever can mend it."""

    note: str
    fault: str


def not_offered(
    finished: FinishedNotebook, exercises: list[ExerciseResult], assignment: Assignment
) -> NotOffered | None:
    """The first package that was asked for in vain although it is installed here; None if there is none.

    What the notebook says of itself is hostile; at worst it sends its author to a human, without points.
    """
    if exercises and all(test.outcome is Outcome.PASSED for exercise in exercises for test in exercise.tests):
        return None
    there, forbidden = offered(assignment.packages), {normal(package) for package in assignment.forbidden}
    for module in _not_found(finished, exercises):
        package = distribution_of(module)
        if package is not None and module not in OURS and package not in there | forbidden:
            listed = ", ".join(f'"{name}"' for name in (*assignment.packages, package))
            return NotOffered(
                f"The notebook imports `{module}`, which is not there while it is graded; "
                "whether it should be is for a teacher to say, who has been told.",
                f"The notebook imports {module}, which is installed here but not listed for {assignment.name}. "
                f"If students may use it, write into {_file(assignment)}: packages = [{listed}]",
            )
    return None


def _file(assignment: Assignment) -> str:
    """Where the packages are listed; a new file needs a title too."""
    file = assignment.folder / FILE_NAME
    return str(file) if file.is_file() else f'{file} (a new file, beside a line title = "{assignment.name}")'


def _not_found(finished: FinishedNotebook, exercises: list[ExerciseResult]) -> Iterator[str]:
    """The top-level modules that cells and hidden tests did not find."""
    texts = [
        str(output.get("evalue", ""))
        for cell in finished.notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "error" and output.get("ename") == "ModuleNotFoundError"
    ]
    texts += [test.message for one in exercises for test in one.tests if test.outcome is Outcome.CRASHED]
    for text in texts:
        yield from NOT_FOUND.findall(text)
