"""Hidden tests of `neuron`: one neuron, a layer, a batch, all with the sigmoid."""

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.probe.student import Student

from . import reference

pytestmark = pytest.mark.exercise("neuron")


@pytest.mark.points(0.5)
def test_one_neuron(student: Student, rng: np.random.Generator) -> None:
    """One neuron: weighted inputs plus bias, then the sigmoid"""
    for inputs in (1, 4, 7):
        x, w, b = rng.normal(size=inputs), rng.normal(size=inputs), float(rng.normal())
        expect.close(student.neuron(x, w, b), reference.neuron(x, w, b), "the output of neuron")


@pytest.mark.points(0.5)
def test_layer(student: Student, rng: np.random.Generator) -> None:
    """A layer: one output per neuron, for any number of inputs and neurons"""
    for inputs, outputs in ((3, 5), (6, 2), (4, 1)):
        x, weight, bias = rng.normal(size=inputs), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs)
        expect.close(student.layer(x, weight, bias), reference.layer(x, weight, bias), "the output of layer")


@pytest.mark.points(0.5)
def test_layer_batch(student: Student, rng: np.random.Generator) -> None:
    """A batch: one row of outputs per sample, also for a single sample"""
    for n, inputs, outputs in ((7, 3, 5), (1, 4, 2), (3, 5, 1)):
        x, weight, bias = rng.normal(size=(n, inputs)), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs)
        expect.close(
            student.layer_batch(x, weight, bias), reference.layer_batch(x, weight, bias), "the output of layer_batch"
        )


@pytest.mark.points(0.5)
def test_arguments(student: Student, rng: np.random.Generator) -> None:
    """Whole-number arguments give the same outputs as floats, and no argument is changed"""
    x, weight, bias = rng.integers(-2, 3, (5, 3)), rng.integers(-2, 3, (4, 3)), rng.integers(-1, 2, 4)
    for name, arguments in (("layer", (x[0], weight, bias)), ("layer_batch", (x, weight, bias))):
        held = [student.put(argument) for argument in arguments]
        got = getattr(student, name)(*held)
        expect.close(got, getattr(reference, name)(*arguments), f"the output of {name} for whole numbers")
        for argument, original, what in zip(held, arguments, ("x", "weight", "bias"), strict=True):
            expect.unchanged(argument.value(), original, f"{what} of {name}")
