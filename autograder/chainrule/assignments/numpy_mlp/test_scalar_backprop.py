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
        got = expect.mapping(student.scalar_backprop(*values), KEYS, "the result of scalar_backprop")
        want = reference.scalar_backprop(*values)
        for name in names:
            expect.close(got[name], want[name], name)


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


@pytest.mark.points(0.5)
def test_weight(student: Student, rng: np.random.Generator) -> None:
    """The inner function: derivative with respect to w"""
    check(student, rng, "dloss_dw")


@pytest.mark.points(0.5)
def test_input(student: Student, rng: np.random.Generator) -> None:
    """The inner function: derivative with respect to x"""
    check(student, rng, "dloss_dx")


@pytest.mark.points(0.5)
def test_tanh_is_called_once(student: Student, rng: np.random.Generator) -> None:
    """The expensive function is evaluated exactly once and its value is kept"""
    calls: list[object] = []

    def counting_tanh(z: object) -> float:
        calls.append(z)
        return float(np.tanh(expect.number(z, "the argument of tanh")))

    values = arguments(rng)
    got = expect.mapping(student.scalar_backprop(*values, counting_tanh), KEYS, "the result of scalar_backprop")
    expect.that(calls, "The function given as `tanh` was never called: use the argument, not np.tanh.")
    expect.that(
        len(calls) == 1, f"tanh was called {len(calls)} times: keep its value from the forward pass and use it again."
    )
    expect.close(got["dloss_dw"], reference.scalar_backprop(*values)["dloss_dw"], "dloss_dw with a given tanh")
