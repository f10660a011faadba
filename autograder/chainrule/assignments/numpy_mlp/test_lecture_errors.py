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
    for widths in ([500, 500], [200] * 5, [int(width) for width in rng.integers(2, 40, 4)], [3, 1], [7]):
        held = student.put(widths)
        expect.equal(student.count_weights(held), reference.count_weights(widths), f"count_weights({widths})")
        expect.that(held.value() == widths, "count_weights changes the list of widths that it is given.")
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
    whole, steps = rng.integers(-5, 6, (3, 2)), rng.permutation([-3, -2, -1, 1, 2, 3]).reshape(3, 2)
    got = expect.array(student.gradient_step(whole, steps, 0.25), "the result of gradient_step", whole.shape)
    expect.close(got - whole, -0.25 * steps, "the change that gradient_step makes to whole-number w")


@pytest.mark.points(0.5)
def test_formulas(student: Student, rng: np.random.Generator) -> None:
    """The binary loss with its brackets, and the columns of theta by their right names"""
    for n in (1, 7):
        p, y = rng.uniform(0.05, 0.95, n), rng.integers(0, 2, n)
        y[0] = 0  # without the brackets only samples of class 0 are wrong
        held_p, held_y = student.put(p), student.put(y)
        expect.close(student.binary_loss(held_p, held_y), reference.binary_loss(p, y), "binary_loss(p, y)", batch=n)
        expect.unchanged(held_p.value(), p, "p of binary_loss")
        expect.unchanged(held_y.value(), y, "y of binary_loss")
    p = np.array([1e-12, 1e-9, 1 - 1e-9, 1 - 1e-7])
    for y in (np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]), rng.integers(0, 2, 4)):
        expect.close(student.binary_loss(p, y), reference.binary_loss(p, y), "binary_loss for p very near to 0 and 1")
    for units in (4, 2, 1):
        theta = rng.normal(size=(units, 2))
        biases, weights = expect.sequence(student.split_theta(theta), 2, "the result of split_theta")
        expect.close(biases, theta[:, 0], f"the first result of split_theta for {units} units")
        expect.close(weights, theta[:, 1], f"the second result of split_theta for {units} units")
