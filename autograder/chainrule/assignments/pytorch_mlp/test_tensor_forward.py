"""Hidden tests of `tensor_forward`: the 2-3-3-1 network by tensor operations."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.inside.wire import Tensor
from chainrule.probe.student import Student

from . import reference
from .torch_draws import single

pytestmark = pytest.mark.exercise("tensor_forward")

Array = NDArray[np.float64]
WIDTHS = [2, 3, 3, 1]
NAMES = ("x", "W1", "b1", "W2", "b2", "W3", "b3")


def right(x: Array, parameters: list[Array]) -> Array:
    """The reference output (N, 1) in float64."""
    output = reference.tensor_forward(torch.from_numpy(x), [torch.from_numpy(array) for array in parameters])
    return np.asarray(output.numpy(), dtype=np.float64)


@pytest.mark.points(0.5)
def test_layers(student: Student, rng: np.random.Generator) -> None:
    """The three layers with their biases, for any number of samples of any size, where every unit is active"""
    parameters = [rng.uniform(0.1, 0.9, array.shape) for array in draws.parameters(rng, WIDTHS)]
    for n, size in ((7, 1.5), (1, 1.5), (3, 90.0)):
        x = rng.uniform(size / 8, size, (n, 2))
        got = student.tensor_forward(single(x), [single(array) for array in parameters])
        expect.near(got, right(x, parameters), f"the output for {n} sample{'s' if n > 1 else ''}", batch=n)


@pytest.mark.points(0.5)
def test_activations(student: Student, rng: np.random.Generator) -> None:
    """ReLU after the first and the second layer, and no activation after the last"""
    want = np.zeros(1)
    tries = draws.attempts()
    while not (want.min() < -0.1 and want.max() > 0.1):
        next(tries)
        drawn = draws.draw(rng, WIDTHS, "relu", 9)
        want = right(drawn.x, drawn.parameters)
    got = student.tensor_forward(single(drawn.x), [single(array) for array in drawn.parameters])
    values = expect.array(got, "the output", want.shape)
    expect.that(not (values >= 0).all(), "No output is negative: the last layer has no activation after it.")
    expect.near(got, want, "the output where some hidden units are off")


@pytest.mark.points(0.5)
def test_arguments(student: Student, rng: np.random.Generator) -> None:
    """The output has the dtype of x and its precision, and x, the parameters and their list stay as they are"""
    drawn = draws.draw(rng, WIDTHS, "relu", 4)
    for dtype in ("float64", "float32"):
        arguments = [array.astype(dtype) for array in (drawn.x, *drawn.parameters)]
        x, parameters = student.put(Tensor(arguments[0])), student.put([Tensor(array) for array in arguments[1:]])
        got = student.tensor_forward(x, parameters)
        expect.array(got, "the output", (4, 1))
        expect.dtype(got, dtype, f"the output for inputs of dtype {dtype}")
        if dtype == "float64":
            expect.close(got, right(drawn.x, drawn.parameters), "the output for float64 inputs", 1e-11, 1e-11)
        else:
            expect.near(got, right(drawn.x, drawn.parameters), "the output")
        after = expect.sequence(parameters.value(), None, "the list of parameters")
        expect.that(
            len(after) == len(arguments) - 1, "After the call the list of parameters has another length: leave it."
        )
        for name, value, original in zip(NAMES, [x.value(), *after], arguments, strict=True):
            expect.unchanged(value, original, name)
        expect.that(
            student.instruments.trainable([x]) == [False] and not any(student.instruments.trainable(parameters)),
            "After the call an input requires gradients that did not before: leave `requires_grad` to the caller.",
        )


@pytest.mark.points(0.5)
def test_differentiable(student: Student, rng: np.random.Generator) -> None:
    """Gradients flow from the output back to x and to every parameter"""
    drawn = draws.draw(rng, WIDTHS, "relu", 5)
    got = expect.sequence(
        student.instruments.gradients_through(
            student.variable("tensor_forward"),
            Tensor(drawn.x),
            [Tensor(array) for array in drawn.parameters],
            Tensor(drawn.dy),
        ),
        len(NAMES),
        "the list of gradients",
    )
    dx, gradients = drawn.backward()
    for name, got_one, want_one in zip(NAMES, got, [dx, *gradients], strict=True):
        expect.that(got_one is not None, f"No gradient reaches {name}: was the graph left (detach, .data, numpy)?")
        expect.close(got_one, want_one, f"the gradient of {name}", batch=5)
