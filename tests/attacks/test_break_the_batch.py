"""No notebook keeps others from being graded, and each is reported under its right name."""

from __future__ import annotations

import practice_class
from falls_today import each, only
from graded_class import GradedClass
from practice_class import graded as graded
from practice_class import made as made
from practice_class import test_honest_neighbours_keep_their_points as test_honest_neighbours_keep_their_points
from practice_class import test_nothing_outside_is_harmed as test_nothing_outside_is_harmed

from chainrule.attacks import break_the_batch
from chainrule.attacks.attack import File, Notebook

ATTACKS = [*only(Notebook, break_the_batch.ATTACKS), *only(File, break_the_batch.ATTACKS)]


@each(ATTACKS)
def test_an_attack_earns_what_is_right_in_it(graded: GradedClass, attack: Notebook | File) -> None:
    practice_class.earns_what_is_right_in_it(graded, attack)
