"""Hidden tests of `collapse`: layers without a nonlinearity are one affine map."""

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("collapse")

Array = NDArray[np.float64]
PARTS = ("weight", "bias")
RESULT = "the result of collapse"


def layers(rng: np.random.Generator, widths: list[int]) -> tuple[list[Array], list[Array]]:
    """Random weights (out, in) and biases (out,) of layers of these widths."""
    weights = [rng.normal(0, 0.7, (outputs, inputs)) for inputs, outputs in pairwise(widths)]
    return weights, [rng.normal(size=outputs) for outputs in widths[1:]]


def check(student: Student, rng: np.random.Generator, widths: list[int], *parts: str) -> None:
    """The collapsed weight or bias of layers of these widths."""
    compare(student, *layers(rng, widths), *parts)


def compare(student: Student, weights: list[Any], biases: list[Any], *parts: str, what: str = "") -> None:
    """The collapsed weight or bias of these layers."""
    got = expect.sequence(student.collapse(weights, biases), 2, RESULT)
    want = reference.collapse(weights, biases)
    for name, got_one, want_one in zip(PARTS, got, want, strict=True):
        if name in parts:
            expect.close(got_one, want_one, f"the {name} of {len(weights)} layers in one{what}")


@pytest.mark.points(0.5)
def test_weight(student: Student, rng: np.random.Generator) -> None:
    """Two layers in one: the weight"""
    check(student, rng, [3, 5, 2], "weight")
    check(student, rng, [4, 4, 4], "weight")


@pytest.mark.points(0.5)
def test_bias(student: Student, rng: np.random.Generator) -> None:
    """Two layers in one: the bias"""
    check(student, rng, [3, 5, 2], "bias")
    check(student, rng, [4, 4, 4], "bias")


@pytest.mark.points(0.5)
def test_many_layers(student: Student, rng: np.random.Generator) -> None:
    """Any number of layers, of any widths, of floats and of whole numbers"""
    check(student, rng, [3, 5, 2, 4], "weight", "bias")
    check(student, rng, [2, 3, 6, 4, 1], "weight", "bias")
    check(student, rng, [3, 3, 3, 3], "weight", "bias")
    # The last layer, the first, or all of whole numbers.
    for whole in ([2], [0], [0, 1, 2]):
        weights, biases = (
            [rng.integers(-3, 4, array.shape) if index in whole else array for index, array in enumerate(arrays)]
            for arrays in layers(rng, [3, 5, 4, 2])
        )
        compare(student, weights, biases, *PARTS, what=f", whole numbers in {len(whole)} of them")


@pytest.mark.points(0.5)
def test_single_layer(student: Student, rng: np.random.Generator) -> None:
    """A single layer stays what it is, and the arguments keep their values"""
    # What gives the first layer, whatever comes after it, is right here too.
    at_least_one(*(partial(check, student, rng.spawn(1)[0], [4, 4, 4], part) for part in PARTS))
    check(student, rng, [3, 2], "weight", "bias")
    weights, biases = layers(rng, [3, 3, 3])
    held = student.put(weights), student.put(biases)
    expect.sequence(student.collapse(*held), 2, RESULT)
    for name, handle, originals in zip(("weights", "biases"), held, (weights, biases), strict=True):
        after = expect.sequence(handle.value(), len(originals), f"the list {name} after the call")
        for index, original in enumerate(originals):
            expect.unchanged(after[index], original, f"{name}[{index}]")
