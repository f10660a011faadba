"""What `chainrule verify` is to prove: the banks of a course's assignments, each with its parts in order."""

from __future__ import annotations

from pathlib import Path

from chainrule.course.consistency import require_consistent
from chainrule.course.loaded import CourseError
from chainrule.engine import assignment as assignments
from chainrule.engine.assignment import AssignmentError
from chainrule.proof.bank import Bank, bank_of
from chainrule.proof.mutants import equivalent_to_reference


def banks(name: str | None, course: Path | None) -> list[Bank]:
    """The bank of one assignment, or of all: the course's own, else the shipped ones in its `source/`.

    Outside of any course they are those that are shipped.

    Raises:
        AssignmentError, CourseError: there is none, or its folder is not in order.
        GradersError: the hidden tests are not in order, or do not fit the notebook.
    """
    chosen = [name] if name is not None else _all_names(course)
    found = [bank_of(assignments.named(one, course), course) for one in chosen]
    for bank in found:
        _require_in_order(bank)
    return found


def _all_names(course: Path | None) -> list[str]:
    shipped = assignments.shipped_names()
    if course is None:
        return shipped
    chosen = assignments.names(course) or [name for name in shipped if (course / "source" / name).is_dir()]
    if not chosen:
        raise CourseError(
            f"{course} has no assignment to prove: make one with `chainrule new NAME`, or add one of "
            f"{', '.join(shipped)} with `chainrule add NAME`."
        )
    return chosen


def _require_in_order(bank: Bank) -> None:
    """Read all of a bank now: hours of work should not end with a misspelt line."""
    reference = bank.assignment.reference
    if not reference.is_file():
        raise AssignmentError(f"There is no {reference}, the solution that hidden tests are proven with: write it.")
    require_consistent(bank.assignment, bank.source)
    try:
        _ = bank.mistakes, bank.correct, equivalent_to_reference(bank.assignment.folder)
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{bank.assignment.name}: {error}") from error
