"""Hidden tests of `neuron`: one neuron, a layer, a batch, all with the sigmoid."""

from typing import Any

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("neuron")

SUMS = (-45.0, -20.0, 20.0, 45.0)
"""Weighted sums at which the sigmoid of a sum that is cut off at 10 differs."""


def check(student: Student, name: str, *arguments: Any, what: str = "") -> None:
    """The value of one function against the reference."""
    want = getattr(reference, name)(*arguments)
    expect.close(getattr(student, name)(*arguments), want, f"the output of {name}{what}")


@pytest.mark.points(0.5)
def test_one_neuron(student: Student, rng: np.random.Generator) -> None:
    """One neuron: weighted inputs plus bias, then the sigmoid"""
    for inputs in (1, 4, 7):
        check(student, "neuron", rng.normal(size=inputs), rng.normal(size=inputs), float(rng.normal()))


@pytest.mark.points(0.5)
def test_layer(student: Student, rng: np.random.Generator) -> None:
    """A layer: one output per neuron, for any number of inputs and neurons"""
    for inputs, outputs in ((3, 5), (6, 2), (4, 1), (4, 4)):
        check(student, "layer", rng.normal(size=inputs), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs))


@pytest.mark.points(0.5)
def test_layer_batch(student: Student, rng: np.random.Generator) -> None:
    """A batch: one row of outputs per sample, whatever the numbers of samples, inputs and neurons"""
    for n, inputs, outputs in ((7, 3, 5), (1, 4, 2), (3, 5, 1), (5, 4, 4), (4, 2, 4), (3, 3, 5), (1, 1, 1)):
        x, weight, bias = rng.normal(size=(n, inputs)), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs)
        check(student, "layer_batch", x, weight, bias)


def check_large(student: Student, rng: np.random.Generator) -> None:
    """All three functions where the weighted sums are large."""
    x, weight, bias = rng.normal(size=(2, 3)), 0.1 * rng.normal(size=(4, 3)), rng.permutation(SUMS)
    for one, b in zip(weight, bias, strict=True):
        check(student, "neuron", x[0], one, float(b), what=" for a large weighted sum")
    check(student, "layer", x[0], weight, bias, what=" for large weighted sums")
    check(student, "layer_batch", x, weight, bias, what=" for large weighted sums")


@pytest.mark.points(0.5)
def test_arguments(student: Student, rng: np.random.Generator) -> None:
    """Right outputs for large sums and for whole numbers, and no argument is changed"""
    check_large(student, rng)
    whole = rng.integers(-2, 3, (5, 3)), rng.integers(-2, 3, (4, 3)), rng.integers(-1, 2, 4)
    floats = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.normal(size=4)
    kinds: dict[str, tuple[Any, Any, Any]] = {
        " for whole numbers": whole,
        " for whole-number x": (whole[0], *floats[1:]),
        " for whole-number weights": (floats[0], whole[1], floats[2]),
    }
    for what, (x, weight, bias) in kinds.items():
        held = [student.put(argument) for argument in (x[0], weight[0])]
        got = student.neuron(*held, bias[0].item())
        expect.close(got, reference.neuron(x[0], weight[0], bias[0]), f"the output of neuron{what}")
        for argument, original, name in zip(held, (x[0], weight[0]), ("x", "w"), strict=True):
            expect.unchanged(argument.value(), original, f"{name} of neuron")
        for name, arguments in (("layer", (x[0], weight, bias)), ("layer_batch", (x, weight, bias))):
            held = [student.put(argument) for argument in arguments]
            got = getattr(student, name)(*held)
            expect.close(got, getattr(reference, name)(*arguments), f"the output of {name}{what}")
            for argument, original, which in zip(held, arguments, ("x", "weight", "bias"), strict=True):
                expect.unchanged(argument.value(), original, f"{which} of {name}")
