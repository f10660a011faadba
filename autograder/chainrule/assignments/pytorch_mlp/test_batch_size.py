"""Hidden tests of `batch_size`: the sweep over batch sizes, and what the lecture claims of it."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from chainrule.checks import expect
from chainrule.checks.either import either
from chainrule.probe.outcome import StudentProblem, WrongAnswer
from chainrule.probe.student import Student

from . import descent, image_sets, reference, torch_draws
from .descent import Sgd
from .image_sets import ImageSet

pytestmark = pytest.mark.exercise("batch_size")

WIDTHS = [784, 8, 4]
EPOCHS = 3
KEYS = ("batch_size", "steps", "seconds", "accuracy")
CLAIMS = ("fewer_steps", "fastest_128_256", "small_most_accurate")


Rows = list[dict[str, object]]

STEP, LOOK = 2.0, 50.0
"""Seconds that a batch that is learned from takes, and a forward pass in eval mode, by clocks that go on with them."""


def rows_of(got: object, sizes: list[int]) -> Rows:
    """The rows of a sweep, checked for their keys and their order."""
    rows = expect.sequence(got, len(sizes), "the result of sweep_batch_sizes")
    checked = [expect.mapping(row, KEYS, "a row of the sweep") for row in rows]
    for row, size in zip(checked, sizes, strict=True):
        expect.equal(row["batch_size"], size, '"batch_size" of a row (one row per size, in the given order)')
    return checked


def check_seconds(rows: Rows, learning: float, sweep: float) -> None:
    """All "seconds" together are the training's time: by slowed clocks, by which the steps took `learning` seconds.

    `sweep` is what the whole sweep took by ours. A clock that cannot be slowed says less than that.
    """
    __tracebackhide__ = True
    seconds = [expect.number(row["seconds"], '"seconds"') for row in rows]
    expect.that(min(seconds) > 0, '"seconds" of a row is not positive.')
    whole = EPOCHS * sum(seconds)
    expect.that(
        learning - STEP / 2 <= whole <= learning + sweep + STEP / 2 or whole <= sweep,
        f'"seconds" of all rows together, times the epochs, are {"more" if whole > learning else "less"} than the '
        "training took: they are to be the mean time of an epoch's training, without evaluation.",
    )


@pytest.mark.builds_on("steps_per_epoch")
@pytest.mark.points(0.5)
def test_rows(student: Student, rng: np.random.Generator) -> None:
    """One row per batch size in the given order, with the steps of an epoch and a time"""
    given, sizes = image_sets.blobs(rng, 50, 20), [16, 64, 7, 50]
    slowed = student.instruments.slowed.keep(student.variable("MLP"), STEP, LOOK)
    began = time.perf_counter()
    rows = rows_of(student.sweep_batch_sizes(WIDTHS, given.data(), sizes, EPOCHS, 0.1, 1), sizes)
    sweep = time.perf_counter() - began
    for row, size in zip(rows, sizes, strict=True):
        expect.equal(row["steps"], -(-50 // size), f'"steps" of 50 training images in batches of {size} (per epoch)')
    check_seconds(rows, expect.number(slowed.seconds(), "the time of the steps"), sweep)


@pytest.mark.points(0.5)
def test_batches(student: Student, rng: np.random.Generator) -> None:
    """Each size learns from shuffled batches of that size, every training image once per epoch"""
    given, sizes = image_sets.blobs(rng, 40, 11), [16, 9]
    record = student.instruments.watch.keep(student.variable("MLP"))
    student.sweep_batch_sizes.keep(WIDTHS, given.data(), sizes, 2, 0.1, 1)
    learned = torch_draws.learned(record.value())
    expect.that(
        [len(batch) for batch in learned] == [16, 16, 8] * 2 + [9, 9, 9, 9, 4] * 2,
        f"40 images, two epochs with batches of 16, then two with 9: the batches that are learned from have the sizes "
        f"{[len(batch) for batch in learned][:20]}.",
    )
    order = [number for batch in learned for number in batch]
    given_order = given.images[:, 0, 0, 0].tolist()
    for start in range(0, 160, 40):
        epoch = order[start : start + 40]
        expect.that(sorted(epoch) == sorted(given_order), "An epoch does not learn from each training image once.")
        expect.that(epoch != given_order, "The training images are not shuffled.")


@pytest.mark.points(0.5)
def test_accuracy(student: Student, rng: np.random.Generator) -> None:
    """Each size has a fresh network after the seed, plain SGD, and the accuracy on the validation part"""
    blobs, seed = image_sets.blobs(rng, 48, 300), int(rng.integers(1, 1000))
    for rate, epochs in ((0.5, 3), (0.3, 1), (0.03, 8)):
        sizes = [48, 48, 48]  # one full batch each, so that shuffling cannot matter
        given = fading(student, blobs, seed, rate, epochs)
        rows = rows_of(student.sweep_batch_sizes(WIDTHS, given.data(), sizes, epochs, rate, seed), sizes)
        check_accuracies(student, rng, given, rows, seed, rate, epochs)


def fading(student: Student, given: ImageSet, seed: int, rate: float, epochs: int) -> ImageSet:
    """The same where the network's accuracy is not the best after the last epoch, if it has turned anywhere."""
    try:
        model = image_sets.start_of(student, WIDTHS, seed)
    except (WrongAnswer, StudentProblem):  # a mistake in MLP costs nothing here
        return given
    sgd, logits = Sgd(model, rate), []
    for _ in range(epochs):
        descent.train(model, [given.training()], sgd)
        with torch.no_grad():
            logits.append(model(given.validation()[0]).numpy())
    faded = image_sets.fading(given, logits)
    turned = logits[0].argmax(axis=1) != logits[-1].argmax(axis=1)
    return replace(given, validation_labels=np.where(turned, faded.validation_labels, given.validation_labels))


def check_accuracies(
    student: Student,
    rng: np.random.Generator,
    given: ImageSet,
    rows: Rows,
    seed: int,
    rate: float,
    epochs: int,
) -> None:
    """Every row has the accuracy of a training of one full batch an epoch, from the start that the seed gives."""

    def compare(want: float) -> None:
        __tracebackhide__ = True
        for place, row in zip(("first", "second", "third"), rows, strict=True):
            image_sets.check_accuracy(row["accuracy"], want, f'"accuracy" of the {place} of three equal trainings')

    def right() -> float:
        model = image_sets.start_of(student, WIDTHS, seed)
        sgd = Sgd(model, rate)
        for _ in range(epochs):
            descent.train(model, [given.training()], sgd)
        return reference.evaluate(model, [given.validation()])[1]

    def by_own_functions(images: ImageSet) -> float:
        training, validation = images.arguments()
        student.instruments.seed_everything(seed)
        model = student.MLP.keep(WIDTHS)
        sgd = student.instruments.sgd.keep(model, rate)
        for _ in range(epochs):
            student.train_epoch.keep(model, [training], sgd)
        _, accuracy = expect.sequence(student.evaluate(model, [validation]), 2, "the result of evaluate")
        return expect.number(accuracy, "the accuracy of evaluate")

    either(compare, right, lambda: image_sets.own_accuracy(by_own_functions, given, rng))


def table(*rows: tuple[int, int, float, float]) -> Rows:
    """Rows of a sweep."""
    return [dict(zip(KEYS, row, strict=True)) for row in rows]


@pytest.mark.points(0.5)
def test_claims(student: Student, rng: np.random.Generator) -> None:
    """Each claim of the lecture is checked against the rows, in whatever order they come"""
    rising = table((1, 512, 9.0, 0.9), (8, 64, 2.0, 0.95), (64, 8, 0.6, 0.91), (256, 2, 0.4, 0.8), (512, 1, 0.5, 0.7))
    equal_steps = table((4, 5, 2.0, 0.6), (16, 2, 1.0, 0.9), (128, 1, 0.3, 0.5), (1024, 1, 0.7, 0.4))
    broken = table((2, 10, 1.0, 0.7), (128, 4, 0.8, 0.96), (64, 3, 0.9, 0.8), (512, 2, 0.2, 0.9))
    fast_large = table((1, 60, 0.9, 0.97), (32, 2, 0.7, 0.9), (64, 1, 0.5, 0.8), (256, 1, 0.51, 0.7))
    small = table((16, 4, 0.9, 0.9), (9, 7, 0.4, 0.91), (8, 8, 0.8, 0.85))
    one_small = table((1, 90, 0.9, 0.5), (6, 15, 0.4, 0.92), (32, 3, 0.3, 0.9), (192, 1, 0.2, 0.91))
    one_large = table((2, 45, 0.9, 0.9), (8, 12, 0.4, 0.91), (64, 13, 0.3, 0.5), (128, 1, 0.2, 0.92))
    for name, rows, want in (
        ("where all three hold", rising, (True, True, True)),
        ("where two sizes need equally many steps", equal_steps, (True, True, False)),
        ("where a larger batch needs more steps", broken, (False, False, False)),
        ("where a size of 64 is the fastest", fast_large, (True, False, True)),
        ("where a size of 9 is the most accurate", small, (True, False, False)),
        ("where 192 is the fastest and one of two small sizes the most accurate", one_small, (True, False, True)),
        ("where one large size is the most accurate, and one needs more steps", one_large, (False, True, False)),
    ):
        shuffled = [rows[index] for index in rng.permutation(len(rows))]
        claims = expect.mapping(student.lecture_claims(shuffled), CLAIMS, "the result of lecture_claims")
        for claim, right in zip(CLAIMS, want, strict=True):
            expect.equal(claims[claim], right, f'"{claim}" for rows {name}')
