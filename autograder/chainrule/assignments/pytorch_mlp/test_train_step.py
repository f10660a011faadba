"""Hidden tests of `train_step`: one optimizer step on one batch, on models that are not the student's own."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one
from chainrule.probe.student import Handle, Student

from . import descent, torch_draws
from .descent import Sgd
from .torch_draws import Classifier, classifier

pytestmark = pytest.mark.exercise("train_step")

WIDTHS = [6, 8, 5]
RATE = 0.5
STEEP = 20.0
"""The norm of a gradient that nobody would clip to less."""

CUT = ((10, 7), (14, 9), (20, 13))
"""Samples, and how many of them are right: in float32, the share times the samples is a little less than that."""


def compare_steps(
    student: Student,
    drawn: Classifier,
    sizes: list[int],
    momentum: float = 0.0,
    leave_out: int = 0,
    left: float = 0.0,
    bare: bool = False,
) -> None:
    """Steps on batches of these sizes against the reference, with an optimizer of these settings.

    `left` is the gradient that an earlier batch left in every parameter; a `bare` model has no modules inside.
    """
    model, twin = drawn.bare(student) if bare else drawn.remote(student), drawn.reference()
    optimizer = student.instruments.sgd.keep(model, RATE, momentum, leave_out)
    own = Sgd(twin, RATE, momentum, leave_out)
    if left:
        student.instruments.set_gradients.keep(model, left)
    for images, labels in drawn.arguments(sizes):
        student.train_step.keep(model, images, labels, optimizer)
    descent.train(twin, drawn.batches(sizes), own)
    steps = f"after {len(sizes)} steps" if len(sizes) > 1 else "after one step"
    after = student.instruments.parameters(model)
    torch_draws.check_change(after, drawn.parameters, torch_draws.values(twin), steps)


def result(student: Student, drawn: Classifier) -> tuple[Handle, object, object]:
    """Loss and correct of one step on all samples, and the handle of the pair."""
    model = drawn.remote(student)
    ((images, labels),) = drawn.arguments([len(drawn.labels)])
    held = student.train_step.keep(model, images, labels, student.instruments.sgd.keep(model, RATE))
    loss, correct = expect.sequence(held.value(), 2, "the result of train_step")
    return held, loss, correct


def check_loss(student: Student, drawn: Classifier) -> None:
    """The loss of one step."""
    n = len(drawn.labels)
    with torch.no_grad():
        logits, labels = drawn.reference()(drawn.batch()[0]), drawn.batch()[1]
        want = float(torch.nn.functional.cross_entropy(logits, labels))
        twice = float(torch.nn.functional.cross_entropy(logits.softmax(1), labels))
    loss = expect.number(result(student, drawn)[1], "the loss")
    expect.that(
        abs(loss - twice) > 1e-4 * twice or abs(want - twice) < 1e-3,
        "The loss is that of a softmax of a softmax: cross-entropy takes the logits as they are.",
    )
    expect.near(loss, want, f"the loss of {n} sample{'s' if n > 1 else ''}", batch=n)


def check_correct(student: Student, drawn: Classifier) -> None:
    """The number of correct samples of one step."""
    images, labels = drawn.batch()
    with torch.no_grad():
        want = int((drawn.reference()(images).argmax(dim=1) == labels).sum())
    expect.equal(result(student, drawn)[2], want, f"the number of correct samples among {len(labels)}")


def counted(rng: np.random.Generator, n: int, right: int) -> Classifier:
    """n samples of which so many are classified correctly."""
    drawn = classifier(rng, WIDTHS, n)
    with torch.no_grad():
        best = drawn.reference()(drawn.batch()[0]).argmax(dim=1).numpy()
    wrong = rng.permutation(n) >= right
    return replace(drawn, labels=np.where(wrong, (best + rng.integers(1, WIDTHS[-1], n)) % WIDTHS[-1], best))


def turning(rng: np.random.Generator, widths: list[int], n: int) -> Classifier:
    """n samples of which another number is classified correctly after a step."""
    tries = draws.attempts()
    while True:
        next(tries)
        drawn = classifier(rng, widths, n)
        twin, batch = drawn.reference(), drawn.batch()
        sgd = Sgd(twin, RATE)
        if descent.train(twin, [batch], sgd)[1] != descent.train(twin, [batch], sgd)[1]:
            return drawn


def steep(rng: np.random.Generator) -> Classifier:
    """Large inputs of a single layer, whose gradient is large."""
    tries = draws.attempts()
    while True:
        next(tries)
        drawn = classifier(rng, [6, 5], 9)
        drawn = replace(drawn, x=64 * drawn.x)
        twin = drawn.reference()
        descent.train(twin, [drawn.batch()], Sgd(twin, 1.0))
        moves = [new - old for new, old in zip(torch_draws.values(twin), drawn.parameters, strict=True)]
        if np.sqrt(sum((move**2).sum() for move in moves)) > STEEP:
            return drawn


@pytest.mark.points(0.5)
def test_loss(student: Student, rng: np.random.Generator) -> None:
    """The loss is the mean cross-entropy of the logits before the step, also where they lie far apart"""
    for widths, n in ((WIDTHS, 9), ([3, 4], 1), ([4, 6, 3], 20)):
        check_loss(student, classifier(rng, widths, n))
    check_loss(student, torch_draws.confident(classifier(rng, WIDTHS, 12)))


@pytest.mark.points(0.5)
def test_correct(student: Student, rng: np.random.Generator) -> None:
    """The number of correctly classified samples is counted before the step"""
    for widths, n in ((WIDTHS, 9), ([5, 7, 7], 7), ([4, 6, 3], 1), ([4, 6, 3], 20)):
        check_correct(student, turning(rng, widths, n))
    for n, right in (*CUT, (6, 0), (6, 6)):
        check_correct(student, counted(rng, n, right))


@pytest.mark.points(0.5)
def test_one_step(student: Student, rng: np.random.Generator) -> None:
    """One step moves every weight and bias against its gradient, by the optimizer's learning rate"""
    compare_steps(student, classifier(rng, WIDTHS, 9), [9])
    compare_steps(student, steep(rng), [9])


@pytest.mark.points(1)
def test_gradients_start_from_zero(student: Student, rng: np.random.Generator) -> None:
    """Old gradients play no part: neither those of the step before nor those of anything else"""
    compare_steps(student, classifier(rng, WIDTHS, 12, "tanh"), [5, 6, 1])
    for bare in (False, True):
        compare_steps(student, classifier(rng, WIDTHS, 9, "tanh"), [9], left=3.0, bare=bare)


@pytest.mark.points(0.5)
def test_optimizer(student: Student, rng: np.random.Generator) -> None:
    """The step is made by the given optimizer: with its momentum, and on its parameters only"""
    compare_steps(student, classifier(rng, WIDTHS, 14, "tanh"), [5, 5, 4], momentum=0.9)
    compare_steps(student, classifier(rng, WIDTHS, 9, "tanh"), [5, 4], leave_out=2)


@pytest.mark.points(0.5)
def test_plain_numbers(student: Student, rng: np.random.Generator) -> None:
    """Loss and count are plain numbers without a graph behind them, and the model's mode stays as it was"""
    other = classifier(rng.spawn(1)[0], WIDTHS, 20)
    step = partial(compare_steps, student, other, [20])
    at_least_one(partial(check_loss, student, other), partial(check_correct, student, other), step)
    drawn = classifier(rng, WIDTHS, 9)
    torch_draws.check_plain(student, result(student, drawn)[0], list)
    for training in (True, False):
        model = student.instruments.recorder.keep(drawn.remote(student))
        model.train.keep(training)
        ((images, labels),) = drawn.arguments([9])
        student.train_step.keep(model, images, labels, student.instruments.sgd.keep(model, RATE))
        expect.that(
            student.instruments.is_training(model) is training,
            f"train_step leaves a model in {'eval' if training else 'train'} mode that came in the other one.",
        )


@pytest.mark.points(0.5)
def test_device(student: Student, rng: np.random.Generator) -> None:
    """Images and labels are moved to the device of the model"""
    drawn = classifier(rng, WIDTHS, 9)
    ((images, labels),) = drawn.arguments([9])
    torch_draws.check_device(
        student,
        drawn,
        lambda model: student.train_step.keep(model, images, labels, student.instruments.sgd.keep(model, RATE)),
    )
