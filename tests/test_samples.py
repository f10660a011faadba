"""The demo's students get what their files say, and right answers full marks, through the whole released notebook."""

from collections import Counter

import pytest
from nbformat import NotebookNode

import scratch_course
from autograder.grading.outcome import Outcome
from autograder.grading.results import ExerciseResult
from autograder.sandbox.limits import Limits
from autograder.solutions import filled
from submissions import CORRECT, EXERCISES, SAMPLES, Graded, grade

FULL, PARTIAL, ZERO = "full", "partial", "zero"
FAILED, CRASHED, MISSING, TIMED_OUT = Outcome.FAILED, Outcome.CRASHED, Outcome.MISSING, Outcome.TIMED_OUT

LOST: dict[str, dict[str, tuple[str, Outcome]]] = {
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
        "mlp": (PARTIAL, FAILED),
        "fit_curve": (PARTIAL, FAILED),
    },
    "empty_eva": dict.fromkeys(EXERCISES, (ZERO, MISSING)),
    "forging_felix": {
        **{exercise: (ZERO, FAILED) for exercise in EXERCISES if exercise != "neuron"},
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
"""For each student the exercises without full marks: how much is left, and the outcome of most tests not passed."""

LIMITS = {"looping_lena": Limits(cell_seconds=2, test_seconds=1)}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The notebook as students get it."""
    return scratch_course.released(scratch_course.make(tmp_path_factory.mktemp("course")))


@pytest.fixture(scope="module", params=LOST)
def sample(request: pytest.FixtureRequest, released: NotebookNode) -> tuple[str, Graded]:
    """A student and what they get."""
    student: str = request.param
    return student, grade(filled(released, SAMPLES[student]), limits=LIMITS.get(student))


def share(exercise: ExerciseResult) -> str:
    """How much of an exercise's points was earned."""
    if exercise.score == exercise.max_score:
        return FULL
    return PARTIAL if exercise.score else ZERO


def main_outcome(exercise: ExerciseResult) -> Outcome:
    """What became of most of its tests that were not passed."""
    ((outcome, _),) = Counter(test.outcome for test in exercise.tests if not test.earned).most_common(1)
    return outcome


def test_sample_gets_what_its_file_says(sample: tuple[str, Graded]) -> None:
    student, graded = sample
    assert not graded.results.faults
    found = {name: share(exercise) for name, exercise in graded.exercises.items()}
    assert found == {name: LOST[student].get(name, (FULL,))[0] for name in EXERCISES}, graded.not_passed
    outcomes = {name: main_outcome(exercise) for name, exercise in graded.exercises.items() if found[name] != FULL}
    assert outcomes == {name: outcome for name, (_, outcome) in LOST[student].items()}


def test_messages_give_no_expected_value(sample: tuple[str, Graded]) -> None:
    assert not sample[1].revealing


def test_every_sample_has_its_expected_outcome() -> None:
    assert set(LOST) == set(SAMPLES)


@pytest.mark.parametrize("style", CORRECT)
def test_notebook_does_not_get_in_the_way_of_right_answers(style: str, released: NotebookNode) -> None:
    assert not grade(filled(released, CORRECT[style])).not_passed
