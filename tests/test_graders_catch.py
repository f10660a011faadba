"""The hidden tests catch every wrong answer of the bank, in its own exercise and nowhere else, and reveal nothing."""

from functools import cache

import pytest

from autograder.grading.outcome import Outcome
from submissions import EXERCISES, REFERENCE, WRONG, Graded, grade, lean_notebook, with_wrong_answer

BUILT_ON_IT = {
    "activations": {"mlp", "fit_curve"},
    "linear_forward": {"mlp", "fit_curve"},
    "linear_backward": {"mlp", "fit_curve"},
    "losses": {"fit_curve"},
    "mlp": {"fit_curve"},
    "sgd": {"fit_curve"},
}
"""Exercises whose answers call those of an earlier one, in the reference: its mistakes may show there too."""

CARRIED_ON = (
    "neuron: no_sigmoid",
    "activations: relu_local_derivative_only",
    "linear_forward: weight_not_transposed",
    "linear_backward: upstream_ignored",
    "losses: hard_coded_batch",
    "mlp: accumulates",
    "sgd: rebinding",
)

OTHER_CACHE = {
    "linear_forward": """
def linear_forward(x, weight, bias):
    return x @ weight.T + bias, {"inputs": x, "weights": weight}
""",
    "linear_backward": """
def linear_backward(dy, cache):
    return dy @ cache["weights"], dy.T @ cache["inputs"], dy.sum(axis=0)
""",
}


@cache
def graded(name: str) -> Graded:
    """A submission with this wrong answer, graded in the answer's exercise."""
    exercise, answers = with_wrong_answer(name)
    return grade(lean_notebook(answers), exercises=[exercise])


@pytest.mark.parametrize("name", WRONG)
def test_wrong_answer_loses_points(name: str) -> None:
    (result,) = graded(name).exercises.values()
    assert result.score < result.max_score
    assert not graded(name).results.faults


@pytest.mark.parametrize("name", WRONG)
def test_messages_give_no_expected_value(name: str) -> None:
    assert not graded(name).revealing


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_hidden_test_catches_a_wrong_answer(exercise: str) -> None:
    results = [graded(name).exercises[exercise] for name in WRONG if name.startswith(f"{exercise}: ")]
    catching = {test.name for result in results for test in result.tests if not test.earned}
    assert {test.name for result in results for test in result.tests} == catching


@pytest.mark.parametrize("exercise", EXERCISES)
def test_bank_has_several_wrong_answers(exercise: str) -> None:
    assert sum(name.startswith(f"{exercise}: ") for name in WRONG) >= 4


@pytest.mark.parametrize("name", CARRIED_ON)
def test_wrong_answer_costs_nothing_elsewhere(name: str) -> None:
    exercise, answers = with_wrong_answer(name)
    others = set(EXERCISES) - {exercise} - BUILT_ON_IT.get(exercise, set())
    assert not grade(lean_notebook(answers), exercises=others).not_passed


def test_missing_exercise_costs_nothing_elsewhere() -> None:
    without = {exercise: code for exercise, code in REFERENCE.items() if exercise != "linear_forward"}
    others = set(EXERCISES) - {"linear_forward", "mlp", "fit_curve"}
    assert not grade(lean_notebook(without), exercises=others).not_passed


def test_cache_of_another_form_costs_only_the_points_of_the_cache() -> None:
    exercises = ("linear_forward", "linear_backward", "mlp", "fit_curve")
    graded = grade(lean_notebook({**REFERENCE, **OTHER_CACHE}), exercises=exercises)
    assert [message.partition(" ")[0] for message in graded.not_passed] == ["linear_forward/test_cache"]


def test_crash_in_both_linear_blocks_is_told_where_it_is_graded() -> None:
    broken = "def {name}(*args):\n    raise RuntimeError('{name} is broken')"
    answers = {name: broken.format(name=name) for name in ("linear_forward", "linear_backward")}
    graded = grade(lean_notebook({**REFERENCE, **answers}), exercises=["linear_backward"])
    (result,) = graded.exercises.values()
    assert {test.outcome for test in result.tests} == {Outcome.CRASHED}
    assert all("linear_backward is broken" in test.message for test in result.tests)
