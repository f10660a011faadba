"""Whether hidden tests fit the notebook that they are for: its exercises, and what each is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping

from chainrule.engine.hidden_tests import GradersError, HiddenTests
from chainrule.engine.released import ReleasedCell


def disagreements(tests: HiddenTests, cells: Mapping[str, float]) -> list[str]:
    """A sentence for each way in which hidden tests do not fit a notebook, given by the points of its grade cells.

    A grade cell without hidden tests is no disagreement: a human grades it.
    """
    found = []
    for exercise in tests.exercises:
        points = math.fsum(test.points for test in tests.of(exercise))
        if exercise not in cells:
            known = ", ".join(cells) or "none"
            found.append(
                f"{tests.assignment}: there are hidden tests for the exercise {exercise!r}, but the notebook has no "
                f"grade cell of this name (it has {known}): add the cell, or correct the mark pytest.mark.exercise."
            )
        elif not math.isclose(points, cells[exercise]):
            found.append(
                f"{tests.assignment}: the hidden tests of {exercise!r} are worth {points:g} points together, but its "
                f"cell in the notebook {cells[exercise]:g}: make the two the same."
            )
    return found


def require_agreement(tests: HiddenTests, cells: Mapping[str, float]) -> None:
    """The same, where they must fit.

    Raises:
        GradersError: says the first thing that is wrong.
    """
    for problem in disagreements(tests, cells):
        raise GradersError(problem)


def points_of(released: Mapping[str, ReleasedCell]) -> dict[str, float]:
    """The points of the released cells that are graded automatically."""
    settings = {name: cell.metadata for name, cell in released.items()}
    return {name: one["points"] for name, one in settings.items() if one["grade"] and not one["solution"]}
