"""Hidden tests of `shallow_joints`: the four stages of a 1-D-1 ReLU network, its joints and its slopes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("shallow_joints")

Array = NDArray[np.float64]
STAGES = ("pre_activations", "activations", "weighted", "y")


def network(rng: np.random.Generator, units: int, flat: int = 0) -> tuple[Array, Array]:
    """theta (units, 2) with joints at least 0.3 apart in random order, `flat` of the units without one; phi."""
    joints = rng.permutation(np.cumsum(rng.uniform(0.3, 0.8, units)) - 1.5)
    slopes = draws.away_from(rng, (units,), 0.5)
    theta = np.column_stack([-joints * slopes, slopes])
    theta[rng.permutation(units)[:flat]] = [0.7, 0.0]
    return theta, draws.away_from(rng, (units + 1,), 0.3)


def check_stages(student: Student, rng: np.random.Generator, *names: str) -> None:
    """The named stages for networks of several sizes."""
    for units, n in ((3, 7), (5, 1), (1, 4)):
        theta, phi = network(rng, units)
        x = rng.uniform(-2, 2, n)
        got = expect.sequence(student.shallow_stages(x, theta, phi), 4, "the result of shallow_stages")
        want = reference.shallow_stages(x, theta, phi)
        for name, got_one, want_one in zip(STAGES, got, want, strict=True):
            if name in names:
                expect.close(got_one, want_one, f"{name} for {units} hidden units")


@pytest.mark.points(0.5)
def test_hidden_stages(student: Student, rng: np.random.Generator) -> None:
    """Stages 1 and 2: pre-activations and activations of every hidden unit"""
    check_stages(student, rng, "pre_activations", "activations")


@pytest.mark.points(0.5)
def test_output_stages(student: Student, rng: np.random.Generator) -> None:
    """Stages 3 and 4: weighted activations and their sum with the offset"""
    check_stages(student, rng, "weighted", "y")


@pytest.mark.points(0.5)
def test_joints(student: Student, rng: np.random.Generator) -> None:
    """The joints from left to right; a unit that does not depend on x has none"""
    for units, flat in ((3, 0), (5, 2), (6, 0)):
        theta, _ = network(rng, units, flat)
        want = reference.shallow_joints(theta)
        expect.close(
            student.shallow_joints(theta), want, f"the array of joints for {units} hidden units, {flat} of them flat"
        )


@pytest.mark.points(0.5)
def test_slopes(student: Student, rng: np.random.Generator) -> None:
    """The slope of y in every linear region from left to right"""
    for units, flat in ((3, 0), (1, 0), (5, 1)):
        theta, phi = network(rng, units, flat)
        want = reference.shallow_slopes(theta, phi)
        expect.close(
            student.shallow_slopes(theta, phi),
            want,
            f"the array of slopes for {units} hidden units, {flat} of them flat",
        )
