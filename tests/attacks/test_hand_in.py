"""Nothing that lies beside a notebook is followed, run or in the way."""

from __future__ import annotations

from collections.abc import Iterator

import practice_class
import pytest
from conftest import ATTACKED_LEVELS
from falls_today import each, only
from graded_class import GradedClass
from practice_class import NEIGHBOURS, POINTS, PracticeClass

from chainrule.attacks import bait, hand_in
from chainrule.attacks.attack import Beside

ATTACKS = only(Beside, hand_in.ATTACKS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeClass]:
    with bait.laid() as laid:
        yield practice_class.make(tmp_path_factory.mktemp("hand_in"), ATTACKS, laid)


@pytest.fixture(scope="module", params=ATTACKED_LEVELS)
def graded(request: pytest.FixtureRequest, made: PracticeClass) -> GradedClass:
    return made.graded(request.param)


@each(ATTACKS)
def test_an_attack_earns_what_is_right_in_it(graded: GradedClass, attack: Beside) -> None:
    results = graded.results(attack.name)
    assert results.score == attack.earns
    assert not results.grader_fault
    assert any(attack.noted in note for note in [*results.notes, ""] if note or not attack.noted)


@pytest.mark.parametrize("student", NEIGHBOURS)
def test_honest_neighbours_keep_their_points(graded: GradedClass, student: str) -> None:
    assert graded.results(student).score == POINTS


def test_nothing_outside_is_harmed(graded: GradedClass) -> None:
    assert graded.harmed == graded.left == []


@each(ATTACKS)
def test_no_secret_is_copied_or_shown(graded: GradedClass, attack: Beside) -> None:
    assert [file for file in graded.leaked if f"/{attack.name}/" in file] == []
