"""Hidden tests of `numerical_gradient`: central differences of a function that is evaluated here."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Student

pytestmark = pytest.mark.exercise("numerical_gradient")

Array = NDArray[np.float64]
RESULT = "the result of numerical_gradient"


def wave(weights: Array, what: str = "the argument of f") -> Callable[[object], float]:
    """f(x) = Σ weights · sin(x), which refuses an argument of another shape than `weights`."""

    def f(x: object) -> float:
        return float(np.sum(weights * np.sin(expect.array(x, what, weights.shape))))

    return f


def check(student: Student, rng: np.random.Generator, x: Any, what: str = RESULT) -> None:
    """The gradient of a wave at x."""
    weights = rng.uniform(0.5, 2.0, x.shape)
    # loose enough for a one-sided difference, which costs the points of test_central only
    expect.close(student.numerical_gradient(wave(weights), x), weights * np.cos(x), what, rtol=1e-4, atol=1e-4)


@pytest.mark.points(0.5)
def test_vector(student: Student, rng: np.random.Generator) -> None:
    """The gradient of a function of a vector"""
    for size in (1, 5):
        check(student, rng, rng.normal(size=size))


@pytest.mark.points(0.5)
def test_any_shape(student: Student, rng: np.random.Generator) -> None:
    """The gradient has the shape of x, whatever that is, and f gets arrays of that shape"""
    for shape in ((2, 3), (3, 1), (2, 1, 3)):
        check(student, rng, rng.normal(size=shape))
    x, weights = rng.normal(size=(3, 2)), rng.uniform(0.5, 2.0, (3, 2))
    turned = student.put(x.T).transpose.keep()
    got = student.numerical_gradient(wave(weights), turned)
    expect.close(got, weights * np.cos(x), f"{RESULT} for a view, turned by .T", rtol=1e-4, atol=1e-4)


@pytest.mark.points(0.5)
def test_central(student: Student, rng: np.random.Generator) -> None:
    """The difference is central: f is evaluated on both sides of x, equally far, eps away"""
    x, eps = rng.uniform(0.5, 1.5, 4) * rng.permutation([1.0, 1.0, 10.0, 40.0]), 1e-2
    points: list[Array] = []

    def cubes(argument: object) -> float:
        points.append(expect.array(argument, "the argument of f", x.shape))
        return float(np.sum(points[-1] ** 3))

    got = expect.array(student.numerical_gradient(cubes, x, eps), RESULT, x.shape)
    offsets = np.array(points).reshape(-1, x.size) - x
    expect.that(
        np.abs(offsets).max(initial=0.0) > eps / 4, "f is never evaluated away from x: pass the shifted array to f."
    )
    moved = np.abs(offsets)[np.abs(offsets) > eps / 1000]
    expect.that(
        np.allclose(moved, eps, rtol=1e-3),
        "f is evaluated where an entry of x is moved by more or less than eps: eps is in the units of x.",
    )
    expect.that(
        np.all((np.abs(offsets) > eps / 8).sum(axis=1) <= 1), "More than one entry of x is shifted at the same time."
    )
    expect.that(
        np.allclose(offsets.sum(axis=0), 0, atol=eps / 100),
        "The points where f is evaluated lie on one side of x only: a central difference needs x + eps and x − eps.",
    )
    expect.that(
        np.all(np.abs(got - 3 * x**2) < 4 * eps**2),
        "The error shrinks like eps instead of eps²: that is a one-sided difference, or a wrong divisor.",
    )


@pytest.mark.points(0.5)
def test_x_stays(student: Student, rng: np.random.Generator) -> None:
    """x has exactly its old values afterwards"""
    x, points = rng.normal(size=(4, 5)), []

    def f(argument: object) -> float:
        points.append(expect.array(argument, "the argument of f", x.shape))
        return float(np.sum(np.sin(points[-1])))

    def check_steps() -> None:
        away = not all(np.array_equal(point, x) for point in points)
        expect.that(away, "f is never evaluated away from x: pass the shifted array to f.")

    held = student.put(x)
    expect.shape(student.numerical_gradient(f, held), x.shape, RESULT)
    at_least_one(check_steps, partial(check_relative_error, student, *rng.spawn(1)[0].normal(size=(2, 6))))
    after = expect.array(held.value(), "x after the call", x.shape)
    expect.that(np.allclose(after, x, rtol=1e-12, atol=1e-12), "x is changed afterwards: put every entry back.")
    expect.that(
        held.tobytes() == x.tobytes(),  # not the values: differences in the last digits say nothing to a fingerprint
        "x is changed in its last digits: keep each old value and put it back, for sums are rounded.",
    )


@pytest.mark.points(0.5)
def test_whole_numbers(student: Student, rng: np.random.Generator) -> None:
    """An x of whole numbers is treated as floats"""
    check(student, rng, rng.integers(-3, 4, 5), f"{RESULT} for an integer x (a small eps vanishes in an integer array)")
    check(student, rng, rng.integers(-3, 4, (2, 3)), f"{RESULT} for an integer x (a small eps vanishes there)")


def check_relative_error(student: Student, a: Array, b: Array, what: str = "relative_error(a, b)") -> None:
    """Two arrays of which one is not zero."""
    want = np.abs(a - b).max() / max(np.abs(a).max() + np.abs(b).max(), 1e-12)
    expect.close(student.relative_error(a, b), want, what)


@pytest.mark.points(0.5)
def test_relative_error(student: Student, rng: np.random.Generator) -> None:
    """relative_error: one number for two whole arrays, 0 when both are zero"""
    for shape in ((6,), (3, 4)):
        a = rng.normal(size=shape)
        b = a + rng.normal(0.0, 0.3, shape)
        check_relative_error(student, a, b)
        check_relative_error(student, b, a, "relative_error(b, a)")
        check_relative_error(student, 1e-3 * a, 1e-3 * b, "relative_error of two small arrays")
        check_relative_error(student, -a, -b, "relative_error of two arrays of the other sign")
        check_relative_error(student, 1e-9 * a, 1e-9 * b, "relative_error of two tiny arrays")
        check_relative_error(
            student, 1e-13 * a, 1e-13 * b, "relative_error of two arrays with a sum of maxima near 1e-12"
        )
    a, b = np.array([3.0, 0.5, -1.0]), np.array([0.5, -1.0, -4.0])
    check_relative_error(student, a, b, "relative_error of two arrays with their largest entries in different places")
    expect.close(student.relative_error(np.zeros(3), np.zeros(3)), 0.0, "relative_error of two zero arrays")
