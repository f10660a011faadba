"""The hidden tests give full marks to right answers, in whatever style and from whatever seed."""

import pytest

from submissions import CORRECT, EXERCISES, grade, lean_notebook

SEEDS = ("1", "2", "3")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("style", CORRECT)
def test_right_answers_get_full_marks(style: str, seed: str) -> None:
    graded = grade(lean_notebook(CORRECT[style]), seed=seed)
    assert not graded.not_passed
    assert graded.results.score == 40


@pytest.mark.parametrize("style", CORRECT)
def test_every_style_answers_every_exercise(style: str) -> None:
    assert tuple(CORRECT[style]) == EXERCISES
