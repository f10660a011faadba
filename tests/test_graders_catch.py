"""The hidden tests catch every wrong answer of the bank and reveal nothing."""

from functools import cache

import pytest

from submissions import ASSIGNMENTS, Graded, bank

WRONG = [(assignment, name) for assignment in ASSIGNMENTS for name in bank(assignment).wrong]
EXERCISES = [(assignment, exercise) for assignment in ASSIGNMENTS for exercise in bank(assignment).exercises]


@cache
def graded(assignment: str, name: str) -> Graded:
    """A submission with this wrong answer, graded in the answer's exercise."""
    exercise, answers = bank(assignment).with_wrong_answer(name)
    return bank(assignment).grade_answers(answers, [exercise])


@pytest.mark.parametrize(("assignment", "name"), WRONG)
def test_wrong_answer_loses_points(assignment: str, name: str) -> None:
    (result,) = graded(assignment, name).exercises.values()
    assert result.score < result.max_score
    assert not graded(assignment, name).results.faults


@pytest.mark.parametrize(("assignment", "name"), WRONG)
def test_messages_give_no_expected_value(assignment: str, name: str) -> None:
    assert not graded(assignment, name).revealing


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_every_hidden_test_catches_a_wrong_answer(assignment: str, exercise: str) -> None:
    wrong = [name for name in bank(assignment).wrong if name.startswith(f"{exercise}: ")]
    results = [graded(assignment, name).exercises[exercise] for name in wrong]
    catching = {test.name for result in results for test in result.tests if not test.earned}
    assert {test.name for result in results for test in result.tests} == catching


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_bank_has_several_wrong_answers(assignment: str, exercise: str) -> None:
    assert sum(name.startswith(f"{exercise}: ") for name in bank(assignment).wrong) >= 4
