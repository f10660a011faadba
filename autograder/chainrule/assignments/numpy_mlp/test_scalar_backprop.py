"""Hidden tests of `scalar_backprop`: h = tanh(w·x), y = θ·h², loss = (y − target)², every derivative once."""

import numpy as np
import pytest

from chainrule.checks import draws, expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("scalar_backprop")

KEYS = ("h", "y", "loss", "dloss_dy", "dloss_dtheta", "dloss_dh", "dloss_dw", "dloss_dx")


def arguments(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """x, w, theta, target, all away from zero and from each other's special cases."""
    x, w, theta, target = (float(value) for value in draws.away_from(rng, (4,), 0.4, 1.3))
    return x, w, theta, target


def check(student: Student, rng: np.random.Generator, *names: str) -> None:
    """The named entries for three random inputs and one of whole numbers."""
    for values in (arguments(rng), arguments(rng), arguments(rng), (1, -1, 2, 3)):
        compare(student, values, *names)


def compare(student: Student, values: tuple[float, float, float, float], *names: str) -> None:
    """The named entries for these inputs."""
    got = expect.mapping(student.scalar_backprop(*values), KEYS, "the result of scalar_backprop")
    want = reference.scalar_backprop(*values)
    for name in names:
        expect.close(got[name], want[name], name if all(values) else f"{name} where one of the inputs is 0")


@pytest.mark.points(0.5)
def test_forward(student: Student, rng: np.random.Generator) -> None:
    """Forward: h, y and the loss"""
    check(student, rng, "h", "y", "loss")


@pytest.mark.points(0.5)
def test_at_the_output(student: Student, rng: np.random.Generator) -> None:
    """Backward starts at the loss: the derivative with respect to y"""
    check(student, rng, "dloss_dy")


@pytest.mark.points(0.5)
def test_outer_function(student: Student, rng: np.random.Generator) -> None:
    """The outer function: derivatives with respect to theta and h"""
    check(student, rng, "dloss_dtheta", "dloss_dh")
    x, w, theta, target = arguments(rng)
    for values in ((x, w, 0.0, target), (0.0, w, theta, target), (x, w, theta, 0.0)):
        compare(student, values, "dloss_dtheta", "dloss_dh")


@pytest.mark.points(0.5)
def test_weight(student: Student, rng: np.random.Generator) -> None:
    """The inner function: derivative with respect to w"""
    check(student, rng, "dloss_dw")


@pytest.mark.points(0.5)
def test_input(student: Student, rng: np.random.Generator) -> None:
    """The inner function: derivative with respect to x"""
    check(student, rng, "dloss_dx")
    x, w, theta, target = arguments(rng)
    for values in ((0.0, w, theta, target), (x, 0.0, theta, target)):
        compare(student, values, "dloss_dw", "dloss_dx")


@pytest.mark.points(0.5)
def test_tanh_is_called_once(student: Student, rng: np.random.Generator) -> None:
    """The expensive function is evaluated exactly once and its value is kept"""
    values, calls = arguments(rng), [0]
    # In the second call the same numbers meet another function, so nothing kept from the first will do.
    for call, factor in (("", 0.5), (" in a second call with the same numbers", 1.0)):

        def counting_tanh(z: object, factor: float = factor) -> float:
            calls[0] += 1
            return factor * float(np.tanh(expect.number(z, "the argument of tanh")))

        calls[0] = 0
        got = expect.mapping(student.scalar_backprop(*values, counting_tanh), KEYS, "the result of scalar_backprop")
        expect.that(
            calls[0],
            f"The function given as `tanh` was never called{call}: call it, not np.tanh, and keep no values.",
        )
        expect.that(
            calls[0] == 1,
            f"tanh was called {calls[0]} times{call}: keep its value from the forward pass and use it again.",
        )
        want = reference.scalar_backprop(*values, counting_tanh)["dloss_dw"]
        expect.close(got["dloss_dw"], want, f"dloss_dw with a given tanh{call}")
