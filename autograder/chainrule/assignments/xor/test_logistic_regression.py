"""Hidden tests of `logistic_regression`: the loss, its gradient, gradient descent and the loss as a surface."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Student

from . import reference, xor_answers
from .xor_networks import CORNERS, XOR

pytestmark = pytest.mark.exercise("logistic_regression")

Array = NDArray[np.float64]
EXACT = 1e-8
"""Relative: more than single precision has, and less than rounding in any order takes away."""

SETTLED = 1e-5
"""The largest logit after 500 steps on XOR; one that has stopped where the loss hardly falls is larger."""


def problem(rng: np.random.Generator, n: int) -> tuple[Array, float, Array, Array]:
    """w (2,), b, x (n, 2) and y (n,) with both classes, or one where n = 1; no gradient of the loss is small."""
    tries = draws.attempts()
    while True:
        next(tries)
        w, b = draws.away_from(rng, (2,), 0.3), float(draws.away_from(rng, (), 0.2, 1.0))
        x, y = rng.normal(size=(n, 2)), rng.permutation(np.arange(n) % 2).astype(np.float64)
        _, dw, db = reference.logistic_loss(w, b, x, y)
        if min(*np.abs(dw), abs(db)) > 0.02:
            return w, b, x, y


def result(student: Student, w: Array, b: float, x: Array, y: Array) -> list[object]:
    """The student's loss, dw and db."""
    return expect.sequence(student.logistic_loss(w, b, x, y), 3, "the result of logistic_loss")


def run(student: Student, start: tuple[Array, float], x: object, y: object, steps: int, rate: float) -> list[object]:
    """The student's w, b and losses after gradient descent."""
    got = student.train_logistic(x, y, *start, steps, rate)
    return expect.sequence(got, 3, "the result of train_logistic")


@pytest.mark.points(0.5)
def test_loss(student: Student, rng: np.random.Generator) -> None:
    """The loss is the mean binary cross-entropy over the samples, for any number of them"""
    for n in (7, 1, 4, 7):
        given = problem(rng, n)
        got, want = result(student, *given)[0], reference.logistic_loss(*given)[0]
        expect.close(got, want, f"the loss for N = {n}", EXACT, batch=n)


@pytest.mark.points(0.5)
def test_gradient(student: Student, rng: np.random.Generator) -> None:
    """The gradient of the loss with respect to w and b"""
    for n in (7, 1, 4, 7):
        w, b, x, y = given = problem(rng, n)
        held = [student.put(array) for array in (w, x, y)]
        _, dw, db = result(student, held[0], b, held[1], held[2])  # type: ignore[arg-type]
        _, want_dw, want_db = reference.logistic_loss(*given)
        expect.close(dw, want_dw, f"dw for N = {n}", EXACT, batch=n)
        expect.close(db, want_db, f"db for N = {n}", EXACT, batch=n)
        for name, handle, original in zip(("w", "x", "y"), held, (w, x, y), strict=True):
            expect.unchanged(handle.value(), original, name)
    calls = [problem(rng, 7) for _ in range(2)]
    for got, call in zip(xor_answers.called_twice(student.logistic_loss, *calls), calls, strict=True):
        dw = expect.sequence(got, 3, "the result of logistic_loss")[1]
        expect.close(dw, reference.logistic_loss(*call)[1], "dw of one of two calls, read after both", EXACT, batch=7)


@pytest.mark.points(0.5)
def test_stable(student: Student, rng: np.random.Generator) -> None:
    """Loss and gradient survive logits as large as 1000, on the right side and on the wrong one"""
    x, y = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [0.8, 0.1]]), np.array([1.0, 1.0, 0.0, 1.0, 0.0])
    order = rng.permutation(5)
    given = rng.choice([-1000.0, 1000.0], 2), float(draws.away_from(rng, (), 0.1)), x[order], y[order]
    got, want = result(student, *given), reference.logistic_loss(*given)
    for name, got_one, want_one in zip(("the loss", "dw", "db"), got, want, strict=True):
        expect.close(got_one, np.asarray(want_one), f"{name} for logits up to 1000", batch=5)


@pytest.mark.points(0.5)
def test_training(student: Student, rng: np.random.Generator) -> None:
    """Gradient descent: w, b and the losses, the first before any step, and the arguments keep their values"""
    for n, steps, far in ((7, 1, 1), (4, 6, 1), (7, 0, 1), (4, 6, 1), (5, 3, 50)):
        w, b, x, y = problem(rng, n)
        rate = float(rng.uniform(0.3, 0.8)) / far**2
        if far > 1:
            # All on the wrong side and far away: the gradient is long.
            x = far * x
            y = (x @ w + b < 0).astype(np.float64)
        held = [student.put(array) for array in (w, x, y)]
        got_w, got_b, losses = run(student, (held[0], b), held[1], held[2], steps, rate)  # type: ignore[arg-type]
        want_w, want_b, want_losses = reference.train_logistic(x, y, w, b, steps, rate)
        when = f"after {steps} step{'s' * (steps > 1)}"
        curve = expect.array(losses, f"the losses {when}, the one before the first included,", want_losses.shape)
        if far == 1:
            expect.close(float(curve[0]), want_losses[0], "the first loss (before any step)", batch=n)
        expect.close(expect.array(got_w, "w", (2,)) - w, want_w - w, f"the change of w {when}", batch=n)
        expect.close(expect.number(got_b, "b") - b, want_b - b, f"the change of b {when}", batch=n)
        if far == 1:
            expect.close(losses, want_losses, f"the losses {when}", batch=n)
        for name, handle, original in zip(("w", "x", "y"), held, (w, x, y), strict=True):
            expect.unchanged(handle.value(), original, name)


@pytest.mark.points(0.5)
def test_xor(student: Student, rng: np.random.Generator) -> None:
    """On XOR the descent ends where all four corners get the same probability, wherever it starts"""
    start = draws.away_from(rng, (2,), 0.5), float(draws.away_from(rng, (), 0.5))
    got_w, got_b, losses = run(student, start, CORNERS, XOR, 500, 1.0)
    w, b = expect.array(got_w, "w on XOR", (2,)), expect.number(got_b, "b on XOR")
    curve = expect.array(losses, "the losses on XOR", (501,))
    expect.that(np.isfinite(w).all() and np.isfinite(curve).all(), "On XOR the descent ended in nan or infinity.")
    # The end is known beforehand, the way to it is not.
    first = reference.logistic_loss(*start, CORNERS, XOR)[0]
    at_least_one(
        lambda: expect.close(curve[0], first, "the first loss on XOR (before any step)", batch=4),
        lambda: expect.that(curve[0] > curve[-1], "The losses on XOR do not fall."),
    )
    logits = CORNERS @ w + b
    expect.that(
        np.abs(logits).max() < SETTLED,
        "After 500 steps on XOR the four corners do not have the same probability yet: w and b go on to "
        f"({w[0]:.2g}, {w[1]:.2g}) and {b:.2g}.",
    )
    expect.that(abs(curve[-1] - math.log(2)) < 1e-6, "The last loss on XOR is not that of the w and b returned.")


@pytest.mark.points(0.5)
def test_surface(student: Student, rng: np.random.Generator) -> None:
    """The loss over (w1, w2): one row for each w2, one column for each w1"""
    for columns, rows, size in ((5, 3, 2.0), (4, 4, 2.0), (1, 2, 2.0), (3, 4, 600.0)):
        _, b, x, y = problem(rng, 7)
        w1, w2 = np.sort(rng.normal(0, size, columns)), np.sort(rng.normal(0, size, rows))
        what = f"the loss surface for {columns} values of w1 and {rows} of w2"
        what += ", up to hundreds in size" if size > 2 else ""
        expect.close(student.loss_surface(w1, w2, b, x, y), reference.loss_surface(w1, w2, b, x, y), what, batch=7)
    # The same arrays with other numbers in them, and a grid that begins like the one before.
    held_x, held_y, (_, b, x, y) = student.put(x), student.put(y), problem(rng, 7)
    student.loss_surface.keep(w1, w2, b, held_x, held_y)
    held_x.assign(x)
    held_y.assign(y)
    for ticks in (w2, np.append(w2[:-1], w2[-1] + 1), rng.permutation(w2)):
        got, want = student.loss_surface(w1, ticks, b, held_x, held_y), reference.loss_surface(w1, ticks, b, x, y)
        expect.close(got, want, "the loss surface of other samples or weights, when it is asked for again,", batch=7)
    expect.unchanged(held_x.value(), x, "x")
    expect.unchanged(held_y.value(), y, "y")
