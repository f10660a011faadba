"""Hidden tests of `capacity`: parameters by formula, equal budgets, and architectures compared."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from chainrule.checks import expect
from chainrule.checks.either import either
from chainrule.probe.outcome import StudentProblem, WrongAnswer
from chainrule.probe.student import Student

from . import descent, image_sets, reference
from .descent import Adam
from .image_sets import ImageSet

pytestmark = pytest.mark.exercise("capacity")

WIDTHS = [784, 8, 4]
SMALL, QUICK, SEEDS = 16, 0.02, 4
EPOCHS, FULL, RATE = 3, 48, 0.005
"""A batch size that takes all images at once, so that shuffling cannot matter."""

KEYS = ("widths", "parameters", "accuracy")


def parameters_of(widths: list[int]) -> int:
    """Weights and biases of all layers."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


@pytest.mark.points(0.5)
def test_parameters(student: Student, rng: np.random.Generator) -> None:
    """The number of weights and biases, by formula, also of networks that are too large to be built"""
    for widths in ([784, 300, 200, 100, 10], [3, 5, 4, 2], [7, 3], rng.integers(1, 900, 5).tolist()):
        expect.equal(student.parameters_of(widths), parameters_of(widths), f"parameters_of({widths})")
    for widths in ([4_000_000, 5_000_000, 10], [7_000_000, 3_000_000]):
        expect.equal(student.parameters_of(widths), parameters_of(widths), f"parameters_of({widths})")


@pytest.mark.builds_on("parameters_of")
@pytest.mark.points(0.25)
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


@pytest.mark.points(0.25)
def test_large_budget(student: Student, rng: np.random.Generator) -> None:
    """A large budget is used up, however wide the network becomes"""
    # Not asked again with our parameters_of, which would be called thousands of times: the student's own will do.
    budget = parameters_of([1, int(rng.integers(4_200, 5_000)), 1])
    what = f"equal_width({budget}, 1, 1, 1)"
    width = expect.number(student.equal_width(budget, 1, 1, 1), what)
    # Three parameters for each unit, or two for who forgets the biases: whatever counts parameters comes near that.
    expect.that(budget / 20 <= width < budget and width == int(width), f"{what} is far from what the budget allows.")
    fits, wider = (expect.number(student.parameters_of([1, int(width) + more, 1]), "parameters_of") for more in (0, 1))
    expect.that(fits <= budget, f"{what} is too large: that many units need more, as your parameters_of counts.")
    expect.that(wider > budget, f"{what} is too small: one unit more would fit, as your parameters_of counts.")


@pytest.mark.builds_on("parameters_of")
@pytest.mark.points(0.5)
def test_budget_too_small(student: Student, rng: np.random.Generator) -> None:
    """A budget that one unit per layer just fits is taken, and a smaller one is refused with a ValueError"""
    for depth, inputs, outputs in ((1, 784, 10), (3, 5, 2), (6, 4, 4)):
        least = parameters_of([inputs, *[1] * depth, outputs])
        expect.equal(
            student.equal_width(least, depth, inputs, outputs),
            1,
            f"the width for the smallest budget at {depth} hidden layer{'s' if depth > 1 else ''}",
        )
        for budget in (least - 1, inputs - 1, 0):
            expect.that(
                student.equal_width.raises("ValueError", budget, depth, inputs, outputs),
                f"For {inputs} inputs, {outputs} outputs and depth {depth}, a budget of {budget} parameters gives no "
                "ValueError.",
            )


@pytest.mark.builds_on("parameters_of")
@pytest.mark.points(0.5)
def test_comparison(student: Student, rng: np.random.Generator) -> None:
    """Each architecture in order: its widths, its parameters, and its accuracy after a training of its own"""
    seed = int(rng.integers(1, 1000))
    given = fading(student, image_sets.blobs(rng, FULL, 300), seed)
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
    check_arguments(student, given, seed)


def fading(student: Student, given: ImageSet, seed: int) -> ImageSet:
    """The same where the accuracy of WIDTHS is not the best after the last epoch, if it has turned anywhere."""
    try:
        model = image_sets.start_of(student, WIDTHS, seed)
    except (WrongAnswer, StudentProblem):  # a mistake in MLP costs nothing here
        return given
    adam, logits = Adam(model, RATE), []
    for _ in range(EPOCHS):
        descent.train(model, [given.training()], adam)
        with torch.no_grad():
            logits.append(model(given.validation()[0]).numpy())
    faded = image_sets.fading(given, logits)
    turned = logits[0].argmax(axis=1) != logits[-1].argmax(axis=1)
    return replace(given, validation_labels=np.where(turned, faded.validation_labels, given.validation_labels))


def check_arguments(student: Student, given: ImageSet, seed: int) -> None:
    """With small batches, the accuracy is that of the student's own train_mnist with the same settings.

    Of some seeds one is taken with which it matters that train_mnist gets it.
    """

    def own(start: int, shuffle: int) -> float:
        student.instruments.seed_everything(start)
        history = student.train_mnist(student.MLP.keep(WIDTHS), data, 2, SMALL, QUICK, 1.0, shuffle)
        accuracies = expect.mapping(history, ("validation_accuracy",), "the history")["validation_accuracy"]
        return expect.number(expect.sequence(accuracies, 2, "the accuracies")[-1], "an accuracy")

    data = student.put(given.data())
    for one in range(seed, seed + SEEDS):
        want = own(one, one)
        if abs(own(one, 0) - want) > image_sets.ACCURACY:
            break
    got = student.compare_architectures([WIDTHS], data, 2, SMALL, QUICK, one)
    (row,) = expect.sequence(got, 1, "the result of compare_architectures")
    accuracy = expect.mapping(row, KEYS, "a row of the comparison")["accuracy"]
    what = f'"accuracy" with batches of {SMALL} images, compared with that of your train_mnist with the same settings,'
    image_sets.check_accuracy(accuracy, want, what)


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
