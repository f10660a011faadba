"""Hidden tests of `activations`: identity, sigmoid, tanh and ReLU, forward and backward."""

from functools import partial

import numpy as np
import pytest

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("activations")

SHAPES = ((5,), (4, 3), (2, 3, 4), (1, 1))
NAMES = ("identity", "sigmoid", "tanh", "relu")


def check_forward(student: Student, rng: np.random.Generator, name: str) -> None:
    """Values of one activation on arrays of several shapes and on whole numbers."""
    for shape in SHAPES:
        z = draws.away_from(rng, shape, size=3.0)
        expect.close(getattr(student, name)(z), getattr(reference, name)(z), f"{name}(z) for z of shape {shape}")
    z = rng.permutation(np.arange(-3, 4))
    expect.close(getattr(student, name)(z), getattr(reference, name)(z), f"{name}(z) for whole numbers z")


def check_backward(student: Student, rng: np.random.Generator, name: str) -> None:
    """dz of one activation for random upstream gradients, and for whole-number pre-activations."""
    backward = f"{name}_backward"
    for shape in SHAPES:
        z, da = draws.away_from(rng, shape, size=3.0), draws.away_from(rng, shape)
        what = f"dz of {backward} for z of shape {shape}"
        expect.close(getattr(student, backward)(da, z), getattr(reference, backward)(da, z), what)
    z, da = rng.permutation([-3, -2, -1, 1, 2, 3]), draws.away_from(rng, (6,))
    what = f"dz of {backward} for whole numbers z"
    expect.close(getattr(student, backward)(da, z), getattr(reference, backward)(da, z), what)


@pytest.mark.points(0.5)
def test_identity_and_tanh(student: Student, rng: np.random.Generator) -> None:
    """identity and tanh give the right values for arrays of any shape"""
    check_forward(student, rng, "identity")
    check_forward(student, rng, "tanh")


@pytest.mark.points(0.5)
def test_sigmoid(student: Student, rng: np.random.Generator) -> None:
    """The sigmoid gives the right values for arrays of any shape"""
    check_forward(student, rng, "sigmoid")


@pytest.mark.points(0.5)
def test_sigmoid_is_stable(student: Student, rng: np.random.Generator) -> None:
    """The sigmoid and its gradient survive inputs as large as 1000 of both signs"""
    z = rng.permutation([-1000.0, -800.0, -30.0, 30.0, 800.0, 1000.0])
    expect.close(student.sigmoid(z), reference.sigmoid(z), "sigmoid(z) for |z| up to 1000")
    da = draws.away_from(rng, z.shape)
    expect.close(student.sigmoid_backward(da, z), reference.sigmoid_backward(da, z), "dz of sigmoid for |z| up to 1000")


@pytest.mark.points(0.5)
def test_relu(student: Student, rng: np.random.Generator) -> None:
    """ReLU keeps positive values and cuts negative ones, for arrays of any shape"""
    check_forward(student, rng, "relu")


@pytest.mark.points(0.5)
def test_identity_and_tanh_backward(student: Student, rng: np.random.Generator) -> None:
    """Backward of identity and tanh: the upstream gradient times the slope at z"""
    check_backward(student, rng, "identity")
    check_backward(student, rng, "tanh")


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
    """The arguments keep their values, forward and backward"""
    other, names = rng.spawn(1)[0], ("sigmoid", "tanh", "relu")
    at_least_one(*(partial(check, student, other, name) for check in (check_forward, check_backward) for name in names))
    z, da = draws.away_from(rng, (4, 3)), draws.away_from(rng, (4, 3))
    for name in NAMES:
        held_z, held_da = student.put(z), student.put(da)
        getattr(student, name)(held_z)
        expect.unchanged(held_z.value(), z, f"z of {name}")
        got = getattr(student, f"{name}_backward")(held_da, held_z)
        expect.shape(got, z.shape, f"dz of {name}_backward")
        expect.unchanged(held_z.value(), z, f"z of {name}_backward")
        expect.unchanged(held_da.value(), da, f"da of {name}_backward")
