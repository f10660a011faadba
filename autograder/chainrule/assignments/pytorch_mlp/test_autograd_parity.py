"""Hidden tests of `autograd_parity`: load_weights and autograd_gradients against hand-written backpropagation."""

from contextlib import suppress

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.draws import Draw
from chainrule.inside.wire import Tensor
from chainrule.probe.outcome import Crashed, StudentProblem
from chainrule.probe.student import Handle, Student

from .torch_draws import own_mlp

pytestmark = pytest.mark.exercise("autograd_parity")

Array = NDArray[np.float64]
WIDTHS = [3, 5, 4, 2]


def network(student: Student, parameters: list[Array], activation: str, dtype: str = "float64") -> Handle:
    """A plain nn.Sequential with these parameters: mistakes in the student's MLP cost nothing here."""
    return student.instruments.network.keep([Tensor(array.astype(dtype)) for array in parameters], activation)


def accepted(student: Student, function: str, drawn: Draw, dtype: str = "float64") -> Handle:
    """That network or, for a function that only knows the layers of the student's own MLP, one of those.

    Its parameters are not those drawn for load_weights, and those drawn for autograd_gradients.
    """
    load = function == "load_weights"
    values = [0 * array for array in drawn.parameters] if load else drawn.parameters
    model = network(student, values, drawn.activation, dtype)
    try:
        if load:
            student.load_weights.keep(model, values)
        else:
            student.autograd_gradients.keep(model, drawn.x, drawn.dy)
    except Crashed as crash:
        if "AttributeError" not in getattr(crash, "kinds", ()):
            raise
        model = own_mlp(student, drawn.widths, drawn.activation, values)
        return model.double.keep() if dtype == "float64" else model
    return network(student, values, drawn.activation, dtype)


def parameters(student: Student, model: Handle, count: int) -> list[object]:
    """The model's parameters as they are now."""
    return expect.sequence(student.instruments.parameters(model), count, "parameters()")


@pytest.mark.points(0.5)
def test_load(student: Student, rng: np.random.Generator) -> None:
    """load_weights copies every array into its parameter, and the model keeps its dtype"""
    for dtype, given in (("float32", "float64"), ("float64", "float32")):
        drawn = draws.draw(rng, WIDTHS, "relu", 5)
        model = accepted(student, "load_weights", drawn, dtype)
        student.load_weights.keep(model, [array.astype(given) for array in drawn.parameters])
        expect.that(
            student.instruments.is_all(model, dtype) is True,
            f"A {dtype} model has another dtype after loading {given} arrays.",
        )
        for index, got in enumerate(parameters(student, model, len(drawn.parameters))):
            expect.near(got, drawn.parameters[index], f"{draws.parameter_name(index)} after load_weights")


def check_stays_on_device(student: Student, model: Handle, drawn: Draw) -> None:
    """No parameter of a model on an accelerator comes to the CPU, where the arrays are."""
    model = student.instruments.on_accelerator.keep(model)
    accelerator = student.instruments.accelerator.keep()
    with suppress(StudentProblem):  # the pretended device cannot do all that a real one can
        student.load_weights.keep(model, drawn.parameters)
    places = expect.sequence(student.instruments.devices(model), None, "the record of devices")
    replaced = expect.sequence(accelerator.replaced_in(), None, "the record of devices")
    expect.that(
        not replaced and all(place == "meta" for place in places),
        "A model that is on another device than the CPU is given data on the CPU: copy into the parameters it has.",
    )


@pytest.mark.points(0.5)
def test_in_place(student: Student, rng: np.random.Generator) -> None:
    """load_weights writes into the Parameters that are there, which stay trainable, in their place and independent"""
    for dtype in ("float32", "float64"):
        drawn = draws.draw(rng, WIDTHS, "relu", 5)
        model = accepted(student, "load_weights", drawn, dtype)
        before = student.instruments.parameter_objects.keep(model)
        arrays = student.put([array.astype(dtype) for array in drawn.parameters])
        student.load_weights.keep(model, arrays)
        expect.that(
            student.instruments.same_objects(model, before) is True,
            "The model has new Parameter objects: an optimizer made earlier would go on with the old ones. Copy into "
            "those that are there.",
        )
        expect.that(
            student.instruments.is_trainable(model) is True,
            "After load_weights a parameter no longer requires gradients.",
        )
        frozen = network(student, drawn.parameters, drawn.activation, dtype)
        student.instruments.freeze.keep(frozen, 1)
        student.load_weights.keep(frozen, drawn.parameters)
        expect.that(
            student.instruments.trainable(frozen) == [False] + [True] * (len(drawn.parameters) - 1),
            "A parameter that did not require gradients does so after load_weights.",
        )
        for index, array in enumerate(drawn.parameters):
            arrays[index].assign(np.zeros(array.shape, dtype))
        for index, got in enumerate(parameters(student, model, len(drawn.parameters))):
            what = f"{draws.parameter_name(index)} after the array it was loaded from has changed (copy the numbers)"
            expect.near(got, drawn.parameters[index], what)
    check_stays_on_device(student, model, drawn)


@pytest.mark.points(0.5)
def test_refuses(student: Student, rng: np.random.Generator) -> None:
    """load_weights refuses arrays of another number or shape with a ValueError, also where broadcasting would fit"""
    drawn = draws.draw(rng, WIDTHS, "relu", 5)
    arrays = drawn.parameters
    model = accepted(student, "load_weights", drawn, "float32")
    wrong = {
        "one array too few": arrays[:-1],
        "one array too many": [*arrays, np.ones(2)],
        "no arrays": [],
        "a transposed weight": [arrays[0].T, *arrays[1:]],
        "a single row for a whole weight": [arrays[0][:1], *arrays[1:]],
        "a bias of one number": [arrays[0], np.ones(1), *arrays[2:]],
        "a bias as a row (1, out)": [*arrays[:-1], arrays[-1][None]],
    }
    for name, value in wrong.items():
        expect.that(student.load_weights.raises("ValueError", model, value), f"For {name} there is no ValueError.")


@pytest.mark.points(0.5)
def test_output_and_input_gradient(student: Student, rng: np.random.Generator) -> None:
    """y and dx are those of backpropagation by hand, to the last digits in a float64 model"""
    for widths, activation, n in ((WIDTHS, "relu", 7), ([4, 4, 4], "tanh", 1), ([2, 6, 3], "sigmoid", 5)):
        drawn = draws.draw(rng, widths, activation, n)
        model = accepted(student, "autograd_gradients", drawn)
        y, dx, _ = expect.sequence(student.autograd_gradients(model, drawn.x, drawn.dy), 3, "the result")
        expect.close(y, drawn.forward(), f"y of {widths} with {activation}", batch=n)
        expect.close(dx, drawn.backward()[0], f"dx of {widths} with {activation}", batch=n)


@pytest.mark.points(0.5)
def test_parameter_gradients(student: Student, rng: np.random.Generator) -> None:
    """The gradients of all weights and biases are those of backpropagation by hand, in the order of parameters()"""
    for widths, activation, n in ((WIDTHS, "relu", 7), ([4, 4, 4], "tanh", 1), ([2, 6, 3], "sigmoid", 5)):
        drawn = draws.draw(rng, widths, activation, n)
        model = accepted(student, "autograd_gradients", drawn)
        _, _, gradients = expect.sequence(student.autograd_gradients(model, drawn.x, drawn.dy), 3, "the result")
        want = drawn.backward()[1]
        got = expect.sequence(gradients, len(want), "the list of gradients")
        for index, (got_one, want_one) in enumerate(zip(got, want, strict=True)):
            expect.close(got_one, want_one, f"{draws.gradient_name(index)} of {widths} with {activation}", batch=n)


@pytest.mark.points(0.5)
def test_repeated(student: Student, rng: np.random.Generator) -> None:
    """A call leaves nothing over, in the next one, the arrays or the model, and results have the dtype of the model"""
    drawn = draws.draw(rng, WIDTHS, "relu", 5)
    model = accepted(student, "autograd_gradients", drawn, "float32")
    x, dy = student.put(drawn.x), student.put(drawn.dy)
    first = student.autograd_gradients.keep(model, x, dy)
    second = student.autograd_gradients.keep(model, x, dy)
    student.autograd_gradients.keep(model, 2 * drawn.x, -3 * drawn.dy)
    check_results(first, drawn, "of a first call, after others,")
    check_results(second, drawn, "of a second call")
    expect.unchanged(x.value(), drawn.x, "x")
    expect.unchanged(dy.value(), drawn.dy, "dy")
    left = expect.sequence(student.instruments.gradients(model), len(drawn.parameters), "the gradients")
    expect.that(
        all(one is None or not np.any(expect.array(one, "a gradient")) for one in left),
        "After autograd_gradients the parameters of the model hold gradients (.grad): clear them, or use "
        "torch.autograd.grad.",
    )
    for training in (False, True):
        model.train.keep(training)
        student.autograd_gradients.keep(model, x, dy)
        expect.that(
            student.instruments.is_training(model) is training,
            f"A model that came in {'train' if training else 'eval'} mode is left in the other one.",
        )
    expect.that(
        student.instruments.is_all(model, "float32") is True, "A float32 model is not float32 after autograd_gradients."
    )
    expect.that(
        student.instruments.is_trainable(model) is True,
        "After autograd_gradients a parameter no longer requires gradients.",
    )


def check_results(held: Handle, drawn: Draw, when: str) -> None:
    """y, dx and the gradients of a float32 model."""
    y, dx, got = expect.sequence(held.value(), 3, "the result")
    want_dx, gradients = drawn.backward()
    expect.near(y, drawn.forward(), f"y {when}")
    expect.near(dx, want_dx, f"dx {when}")
    for index, gradient in enumerate(expect.sequence(got, len(gradients), "the list of gradients")):
        expect.near(gradient, gradients[index], f"{draws.gradient_name(index)} {when}")
        expect.dtype(gradient, "float32", f"{draws.gradient_name(index)} of a float32 model")
    expect.dtype(y, "float32", "y of a float32 model")
    expect.dtype(dx, "float32", "dx of a float32 model")
