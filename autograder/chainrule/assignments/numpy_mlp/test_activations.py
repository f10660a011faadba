"""Hidden tests of `activations`: identity, sigmoid, tanh and ReLU, forward and backward."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Handle, Student

from . import reference
from .silence import silently

pytestmark = pytest.mark.exercise("activations")

SHAPES = ((5,), (4, 3), (2, 3, 4), (1, 1))
NAMES = ("identity", "sigmoid", "tanh", "relu")


def values(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Random values of both signs, the first of them negative wherever there are several."""
    z = draws.away_from(rng, shape, size=3.0)
    if z.size > 1:
        z.flat[:2] = np.abs(z.flat[:2]) * [-1, 1]
    return z


def check_forward(student: Student, rng: np.random.Generator, name: str) -> None:
    """Values of one activation on arrays of several shapes and on whole numbers."""
    for shape in SHAPES:
        z = values(rng, shape)
        expect.close(getattr(student, name)(z), getattr(reference, name)(z), f"{name}(z) for z of shape {shape}")
    z = rng.permutation(np.arange(-3, 4))
    expect.close(getattr(student, name)(z), getattr(reference, name)(z), f"{name}(z) for whole numbers z")


def check_backward(student: Student, rng: np.random.Generator, name: str) -> None:
    """dz of one activation for random upstream gradients, for whole numbers, and again for other values."""
    backward = f"{name}_backward"
    for shape in SHAPES:
        for again in ("", ", in a second call with other values"):
            z, da = values(rng, shape), draws.away_from(rng, shape)
            what = f"dz of {backward} for z of shape {shape}{again}"
            expect.close(getattr(student, backward)(da, z), getattr(reference, backward)(da, z), what)
    for what, z, da in (
        ("z", rng.permutation([-3, -2, -1, 1, 2, 3]), draws.away_from(rng, (6,))),
        ("da", values(rng, (4,)), rng.permutation([-2, -1, 1, 2])),
    ):
        want = getattr(reference, backward)(da, z)
        expect.close(getattr(student, backward)(da, z), want, f"dz of {backward} for whole numbers {what}")


def check_large(student: Student, rng: np.random.Generator, *names: str) -> None:
    """The hyperbolic tangent, forward or backward, where e^z is too large for a float."""
    z = rng.permutation([-1000.0, -800.0, -30.0, 30.0, 800.0, 1000.0])
    for name in names:
        arguments = (draws.away_from(rng, z.shape), z) if name.endswith("_backward") else (z,)
        want = getattr(reference, name)(*arguments)
        expect.close(getattr(student, name)(*arguments), want, f"the result of {name} for |z| up to 1000")


@pytest.mark.points(0.5)
def test_identity_and_tanh(student: Student, rng: np.random.Generator) -> None:
    """identity and tanh give the right values for arrays of any shape"""
    check_forward(student, rng, "identity")
    check_forward(student, rng, "tanh")
    check_large(student, rng, "tanh")


@pytest.mark.points(0.5)
def test_sigmoid(student: Student, rng: np.random.Generator) -> None:
    """The sigmoid gives the right values for arrays of any shape"""
    check_forward(student, rng, "sigmoid")


@pytest.mark.points(0.5)
def test_sigmoid_is_stable(student: Student, rng: np.random.Generator) -> None:
    """The sigmoid and its gradient are right, without a warning, for inputs as large as 1000 of both signs"""
    z = rng.permutation([-1000.0, -800.0, -30.0, 30.0, 800.0, 1000.0])
    expect.close(silently(student, "sigmoid", z), reference.sigmoid(z), "sigmoid(z) for |z| up to 1000")
    da = draws.away_from(rng, z.shape)
    dz = silently(student, "sigmoid_backward", da, z)
    expect.close(dz, reference.sigmoid_backward(da, z), "dz of sigmoid for |z| up to 1000")


@pytest.mark.points(0.5)
def test_relu(student: Student, rng: np.random.Generator) -> None:
    """ReLU keeps positive values and cuts negative ones, for arrays of any shape"""
    check_forward(student, rng, "relu")


@pytest.mark.points(0.5)
def test_identity_and_tanh_backward(student: Student, rng: np.random.Generator) -> None:
    """Backward of identity and tanh: the upstream gradient times the slope at z"""
    check_backward(student, rng, "identity")
    check_backward(student, rng, "tanh")
    check_large(student, rng, "tanh_backward")


@pytest.mark.points(0.5)
def test_sigmoid_backward(student: Student, rng: np.random.Generator) -> None:
    """Backward of the sigmoid: the upstream gradient times the slope at z"""
    check_backward(student, rng, "sigmoid")


@pytest.mark.points(0.5)
def test_relu_backward(student: Student, rng: np.random.Generator) -> None:
    """Backward of ReLU: the gradient passes where z was positive and nowhere else"""
    check_backward(student, rng, "relu")
    da = draws.away_from(rng, (3,))
    slope_at_zero = expect.array(student.relu_backward(da, np.zeros(3)), "dz of relu_backward at z = 0", (3,))
    expect.that(not slope_at_zero.any(), "The slope of ReLU at exactly z = 0 is taken as 0 here.")


@pytest.mark.points(0.5)
def test_arguments_stay(student: Student, rng: np.random.Generator) -> None:
    """The arguments keep their values, and so do results when the function is called again"""
    other, names = rng.spawn(1)[0], ("sigmoid", "tanh", "relu")
    at_least_one(*(partial(check, student, other, name) for check in (check_forward, check_backward) for name in names))
    z, da = draws.away_from(rng, (4, 3)), draws.away_from(rng, (4, 3))
    later_z, later_da = draws.away_from(rng, (4, 3)), draws.away_from(rng, (4, 3))
    for name in NAMES:
        held_z, held_da = student.put(z), student.put(da)
        forward, backward = getattr(student, name), getattr(student, f"{name}_backward")
        check_kept(name, forward.keep(held_z), partial(forward, later_z))
        expect.unchanged(held_z.value(), z, f"z of {name}")
        dz = backward.keep(held_da, held_z)
        expect.shape(dz.value(), z.shape, f"dz of {name}_backward")
        check_kept(f"{name}_backward", dz, partial(backward, later_da, later_z))
        expect.unchanged(held_z.value(), z, f"z of {name}_backward")
        expect.unchanged(held_da.value(), da, f"da of {name}_backward")


def check_kept(name: str, result: Handle, later: Callable[[], object]) -> None:
    """A later call leaves the result of an earlier one as it was."""
    before = expect.array(result.value(), f"the result of {name}")
    later()
    after = expect.array(result.value(), f"the result of {name}")
    expect.that(
        np.array_equal(before, after, equal_nan=True),
        f"A second call of {name} writes into the array that the first one returned: make a new array in each call.",
    )
