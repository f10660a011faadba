"""Hidden tests of `losses`: value and gradient of MSE, MAE, RMSE and the two cross-entropies."""

from typing import Any

import numpy as np
import pytest

from chainrule.checks import draws, expect
from chainrule.probe.student import Student

from . import reference
from .silence import silently

pytestmark = pytest.mark.exercise("losses")

SHAPES = ((5, 3), (1, 4), (7, 1), (6,), (3, 2, 4))
OTHER_SHAPES = (
    ((5, 1), (5,)),
    ((5,), (5, 1)),
    ((4, 2), (4, 1)),
    ((4, 1), (4, 2)),
    ((4, 2), (2,)),
    ((3,), (1,)),
    ((2, 3), (6,)),
)


def loss_and_gradient(student: Student, name: str, *arguments: Any) -> tuple[object, object]:
    """What the student's loss returns, as its two parts."""
    loss, gradient = expect.sequence(getattr(student, name)(*arguments), 2, f"the result of {name}")
    return loss, gradient


def check(student: Student, name: str, *arguments: Any, parts: str = "loss gradient") -> None:
    """The named parts against the reference."""
    loss, gradient = loss_and_gradient(student, name, *arguments)
    want_loss, want_gradient = getattr(reference, name)(*arguments)
    n = len(arguments[0])
    if "loss" in parts:
        expect.close(loss, want_loss, f"the loss of {name}", batch=n)
    if "gradient" in parts:
        expect.close(gradient, want_gradient, f"the gradient of {name}", batch=n)


def regression(rng: np.random.Generator) -> list[tuple[Any, Any]]:
    """Predictions and targets of several shapes, never equal in an entry; whole numbers in one of them or in both."""
    pairs: list[tuple[Any, Any]] = []
    for shape in SHAPES:
        target = rng.normal(size=shape)
        pairs.append((target + draws.away_from(rng, shape, 0.1, 1.5), target))
    whole = rng.integers(-3, 4, (5, 3))
    pairs.append((whole + rng.choice([-2, -1, 1, 2], (5, 3)), whole))
    fractions = whole + draws.away_from(rng, (5, 3), 0.1, 0.9)
    return [*pairs, (whole, fractions), (fractions, whole)]


@pytest.mark.points(0.5)
def test_mse(student: Student, rng: np.random.Generator) -> None:
    """MSE: the mean of the squared errors over all elements"""
    for prediction, target in regression(rng):
        check(student, "mse", prediction, target, parts="loss")


@pytest.mark.points(0.5)
def test_mse_gradient(student: Student, rng: np.random.Generator) -> None:
    """MSE: the gradient with respect to the prediction"""
    for prediction, target in regression(rng):
        check(student, "mse", prediction, target, parts="gradient")


@pytest.mark.points(0.5)
def test_mae(student: Student, rng: np.random.Generator) -> None:
    """MAE: value and gradient, with slope 0 where prediction and target agree"""
    for prediction, target in regression(rng):
        check(student, "mae", prediction, target)
    target = rng.normal(size=(4, 2))
    prediction = target + draws.away_from(rng, (4, 2)) * (np.arange(4) > 1)[:, None]
    check(student, "mae", prediction, target)


@pytest.mark.points(0.5)
def test_rmse(student: Student, rng: np.random.Generator) -> None:
    """RMSE: value and gradient, with gradient 0 for a perfect prediction"""
    for prediction, target in regression(rng):
        check(student, "rmse", prediction, target)
    check(student, "rmse", target, target)
    error = draws.away_from(rng, (4, 2), 0.5, 1.5)
    for size, target in ((1e-7, np.zeros((4, 2))), (1e-6, rng.normal(size=(4, 2))), (1.0, np.full((4, 2), 1e6))):
        check(student, "rmse", target + size * error, target)  # small beside 1 or beside the target, but not 0


@pytest.mark.points(0.5)
def test_binary_cross_entropy(student: Student, rng: np.random.Generator) -> None:
    """Binary cross-entropy from logits: value and gradient, targets 0, 1 and in between"""
    for shape in SHAPES:
        logits = draws.away_from(rng, shape, 0.1, 3.0)
        check(student, "binary_cross_entropy", logits, rng.integers(0, 2, shape).astype(float))
        check(student, "binary_cross_entropy", logits, rng.integers(0, 2, shape))
        check(student, "binary_cross_entropy", logits, rng.uniform(0.1, 0.9, shape))
    check(student, "binary_cross_entropy", np.array([[-2, 1, 3]]), np.array([[1, 0, 1]]))
    check(student, "binary_cross_entropy", np.array([[-2, 1, 3]]), rng.uniform(0.1, 0.9, (1, 3)))


@pytest.mark.points(0.5)
def test_softmax_cross_entropy(student: Student, rng: np.random.Generator) -> None:
    """Softmax cross-entropy: value and gradient, the mean over the batch"""
    for n, classes in ((5, 3), (1, 4), (3, 6), (4, 4)):
        labels = rng.integers(0, classes, n)
        check(student, "softmax_cross_entropy", rng.normal(0.0, 2.0, (n, classes)), labels)
    check(student, "softmax_cross_entropy", rng.integers(-3, 4, (5, 3)), rng.integers(0, 3, 5))
    # Nothing of the last class, or of the first; one class for all; as few classes as there can be.
    for given, classes in (([0, 1, 0, 1], 3), ([2, 1, 2, 1], 3), ([1, 1, 1], 4), ([1, 0, 1], 2), ([0, 0], 1)):
        check(student, "softmax_cross_entropy", rng.normal(0.0, 2.0, (len(given), classes)), np.array(given))


@pytest.mark.points(0.5)
@pytest.mark.builds_on("sigmoid")
def test_large_logits(student: Student, rng: np.random.Generator) -> None:
    """Both cross-entropies stay finite and right for logits as large as 1000, the binary one without a warning"""
    logits = rng.permutation([-1000.0, -800.0, 800.0, 1000.0])
    for target in (np.zeros(4), np.ones(4), np.full(4, 0.25)):
        check(student, "binary_cross_entropy", logits, target)
    check_softmax(student, rng)
    target = rng.integers(0, 2, 4).astype(float)
    got = expect.sequence(silently(student, "binary_cross_entropy", logits, target), 2, "the result")
    loss, gradient = reference.binary_cross_entropy(logits, target)
    expect.close(got[0], loss, "the loss of binary_cross_entropy for logits of ±1000")
    expect.close(got[1], gradient, "the gradient of binary_cross_entropy for logits of ±1000")


def check_softmax(student: Student, rng: np.random.Generator) -> None:
    """The softmax's cross-entropy for logits that are large in all rows, in some, or in some columns."""
    logits, labels = rng.normal(0.0, 2.0, (5, 3)), rng.integers(0, 3, 5)
    shift = rng.permutation([-1000.0, -1000.0, 0.0, 1000.0, 1000.0])[:, None]  # one maximum for all rows is not enough
    for shifted in (logits + 1000.0, logits - 1000.0, logits + shift):
        check(student, "softmax_cross_entropy", shifted, labels)
    logits = rng.permuted(np.tile([-1e3, 0.0, 1e3], (3, 1)), axis=1)
    check(student, "softmax_cross_entropy", logits, np.argsort(logits, axis=1)[[0, 1, 2], [0, 1, 2]])


@pytest.mark.points(0.5)
def test_arguments(student: Student, rng: np.random.Generator) -> None:
    """Targets of another shape are refused with a ValueError, and the arguments keep their values"""
    for name in ("mse", "mae", "rmse", "binary_cross_entropy"):
        for one, other in OTHER_SHAPES:
            expect.that(
                getattr(student, name).raises("ValueError", rng.uniform(0.1, 0.9, one), rng.uniform(0.1, 0.9, other)),
                f"{name} does not refuse a prediction of shape {one} with a target of shape {other} by a ValueError: "
                "where numpy can stretch one to the other it does so without a word, so compare the shapes.",
            )
        check_unchanged(student, name, rng.uniform(0.1, 0.9, 5), rng.uniform(0.1, 0.9, 5))
    logits, labels = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    for wrong in (labels[:, None], labels[None], labels[:4], np.append(labels, 0)):
        expect.that(
            student.softmax_cross_entropy.raises("ValueError", logits, wrong),
            f"softmax_cross_entropy does not refuse logits of shape (5, 3) with labels of shape {wrong.shape} by a "
            "ValueError: labels hold one class number per sample, so any other shape is refused.",
        )
    check_unchanged(student, "softmax_cross_entropy", logits, labels)


def check_unchanged(student: Student, name: str, first: Any, second: Any) -> None:
    """The call returns and leaves both arguments as they were."""
    held_first, held_second = student.put(first), student.put(second)
    loss_and_gradient(student, name, held_first, held_second)
    expect.unchanged(held_first.value(), first, f"the first argument of {name}")
    expect.unchanged(held_second.value(), second, f"the second argument of {name}")
