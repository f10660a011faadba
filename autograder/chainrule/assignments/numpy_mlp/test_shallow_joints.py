"""Hidden tests of `shallow_joints`: the four stages of a 1-D-1 ReLU network, its joints and its slopes."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.probe.student import Handle, Student

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


def far_and_near(rng: np.random.Generator) -> tuple[Array, Array]:
    """Five units with joints far outside and close together, one of them with a weight that is small but not 0; phi."""
    joints = np.array([-40.0, 1.0, 1.03, 1.06, 60.0]) + rng.uniform(-0.5, 0.5)
    slopes = draws.away_from(rng, (5,), 0.5) * np.array([1.0, 1.0, 1.0, 1.0, 2e-4])
    theta = np.column_stack([-joints * slopes, slopes])
    return theta[rng.permutation(5)], draws.away_from(rng, (6,), 0.3)


def whole(rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """theta (3, 2) and phi (4,) of whole numbers; the joints are -2/3, 1/2 and 5/2 in random order."""
    theta = np.array([[2, 3], [1, -2], [-5, 2]])
    return theta[rng.permutation(3)], rng.permutation([-3, -1, 2, 4])


def check_stages(student: Student, rng: np.random.Generator, *names: str) -> None:
    """The named stages for networks of several sizes, for whole-number x, and for whole numbers only."""
    cases: list[Any] = [
        (network(rng, units), rng.uniform(-2, 2, n)) for units, n in ((3, 7), (5, 1), (1, 4), (4, 4), (2, 3))
    ]
    cases += [(network(rng, 3), rng.integers(-3, 4, 5)), (whole(rng), rng.integers(-3, 4, 5))]
    for (theta, phi), x in cases:
        held = [student.put(argument) for argument in (x, theta, phi)]
        got = expect.sequence(student.shallow_stages(*held), 4, "the result of shallow_stages")
        want = reference.shallow_stages(x, theta, phi)
        for name, got_one, want_one in zip(STAGES, got, want, strict=True):
            if name in names:
                expect.close(got_one, want_one, f"{name} for {len(theta)} hidden units and {len(x)} samples")
        check_unchanged("shallow_stages", held, x, theta, phi)


def check_unchanged(name: str, held: list[Handle], *originals: Any) -> None:
    """The arguments, of which phi is the last of three and theta the one before, are what they were."""
    for argument, original, what in zip(held, originals, ("x", "theta", "phi")[-len(held) :], strict=True):
        expect.unchanged(argument.value(), original, f"{what} of {name}")


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
    """The joints from left to right, wherever they are; a unit that does not depend on x has none"""
    cases: list[Any] = [
        (f"{flat} of them flat", network(rng, units, flat)[0]) for units, flat in ((3, 0), (5, 2), (6, 0), (3, 3))
    ]
    theta = network(rng, 3)[0]
    cases += [("two of them with one joint", np.concatenate([theta, 2 * theta[:1]]))]
    cases += [("joints far outside and close together", far_and_near(rng)[0]), ("whole numbers", whole(rng)[0])]
    for what, theta in cases:
        held = student.put(theta)
        got = student.shallow_joints(held)
        expect.close(got, reference.shallow_joints(theta), f"the array of joints for {len(theta)} hidden units, {what}")
        expect.unchanged(held.value(), theta, "theta of shallow_joints")


@pytest.mark.points(0.5)
def test_slopes(student: Student, rng: np.random.Generator) -> None:
    """The slope of y in every linear region from left to right, wherever the joints are, or without any"""
    cases: list[Any] = [
        (f"{flat} of them flat", network(rng, units, flat)) for units, flat in ((3, 0), (1, 0), (5, 1), (2, 2))
    ]
    cases += [("joints far outside and close together", far_and_near(rng)), ("whole numbers", whole(rng))]
    for what, (theta, phi) in cases:
        held = [student.put(argument) for argument in (theta, phi)]
        got = student.shallow_slopes(*held)
        want = reference.shallow_slopes(theta, phi)
        expect.close(got, want, f"the array of slopes for {len(theta)} hidden units, {what}")
        check_unchanged("shallow_slopes", held, theta, phi)
