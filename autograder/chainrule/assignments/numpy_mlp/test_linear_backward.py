"""Hidden tests of `linear_backward`: dx, dweight and dbias of y = x Wᵀ + b, summed over the batch."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one
from chainrule.probe.outcome import Crashed, StudentProblem, WrongAnswer
from chainrule.probe.student import Handle, Student

from . import reference

pytestmark = pytest.mark.exercise("linear_backward")

Array = NDArray[np.float64]

NAMES = ("dx", "dweight", "dbias")
RESULT = "the result of linear_backward"


def cache_of(student: Student, x: Array | Handle, weight: Array | Handle, bias: Array) -> Handle:
    """The documented cache (x, weight) or, for a linear_backward that crashes on it, what the student's forward keeps.

    So a mistake in linear_forward, were it a loop that never ends, costs its own points only, and a cache of another
    form is still accepted.
    """
    try:
        student.linear_backward.keep(np.ones((5, 3)), (np.ones((5, 4)), np.ones((3, 4))))
    except Crashed as crash:
        try:
            return student.linear_forward.keep(x, weight, bias)[1]
        except (StudentProblem, WrongAnswer):
            raise crash from None
    return student.put((x, weight))


def check(student: Student, rng: np.random.Generator, n: int, inputs: int, outputs: int, *names: str) -> None:
    """The named gradients for a random upstream gradient."""
    x, weight, bias = rng.normal(size=(n, inputs)), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs)
    dy = draws.away_from(rng, (n, outputs))
    got = expect.sequence(student.linear_backward(dy, cache_of(student, x, weight, bias)), 3, RESULT)
    want = reference.linear_backward(dy, (x, weight))
    for name, got_one, want_one in zip(NAMES, got, want, strict=True):
        if name in names:
            expect.close(got_one, want_one, name, batch=n)


@pytest.mark.points(1)
def test_input_gradient(student: Student, rng: np.random.Generator) -> None:
    """dx has the shape of x and the right values"""
    check(student, rng, 5, 3, 4, "dx")
    check(student, rng, 4, 6, 2, "dx")


@pytest.mark.points(1)
def test_weight_gradient(student: Student, rng: np.random.Generator) -> None:
    """dweight has the shape of the weight and the right values"""
    check(student, rng, 5, 3, 4, "dweight")
    check(student, rng, 4, 6, 2, "dweight")


@pytest.mark.points(1)
def test_bias_gradient(student: Student, rng: np.random.Generator) -> None:
    """dbias has the shape of the bias and the right values"""
    check(student, rng, 5, 3, 4, "dbias")
    check(student, rng, 4, 6, 2, "dbias")


@pytest.mark.points(0.5)
def test_other_batches(student: Student, rng: np.random.Generator) -> None:
    """All three gradients for single samples and units, for equal numbers of them, and for whole numbers"""
    for n, inputs, outputs in ((1, 4, 3), (7, 2, 5), (5, 3, 1), (4, 1, 2), (3, 4, 4), (4, 3, 4), (3, 3, 5), (4, 4, 4)):
        check(student, rng, n, inputs, outputs, *NAMES)
    x, weight, dy = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), draws.away_from(rng, (5, 4))
    whole_x, whole_weight, whole_dy = (
        rng.integers(-4, 5, (5, 3)),
        rng.integers(-4, 5, (4, 3)),
        rng.integers(1, 5, (5, 4)),
    )
    check_values(student, dy, whole_x, weight, " for whole-number x")
    check_values(student, dy, x, whole_weight, " for a whole-number weight")
    check_values(student, whole_dy, x, weight, " for whole-number dy")
    check_values(student, dy, whole_x, whole_weight, " for whole-number x and weight")
    silent = rng.permutation([0.0, 0.0, 1.0, 1.0, 1.0])
    silent[0] = 0.0
    check_values(student, dy * silent[:, None], x, weight, " when dy of some samples is 0")
    turned = [student.put(array.T).transpose.keep() for array in (dy, x, weight)]
    cache = cache_of(student, turned[1], turned[2], np.zeros(4))
    got = expect.sequence(student.linear_backward(turned[0], cache), 3, RESULT)
    for name, got_one, want_one in zip(NAMES, got, reference.linear_backward(dy, (x, weight)), strict=True):
        expect.close(got_one, want_one, f"{name} for arguments that are views, turned by .T")


def check_values(student: Student, dy: Any, x: Any, weight: Any, what: str) -> None:
    """All three gradients for these values."""
    got = expect.sequence(student.linear_backward(dy, cache_of(student, x, weight, np.zeros(len(weight)))), 3, RESULT)
    for name, got_one, want_one in zip(NAMES, got, reference.linear_backward(dy, (x, weight)), strict=True):
        expect.close(got_one, want_one, name + what, batch=len(x))


def check_one_gradient(student: Student, rng: np.random.Generator) -> None:
    """One of the three, in whatever place, for an upstream gradient of ones."""
    x, weight, dy = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), np.ones((5, 4))
    cache = cache_of(student, x, weight, rng.normal(size=4))
    got = expect.sequence(student.linear_backward(dy, cache), 3, RESULT)
    want = zip(NAMES, reference.linear_backward(dy, (x, weight)), strict=True)
    at_least_one(*(partial(expect.close, got_one, want_one, name) for name, want_one in want for got_one in got))


@pytest.mark.points(0.5)
def test_calls_are_independent(student: Student, rng: np.random.Generator) -> None:
    """Calls do not disturb each other's gradients, and the arguments keep their values"""
    check_one_gradient(student, rng.spawn(1)[0])
    x, weight, dy = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), draws.away_from(rng, (5, 4))
    held_x, held_weight, held_dy = student.put(x), student.put(weight), student.put(dy)
    cache = cache_of(student, held_x, held_weight, rng.normal(size=4))
    first = expect.sequence(student.linear_backward(held_dy, cache), 3, RESULT)
    second = expect.sequence(student.linear_backward(held_dy, cache), 3, RESULT)
    expect.unchanged(held_dy.value(), dy, "dy")
    expect.unchanged(held_x.value(), x, "x")
    expect.unchanged(held_weight.value(), weight, "weight")
    for name, one, two in zip(NAMES, first, second, strict=True):
        expect.close(
            two, expect.array(one, name), f"{name} of a second call with the same arguments (start from zero each time)"
        )
    kept = student.linear_backward.keep(held_dy, cache)
    before = expect.sequence(kept.value(), 3, RESULT)
    other = cache_of(student, rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.normal(size=4))
    student.linear_backward.keep(draws.away_from(rng, (5, 4)), other)
    after = expect.sequence(kept.value(), 3, RESULT)
    for name, one, two in zip(NAMES, before, after, strict=True):
        expect.that(
            np.array_equal(expect.array(one, name), expect.array(two, name), equal_nan=True),
            f"A second call writes into the {name} that the first one returned: make new arrays in each call.",
        )
