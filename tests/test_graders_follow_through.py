"""A mistake in one exercise costs nothing in those that do not build on it."""

import pytest

from chainrule.probe.outcome import Outcome
from sampling import sample
from submissions import bank

NUMPY, XOR = bank("numpy_mlp"), bank("xor")

BUILT_ON_IT = {exercise: {"fit_curve"} for exercise in ("linear_forward", "linear_backward", "mlp", "sgd")}
"""A class, and what works on the weights themselves, cannot be ours for a student: its mistakes may show there too."""

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


@pytest.mark.parametrize("name", sample(CARRIED_ON, 3, "mistakes that others build on"))
def test_wrong_answer_costs_nothing_elsewhere_in_a_sample(name: str) -> None:
    check_elsewhere(name)


@pytest.mark.whole
@pytest.mark.parametrize("name", CARRIED_ON)
def test_wrong_answer_costs_nothing_elsewhere(name: str) -> None:
    check_elsewhere(name)


def check_elsewhere(name: str) -> None:
    """A mistake costs its own exercise alone."""
    mistake = NUMPY.mistake(name)
    others = set(NUMPY.exercises) - {mistake.exercise} - BUILT_ON_IT.get(mistake.exercise, set())
    assert not NUMPY.grade_answers(NUMPY.with_mistake(mistake), others).not_passed


def test_missing_exercise_costs_nothing_elsewhere() -> None:
    without = {exercise: code for exercise, code in NUMPY.reference.items() if exercise != "linear_forward"}
    others = set(NUMPY.exercises) - {"linear_forward", "fit_curve"}
    assert not NUMPY.grade_answers(without, others).not_passed


@pytest.mark.parametrize(
    "name",
    ["threshold_neuron: fires_on_the_line", "hidden_space: before_activation", "train_xor_torch: squeezed_too_far"],
)
def test_wrong_answer_costs_nothing_elsewhere_in_xor(name: str) -> None:
    mistake = XOR.mistake(name)
    others = set(XOR.exercises) - {mistake.exercise}
    assert not XOR.grade_answers(XOR.with_mistake(mistake), others).not_passed


def test_ours_in_the_place_of_what_it_builds_on_rights_no_wrong_answer() -> None:
    """Both are wrong: each costs its own points, and the hint is about the student's own mistake."""
    first, second = XOR.mistake("hidden_space: before_activation"), XOR.mistake("train_xor_numpy: three_of_four")
    answers = {**XOR.with_mistake(first), second.exercise: second.code}
    alone = XOR.grade_answers(XOR.with_mistake(second), [second.exercise]).not_passed
    both = XOR.grade_answers(answers, [second.exercise]).not_passed
    assert {one.partition(" ")[0] for one in both} == {one.partition(" ")[0] for one in alone}


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
