"""The hidden tests catch every mistake of the bank and reveal nothing."""

import pytest

from autograder.grading.outcome import Outcome
from autograder.grading.session import graders_of
from autograder.grading.stand_in import StandIns, hidden_tests, stand_ins
from autograder.mistakes import Mistake
from autograder.proof import quick
from submissions import ASSIGNMENTS, bank, recorded_expectations, revealing

SEED = "1"
SAMPLE = [(assignment, str(mistake)) for assignment in ASSIGNMENTS for mistake in bank(assignment).mistakes[::12]]
EXERCISES = [(assignment, exercise) for assignment in ASSIGNMENTS for exercise in bank(assignment).exercises]


@pytest.fixture(scope="module")
def others(request: pytest.FixtureRequest) -> tuple[str, StandIns]:
    """An assignment and the kernel of its stand-ins."""
    return request.param, stand_ins(request.param, quick.settings(request.param))


def mistakes_in(assignment: str, exercise: str) -> list[Mistake]:
    return [mistake for mistake in bank(assignment).mistakes if mistake.exercise == exercise]


@pytest.mark.parametrize(("others", "exercise"), EXERCISES, indirect=["others"])
def test_every_mistake_is_caught_and_every_test_catches_one(others: tuple[str, StandIns], exercise: str) -> None:
    assignment, kernel = others
    tests = quick.askable(assignment, exercise, kernel, SEED)
    catching: set[str] = set()
    for mistake in mistakes_in(assignment, exercise):
        with recorded_expectations() as expected:
            verdicts = [quick.verdict(test, kernel, mistake.code, SEED) for test in tests]
        caught = {verdict.test for verdict in verdicts if verdict.outcome is not Outcome.PASSED}
        if len(tests) == len(hidden_tests(graders_of(assignment), exercise)):
            assert caught, f"no hidden test catches {mistake}"
        assert not revealing((verdict.message for verdict in verdicts), expected), str(mistake)
        catching |= caught
    assert catching == {test.name for test in tests}


@pytest.mark.parametrize(("others", "name"), SAMPLE, indirect=["others"])
def test_quick_way_and_real_way_agree_and_the_mistake_is_named(others: tuple[str, StandIns], name: str) -> None:
    assignment, kernel = others
    mistake = bank(assignment).mistake(name)
    graded = bank(assignment).grade_answers(bank(assignment).with_mistake(mistake), [mistake.exercise], SEED)
    (result,) = graded.exercises.values()
    assert result.score < result.max_score
    assert not graded.results.faults
    assert not graded.revealing
    assert result.hints == [mistake.hint]
    real = {test.name: test.outcome for test in result.tests}
    asked = quick.askable(assignment, mistake.exercise, kernel, SEED)
    assert {test.name: quick.verdict(test, kernel, mistake.code, SEED).outcome for test in asked} == {
        test.name: real[test.name] for test in asked
    }


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_bank_has_several_mistakes(assignment: str, exercise: str) -> None:
    assert len(mistakes_in(assignment, exercise)) >= 4
