"""The hidden tests give full marks to right answers, in whatever style and from whatever seed."""

import pytest

from sampling import sample
from submissions import ASSIGNMENTS, POINTS, bank

STYLES = [(assignment, style) for assignment in ASSIGNMENTS for style in bank(assignment).correct]
SAMPLE = [
    (assignment, style)
    for assignment in ASSIGNMENTS
    for style in sample(list(bank(assignment).correct), 2, f"correct submissions of {assignment}")
]


@pytest.mark.parametrize(("assignment", "style"), SAMPLE)
def test_right_answers_get_full_marks_and_no_hint(assignment: str, style: str) -> None:
    graded = bank(assignment).grade_answers(bank(assignment).correct[style], seed=style)
    assert not graded.not_passed
    assert not any(exercise.hints for exercise in graded.results.exercises)
    assert graded.results.score == POINTS[assignment]


@pytest.mark.parametrize(("assignment", "style"), STYLES)
def test_every_style_answers_every_exercise(assignment: str, style: str) -> None:
    assert tuple(bank(assignment).correct[style]) == bank(assignment).exercises


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_there_are_several_styles(assignment: str) -> None:
    assert len(bank(assignment).correct) > 12
