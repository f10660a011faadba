"""Hidden tests of `train_xor_torch`: many networks at once with autograd, each as if it were alone."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Student

from . import reference, xor_answers, xor_networks
from .xor_networks import CORNERS, SIGNS, XOR, Parameters

pytestmark = pytest.mark.exercise("train_xor_torch")

Array = NDArray[np.float64]
ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")
COUNT, STEPS, RATE = 50, 500, 1.0


Run = tuple[Parameters, Array]
"""Parameters of S networks after a training, and its losses (steps + 1, S)."""


def alone(networks: Parameters, x: Array, y: Array, steps: int, rate: float, activation: str) -> Run:
    """Each network of a stack trained by itself."""
    runs = [
        reference.train_xor_numpy(xor_networks.one(networks, index), x, y, steps, rate, activation)
        for index in range(len(networks[0]))
    ]
    return xor_networks.together([run[0] for run in runs]), np.column_stack([run[1] for run in runs])


def trained(
    student: Student, networks: Parameters, x: Array, y: Array, steps: int, rate: float, activation: str, what: str
) -> Run:
    """The student's training of one stack."""
    count, width = networks[1].shape
    got = student.train_xor_torch(networks, x, y, steps, rate, activation)
    return xor_answers.trained(got, width, steps, what, count)


@pytest.mark.points(0.25)
def test_stack(student: Student, rng: np.random.Generator) -> None:
    """stack: the parameters of several networks in arrays with a first axis for the network"""
    for count, width in ((3, 8), (1, 2), (2, 2), (4, 1)):
        networks = xor_networks.drawn(rng, count, width)
        got = student.stack([xor_networks.one(networks, index) for index in range(count)])
        arrays = expect.sequence(got, 4, "the result of stack")
        for name, array, want in zip(xor_answers.NAMES, arrays, networks, strict=True):
            expect.close(array, want, f"{name} of {count} stacked networks with {width} units")
    for count in (1, 2):
        networks = xor_networks.drawn(rng, count, 3)
        held = student.put([xor_networks.one(networks, index) for index in range(count)])
        kept = student.stack.keep(held)
        for index, name in enumerate(xor_answers.NAMES):
            held[0][index].assign(np.zeros(networks[index].shape[1:]))
            what = f"{name} of {count} stacked network{'s' * (count > 1)}, after the network given was written into,"
            expect.close(kept[index].value(), networks[index], what)


@pytest.mark.points(0.5)
def test_same_losses(student: Student, rng: np.random.Generator) -> None:
    """From the same starts, the losses and the parameters are those of training by hand, with every activation"""
    kinds = [("tanh", 1, 4, 8), ("sigmoid", 2, 7, 3), ("relu", 3, 4, 5), ("identity", 2, 7, 3)]
    kinds += [("tanh", 3, 1, 2), ("sigmoid", 1, 1, 1), ("tanh", 3, 3, 3), ("sigmoid", 2, 7, 3)]
    for activation, count, n, width in kinds:
        networks = xor_networks.drawn(rng, count, width)
        x, y = (CORNERS, XOR) if n == 4 else (rng.normal(size=(n, 2)), rng.permutation(np.arange(n) % 2) * 1.0)
        what = f"4 steps on {n} samples with {count} {activation} network{'s' * (count > 1)} of {width} units"
        after, losses = trained(student, networks, x, y, 4, 0.5, activation, what)
        want, want_losses = alone(networks, x, y, 4, 0.5, activation)
        expect.close(losses[0], want_losses[0], f"the first losses (before any step) of {what}", batch=n)
        for name, new, old, right in zip(xor_answers.NAMES, after, networks, want, strict=True):
            expect.close(new - old, right - old, f"the change of {name} after {what}", rtol=1e-5, atol=1e-8, batch=n)
        expect.close(losses, want_losses, f"the losses over {what}", batch=n)
    networks = xor_networks.drawn(rng, 2, 4)
    # Without biases the corner (0, 0) lies on the kink of every unit.
    networks[1][:] = 0
    what = "1 step with 2 relu networks, a corner on the kink,"
    after, _ = trained(student, networks, CORNERS, XOR, 1, 0.5, "relu", what)
    want, _ = alone(networks, CORNERS, XOR, 1, 0.5, "relu")
    for name, new, right in zip(xor_answers.NAMES, after, want, strict=True):
        expect.close(new, right, f"{name} after {what}", rtol=1e-5, atol=1e-8)
    # So long that a rate which falls has fallen.
    networks = xor_networks.drawn(rng, 2, 3)
    after, losses = trained(student, networks, CORNERS, XOR, 150, 0.2, "tanh", "150 steps with 2 networks")
    want, want_losses = alone(networks, CORNERS, XOR, 150, 0.2, "tanh")
    expect.close(losses, want_losses, "the losses over 150 steps with 2 networks", rtol=1e-5, batch=4)


@pytest.mark.points(0.5)
def test_alone(student: Student, rng: np.random.Generator) -> None:
    """Each network learns as if it were alone, whatever the others are: many, few, or one that is hopelessly wrong"""
    networks = xor_networks.drawn(rng, 4, 6)
    hopeless = xor_networks.with_logits(rng, 6, -SIGNS * rng.uniform(700, 1000, 4), "tanh")
    for array, value in zip(networks, hopeless, strict=True):
        array[1] = value
    what = "6 steps with 4 networks, one of them hopelessly wrong"
    after, losses = trained(student, networks, CORNERS, XOR, 6, 0.5, "tanh", what)
    first = trained(student, [array[:1] for array in networks], CORNERS, XOR, 6, 0.5, "tanh", "6 steps with 1 network")
    expect.that(
        np.allclose(losses[:, 0], first[1][:, 0], rtol=1e-6, atol=1e-9),
        "The losses of a network are not the same when it is trained by itself and beside three others.",
    )
    want, want_losses = alone(networks, CORNERS, XOR, 6, 0.5, "tanh")
    expect.close(losses, want_losses, f"the losses over {what}", batch=4)
    for name, new, right in zip(xor_answers.NAMES, after, want, strict=True):
        expect.close(new, right, f"{name} after {what}", rtol=1e-5, atol=1e-7)


def check_first_losses(student: Student, networks: Parameters) -> None:
    """The losses of three tanh networks on XOR before any step."""
    _, losses = trained(student, networks, CORNERS, XOR, 2, 0.2, "tanh", "2 steps with 3 networks")
    want = xor_networks.corner_losses(networks)
    expect.close(losses[0], want, "the losses of 3 networks before any step", batch=4)


def check_direction(student: Student, network: Parameters, x: Array) -> None:
    """One step of one tanh network on one sample goes where it should, as it does for most wrong losses."""
    given = network, x, np.ones(1), 1, 0.5, "tanh"
    after, _ = trained(student, *given, "1 step with 1 network")
    got, right = (
        np.concatenate([(new - old).ravel() for new, old in zip(end, network, strict=True)])
        for end in (after, alone(*given)[0])
    )
    along = got @ right > 0.999 * np.linalg.norm(got) * np.linalg.norm(right)
    expect.that(along, "One step with 1 network does not go along its gradient.")


@pytest.mark.points(0.25)
def test_arguments(student: Student, rng: np.random.Generator) -> None:
    """The arrays given keep their values, and the same call gives the same again"""
    other = rng.spawn(1)[0]
    at_least_one(
        partial(check_first_losses, student, xor_networks.drawn(other, 3, 6)),
        partial(check_direction, student, xor_networks.drawn(other, 1, 6), other.normal(size=(1, 2))),
    )
    networks = xor_networks.drawn(rng, 2, 4)
    held, held_x, held_y = student.put(networks), student.put(CORNERS), student.put(XOR)
    curves = []
    for _ in range(2):
        got = student.train_xor_torch(held, held_x, held_y, 3, 0.5)
        curves.append(xor_answers.trained(got, 4, 3, "3 steps with 2 networks", 2)[1])
    for name, after, original in zip(xor_answers.NAMES, held.value(), networks, strict=True):
        expect.unchanged(after, original, f"{name} of the parameters given")
    expect.unchanged(held_x.value(), CORNERS, "x")
    expect.unchanged(held_y.value(), XOR, "y")
    expect.that(np.array_equal(curves[0], curves[1]), "A second training from the same start has other losses.")
    kept = student.train_xor_torch.keep(held, held_x, held_y, 0, 0.5)
    for index, original in enumerate(networks):
        held[index].assign(np.zeros_like(original))
    what = "a training of no steps"
    after, losses = xor_answers.trained(kept.value(), 4, 0, what, 2)
    expect.close(losses, [xor_networks.corner_losses(networks)], f"the losses of {what}", batch=4)
    for name, new, original in zip(xor_answers.NAMES, after, networks, strict=True):
        same = np.array_equal(new, original)
        expect.that(same, f"{name} after {what} is not a new array, or has other values: make copies.")


@pytest.mark.points(0.5)
def test_fifty(student: Student, rng: np.random.Generator) -> None:
    """50 hidden networks of 8 tanh units in one call: XOR solved with the margin, and losses that belong to them"""
    networks = xor_networks.drawn(rng, COUNT, 8)
    what = f"{STEPS} steps with {COUNT} networks"
    got = student.train_xor_torch(networks, CORNERS, XOR, STEPS, RATE)
    after, losses = xor_answers.trained(got, 8, STEPS, what, COUNT, single=True)
    solved = xor_networks.solved(after)
    solvable = xor_networks.solved(xor_networks.train(networks, STEPS, RATE, "tanh"))
    expect.that(
        solved[solvable].all(),
        f"{COUNT} networks after {STEPS} steps of your train_xor_torch: by the parameters it returned, "
        f"{xor_networks.ends(after)} of the corners right with the margin.",
    )
    expect.that(
        np.allclose(losses[-1], xor_networks.corner_losses(after), rtol=1e-3, atol=1e-6),
        "The last row of the losses is not that of the networks returned.",
    )
    ends = xor_networks.different(after)
    expect.that(ends == COUNT, f"{COUNT} networks end in only {ends} different ones: train those given.")
