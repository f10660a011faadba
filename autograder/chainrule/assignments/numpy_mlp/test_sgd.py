"""Hidden tests of `sgd`: the step, the mini-batches and the decay of the learning rate."""

import numpy as np
import pytest

from chainrule.checks import draws, expect
from chainrule.inside.wire import Generator
from chainrule.probe.student import Handle, Student

from . import reference

pytestmark = pytest.mark.exercise("sgd")

SHAPES = ((4, 3), (4,), (2, 4), (2,))
SIZES = ((130, 64), (12, 4), (7, 3), (5, 1), (3, 8), (6, 6), (50, 8), (19, 10), (1, 1))


def batches(student: Student, n: int, batch_size: int, seed: int) -> list[list[int]]:
    """The student's mini-batches as lists of indices, with a new generator."""
    return drawn(student, n, batch_size, Generator(seed))


def drawn(student: Student, n: int, batch_size: int, generator: Generator | Handle) -> list[list[int]]:
    """The same with this generator."""
    got = expect.sequence(student.minibatches(n, batch_size, generator), None, "the result of minibatches")
    return [expect.indices(batch, "a batch of minibatches").tolist() for batch in got]


@pytest.mark.points(0.5)
def test_step(student: Student, rng: np.random.Generator) -> None:
    """A step changes the arrays it was given, in place and downhill"""
    parameters = [rng.normal(size=shape) for shape in SHAPES]
    gradients = [
        size * draws.away_from(rng, shape) for size, shape in zip((1.0, 1.0, 200.0, 1e-4), SHAPES, strict=True)
    ]
    rate = float(rng.uniform(0.05, 0.5))
    held = student.put(parameters)
    student.sgd_step.keep(held, gradients, rate)
    after = expect.sequence(held.value(), len(SHAPES), "the list of parameters")
    for index, (old, gradient) in enumerate(zip(parameters, gradients, strict=True)):
        change = expect.array(after[index], f"parameters[{index}]", old.shape) - old
        expect.that(
            change.any(),
            f"parameters[{index}] is not changed by the step: `p = p - …` makes a new array, write into the old one.",
        )
        expect.close(change, -rate * gradient, f"the change of parameters[{index}]")


@pytest.mark.points(0.5)
def test_several_steps(student: Student, rng: np.random.Generator) -> None:
    """Further steps start where the last one ended, in any array; the gradients keep their values"""
    parameters = [rng.normal(size=shape) for shape in SHAPES]
    gradients = [draws.away_from(rng, shape) for shape in SHAPES]
    held, held_gradients = student.put(parameters), student.put(gradients)
    alias = held[0]  # the very array, as an optimiser or a plot would hold it
    for rate in (0.1, 0.2, 0.3):
        returned = student.sgd_step(held, held_gradients, rate)
        expect.that(returned is None, "sgd_step returns something: it changes the arrays and returns nothing.")
    after = expect.sequence(held_gradients.value(), len(SHAPES), "the list of gradients")
    for index, gradient in enumerate(gradients):
        expect.unchanged(after[index], gradient, f"gradients[{index}]")
    what = "the change of parameters[0] after three steps, seen by whoever holds the array"
    expect.close(expect.array(alias.value(), "parameters[0]", SHAPES[0]) - parameters[0], -0.6 * gradients[0], what)
    weight, gradient = rng.normal(size=(3, 2)), draws.away_from(rng, (3, 2))
    turned = student.put(weight.T).transpose.keep()
    student.sgd_step.keep([turned], [gradient], 0.5)
    change = expect.array(turned.value(), "parameters[0]", (3, 2)) - weight
    expect.close(change, -0.5 * gradient, "the change of a parameter that is a view, turned by .T")


@pytest.mark.points(0.5)
def test_every_sample_once(student: Student, rng: np.random.Generator) -> None:
    """Every sample is in exactly one mini-batch"""
    for n, batch_size in SIZES:
        order = [index for batch in batches(student, n, batch_size, int(rng.integers(1000))) for index in batch]
        what = f"For n = {n} and batch_size = {batch_size}"
        expect.that(all(0 <= index < n for index in order), f"{what} there is an index outside 0 … n − 1.")
        expect.that(len(set(order)) == len(order), f"{what} a sample comes more than once.")
        expect.that(len(order) == n, f"{what} {n - len(order)} samples are left out: the last batch may be smaller.")


@pytest.mark.points(0.5)
def test_batch_sizes(student: Student, rng: np.random.Generator) -> None:
    """All mini-batches are full, except the last when it holds what is left"""
    found = {index for batch in batches(student, 130, 64, int(rng.spawn(1)[0].integers(1000))) for index in batch}
    # What is left out or comes twice costs the points of the test before.
    expect.that(len(found) > 130 / 2, f"For n = 130 and batch_size = 64 only {len(found)} samples are in a batch.")
    for n, batch_size in SIZES:
        sizes = [len(batch) for batch in batches(student, n, batch_size, int(rng.integers(1000)))]
        full, rest = divmod(n, batch_size)
        expect.that(
            sizes == [batch_size] * full + [rest] * (rest > 0),
            f"For n = {n} and batch_size = {batch_size} the batches have the sizes {sizes[:20]}.",
        )


@pytest.mark.points(0.5)
def test_random_order(student: Student, rng: np.random.Generator) -> None:
    """The order is random and comes from the generator given as rng"""
    seed = int(rng.integers(1_000_000))
    first, again, other = (batches(student, 130, 64, seed) for seed in (seed, seed, seed + 1))
    expect.that([index for batch in first for index in batch] != list(range(130)), "The samples are not shuffled.")
    expect.that(first == again, "Two generators in the same state give different batches: draw from rng only.")
    expect.that(first != other, "Different generators give the same batches: draw the order from rng.")
    generator = student.put(Generator(seed))
    same = drawn(student, 130, 64, generator) == drawn(student, 130, 64, generator)
    expect.that(
        not same, "A second call with the same generator gives the same batches: draw a new order in each call."
    )
    expect.that(
        len({index // 64 for index in first[0]}) > 1, "Only the batches are shuffled, not the samples between them."
    )


@pytest.mark.points(0.5)
def test_decay(student: Student, rng: np.random.Generator) -> None:
    """The learning rate is multiplied by the decay once per epoch, counted from 0"""
    for _ in range(3):
        start, decay = float(rng.uniform(0.01, 1)), float(rng.uniform(0.5, 0.95))
        for epoch in (0, 1, 2, 7):
            want = reference.decayed_learning_rate(start, decay, epoch)
            expect.close(student.decayed_learning_rate(start, decay, epoch), want, f"the rate of epoch {epoch}")
    expect.close(student.decayed_learning_rate(0.1, 1.0, 5), 0.1, "the learning rate without decay (decay = 1)")
    for start, decay, epoch in ((0.01, 0.1, 3), (1e-4, 0.9, 0), (0.5, 0.999, 3000), (0.1, 1.01, 20)):
        want = reference.decayed_learning_rate(start, decay, epoch)
        what = f"the rate of epoch {epoch} from {start} with a decay of {decay}"
        expect.close(student.decayed_learning_rate(start, decay, epoch), want, what)
