"""Hidden tests of `module`: the class MLP and count_parameters."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.inside.wire import Tensor
from chainrule.probe.student import Student

from .torch_draws import check_shapes, own_mlp, shake, single

pytestmark = pytest.mark.exercise("module")

Array = NDArray[np.float64]
ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")
REFUSED = ("sine", "elu", "gelu", "leaky_relu", "softmax", "ReLU", "Tanh", "SIGMOID", "")


def shapes(widths: list[int]) -> list[tuple[int, ...]]:
    """The shapes of W1, b1, W2, b2, …"""
    return [shape for inputs, outputs in pairwise(widths) for shape in ((outputs, inputs), (outputs,))]


@pytest.mark.points(0.5)
def test_count_parameters(student: Student, rng: np.random.Generator) -> None:
    """count_parameters counts every trainable number of a model, and nothing else"""
    for widths in ([3, 5, 4, 2], [3, 10, 1], [int(width) for width in rng.integers(2, 30, 4)]):
        arrays = draws.parameters(rng, widths)
        model = student.instruments.network.keep([single(array) for array in arrays], "relu")
        want = sum(array.size for array in arrays)
        expect.equal(student.count_parameters(model), want, f"count_parameters of a network of widths {widths}")
        student.instruments.freeze.keep(model, 2)
        what = "count_parameters of a network whose first layer is frozen (requires_grad is False)"
        expect.equal(student.count_parameters(model), want - arrays[0].size - arrays[1].size, what)
    what = "count_parameters of a batch normalisation, which has buffers too"
    expect.equal(student.count_parameters(student.instruments.batch_norm.keep(7)), 14, what)


@pytest.mark.points(0.5)
def test_parameters(student: Student, rng: np.random.Generator) -> None:
    """parameters() yields the weight and the bias of every layer in order, float32 and trainable"""
    for widths in ([3, 5, 4, 2], [3, 10, 1], [784, 256, 128, 10], [4, 3]):
        model = student.MLP.keep(widths)
        check_shapes(student, model, shapes(widths), f"MLP({widths})")
        is_single = student.instruments.is_all(model, "float32")
        expect.that(is_single is True, f"A parameter of MLP({widths}) is not float32.")
        is_trainable = student.instruments.is_trainable(model)
        expect.that(is_trainable is True, f"A parameter of MLP({widths}) does not require gradients.")


@pytest.mark.points(1)
def test_forward(student: Student, rng: np.random.Generator) -> None:
    """Forward: the right logits for networks of any depth and batches of any size"""
    for widths, activation, n in (
        ([3, 5, 4, 2], "relu", 7),
        ([4, 4, 4, 4], "tanh", 5),
        ([2, 6, 3], "relu", 1),
        ([3, 2], "relu", 4),
    ):
        drawn = draws.draw(rng, widths, activation, n)
        model = own_mlp(student, widths, activation, drawn.parameters)
        expect.near(model.forward(single(drawn.x)), drawn.forward(), f"the output of {widths} with {activation}")
        model.train.keep(False)
        what = f"the output of {widths} with {activation} in eval mode"
        expect.near(model.forward(single(drawn.x)), drawn.forward(), what)


@pytest.mark.points(0.5)
def test_activation(student: Student, rng: np.random.Generator) -> None:
    """The activation asked for is used, ReLU without asking; what is no network is refused with a ValueError"""
    for activation in ACTIVATIONS:
        drawn = draws.draw(rng, [3, 6, 2], activation, 5)
        model = own_mlp(student, drawn.widths, activation, drawn.parameters)
        expect.near(model.forward(single(drawn.x)), drawn.forward(), f"the output with {activation}")
    model = student.MLP.keep(drawn.widths)
    student.instruments.set_parameters.keep(model, [single(array) for array in drawn.parameters])
    expect.near(model.forward(single(drawn.x)), drawn.forward(), "the output when no activation is named")
    for name in REFUSED:
        expect.that(student.MLP.raises("ValueError", [3, 5, 2], name), f'activation="{name}" gives no ValueError.')
    for widths in ([3], []):
        expect.that(student.MLP.raises("ValueError", widths), f"widths={widths} gives no ValueError: it has no layer.")


@pytest.mark.points(0.5)
def test_last_layer(student: Student, rng: np.random.Generator) -> None:
    """The last layer has a bias and no activation and no softmax after it"""
    for activation in ACTIVATIONS:
        *hidden, weight, bias = draws.parameters(rng, [3, 4, 3])
        model = own_mlp(student, [3, 4, 3], activation, [*hidden, 0 * weight, 4 * bias])
        want = np.tile(4 * bias, (5, 1))
        what = f"the output with {activation} when the last weight is zero (only the last bias is left)"
        expect.near(model.forward(single(rng.normal(size=(5, 3)))), want, what)


@pytest.mark.points(0.5)
def test_images(student: Student, rng: np.random.Generator) -> None:
    """Images are flattened sample by sample, for one image too, and those of another size are no samples"""
    for sides, n in (((1, 28, 28), 7), ((1, 28, 28), 1), ((1, 4, 4), 3)):
        x = rng.normal(size=(n, int(np.prod(sides))))
        model = student.MLP.keep([x.shape[1], 6, 10])
        shake(student, model, rng.spawn(1)[0])
        flat = expect.array(model.forward(single(x)), f"the output for {n} inputs (N, in)", (n, 10))
        expect.that(n == 1 or np.ptp(flat, axis=0).any(), "The output is the same for all inputs.")
        what = f"the output for images of shape {(n, *sides)}, compared with that for the same numbers laid flat,"
        expect.near(model.forward(single(x.reshape(n, *sides))), flat, what)
        double = np.tile(x, (1, 2)).reshape(n, sides[0], 2 * sides[1], sides[2])
        expect.that(
            model.forward.raises("Exception", single(double)),
            f"{n} image{'s' if n > 1 else ''} of twice as many pixels as the network has inputs give logits all the "
            "same: samples are cut into others.",
        )


@pytest.mark.points(0.5)
def test_gradients(student: Student, rng: np.random.Generator) -> None:
    """A backward pass gives every weight and bias its gradient"""
    for widths, activation in (([3, 5, 4, 2], "relu"), ([3, 5, 2], "tanh"), ([3, 5, 2], "sigmoid")):
        drawn = draws.draw(rng, widths, activation, 6)
        model = own_mlp(student, widths, activation, drawn.parameters)
        want = drawn.backward()[1]
        got = student.instruments.backward(model, single(drawn.x), single(drawn.dy))
        for index, gradient in enumerate(expect.sequence(got, len(want), "the list of gradients")):
            name = f"{draws.gradient_name(index)} with {activation}"
            expect.that(gradient is not None, f"{name} is None: was the graph left in forward (detach, .data, numpy)?")
            expect.near(gradient, want[index], name, batch=6)


@pytest.mark.points(0.5)
def test_networks_are_independent(student: Student, rng: np.random.Generator) -> None:
    """The same input gives the same output again, and two networks share nothing"""
    one, two = (draws.draw(rng, [3, 5, 4, 2], "relu", 5) for _ in range(2))
    model = own_mlp(student, one.widths, one.activation, one.parameters)
    first = expect.array(model.forward(single(one.x)), "the output", (5, 2))
    expect.near(model.forward(single(one.x)), first, "the output for the same input again, compared with the first,")
    other = own_mlp(student, two.widths, two.activation, two.parameters)
    other.forward(single(two.x))
    what = "the output with a second network beside it, compared with that without,"
    expect.near(model.forward(single(one.x)), first, what)
    widths = student.put([3, 5, 4, 2])
    student.MLP.keep(widths)
    expect.that(widths.value() == [3, 5, 4, 2], "The list of widths is another one after a network was made of it.")


@pytest.mark.points(0.5)
def test_start(student: Student, rng: np.random.Generator) -> None:
    """A new network can learn: its hidden units differ and are finite, and training lowers the loss"""
    labels = np.arange(60) % 3
    centres = 3 * np.eye(3, 4)
    left = []
    for seed in range(3):
        student.instruments.seed_everything(int(rng.integers(1_000_000)))
        model = student.MLP.keep([4, 12, 8, 3], "relu" if seed else "tanh")
        start = expect.sequence(student.instruments.parameters(model), 6, "parameters()")
        for index in (0, 2):
            arrays = [expect.array(start[place], draws.parameter_name(place)) for place in (index, index + 1)]
            expect.that(all(np.isfinite(array).all() for array in arrays), "A new network holds nan or inf.")
            expect.that(
                arrays[0].ndim == 2 and arrays[1].shape == arrays[0].shape[:1],
                f"{draws.parameter_name(index)} and its bias have shapes that do not fit together.",
            )
            units = np.column_stack(arrays)
            expect.that(
                len(np.unique(units, axis=0)) == len(units),
                f"In hidden layer {index // 2 + 1} some units start with the same weights: they get the same gradients "
                "and stay equal for ever. Draw the weights at random.",
            )
        x = centres[labels] + rng.normal(size=(60, 4))
        losses = student.instruments.learn(model, single(x), Tensor(labels), 60, 0.02)
        first, last = (expect.number(loss, "the loss") for loss in expect.sequence(losses, 2, "the losses"))
        left.append(last / first if first > 0 else 1.0)
    expect.that(
        float(np.median(left)) < 0.6,
        f"After 60 steps on an easy task, {np.median(left):.0%} of the first loss is left (median of 3 starts).",
    )
