"""Hidden tests of `data`: statistics, normalisation, the split and the mini-batches."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import expect
from chainrule.inside.wire import Tensor
from chainrule.probe.outcome import StudentProblem, WrongAnswer
from chainrule.probe.student import Handle, Student

from . import torch_draws
from .torch_draws import single

pytestmark = pytest.mark.exercise("data")

TENSORS = "The mean or the standard deviation is a tensor, not a float: take .item()."

Array = NDArray[np.float64]
KEYS = ("train_images", "train_labels", "validation_images", "validation_labels", "mean", "std")
SLACK = 1e-3
"""With or without Bessel's correction: over thousands of pixels that is all the same."""

EXACT = 1e-5
"""For a mean, which needs no correction."""

CUTS = ((130, 64), (12, 4), (7, 3), (9, 4), (5, 1), (3, 8), (6, 6))
"""Numbers of samples and batch sizes: with and without a last partial batch, and with less than one batch."""


def pictures(rng: np.random.Generator, n: int) -> NDArray[np.uint8]:
    """n images (n, 28, 28) of very different brightness, all of them brighter to the right."""
    dark = rng.permutation(np.linspace(0, 160, n)).reshape(n, 1, 1)
    noise: NDArray[np.uint8] = (dark + np.linspace(0, 40, 28) + rng.uniform(0, 55, (n, 28, 28))).astype(np.uint8)
    return noise


def scaled(images: NDArray[np.uint8]) -> Array:
    """Pixels from 0 to 1, as (N, 1, 28, 28)."""
    return images[:, None] / 255.0


def index_tensors(got: object, sizes: tuple[int, int]) -> tuple[list[int], list[int]]:
    """The two parts of a split: int64 tensors of these lengths."""
    parts = []
    for part, size, name in zip(expect.sequence(got, 2, "the split"), sizes, ("training", "validation"), strict=True):
        if size:
            expect.dtype(part, "int64", f"the tensor of {name} indices")
        expect.shape(part, (size,), f"the tensor of {name} indices")
        parts.append(expect.indices(part, f"the tensor of {name} indices").tolist())
    return parts[0], parts[1]


def prepared(got: object, n: int, n_validation: int) -> tuple[list[int], list[int], dict[str, object]]:
    """What prepare returned, with the training and the validation labels as lists, checked for their shapes."""
    data = expect.mapping(got, KEYS, "the result of prepare")
    ids = []
    for part, size in (("train", n - n_validation), ("validation", n_validation)):
        labels = data[f"{part}_labels"]
        expect.shape(data[f"{part}_images"], (size, 1, 28, 28), f'"{part}_images"')
        expect.shape(labels, (size,), f'"{part}_labels"')
        expect.dtype(labels, "int64", f'"{part}_labels"')
        ids.append(expect.indices(labels, f'"{part}_labels"').tolist())
    return ids[0], ids[1], data


def samples(n: int) -> tuple[Tensor, Tensor]:
    """n small images whose pixels are their number, and labels which are that too."""
    numbers = np.arange(n)
    return single(np.broadcast_to(numbers[:, None, None, None], (n, 1, 2, 2))), Tensor(numbers)


def numbers_in(student: Student, n: int, *arguments: object, **options: object) -> list[list[int]]:
    """The numbers of the samples in each of the student's mini-batches, images and labels together."""
    iterable = student.minibatches.keep(*samples(n), *arguments, **options)
    found = []
    for batch in expect.sequence(student.instruments.batches(iterable), None, "the mini-batches"):
        images, labels = expect.sequence(batch, 2, "a mini-batch")
        order = expect.indices(labels, "the labels of a mini-batch")
        pixels = expect.array(images, "the images of a mini-batch", (len(order), 1, 2, 2))
        expect.that(
            np.array_equal(pixels[:, 0, 0, 0], order), "In a mini-batch the labels do not belong to the images."
        )
        found.append(order.tolist())
    return found


@pytest.mark.points(0.5)
def test_statistics(student: Student, rng: np.random.Generator) -> None:
    """Mean and standard deviation of all pixels, scaled to 0 … 1"""
    for n in (17, 4):
        images = pictures(rng, n)
        held = student.put(Tensor(images))
        result = student.statistics.keep(held)
        mean, std = expect.sequence(result.value(), 2, "the result of statistics")
        torch_draws.check_plain(student, result, list, TENSORS)
        expect.near(mean, scaled(images).mean(), "the mean", EXACT)
        expect.near(std, scaled(images).std(), "the standard deviation", SLACK)
        expect.unchanged(held.value(), images, "the tensor of images")


@pytest.mark.points(0.5)
def test_normalise(student: Student, rng: np.random.Generator) -> None:
    """Normalised images are float32 of shape (N, 1, 28, 28), and the pixels they come from keep their values"""
    for n in (5, 1):
        images, mean, std = pictures(rng, n), float(rng.uniform(0.1, 0.6)), float(rng.uniform(0.2, 0.5))
        held = student.put(Tensor(images))
        got = student.normalise(held, mean, std)
        expect.near(got, (scaled(images) - mean) / std, "the result of normalise")
        expect.dtype(got, "float32", "the result of normalise")
        expect.unchanged(held.value(), images, "the tensor of images")


@pytest.mark.points(0.5)
def test_split(student: Student, rng: np.random.Generator) -> None:
    """The split: two int64 index tensors without overlap that hold every index once"""
    for n, n_validation in ((50, 12), (11, 10), (9, 0), (4, 4), (int(rng.integers(60, 90)), int(rng.integers(5, 30)))):
        train, validation = index_tensors(student.split(n, n_validation), (n - n_validation, n_validation))
        shared = len(set(train) & set(validation))
        expect.that(not shared, f"{shared} samples are in both parts.")
        expect.that(sorted(train + validation) == list(range(n)), "The two parts do not hold each index once.")


@pytest.mark.points(0.5)
def test_split_seed(student: Student, rng: np.random.Generator) -> None:
    """The split is random: the same for the same seed, another one for another seed"""
    seed = int(rng.integers(1, 1_000_000))
    splits = []
    for number, one in enumerate((seed, seed, seed + 1)):
        student.instruments.seed_everything(number)  # what was drawn elsewhere must not matter
        splits.append(index_tensors(student.split(60, 20, one), (40, 20)))
    expect.that(splits[0] == splits[1], "Two splits with the same seed differ.")
    expect.that(splits[0] != splits[2], "Splits with different seeds are equal.")
    expect.that(
        len(set(np.diff(sorted(splits[0][1])).tolist())) > 2,
        "The validation part holds consecutive samples, or every so many: draw each at random, files may be sorted.",
    )


@pytest.mark.points(0.5)
def test_prepare_parts(student: Student, rng: np.random.Generator) -> None:
    """prepare keeps images and labels together, splits them by the seed and names the parts"""
    images = pictures(rng, 23)
    arguments = (Tensor(images), Tensor(np.arange(23)), 7)
    seed = int(rng.integers(1, 1000))
    parts = []
    for one in (seed, seed, seed + 1):
        train, validation, data = prepared(student.prepare(*arguments, one), 23, 7)
        expect.that(
            sorted(train + validation) == list(range(23)),
            "The training and the validation part do not hold each sample once.",
        )
        parts.append((sorted(train), sorted(validation)))
        for name, ids in (("train_images", train), ("validation_images", validation)):
            expect.dtype(data[name], "float32", f'"{name}"')
            got, own = expect.array(data[name], name).reshape(len(ids), -1), images[ids].reshape(len(ids), -1)
            alike = [float(np.corrcoef(one, two)[0, 1]) for one, two in zip(got, own, strict=True)]
            expect.that(np.min(alike) > 0.9, f'In "{name}" an image is hardly the one that its label belongs to.')
    expect.that(parts[0] == parts[1], "prepare gives two different splits for the same seed.")
    expect.that(parts[0] != parts[2], "prepare gives the same split for different seeds.")
    of_split = own_split(student, 23, 7, seed)
    expect.that(
        of_split is None or of_split == parts[0], "The parts that prepare makes are not those of `split` with its seed."
    )


def own_split(student: Student, n: int, n_validation: int, seed: int) -> tuple[list[int], list[int]] | None:
    """What the student's split gives, each part sorted; None if it is mistaken, which costs nothing here."""
    try:
        sizes = n - n_validation, n_validation
        found = [index_tensors(student.split(n, n_validation, seed), sizes) for _ in range(2)]
    except (WrongAnswer, StudentProblem):
        return None
    train, validation = found[0]
    right = found[0] == found[1] and sorted(train + validation) == list(range(n))
    return (sorted(train), sorted(validation)) if right else None


@pytest.mark.points(0.5)
def test_prepare_statistics(student: Student, rng: np.random.Generator) -> None:
    """prepare normalises both parts with the mean and standard deviation of the training part alone"""
    for seed in rng.integers(1, 1000, 2):
        images = pictures(rng, 23)
        got = student.prepare(Tensor(images), Tensor(np.arange(23, dtype=np.uint8)), 7, int(seed))
        train, validation, data = prepared(got, 23, 7)
        expect.that(set(train) | set(validation) <= set(range(23)), "There are labels that were not given.")
        mean, std = scaled(images[train]).mean(), scaled(images[train]).std()
        expect.near(data["mean"], mean, '"mean" (of the training part)', EXACT)
        expect.near(data["std"], std, '"std" (of the training part)', SLACK)
        for name, ids in (("train_images", train), ("validation_images", validation)):
            what = f'"{name}" (normalised with the statistics of the training part)'
            expect.near(data[name], (scaled(images[ids]) - mean) / std, what, SLACK)


@pytest.mark.points(0.5)
def test_minibatches_in_order(student: Student, rng: np.random.Generator) -> None:
    """Without a generator the batches follow the given order; the last partial one is left out only when asked"""
    for n, size in CUTS:
        full = [list(range(start, min(start + size, n))) for start in range(0, n, size)]
        expect.that(
            numbers_in(student, n, size) == full,
            f"{n} samples in batches of {size}, without a generator, are not cut in their order with the rest at last.",
        )
        kept = [batch for batch in full if len(batch) == size]
        expect.that(
            numbers_in(student, n, size, drop_last=True) == kept,
            f"{n} samples in batches of {size}: drop_last=True should give full batches only, and all of them.",
        )
    images, labels = (student.put(part) for part in samples(9))
    generator = student.instruments.torch_generator.keep(1)
    student.instruments.batches(student.minibatches.keep(images, labels, 4, generator))
    expect.unchanged(images.value(), np.broadcast_to(np.arange(9)[:, None, None, None], (9, 1, 2, 2)), "images")
    expect.unchanged(labels.value(), np.arange(9), "labels")


@pytest.mark.points(1)
def test_minibatches_shuffled(student: Student, rng: np.random.Generator) -> None:
    """With a generator the samples come in a new random order at each call, drawn from it, each sample once"""
    n, size, seed = 60, 16, int(rng.integers(1_000_000))
    generator, twin, other = (student.instruments.torch_generator.keep(one) for one in (seed, seed, seed + 1))
    first = shuffled(student, n, size, generator)
    student.instruments.seed_everything(seed)
    expect.that(
        first == shuffled(student, n, size, twin),
        "Two generators in the same state give different batches: draw the order from the generator.",
    )
    expect.that(first != shuffled(student, n, size, other), "Different generators give the same batches.")
    expect.that(first != shuffled(student, n, size, generator), "A second call gives the same order again.")
    full = shuffled(student, 4 * size, size, generator)
    expect.that(
        any(len({number // size for number in batch}) > 1 for batch in full),
        "Only the batches are shuffled, not the samples between them.",
    )
    left_out = set(range(n)) - {
        number for batch in numbers_in(student, n, size, generator, drop_last=True) for number in batch
    }
    expect.that(
        len(left_out) == n % size and min(left_out) < n - n % size,
        "With a generator and drop_last=True, the samples left out are always the last that were given, or not as many "
        "as there are beyond the full batches: shuffle first, then leave out.",
    )


def shuffled(student: Student, n: int, size: int, generator: Handle) -> list[list[int]]:
    """Mini-batches with a generator, checked for sizes and completeness."""
    found = numbers_in(student, n, size, generator)
    full, rest = divmod(n, size)
    sizes = [len(batch) for batch in found]
    expect.that(
        sizes == [size] * full + [rest] * (rest > 0),
        f"{n} samples in batches of {size}, with a generator, give batches of the sizes {sizes[:10]}.",
    )
    order = [number for batch in found for number in batch]
    expect.that(sorted(order) == list(range(n)), "With a generator, the batches do not hold each sample once.")
    expect.that(order != list(range(n)), "With a generator, the samples are not shuffled.")
    return found


@pytest.mark.points(0.5)
def test_steps_per_epoch(student: Student, rng: np.random.Generator) -> None:
    """Steps per epoch, with and without the last partial batch"""
    size = int(rng.integers(3, 50))
    for n in (60_000, 7 * size, 7 * size + 1, 8 * size - 1, size - 1):
        for batch_size in (size, 128):
            what = f"steps_per_epoch({n}, {batch_size}"
            expect.equal(student.steps_per_epoch(n, batch_size), -(-n // batch_size), f"{what})")
            dropped = student.steps_per_epoch(n, batch_size, drop_last=True)
            expect.equal(dropped, n // batch_size, f"{what}, drop_last=True)")
