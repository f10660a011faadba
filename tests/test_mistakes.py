"""The bank of mistakes: its format, and hints that name an idea and give nothing away."""

from pathlib import Path

import pytest

from chainrule.diagnosis.mistakes import Mistake, mistakes_of
from submissions import ASSIGNMENTS, bank, long_numbers

ALL = [(assignment, mistake) for assignment in ASSIGNMENTS for mistake in bank(assignment).mistakes]
CODE = "def neuron(x, w, b):\n    return w @ x\n"
BLOCK = "# %% neuron: no_bias\n# mistake 39: no bias\n# hint: The bias is\n#   left out.\n" + CODE


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


def test_a_block_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "mistakes.py").write_text(f'"""A bank."""\n\nimport numpy as np\n\n\n{BLOCK}')
    assert mistakes_of(tmp_path, {}) == (
        Mistake("neuron", "no_bias", "mistake 39: no bias", "The bias is left out.", CODE),
    )


def test_an_assignment_without_a_bank_has_no_mistakes(tmp_path: Path) -> None:
    assert mistakes_of(tmp_path, {}) == ()
    assert () == ()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (BLOCK.replace("# hint: The bias is\n#   left out.\n", ""), "needs the lines"),
        (BLOCK.replace("neuron: no_bias", "neuron"), "needs the lines"),
        (BLOCK + "\n\n" + BLOCK, "is there twice"),
    ],
)
def test_a_broken_bank_is_told_in_a_sentence(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "mistakes.py").write_text(source)
    with pytest.raises(ValueError, match=message):
        mistakes_of(tmp_path, {})
