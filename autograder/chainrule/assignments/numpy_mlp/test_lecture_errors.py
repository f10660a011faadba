"""Hidden tests of `lecture_errors`: statements of real lectures, corrected."""

import numpy as np
import pytest

from chainrule.checks import draws, expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("lecture_errors")


@pytest.mark.points(0.5)
def test_counts(student: Student, rng: np.random.Generator) -> None:
    """Numbers of weights between layers, and of parameters of a deep network"""
    for widths in ([500, 500], [200] * 5, [int(width) for width in rng.integers(2, 40, 4)], [3, 1]):
        expect.equal(student.count_weights(widths), reference.count_weights(widths), f"count_weights({widths})")
    for depth, width in ((3, 10), (1, 7), (int(rng.integers(2, 30)), int(rng.integers(2, 30)))):
        want = reference.count_deep_parameters(depth, width)
        expect.equal(student.count_deep_parameters(depth, width), want, f"count_deep_parameters({depth}, {width})")


@pytest.mark.points(0.5)
def test_steps_per_epoch(student: Student, rng: np.random.Generator) -> None:
    """Steps per epoch, with and without the last partial batch"""
    batch = int(rng.integers(3, 50))
    for n in (60000, 130, batch * 7, batch * 7 + 1, batch * 8 - 1, batch - 1):
        for size in (batch, 128, 64):
            for drop_last in (False, True):
                expect.equal(
                    student.steps_per_epoch(n, size, drop_last),
                    reference.steps_per_epoch(n, size, drop_last),
                    f"steps_per_epoch({n}, {size}, drop_last={drop_last})",
                )
    expect.equal(student.steps_per_epoch(130, 64), reference.steps_per_epoch(130, 64), "steps_per_epoch(130, 64)")


@pytest.mark.points(0.5)
def test_gradient_step(student: Student, rng: np.random.Generator) -> None:
    """One step of gradient descent goes downhill and returns a new array"""
    for shape in ((5,), (3, 4)):
        w, gradient, learning_rate = rng.normal(size=shape), draws.away_from(rng, shape), float(rng.uniform(0.1, 0.5))
        held = student.put(w)
        got = expect.array(student.gradient_step(held, gradient, learning_rate), "the result of gradient_step", shape)
        expect.unchanged(held.value(), w, "w")
        expect.close(got - w, -learning_rate * gradient, "the change that gradient_step makes")


@pytest.mark.points(0.5)
def test_formulas(student: Student, rng: np.random.Generator) -> None:
    """The binary loss with its brackets, and the columns of theta by their right names"""
    for n in (1, 7):
        p, y = rng.uniform(0.05, 0.95, n), rng.integers(0, 2, n)
        y[0] = 0  # without the brackets only samples of class 0 are wrong
        expect.close(student.binary_loss(p, y), reference.binary_loss(p, y), "binary_loss(p, y)", batch=n)
    theta = rng.normal(size=(4, 2))
    biases, weights = expect.sequence(student.split_theta(theta), 2, "the result of split_theta")
    expect.close(biases, theta[:, 0], "the first result of split_theta")
    expect.close(weights, theta[:, 1], "the second result of split_theta")
