"""Nothing that lies beside a notebook is followed, run or in the way."""

from __future__ import annotations

import practice_class
from falls_today import each, only
from graded_class import GradedClass
from practice_class import graded as graded
from practice_class import made as made
from practice_class import test_honest_neighbours_keep_their_points as test_honest_neighbours_keep_their_points
from practice_class import test_nothing_outside_is_harmed as test_nothing_outside_is_harmed

from chainrule.attacks import hand_in
from chainrule.attacks.attack import Beside

ATTACKS = only(Beside, hand_in.ATTACKS)


@each(ATTACKS)
def test_an_attack_earns_what_is_right_in_it(graded: GradedClass, attack: Beside) -> None:
    practice_class.earns_what_is_right_in_it(graded, attack)


@each(ATTACKS)
def test_no_secret_is_copied_or_shown(graded: GradedClass, attack: Beside) -> None:
    assert [file for file in graded.leaked if f"/{attack.name}/" in file] == []
