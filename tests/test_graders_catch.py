"""The hidden tests catch every mistake of the bank and reveal nothing."""

import pytest

from chainrule.checks import expect
from chainrule.diagnosis.mistakes import Mistake
from chainrule.diagnosis.stand_in import StandIns
from chainrule.engine import hidden_tests
from chainrule.engine.assignment import named
from chainrule.engine.hidden_tests import HiddenTests
from chainrule.proof import quick
from chainrule.proof.giveaway import giving_away
from sampling import sample
from submissions import ASSIGNMENTS, bank

SEED = "1"
SAMPLE = [
    (assignment, str(mistake))
    for assignment in ASSIGNMENTS
    for mistake in sample(bank(assignment).mistakes, 3, f"mistakes of {assignment}")
]
EXERCISES = [(assignment, exercise) for assignment in ASSIGNMENTS for exercise in bank(assignment).exercises]


Others = tuple[str, HiddenTests, StandIns]


@pytest.fixture(scope="module")
def others(request: pytest.FixtureRequest) -> Others:
    """An assignment, its hidden tests and the kernel of its stand-ins."""
    found = named(request.param, None)
    return request.param, hidden_tests.load(found), quick.stand_ins(found)


def mistakes_in(assignment: str, exercise: str) -> list[Mistake]:
    return [mistake for mistake in bank(assignment).mistakes if mistake.exercise == exercise]


@pytest.mark.parametrize(("others", "exercise"), EXERCISES, indirect=["others"])
def test_mistakes_are_caught_and_no_message_gives_a_value_away(others: Others, exercise: str) -> None:
    """All of them, and whether every hidden test catches one: `chainrule verify`."""
    assignment, loaded, kernel = others
    tests = quick.askable(loaded, exercise, kernel, SEED)
    for mistake in sample(mistakes_in(assignment, exercise), 2, f"mistakes in {exercise}"):
        with expect.watching() as expected:
            answers = [quick.answered(test, loaded, kernel, mistake.code, SEED) for test in tests]
        caught = [answer.result.name for answer in answers if not quick.passed(answer)]
        if len(tests) == len(loaded.of(exercise)):
            assert caught, f"no hidden test catches {mistake}"
        assert not giving_away((answer.result.message for answer in answers), expected), str(mistake)
        assert not any(answer.fault for answer in answers), str(mistake)


@pytest.mark.parametrize(("others", "name"), SAMPLE, indirect=["others"])
def test_quick_way_and_real_way_agree_and_the_mistake_is_named(others: Others, name: str) -> None:
    assignment, loaded, kernel = others
    mistake = bank(assignment).mistake(name)
    graded = bank(assignment).grade_answers(bank(assignment).with_mistake(mistake), [mistake.exercise], SEED)
    (result,) = graded.exercises.values()
    assert result.score < result.max_score
    assert not graded.results.faults
    assert not graded.revealing
    assert result.hints == [mistake.hint]
    asked = quick.askable(loaded, mistake.exercise, kernel, SEED)
    if len(asked) == len(loaded.of(mistake.exercise)):
        again, faults = quick.graded(named(assignment, None), loaded, mistake.exercise, mistake.code, SEED)
        assert {test.name: test.outcome for test in again.tests} == {test.name: test.outcome for test in result.tests}
        assert again.hints == result.hints
        assert not faults


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_bank_has_several_mistakes(assignment: str, exercise: str) -> None:
    assert len(mistakes_in(assignment, exercise)) >= 4
