"""Hidden tests of `memory`: bytes of weights, and quantisation to int8."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import either
from chainrule.inside.wire import Tensor
from chainrule.probe.student import Student

from .torch_draws import classifier, single

pytestmark = pytest.mark.exercise("memory")

Array = NDArray[np.float64]
LEVELS = 127
ZEROS = 1
"""The place of the parameter that is all zeros, as biases often are at the start."""


def weights(rng: np.random.Generator, shape: tuple[int, ...], sign: float) -> tuple[Array, NDArray[np.int8], float]:
    """A weight with its levels and its scale; the largest entry has this sign, and none lies between two levels."""
    scale = float(rng.uniform(0.001, 0.05))
    levels = rng.integers(-100, 101, shape)
    levels.flat[int(rng.integers(levels.size))] = sign * LEVELS
    between = np.where(np.abs(levels) == LEVELS, 0, rng.choice([-0.4, -0.1, 0.1, 0.4], shape))
    weight = np.asarray((levels + between) * scale, dtype=np.float64)
    return weight, levels.astype(np.int8), scale


def cancelling(rng: np.random.Generator) -> tuple[Array, NDArray[np.int8], float]:
    """The same where each weight is there with the other sign too, so that their sum is exactly zero."""
    levels = np.array([LEVELS, *rng.integers(1, 100, 3)])
    scale = 2.0 ** -int(rng.integers(7, 10))
    weight = np.stack([levels + 0.25 * (levels < LEVELS), -levels - 0.25 * (levels < LEVELS)]) * scale
    return weight, np.stack([levels, -levels]).astype(np.int8), scale


@pytest.mark.points(0.5)
def test_bytes(student: Student, rng: np.random.Generator) -> None:
    """The bytes of weights in float32, and with other numbers of bits"""
    for n in (66_000_000, 110_000_000, 8 * int(rng.integers(1, 1_000_000))):
        expect.equal(student.weight_bytes(n), 4 * n, "weight_bytes(n)")
        for bits in (8, 16, 4, 64):
            got = student.weight_bytes(n, bits)
            expect.equal(got, n * bits // 8, f"weight_bytes(n, bits={bits})")
            expect.that(type(got) is not float, f"weight_bytes(n, bits={bits}) is a float, it should be an int.")


@pytest.mark.points(0.5)
def test_quantise(student: Student, rng: np.random.Generator) -> None:
    """Quantised weights: int8, the nearest of the levels, the largest weight at the end of the range"""
    tiny = 1e-9 / 127
    drawn = [weights(rng, shape, sign) for shape, sign in (((5, 7), 1.0), ((4, 3), -1.0), ((6,), -1.0))]
    drawn += [(array * tiny / scale, levels, tiny) for array, levels, scale in drawn[:1]]
    drawn += [cancelling(rng)]
    for weight, levels, scale in drawn:
        held = student.put(single(weight))
        result = student.quantise.keep(held)
        quantised, got_scale = expect.sequence(result.value(), 2, "the result of quantise")
        expect.near(got_scale, scale, "the scale")
        expect.that(
            student.instruments.holds_tensors(result[1]) is False, "The scale is a tensor, not a float: take .item()."
        )
        expect.near(quantised, levels, "the quantised weight", 1e-9)
        expect.dtype(quantised, "int8", "the quantised weight")
        expect.unchanged(held.value(), weight.astype(np.float32), "The weight")
    quantised, got_scale = expect.sequence(student.quantise(single(np.zeros((2, 3)))), 2, "the result of quantise")
    expect.near(quantised, np.zeros((2, 3)), "the quantised weight of zeros")
    expect.near(got_scale, 1.0, "the scale of a weight of zeros")


@pytest.mark.points(0.5)
def test_dequantise(student: Student, rng: np.random.Generator) -> None:
    """Dequantised weights are float32, level times scale"""
    for shape in ((5, 7), (3,)):
        _, levels, scale = weights(rng, shape, -1.0)
        got = student.dequantise(Tensor(levels), scale)
        expect.near(got, levels * scale, "the result of dequantise")
        expect.dtype(got, "float32", "the result of dequantise")


@pytest.mark.points(0.5)
def test_quantised_copy(student: Student, rng: np.random.Generator) -> None:
    """Every parameter of the copy went through int8 with a scale of its own; its buffers and the model did not"""
    drawn = classifier(rng, [6, 8, 4], 9)
    values, want = [], []
    for index, parameter in enumerate(drawn.parameters):
        weight, levels, scale = weights(rng, parameter.shape, (-1.0) ** index)
        weight, levels = (0 * weight, 0 * levels) if index == ZEROS else (weight, levels)
        values.append(weight)
        want.append(np.asarray(levels * scale))
    model = student.instruments.network.keep([single(weight) for weight in values], "relu")
    student.instruments.freeze.keep(model, 1)

    def check(right: list[Array]) -> None:
        __tracebackhide__ = True
        copied = student.quantised_copy.keep(model)
        expect.that(student.instruments.is_module(copied) is True, "quantised_copy does not return a model.")
        after = expect.sequence(student.instruments.parameters(model), len(values), "the model's parameters")
        for got, weight in zip(after, values, strict=True):
            expect.unchanged(got, weight.astype(np.float32), "A parameter of the model itself")
        got_values = expect.sequence(student.instruments.parameters(copied), len(values), "the copy's parameters")
        for index, (got, right_one) in enumerate(zip(got_values, right, strict=True)):
            expect.near(got, right_one, f"{draws.parameter_name(index)} in the copy")

    either(check, lambda: want, lambda: through_other_functions(student, rng, values))
    buffers = student.instruments.batch_norm.keep(5)
    copied = student.quantised_copy.keep(buffers)
    before, after = (expect.sequence(student.instruments.buffers(one), 3, "the buffers") for one in (buffers, copied))
    for got, want_one in zip(after, before, strict=True):
        same = np.array_equal(expect.array(got, "a buffer"), expect.array(want_one, "a buffer"))
        expect.that(same, "A buffer of the copy is not that of the model: only parameters go through int8.")


def through_other_functions(student: Student, rng: np.random.Generator, values: list[Array]) -> list[Array]:
    """Random weights that come out where other functions take the place of quantise and dequantise.

    So mistakes in these cost nothing here, and what a copy is made of has gone through both.
    """
    places = {value.size: place for place, value in enumerate(values)}
    levels = [rng.integers(-100, 101, value.size) for value in values]
    results = [draws.away_from(rng, value.shape) for value in values]

    def quantise(weight: object) -> tuple[Tensor, float]:
        array = expect.array(weight, "weight")
        place = places.get(array.size, len(values))
        if place == len(values):
            return Tensor(np.zeros(array.shape, np.int8)), float(place + 1)
        return Tensor(levels[place].reshape(array.shape).astype(np.int8)), float(place + 1)

    def dequantise(quantised: object, scale: object) -> Tensor:
        place, array = int(expect.number(scale, "scale")) - 1, expect.array(quantised, "quantised")
        if place == len(values):
            return single(np.zeros(array.shape))
        expect.that(np.array_equal(array.ravel(), levels[place]), "quantised and scale do not belong together.")
        return single(results[place].reshape(array.shape))

    student.define("quantise", quantise)
    student.define("dequantise", dequantise)
    return results
