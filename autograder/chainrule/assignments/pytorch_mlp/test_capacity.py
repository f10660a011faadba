"""Hidden tests of `capacity`: parameters by formula, equal budgets, and architectures compared."""

from itertools import pairwise

import numpy as np
import pytest

from chainrule.checks import expect
from chainrule.checks.either import either
from chainrule.probe.student import Student

from . import descent, image_sets, reference
from .descent import Adam
from .image_sets import ImageSet

pytestmark = pytest.mark.exercise("capacity")

WIDTHS = [784, 8, 4]
EPOCHS, FULL, RATE = 3, 48, 0.005
"""A batch size that takes all images at once, so that shuffling cannot matter."""

KEYS = ("widths", "parameters", "accuracy")


def parameters_of(widths: list[int]) -> int:
    """Weights and biases of all layers."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


@pytest.mark.points(0.5)
def test_parameters(student: Student, rng: np.random.Generator) -> None:
    """The number of weights and biases, by formula"""
    for widths in ([784, 300, 200, 100, 10], [3, 5, 4, 2], [7, 3], rng.integers(1, 900, 5).tolist()):
        expect.equal(student.parameters_of(widths), parameters_of(widths), f"parameters_of({widths})")


@pytest.mark.builds_on("parameters_of")
@pytest.mark.points(0.5)
def test_equal_width(student: Student, rng: np.random.Generator) -> None:
    """The largest width that keeps to the budget, for any depth, input and output"""
    for depth in (1, 2, 3, 6):
        width, inputs, outputs = (int(number) for number in rng.integers((5, 2, 1), (50, 800, 30)))
        exact = parameters_of([inputs, *[width] * depth, outputs])
        for budget in (exact, exact - 1, exact + int(rng.integers(1, inputs))):
            got, want = student.equal_width(budget, depth, inputs, outputs), width - (budget < exact)
            expect.equal(got, want, f"equal_width({budget}, {depth}, {inputs}, {outputs})")
    budget = parameters_of([784, 300, 200, 100, 10])
    want = next(w for w in range(1000) if parameters_of([784, w + 1, w + 1, 10]) > budget)
    expect.equal(student.equal_width(budget, 2), want, "equal_width(budget, 2) with MNIST's inputs and outputs")


@pytest.mark.points(0.5)
def test_budget_too_small(student: Student, rng: np.random.Generator) -> None:
    """A budget that one unit per layer just fits is taken, and a smaller one is refused with a ValueError"""
    for depth, inputs, outputs in ((1, 784, 10), (3, 5, 2)):
        least = parameters_of([inputs, *[1] * depth, outputs])
        expect.equal(
            student.equal_width(least, depth, inputs, outputs),
            1,
            f"the width for the smallest budget at {depth} hidden layer{'s' if depth > 1 else ''}",
        )
        for budget in (inputs - 1, 0):
            expect.that(
                student.equal_width.raises("ValueError", budget, depth, inputs, outputs),
                f"For {inputs} inputs, {outputs} outputs and depth {depth}, a budget of {budget} parameters gives no "
                "ValueError.",
            )


@pytest.mark.builds_on("parameters_of")
@pytest.mark.points(0.5)
def test_comparison(student: Student, rng: np.random.Generator) -> None:
    """Each architecture in order: its widths, its parameters, and its accuracy after a training of its own"""
    given, seed = image_sets.blobs(rng, FULL, 300), int(rng.integers(1, 1000))
    architectures = [WIDTHS, [784, 5, 6, 4], WIDTHS]
    got = student.compare_architectures(architectures, given.data(), EPOCHS, FULL, RATE, seed)
    rows = [
        expect.mapping(row, KEYS, "a row of the comparison")
        for row in expect.sequence(got, len(architectures), "the result of compare_architectures")
    ]
    for place, row, widths in zip(("first", "second", "third"), rows, architectures, strict=True):
        found = expect.indices(row["widths"], '"widths"').tolist()
        expect.that(found == widths, '"widths" is not that of the architecture: one row for each, in the given order.')
        expect.equal(row["parameters"], parameters_of(widths), f'"parameters" of {widths}')
        what = f'"accuracy" of the {place} architecture'
        check_accuracy(student, rng, given, row["accuracy"], widths, seed, what)


def check_accuracy(
    student: Student,
    rng: np.random.Generator,
    given: ImageSet,
    got: object,
    widths: list[int],
    seed: int,
    what: str,
) -> None:
    """The accuracy is that after EPOCHS of one full batch each, from the start that the seed gives."""

    def compare(want: float) -> None:
        __tracebackhide__ = True
        image_sets.check_accuracy(got, want, what)

    def right() -> float:
        model = image_sets.start_of(student, widths, seed)
        adam = Adam(model, RATE)
        for _ in range(EPOCHS):
            descent.train(model, [given.training()], adam)
        return reference.evaluate(model, [given.validation()])[1]

    def by_own_functions(images: ImageSet) -> float:
        student.instruments.seed_everything(seed)
        model = student.MLP.keep(widths)
        history = student.train_mnist(model, images.data(), EPOCHS, FULL, RATE, 1.0, seed)
        accuracies = expect.mapping(history, ("validation_accuracy",), "the history")["validation_accuracy"]
        return expect.number(expect.sequence(accuracies, EPOCHS, "the accuracies")[-1], "an accuracy")

    either(compare, right, lambda: image_sets.own_accuracy(by_own_functions, given, rng))
