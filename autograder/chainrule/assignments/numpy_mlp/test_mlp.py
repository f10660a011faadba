"""Hidden tests of `mlp`: a network of linear blocks and activations, forward and backward."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.draws import Draw
from chainrule.probe.outcome import StudentProblem
from chainrule.probe.student import Handle, Student

BLOCKS = (
    "identity identity_backward sigmoid sigmoid_backward tanh tanh_backward relu relu_backward linear_forward "
    "linear_backward"
).split()
pytestmark = [pytest.mark.exercise("mlp"), pytest.mark.builds_on(*BLOCKS)]

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")
COUNTED = ([1, 3, 1], [2, 3, 3, 1], [3, 10, 1], [3, 5, 4, 2], [784, 256, 128, 10])
COUNTS = (10, 25, 51, 54, 235146)
UNKNOWN = ("sine", "", "tan", "ReLU", "mse", "linear_forward", "relu_backward")
"""No activations: what others call theirs, parts of a name, and other functions of the notebook."""

TINY = 0.002
"""A fifth of the smallest size of start weights that the text calls large enough."""


def build(student: Student, drawn: Draw) -> Handle:
    """The student's network with the drawn parameters written into it."""
    return draws.load(student.MLP.keep(drawn.widths, drawn.activation, 1), drawn.parameters)


def drawings(rng: np.random.Generator) -> list[Draw]:
    """Networks without, with one and with more hidden layers, also of equal widths and for a single sample."""
    return [
        draws.draw(rng, [3, 5, 4, 2], "relu", 7),
        draws.draw(rng, [4, 4, 4, 4], "tanh", 5),
        draws.draw(rng, [2, 6, 3], "sigmoid", 1),
        draws.draw(rng, [3, 2], "relu", 3),
        draws.draw(rng, [3, 3, 3], "sigmoid", 3),
        draws.draw(rng, [1, 1, 1], "tanh", 1),
    ]


def check_gradients(model: Handle, want: list[NDArray[np.float64]], n: int, when: str = "") -> None:
    """All of gradients() against the reference."""
    got = expect.sequence(model.gradients(), len(want), "gradients()")
    for index, (got_one, want_one) in enumerate(zip(got, want, strict=True)):
        expect.close(got_one, want_one, draws.gradient_name(index) + when, batch=n)


@pytest.mark.points(0.5)
def test_counts(student: Student, rng: np.random.Generator) -> None:
    """The number of parameters, weights and biases of every layer; the list of widths keeps its values"""
    for widths, count in zip(COUNTED, COUNTS, strict=True):
        held = student.put(widths)
        expect.equal(student.MLP.keep(held).count_parameters(), count, f"count_parameters() of {widths}")
        expect.that(held.value() == widths, "MLP changes the list of widths that it is given: only read it.")


@pytest.mark.points(0.5)
def test_parameters(student: Student, rng: np.random.Generator) -> None:
    """parameters() holds W1, b1, W2, b2, … themselves: writing into them changes the network, every time"""
    drawn, later = draws.draw(rng, [3, 5, 4, 2], "tanh", 5), draws.draw(rng, [3, 5, 4, 2], "tanh", 5)
    model = build(student, drawn)
    model.forward(drawn.x)
    draws.load(model, later.parameters)
    held = expect.sequence(model.parameters(), len(later.parameters), "parameters()")
    for index, (got, want) in enumerate(zip(held, later.parameters, strict=True)):
        what = f"{draws.parameter_name(index)} after new values were written into it (return the arrays, not copies)"
        expect.close(expect.array(got, what), want, what)  # float32 parameters hold these values exactly
    expect.close(model.forward(later.x), later.forward(), "the output after new values were written into parameters()")
    model.backward(later.dy)
    check_gradients(model, later.backward()[1], 5, " after new values were written into parameters()")


@pytest.mark.points(0.5)
def test_forward(student: Student, rng: np.random.Generator) -> None:
    """Forward: the right outputs for networks of any depth and batches of any size"""
    for drawn in drawings(rng):
        what = f"the output of {drawn.widths} with {drawn.activation}"
        expect.close(build(student, drawn).forward(drawn.x), drawn.forward(), what)


@pytest.mark.points(0.5)
def test_activation(student: Student, rng: np.random.Generator) -> None:
    """Each of the four activations is used when asked for; anything else is refused with a ValueError"""
    for activation in ACTIVATIONS:
        drawn = draws.draw(rng, [3, 5, 2], activation, 4)
        expect.close(build(student, drawn).forward(drawn.x), drawn.forward(), f"the output with {activation}")
    for widths in ([3, 5, 2], [3, 2]):
        for unknown in UNKNOWN:
            refused = student.MLP.raises("ValueError", widths, unknown)
            expect.that(refused, f'activation="{unknown}" with widths={widths} is not refused by a ValueError.')
    for widths in ([3], []):
        refused = student.MLP.raises("ValueError", widths)
        expect.that(refused, f"widths={widths} is not refused by a ValueError: it has no layer.")


@pytest.mark.points(0.5)
def test_last_layer(student: Student, rng: np.random.Generator) -> None:
    """The last layer has a bias and no activation after it"""
    for activation in ACTIVATIONS:
        drawn = draws.draw(rng, [3, 4, 3], activation, 5)
        *hidden, weight, bias = drawn.parameters
        model = draws.load(student.MLP.keep(drawn.widths, activation), [*hidden, 0 * weight, 4 * bias])
        want = np.tile(4 * bias, (5, 1))
        what = f"the output with {activation} when the last weight is zero (only the last bias is left)"
        expect.close(model.forward(drawn.x), want, what)


@pytest.mark.points(0.5)
def test_gradients(student: Student, rng: np.random.Generator) -> None:
    """Backward: the gradients of all weights and biases"""
    for drawn in drawings(rng):
        model = build(student, drawn)
        model.forward(drawn.x)
        model.backward(drawn.dy)
        check_gradients(model, drawn.backward()[1], len(drawn.x), f" of {drawn.widths} with {drawn.activation}")


@pytest.mark.points(0.5)
def test_input_gradient(student: Student, rng: np.random.Generator) -> None:
    """Backward returns the gradient with respect to the input, and x and dy keep their values"""
    for drawn in drawings(rng):
        model = build(student, drawn)
        x, dy = student.put(drawn.x), student.put(drawn.dy)
        model.forward(x)
        got = model.backward(dy)
        expect.close(got, drawn.backward()[0], f"dx of {drawn.widths} with {drawn.activation}", batch=len(drawn.x))
        expect.unchanged(x.value(), drawn.x, "x")
        expect.unchanged(dy.value(), drawn.dy, "dy")


@pytest.mark.points(0.5)
def test_against_differences(student: Student, rng: np.random.Generator) -> None:
    """The gradients agree with a central difference of the network's own output"""
    differences = []
    for activation in ACTIVATIONS:
        drawn = draws.draw(rng, [3, 5, 4, 2], activation, 5)
        model = build(student, drawn)
        direction = [rng.choice([-1.0, -0.5, 0.5, 1.0], array.shape) for array in drawn.parameters]
        eps = 2.0**-13  # exact in float32 parameters too, and moves z far less than the margin to a kink
        ends = []
        for step in (eps, -eps):
            moved = [array + step * along for array, along in zip(drawn.parameters, direction, strict=True)]
            output = expect.array(draws.load(model, moved).forward(drawn.x), "the output", drawn.dy.shape)
            ends.append(float(np.sum(output * drawn.dy)))
        draws.load(model, drawn.parameters).forward(drawn.x)
        model.backward(drawn.dy)
        got = expect.sequence(model.gradients(), len(direction), "gradients()")
        slope = sum(
            float(np.sum(expect.array(gradient, draws.gradient_name(index), along.shape) * along))
            for index, (gradient, along) in enumerate(zip(got, direction, strict=True))
        )
        difference = (ends[0] - ends[1]) / (2 * eps)
        expect.that(
            abs(slope - difference) <= 1e-4 * (abs(slope) + abs(difference)) + 1e-5,
            f"With {activation}, the gradients do not agree with a central difference of the network's own output.",
        )
        differences.append(difference)
    # Zeros agree with each other.
    expect.that(any(differences), "The output of the network does not hang on its parameters.")


@pytest.mark.points(0.5)
def test_second_backward(student: Student, rng: np.random.Generator) -> None:
    """A second backward replaces the gradients of the first"""
    first, second = draws.draw(rng, [3, 5, 4, 2], "relu", 7), draws.draw(rng, [3, 5, 4, 2], "relu", 4)
    model = build(student, first)
    model.forward(first.x)
    model.backward(first.dy)
    once = expect.sequence(model.gradients(), len(first.parameters), "gradients()")
    model.backward(first.dy)
    twice = expect.sequence(model.gradients(), len(first.parameters), "gradients()")
    for index, array in enumerate(first.parameters):
        name = draws.gradient_name(index)
        one, two = (expect.array(gradients[index], name, array.shape) for gradients in (once, twice))
        expect.that(
            not (one.any() and np.allclose(two, 2 * one, rtol=1e-6, atol=0)),
            "The gradients after the second backward are the sum of both calls: start from zero in every backward.",
        )
        expect.close(two, one, f"{name} after a second backward with the same dy, compared with the first")
    draws.load(model, second.parameters).forward(second.x)
    model.backward(second.dy)
    check_gradients(model, second.backward()[1], 4, " after a batch of another size")


@pytest.mark.points(0.5)
def test_stored_values(student: Student, rng: np.random.Generator) -> None:
    """Backward uses the values that the last forward stored, and runs no linear block forward again"""
    drawn, later = draws.draw(rng, [3, 5, 4, 2], "sigmoid", 4), draws.draw(rng, [3, 5, 4, 2], "sigmoid", 4)
    model = build(student, drawn)
    model.forward(later.x)
    model.forward(drawn.x)
    # The weights of the later layers stay: whether backward goes through the old or the new ones is up to the student.
    kept = drawn.parameters[2::2]
    changed = [*later.parameters[:2], kept[0], later.parameters[3], kept[1], later.parameters[5]]
    draws.load(model, changed)
    backward_only(student, model, drawn)
    got = expect.sequence(model.gradients(), len(drawn.parameters), "gradients()")
    for index, want in enumerate(drawn.backward()[1]):
        what = f"{draws.gradient_name(index)}, with other parameters since the last forward, whose values count,"
        expect.close(got[index], want, what, batch=4)


def backward_only(student: Student, model: Handle, drawn: Draw) -> None:
    """Backward, without a call of linear_forward."""
    calls: list[int] = []

    def linear_forward(x: object, weight: object, bias: object) -> float:
        calls.append(1)
        return 0.0

    student.define("linear_forward", linear_forward)
    again = "backward calls linear_forward: use what forward stored."
    try:
        model.backward.keep(drawn.dy)
    except StudentProblem:
        # It cannot go on with what it got.
        expect.that(not calls, again)
        raise
    expect.that(not calls, again)


@pytest.mark.points(0.5)
def test_two_networks(student: Student, rng: np.random.Generator) -> None:
    """Two networks at the same time do not disturb each other"""
    drawn = [draws.draw(rng, [3, 5, 4, 2], "relu", 5), draws.draw(rng, [3, 5, 4, 2], "relu", 5)]
    models = [build(student, one) for one in drawn]
    for model, one in zip(models, drawn, strict=True):
        model.forward(one.x)
    for model, one in zip(models, drawn, strict=True):
        model.backward(one.dy)
    for model, one in zip(models, drawn, strict=True):
        check_gradients(model, one.backward()[1], 5, " while a second network is used in between")
        expect.close(model.forward(one.x), one.forward(), "the output while a second network is used in between")


@pytest.mark.points(0.5)
def test_start(student: Student, rng: np.random.Generator) -> None:
    """Hidden units start different from each other, with weights that are not tiny, and a seed fixes the start"""
    for activation, seed in (("relu", int(rng.integers(1, 1000))), ("tanh", 0)):
        start = parameters(student, [2, 6, 5, 1], activation, seed)
        again, other = (parameters(student, [2, 6, 5, 1], activation, s) for s in (seed, seed + 1))
        for index in (0, 2):
            units = np.column_stack([start[index], start[index + 1]])
            expect.that(
                len(np.unique(units.round(12), axis=0)) == len(units),
                f"In hidden layer {index // 2 + 1} some units start with the same weights: they get the same gradients "
                "and stay equal for ever. Draw the weights at random.",
            )
        same = all(np.array_equal(one, two) for one, two in zip(start, again, strict=True))
        expect.that(same, f"Two networks with the same seed, {seed}, start with different parameters.")
        same = all(np.array_equal(one, two) for one, two in zip(start, other, strict=True))
        expect.that(not same, "Networks with different seeds start with the same parameters.")
        size = np.sqrt(np.mean(np.concatenate([weight.ravel() for weight in start[::2]]) ** 2))
        expect.that(
            size > TINY,
            "The start weights are tiny: through several layers hardly any gradient reaches the first of them.",
        )


def parameters(student: Student, widths: list[int], activation: str, seed: int) -> list[NDArray[np.float64]]:
    """The start values of the student's network, checked for their shapes and for NaN."""
    got = expect.sequence(student.MLP.keep(widths, activation, seed).parameters(), 2 * len(widths) - 2, "parameters()")
    arrays = []
    for index, value in enumerate(got):
        layer = index // 2
        shape = (widths[layer + 1],) if index % 2 else (widths[layer + 1], widths[layer])
        arrays.append(expect.array(value, draws.parameter_name(index), shape))
        expect.that(np.isfinite(arrays[-1]).all(), f"{draws.parameter_name(index)} holds nan or inf at the start.")
    return arrays
