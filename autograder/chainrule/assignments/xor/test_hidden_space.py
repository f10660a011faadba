"""Hidden tests of `hidden_space`: where the hidden units take the points, and the line that separates them there."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.probe.student import Student

from . import reference, xor_answers

pytestmark = pytest.mark.exercise("hidden_space")

Array = NDArray[np.float64]
ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")


def line(rng: np.random.Generator, width: int = 2) -> tuple[Array, float]:
    """w2 (width,) and b2 of a line that is neither vertical nor horizontal."""
    return draws.away_from(rng, (width,), 0.4), float(draws.away_from(rng, (), 0.2))


def separated(
    rng: np.random.Generator, n: int, width: int = 2, vertical: bool = False
) -> tuple[Array, Array, Array, float]:
    """Points h (n, width) clearly beside a line w2, b2, of both classes y, and class 1 where w2·h + b2 > 0."""
    tries = draws.attempts()
    while True:
        next(tries)
        w2, b2 = line(rng, width)
        w2[1:] *= not vertical
        h = draws.away_from(rng, (50 + 2 * n, width), 0.1)
        z = h @ w2 + b2
        h = h[np.abs(z) > 0.1][:n]
        y = (h @ w2 + b2 > 0).astype(np.float64)
        if len(h) == n and 0 < y.sum() < n:
            return h, y, w2, b2


def check_separates(student: Student, h: Array, y: Array, line: tuple[Array, float], want: bool, name: str) -> None:
    """The student's verdict on one line and one set of points."""
    expect.equal(student.separates(h, y, *line), want, f"separates(h, y, w2, b2) for {name}")


@pytest.mark.points(0.5)
def test_points(student: Student, rng: np.random.Generator) -> None:
    """The points in the hidden space, after the activation, for all four activations"""
    for n, width in ((6, 2), (1, 3), (2, 2), (5, 5), (4, 1), (6, 2)):
        x, weight, bias = rng.normal(size=(n, 2)), rng.normal(size=(width, 2)), draws.away_from(rng, (width,), 0.2)
        for activation in ACTIVATIONS:
            want = reference.hidden_points(x, weight, bias, activation)
            what = f"hidden_points of {n} points and {width} units with {activation}"
            expect.close(student.hidden_points(x, weight, bias, activation), want, what)
        expect.close(
            student.hidden_points(x, weight, bias),
            reference.hidden_points(x, weight, bias),
            f"hidden_points of {n} points and {width} units without naming an activation",
        )
    held = [student.put(array) for array in (x, weight, bias)]
    for activation in ACTIVATIONS:
        student.hidden_points.keep(*held, activation)
    for name, handle, original in zip(("x", "W1", "b1"), held, (x, weight, bias), strict=True):
        expect.unchanged(handle.value(), original, name)
    calls = [(rng.normal(size=(4, 2)), rng.normal(size=(3, 2)), rng.normal(size=3)) for _ in range(2)]
    for got, call in zip(xor_answers.called_twice(student.hidden_points, *calls), calls, strict=True):
        expect.close(got, reference.hidden_points(*call), "hidden_points of one of two calls, read after both,")
    x, bias = rng.permutation([[-1000.0, 0.0], [0.0, 1000.0], [-30.0, 0.0]]), draws.away_from(rng, (2,), 0.2)
    for activation in ("sigmoid", "tanh"):
        want = reference.hidden_points(x, np.eye(2), bias, activation)
        got = student.hidden_points(x, np.eye(2), bias, activation)
        expect.close(got, want, f"hidden_points with {activation} for sums as large as 1000")


@pytest.mark.points(0.5)
def test_line(student: Student, rng: np.random.Generator) -> None:
    """The height of the separating line above each h1"""
    for shape in ((5,), (1,), (2, 3), ()):
        h1, (w2, b2) = np.asarray(rng.normal(size=shape)), line(rng)
        want = reference.output_line(h1, w2, b2)
        expect.close(student.output_line(h1, w2, b2), want, f"the height of the line for h1 of shape {shape}")
    w2 = np.array([0.0, w2[1]])
    what = "the height of a horizontal line"
    expect.close(student.output_line(np.arange(3.0), w2, b2), np.full(3, -b2 / w2[1]), what)


@pytest.mark.points(0.25)
def test_vertical(student: Student, rng: np.random.Generator) -> None:
    """A vertical line has no height above h1: that is a ValueError; a line that is only steep has one"""
    # A function that always raises refuses nothing.
    student.output_line.keep(np.arange(4.0), *line(rng.spawn(1)[0]))
    for w1 in (1.0, float(draws.away_from(rng, ()))):
        expect.that(
            student.output_line.raises("ValueError", rng.normal(size=4), np.array([w1, 0.0]), 0.5),
            "For a vertical line, where the second weight is zero, output_line raises no ValueError.",
        )
    h1, w2 = rng.normal(size=4), np.array([w1, float(rng.choice([-1e-11, 1e-11]))])
    what = "the height of a line that is very steep, but not vertical,"
    expect.close(student.output_line(h1, w2, 0.5), reference.output_line(h1, w2, 0.5), what)


@pytest.mark.points(0.5)
def test_separates(student: Student, rng: np.random.Generator) -> None:
    """separates: True only when no point is on the wrong side of the line"""
    for n, width, vertical in ((6, 2, False), (4, 2, True), (40, 3, False), (6, 1, False), (40, 4, False)):
        h, y, w2, b2 = separated(rng, n, width, vertical)
        check_separates(student, h, y, (w2, b2), True, "points that are all on their own side")
        both = y.copy()
        both[[np.argmax(y), np.argmin(y)]] = 0, 1
        check_separates(student, h, both, (w2, b2), False, "points of which one of each class is on the wrong side")
        for index in rng.permutation(n)[:2]:
            wrong = y.copy()
            wrong[index] = 1 - wrong[index]
            check_separates(student, h, wrong, (w2, b2), False, "points of which one is on the wrong side")
    h, y, w2, b2 = separated(rng, 2000)
    index = int(rng.integers(2000))
    y[index] = 1 - y[index]
    check_separates(student, h, y, (w2, b2), False, "2000 points of which one is on the wrong side")


@pytest.mark.points(0.25)
def test_sides(student: Student, rng: np.random.Generator) -> None:
    """separates: class 1 belongs on the positive side, and a point on the line is not there"""
    h, y, w2, b2 = separated(rng, 5)
    check_separates(student, h, 1 - y, (w2, b2), False, "points that are all on the other class's side")
    check_separates(student, h, 1 - y, (-w2, -b2), True, "the same points and the line with all signs turned")
    h, w2 = np.array([[1.0, 1.0], [2.0, 2.0], [0.0, 0.0]]), np.ones(2)
    check_separates(student, h, np.array([1.0, 1.0, 0.0]), (w2, -2.0), False, "a point of class 1 on the line")
    check_separates(student, h, np.array([0.0, 1.0, 0.0]), (w2, -2.0), True, "a point of class 0 on the line")
    h[0, 0] += xor_answers.TINY
    check_separates(student, h, np.array([1.0, 1.0, 0.0]), (w2, -2.0), True, "a point only just on its own side")
