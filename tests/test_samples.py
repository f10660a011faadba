"""The demo's students get what their files say, and right answers full marks, through the whole released notebook."""

from collections import Counter
from functools import cache

import nbformat
import pytest
from nbformat import NotebookNode

from chainrule.engine.results import ExerciseResult
from chainrule.engine.solutions import filled
from chainrule.probe.outcome import Outcome
from chainrule.sandbox.limits import Limits
from submissions import ASSIGNMENTS, ROOT, Graded, bank

FULL, PARTIAL, ZERO = "full", "partial", "zero"
FAILED, CRASHED, MISSING, TIMED_OUT = Outcome.FAILED, Outcome.CRASHED, Outcome.MISSING, Outcome.TIMED_OUT

Lost = dict[str, dict[str, tuple[str, Outcome]]]
"""For each student the exercises without full marks: how much is left, and the outcome of most tests not passed."""

NUMPY_MLP: Lost = {
    "aino": {},
    "bruno": {"fit_curve": (ZERO, MISSING), "lecture_errors": (ZERO, MISSING)},
    "chloe": {
        "activations": (PARTIAL, FAILED),
        "linear_backward": (PARTIAL, FAILED),
        "losses": (PARTIAL, FAILED),
        "fit_curve": (PARTIAL, FAILED),
    },
    "crashing_carl": {
        "losses": (ZERO, MISSING),
        "mlp": (ZERO, MISSING),
        "collapse": (ZERO, CRASHED),
        "fit_curve": (ZERO, MISSING),
    },
    "dmitri": {
        "linear_backward": (PARTIAL, FAILED),
        "losses": (PARTIAL, FAILED),
        "numerical_gradient": (PARTIAL, FAILED),
        "fit_curve": (PARTIAL, FAILED),
    },
    "empty_eva": dict.fromkeys(bank("numpy_mlp").exercises, (ZERO, MISSING)),
    "forging_felix": {
        **{exercise: (ZERO, FAILED) for exercise in bank("numpy_mlp").exercises if exercise != "neuron"},
        "linear_backward": (ZERO, CRASHED),
        "losses": (ZERO, CRASHED),
        "numerical_gradient": (ZERO, CRASHED),
    },
    "looping_lena": {
        "linear_forward": (ZERO, TIMED_OUT),
        "mlp": (PARTIAL, TIMED_OUT),
        "fit_curve": (ZERO, TIMED_OUT),
    },
}

PYTORCH_MLP: Lost = {
    "aino": {},
    "bruno": dict.fromkeys(("data", "evaluate", "memory"), (PARTIAL, FAILED)),
    "chloe": {
        **dict.fromkeys(("autograd_parity", "train_step", "train_mnist", "device"), (PARTIAL, FAILED)),
        "checkpoint": (PARTIAL, CRASHED),
    },
    "crashing_carl": {
        **dict.fromkeys(("device", "capacity", "checkpoint"), (ZERO, MISSING)),
        "memory": (PARTIAL, CRASHED),
    },
    "dmitri": {
        **dict.fromkeys(("module", "train_epoch", "evaluate"), (PARTIAL, FAILED)),
        **dict.fromkeys(("train_mnist", "device", "batch_size", "capacity", "checkpoint", "memory"), (ZERO, MISSING)),
    },
    "empty_eva": dict.fromkeys(bank("pytorch_mlp").exercises, (ZERO, MISSING)),
    "forging_felix": {
        **dict.fromkeys(
            ("module", "data", "train_step", "train_mnist", "device", "batch_size", "capacity"), (ZERO, FAILED)
        ),
        **dict.fromkeys(("autograd_parity", "train_epoch", "evaluate", "checkpoint", "memory"), (ZERO, CRASHED)),
    },
    "looping_lena": {
        "train_epoch": (ZERO, TIMED_OUT),
        "train_mnist": (PARTIAL, TIMED_OUT),
        "capacity": (PARTIAL, TIMED_OUT),
    },
}

XOR: Lost = {
    "aino": {},
    "bruno": dict.fromkeys(("logistic_regression", "train_xor_torch", "continuous_xor"), (PARTIAL, FAILED)),
    "chloe": dict.fromkeys(("perceptron", "hidden_space", "train_xor_numpy", "continuous_xor"), (PARTIAL, FAILED)),
    "crashing_carl": {
        **dict.fromkeys(("logistic_regression", "stuck"), (ZERO, MISSING)),
        "train_xor_torch": (PARTIAL, CRASHED),
    },
    "dmitri": {
        **dict.fromkeys(("logistic_regression", "xor_by_hand", "train_xor_numpy"), (PARTIAL, FAILED)),
        **dict.fromkeys(("train_xor_torch", "no_hidden_layer", "stuck", "continuous_xor"), (ZERO, MISSING)),
    },
    "empty_eva": dict.fromkeys(bank("xor").exercises, (ZERO, MISSING)),
    "forging_felix": {exercise: (ZERO, FAILED) for exercise in bank("xor").exercises if exercise != "threshold_neuron"},
    "looping_lena": {"no_hidden_layer": (PARTIAL, TIMED_OUT)},
}
LOST = {"numpy_mlp": NUMPY_MLP, "pytorch_mlp": PYTORCH_MLP, "xor": XOR}

LIMITS = {
    ("numpy_mlp", "looping_lena"): Limits(cell_seconds=2, test_seconds=1),
    ("pytorch_mlp", "looping_lena"): Limits(cell_seconds=10, test_seconds=2),
    ("xor", "looping_lena"): Limits(cell_seconds=10, test_seconds=2),
}


@cache
def released(assignment: str) -> NotebookNode:
    """The notebook as students get it."""
    return NotebookNode(nbformat.read(ROOT / "release" / assignment / f"{assignment}.ipynb", as_version=4))


@pytest.fixture(
    scope="module", params=[(assignment, student) for assignment in LOST for student in LOST[assignment]], ids="-".join
)
def sample(request: pytest.FixtureRequest) -> tuple[str, str, Graded]:
    """An assignment, a student and what they get."""
    assignment, student = request.param
    notebook = filled(released(assignment), bank(assignment).samples[student])
    return assignment, student, bank(assignment).grade(notebook, limits=LIMITS.get((assignment, student)))


def share(exercise: ExerciseResult) -> str:
    """How much of an exercise's points was earned."""
    if exercise.score == exercise.max_score:
        return FULL
    return PARTIAL if exercise.score else ZERO


def main_outcome(exercise: ExerciseResult) -> Outcome:
    """What became of most of its tests that were not passed."""
    ((outcome, _),) = Counter(test.outcome for test in exercise.tests if not test.earned).most_common(1)
    return outcome


def test_sample_gets_what_its_file_says(sample: tuple[str, str, Graded]) -> None:
    assignment, student, graded = sample
    lost = LOST[assignment][student]
    assert not graded.results.faults
    found = {name: share(exercise) for name, exercise in graded.exercises.items()}
    assert found == {name: lost.get(name, (FULL,))[0] for name in bank(assignment).exercises}, graded.not_passed
    outcomes = {name: main_outcome(exercise) for name, exercise in graded.exercises.items() if found[name] != FULL}
    assert outcomes == {name: outcome for name, (_, outcome) in lost.items()}


def test_messages_give_no_expected_value(sample: tuple[str, str, Graded]) -> None:
    assert not sample[2].revealing


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_sample_has_its_expected_outcome(assignment: str) -> None:
    assert set(LOST[assignment]) == set(bank(assignment).samples)


@pytest.mark.parametrize(
    ("assignment", "style"), [(assignment, style) for assignment in LOST for style in ("reference", "finnish")]
)
def test_notebook_does_not_get_in_the_way_of_right_answers(assignment: str, style: str) -> None:
    answers = bank(assignment)
    assert not answers.grade(filled(released(assignment), answers.correct[style])).not_passed
