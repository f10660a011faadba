"""Small sets of images (N, 1, 28, 28) for the hidden tests that train: what `prepare` returns, for both sides.

Every training image can be told by its first pixel where a test looks at the order; every result leaves room for
rounding, which Adam would make large where gradients are nearly zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.inside.wire import Tensor
from chainrule.probe.student import Student

from . import reference, torch_draws
from .torch_draws import Arguments, Labels, single

Array = NDArray[np.float64]

CLASSES = 4
SIDE = 28
FEW = 8
"""Pixels that are not 0 in `few_pixels`: weights of the others have no gradient at all, so they do not move."""

VALIDATION = 1000.0
"""In `numbered`, the first pixel of validation images is at least this; that of training images counts from 0."""

WRONG_LABELS = 0.4
ACCURACY = 0.011
"""The part of validation labels in `blobs` that are drawn at random, and how far off an accuracy may be: rounding can
move an image over a border."""

OTHER_SETS = 2
"""Image sets on which an accuracy must not be by chance what it is on the one that was given."""


@dataclass(frozen=True)
class ImageSet:
    """Training and validation images with labels 0 … 3; what they hold is exact in float32."""

    images: Array
    labels: Labels
    validation_images: Array
    validation_labels: Labels

    def data(self) -> dict[str, object]:
        """The dictionary of `prepare` for the student's function."""
        (images, labels), (validation_images, validation_labels) = self.arguments()
        return {
            "train_images": images,
            "train_labels": labels,
            "validation_images": validation_images,
            "validation_labels": validation_labels,
            "mean": 0.1307,
            "std": 0.3081,
        }

    def arguments(self) -> Arguments:
        """The training and the validation part, each as one batch for the student's functions."""
        training = single(self.images), Tensor(self.labels)
        return [training, (single(self.validation_images), Tensor(self.validation_labels))]

    def batches(self, size: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The training part for the reference, in its order and in batches of this size."""
        images, labels = self.training()
        cuts = [slice(start, start + size) for start in range(0, len(labels), size)]
        return [(images[cut], labels[cut]) for cut in cuts]

    def training(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The training part as one batch for the reference."""
        return torch.from_numpy(self.images), torch.from_numpy(self.labels)

    def validation(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The validation part as one batch for the reference."""
        return torch.from_numpy(self.validation_images), torch.from_numpy(self.validation_labels)


def few_pixels(rng: np.random.Generator, n: int, n_validation: int) -> ImageSet:
    """Random images of which all but a few pixels are 0."""
    images = np.zeros((n + n_validation, SIDE * SIDE))
    images[:, rng.permutation(SIDE * SIDE)[:FEW]] = _on_grid(draws.away_from(rng, (n + n_validation, FEW), 0.3, 2.0))
    return _cut(images, np.concatenate([np.arange(n) % CLASSES, rng.integers(0, CLASSES, n_validation)]), n)


def all_alike(rng: np.random.Generator, n: int, n_validation: int) -> ImageSet:
    """The same with n times one training image, so that each batch of them has the same mean."""
    given = few_pixels(rng, n, n_validation)
    given.images[:], given.labels[:] = given.images[0], given.labels[0]
    return given


def numbered(rng: np.random.Generator, n: int, n_validation: int) -> ImageSet:
    """The same with the training images sorted by class, and a number in the first pixel of every image."""
    given = few_pixels(rng, n, n_validation)
    given.images[:, 0, 0, 0] = np.arange(n)
    given.validation_images[:, 0, 0, 0] = VALIDATION + np.arange(n_validation)
    return ImageSet(given.images, np.sort(given.labels), given.validation_images, given.validation_labels)


def blobs(rng: np.random.Generator, n: int, n_validation: int) -> ImageSet:
    """Four noisy patterns that a network learns within some steps; not all validation labels are right."""
    labels = np.concatenate([np.arange(n) % CLASSES, rng.integers(0, CLASSES, n_validation)])
    patterns = rng.normal(0, 0.2, (CLASSES, SIDE * SIDE))
    images = _on_grid(patterns[labels] + rng.normal(0, 1, (n + n_validation, SIDE * SIDE)))
    images[:n, 0] = rng.permutation(n) / 64
    shown = labels.copy()
    wrong = rng.random(n + n_validation) < WRONG_LABELS
    wrong[:n] = False
    shown[wrong] = rng.integers(0, CLASSES, int(wrong.sum()))
    return _cut(images, shown, n)


def fading(given: ImageSet, after_each_epoch: list[Array]) -> ImageSet:
    """The same with other validation labels: the network knows fewer after the last epoch than after the first.

    `after_each_epoch` are its logits of the validation images.
    """
    first, last = after_each_epoch[0], after_each_epoch[-1]
    sinking = np.argmin(_log_softmax(last) - _log_softmax(first), axis=1)
    turned = first.argmax(axis=1) != last.argmax(axis=1)
    return replace(given, validation_labels=np.where(turned, first.argmax(axis=1), sinking))


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), dtype=np.float64)


def _on_grid(values: Array) -> Array:
    return np.round(values * 64) / 64


def _cut(images: Array, labels: Labels, n: int) -> ImageSet:
    images = images.reshape(-1, 1, SIDE, SIDE)
    return ImageSet(images[:n], labels[:n], images[n:], labels[n:])


def start_of(student: Student, widths: list[int], seed: int) -> reference.MLP:
    """The reference network with the weights that the student's MLP has when it is built right after the seed."""
    __tracebackhide__ = True
    student.instruments.seed_everything(seed)
    model = student.MLP.keep(widths)
    twin = reference.MLP(widths).double()
    wanted = [tuple(parameter.shape) for parameter in twin.parameters()]
    torch_draws.check_shapes(student, model, wanted, f"MLP({widths})")
    got = expect.sequence(student.instruments.parameters(model), len(wanted), f"parameters() of MLP({widths})")
    arrays = [expect.array(got[index], draws.parameter_name(index), shape) for index, shape in enumerate(wanted)]
    reference.load_weights(twin, arrays)
    return twin


def own_accuracy(by_own_functions: Callable[[ImageSet], float], given: ImageSet, rng: np.random.Generator) -> float:
    """The validation accuracy of the student's own functions, whose mistakes cost nothing where it is asked for.

    Raises:
        WrongAnswer: it is the same for other images: to agree with functions that compute nothing is no answer.
    """
    __tracebackhide__ = True
    found = by_own_functions(given)
    sizes = len(given.labels), len(given.validation_labels)
    others = [by_own_functions(blobs(one, *sizes)) for one in rng.spawn(OTHER_SETS)]
    expect.that(set(others) != {found}, "The accuracy is the same for all images.")
    return found


def check_accuracy(got: object, want: float, what: str) -> None:
    """A validation accuracy, but for images on a border between two classes."""
    __tracebackhide__ = True
    accuracy = expect.number(got, what)
    expect.that(abs(accuracy - want) <= ACCURACY, f"{what} is too {'high' if accuracy > want else 'low'}.")
