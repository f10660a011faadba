"""Hidden tests of `linear_forward`: y = x Wᵀ + b and the cache (x, weight)."""

from typing import Any

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("linear_forward")

RESULT = "the result of linear_forward"


def check(student: Student, x: Any, weight: Any, bias: Any) -> None:
    """y against the reference."""
    y, _ = expect.sequence(student.linear_forward(x, weight, bias), 2, RESULT)
    expect.close(y, reference.linear_forward(x, weight, bias)[0], "y")


@pytest.mark.points(1)
def test_output(student: Student, rng: np.random.Generator) -> None:
    """y has one row per sample, one column per output and the right values"""
    for n, inputs, outputs in ((5, 3, 4), (4, 6, 2)):
        check(student, rng.normal(size=(n, inputs)), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs))


@pytest.mark.points(0.5)
def test_other_batches(student: Student, rng: np.random.Generator) -> None:
    """It works for a single sample, input or output, for equal numbers of them, and for whole numbers"""
    for n, inputs, outputs in ((1, 3, 2), (7, 3, 2), (5, 3, 1), (2, 1, 3), (5, 4, 4), (4, 3, 4), (3, 3, 2), (4, 4, 4)):
        check(student, rng.normal(size=(n, inputs)), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs))
    x, weight, bias = rng.normal(size=(5, 3)), rng.normal(size=(2, 3)), rng.normal(size=2)
    whole_x, whole_weight, whole_bias = rng.integers(-4, 5, (5, 3)), rng.integers(-4, 5, (2, 3)), rng.integers(-4, 5, 2)
    check(student, whole_x, weight, bias)
    check(student, x, whole_weight, bias)
    check(student, x, weight, whole_bias)
    check(student, whole_x, whole_weight, bias)
    check(student, whole_x, whole_weight, whole_bias)


def check_last_sample(student: Student, rng: np.random.Generator) -> None:
    """The last row of y where most mistakes make no difference, which cost their points elsewhere."""
    x, weight = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
    weight += weight.T
    y, _ = expect.sequence(student.linear_forward(x, weight, np.zeros(3)), 2, RESULT)
    expect.close(expect.array(y, "y").ravel()[-3:], weight @ x[-1], "y of the last sample without a bias")


@pytest.mark.points(0.5)
def test_cache(student: Student, rng: np.random.Generator) -> None:
    """The cache is (x, weight), and the arguments keep their values"""
    check_last_sample(student, rng.spawn(1)[0])
    originals = [rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.normal(size=4)]
    held = [student.put(value) for value in originals]
    _, cache = expect.sequence(student.linear_forward(*held), 2, RESULT)
    x, weight = expect.sequence(cache, 2, "the cache")
    expect.close(x, originals[0], "the first entry of the cache")
    expect.close(weight, originals[1], "the second entry of the cache")
    for argument, original, what in zip(held, originals, ("x", "weight", "bias"), strict=True):
        expect.unchanged(argument.value(), original, what)
