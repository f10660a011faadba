"""A mistake in one exercise costs nothing in those that do not build on it."""

import pytest

from autograder.grading.outcome import Outcome
from submissions import bank

NUMPY, TORCH = bank("numpy_mlp"), bank("pytorch_mlp")

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


@pytest.mark.parametrize("name", CARRIED_ON)
def test_wrong_answer_costs_nothing_elsewhere(name: str) -> None:
    mistake = NUMPY.mistake(name)
    others = set(NUMPY.exercises) - {mistake.exercise} - BUILT_ON_IT.get(mistake.exercise, set())
    assert not NUMPY.grade_answers(NUMPY.with_mistake(mistake), others).not_passed


def test_missing_exercise_costs_nothing_elsewhere() -> None:
    without = {exercise: code for exercise, code in NUMPY.reference.items() if exercise != "linear_forward"}
    others = set(NUMPY.exercises) - {"linear_forward", "mlp", "fit_curve"}
    assert not NUMPY.grade_answers(without, others).not_passed


def test_cache_of_another_form_costs_only_the_points_of_the_cache() -> None:
    exercises = ("linear_forward", "linear_backward", "mlp", "fit_curve")
    graded = NUMPY.grade_answers({**NUMPY.reference, **OTHER_CACHE}, exercises)
    assert [message.partition(" ")[0] for message in graded.not_passed] == ["linear_forward/test_cache"]


def test_crash_in_both_linear_blocks_is_told_where_it_is_graded() -> None:
    broken = "def {name}(*args):\n    raise RuntimeError('{name} is broken')"
    answers = {name: broken.format(name=name) for name in ("linear_forward", "linear_backward")}
    graded = NUMPY.grade_answers({**NUMPY.reference, **answers}, ["linear_backward"])
    (result,) = graded.exercises.values()
    assert {test.outcome for test in result.tests} == {Outcome.CRASHED}
    assert all("linear_backward is broken" in test.message for test in result.tests)
