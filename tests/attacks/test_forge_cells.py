"""No notebook earns more or less for how its cells were bent, edited, moved or deleted."""

from __future__ import annotations

import practice_class
from falls_today import each, only
from graded_class import GradedClass
from practice_class import graded as graded
from practice_class import made as made
from practice_class import test_honest_neighbours_keep_their_points as test_honest_neighbours_keep_their_points
from practice_class import test_nothing_outside_is_harmed as test_nothing_outside_is_harmed

from chainrule.attacks import forge_cells
from chainrule.attacks.attack import Notebook

ATTACKS = only(Notebook, forge_cells.ATTACKS)


@each(ATTACKS)
def test_an_attack_earns_what_is_right_in_it(graded: GradedClass, attack: Notebook) -> None:
    practice_class.earns_what_is_right_in_it(graded, attack)
