"""The banks of mistakes: every exercise has its own, with hints that name an idea and give nothing away."""

import pytest

from chainrule.proof.giveaway import long_numbers
from submissions import ASSIGNMENTS, bank

ALL = [(assignment, mistake) for assignment in ASSIGNMENTS for mistake in bank(assignment).mistakes]


def test_there_are_many() -> None:
    assert len(ALL) >= 400
    assert len({str(mistake) for _, mistake in ALL}) > 400


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_mistake_belongs_to_an_exercise(assignment: str) -> None:
    assert {mistake.exercise for mistake in bank(assignment).mistakes} == set(bank(assignment).exercises)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_hints_are_one_or_two_short_sentences_without_a_value(assignment: str) -> None:
    for mistake in bank(assignment).mistakes:
        assert 30 <= len(mistake.hint) <= 220, str(mistake)
        assert mistake.hint[-1] in ".!?)", str(mistake)
        assert not [number for number in long_numbers(mistake.hint) if number != "1000"], str(mistake)
