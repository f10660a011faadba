"""The demo's students get what their files say, and right answers full marks, through the whole released notebook."""

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from chainrule import cli
from chainrule.engine import results as result_files
from chainrule.engine.results import ExerciseResult, Results
from chainrule.probe.outcome import Outcome
from chainrule.sandbox import layers
from sampling import sample
from submissions import ASSIGNMENTS, POINTS, SAMPLE_LIMITS, Graded, bank

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
        "tensor_forward": (PARTIAL, FAILED),
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

SCORES = {
    "numpy_mlp": {"aino": 40.0, "bruno": 35.0, "empty_eva": 0.0, "forging_felix": 2.0},
    "pytorch_mlp": {"aino": 40.0, "bruno": 38.5, "empty_eva": 0.0, "forging_felix": 1.5},
    "xor": {"aino": 20.0, "bruno": 17.75, "empty_eva": 0.0, "forging_felix": 1.0},
}
"""The whole scores of some, to the last digit."""


DEMO = os.environ.get("CHAINRULE_DEMO", "")
"""The folder of a demo that has run, whose results are then looked at; else a sample of the samples is graded here."""


def students(assignment: str) -> list[str]:
    """Whose results are looked at."""
    everybody = list(LOST[assignment])
    return everybody if DEMO else sample(everybody, 1, f"samples of {assignment}")


CASES = [(assignment, student) for assignment in LOST for student in students(assignment)]


@cache
def graded_here(assignment: str, student: str) -> Graded:
    """What a student gets through the whole released notebook."""
    return bank(assignment).grade(bank(assignment).sample(student), limits=SAMPLE_LIMITS.get((assignment, student)))


def results_of(assignment: str, student: str) -> Results:
    """The same, or what the demo has found."""
    if not DEMO:
        return graded_here(assignment, student).results
    return result_files.read(Path(DEMO) / "autograded" / student / assignment / result_files.FILE_NAME)


def share(exercise: ExerciseResult) -> str:
    """How much of an exercise's points was earned."""
    if exercise.score == exercise.max_score:
        return FULL
    return PARTIAL if exercise.score else ZERO


def main_outcome(exercise: ExerciseResult) -> Outcome:
    """What became of most of its tests that were not passed."""
    ((outcome, _),) = Counter(test.outcome for test in exercise.tests if not test.earned).most_common(1)
    return outcome


def not_passed(results: Results) -> list[str]:
    """Every hidden test that was not passed, to be read when a test fails."""
    return Graded(results, frozenset()).not_passed


@pytest.mark.parametrize(("assignment", "student"), CASES)
def test_sample_gets_what_its_file_says(assignment: str, student: str) -> None:
    results, lost = results_of(assignment, student), LOST[assignment][student]
    assert not results.faults
    assert not results.hint_faults
    found = {exercise.name: share(exercise) for exercise in results.exercises}
    assert found == {name: lost.get(name, (FULL,))[0] for name in bank(assignment).exercises}, not_passed(results)
    outcomes = {one.name: main_outcome(one) for one in results.exercises if found[one.name] != FULL}
    assert outcomes == {name: outcome for name, (_, outcome) in lost.items()}
    if student in SCORES[assignment]:
        assert results.score == SCORES[assignment][student]


@pytest.mark.parametrize(("assignment", "student"), [case for case in CASES if not DEMO])
def test_messages_give_no_expected_value(assignment: str, student: str) -> None:
    assert not graded_here(assignment, student).revealing


@pytest.mark.parametrize(("assignment", "student"), [case for case in CASES if DEMO])
def test_everybody_gets_a_feedback_page(assignment: str, student: str) -> None:
    page = Path(DEMO) / "feedback" / student / assignment / f"{assignment}.html"
    assert page.stat().st_size > 10_000


def test_demo_grades_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["demo", "numpy_mlp", "--student", "bruno", "--json", "--folder", str(tmp_path / "course")]
    assert cli.main(words) == 0
    said = json.loads(capsys.readouterr().out)
    (one,) = said["submissions"]
    assert (one["student"], one["score"], one["max_score"]) == ("bruno", 35.0, POINTS["numpy_mlp"])
    assert said["sandbox"] == str(layers.found())
    page = tmp_path / "course" / "feedback" / "bruno" / "numpy_mlp" / "numpy_mlp.html"
    assert page.stat().st_size > 10_000


def test_demo_without_such_a_sample_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "xor", "--student", "nobody", "--folder", str(tmp_path / "course")]) == 2
    assert "xor has no sample 'nobody'" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_sample_has_its_expected_outcome(assignment: str) -> None:
    assert set(LOST[assignment]) == set(bank(assignment).samples)


STYLES = [(one, style) for one in LOST for style in sample(list(bank(one).correct), 1, f"whole notebooks of {one}")]


@pytest.mark.whole
@pytest.mark.parametrize(("assignment", "style"), STYLES)
def test_notebook_does_not_get_in_the_way_of_right_answers(assignment: str, style: str) -> None:
    answers = bank(assignment)
    assert not answers.grade(answers.whole_notebook(answers.correct[style])).not_passed
