"""Hidden tests of `train_epoch`: one pass over the batches, on models that are not the student's own."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import either
from chainrule.probe.student import Handle, Student

from . import descent, torch_draws
from .descent import Sgd
from .torch_draws import Classifier, classifier

pytestmark = pytest.mark.exercise("train_epoch")

Array = NDArray[np.float64]
WIDTHS = [6, 8, 4]
SIZES = [7, 5, 2]
RATE = 0.3
APART = 0.02  # by how much the mean of batch means is off, relatively
RESULT = "the result of train_epoch"


def problem(rng: np.random.Generator) -> Classifier:
    """Three batches of different sizes, whose means differ, also when the network learns in between."""
    tries = draws.attempts()
    while True:
        next(tries)
        drawn = classifier(rng, WIDTHS, sum(SIZES), "tanh", SIZES)
        twin = drawn.reference()
        sgd = Sgd(twin, RATE)
        found = np.array([descent.train(twin, [batch], sgd) for batch in drawn.batches(SIZES)])
        mean, mean_of_means = np.average(found, axis=0, weights=SIZES), found.mean(axis=0)
        if (np.abs(mean_of_means - mean) > APART * mean).all() and 0 < mean[1] < 1:
            return drawn


@dataclass(frozen=True)
class Epoch:
    """What an epoch leads to: loss, accuracy and the parameters afterwards."""

    loss: float
    accuracy: float
    parameters: list[Array]


def right(drawn: Classifier, momentum: float = 0.0) -> Epoch:
    """The epoch of the reference."""
    twin = drawn.reference()
    loss, accuracy = descent.train(twin, drawn.batches(SIZES), Sgd(twin, RATE, momentum))
    return Epoch(loss, accuracy, torch_draws.values(twin))


def own_steps(student: Student, drawn: Classifier, momentum: float = 0.0, model: Handle | None = None) -> list[Handle]:
    """What the student's train_step returns for one batch after the other."""
    model = model or drawn.remote(student)
    optimizer = student.instruments.sgd.keep(model, RATE, momentum)
    return [student.train_step.keep(model, images, labels, optimizer) for images, labels in drawn.arguments(SIZES)]


def by_own_steps(student: Student, drawn: Classifier, momentum: float = 0.0) -> Epoch:
    """The epoch that these steps make."""
    model = drawn.remote(student)
    losses, counts = [], []
    for held in own_steps(student, drawn, momentum, model):
        loss, correct = expect.sequence(held.value(), 2, "the result of train_step")
        losses.append(expect.number(loss, "the loss of train_step"))
        counts.append(expect.number(correct, "the count of train_step"))
    got = expect.sequence(student.instruments.parameters(model), len(drawn.parameters), "parameters()")
    arrays = [
        expect.array(one, draws.parameter_name(index), start.shape)
        for index, (one, start) in enumerate(zip(got, drawn.parameters, strict=True))
    ]
    return Epoch(float(np.average(losses, weights=SIZES)), sum(counts) / sum(SIZES), arrays)


def check(student: Student, drawn: Classifier, compare: Callable[[Epoch], None], momentum: float = 0.0) -> None:
    """Compare with the right epoch or, so that train_step's mistakes cost nothing here, with that of its steps."""
    __tracebackhide__ = True
    either(compare, lambda: right(drawn, momentum), lambda: by_own_steps(student, drawn, momentum))


def run(student: Student, drawn: Classifier, model: Handle, momentum: float = 0.0) -> Handle:
    """What train_epoch returns for the batches as a list."""
    optimizer = student.instruments.sgd.keep(model, RATE, momentum)
    return student.train_epoch.keep(model, drawn.arguments(SIZES), optimizer)


@pytest.mark.points(0.5)
def test_loss(student: Student, rng: np.random.Generator) -> None:
    """The loss is the mean over all samples, also when the batches are not equally large"""
    drawn = problem(rng)
    loss, _ = expect.sequence(run(student, drawn, drawn.remote(student)).value(), 2, RESULT)
    what = "the loss of an epoch with batches of 7, 5 and 2 samples"
    check(student, drawn, lambda epoch: expect.near(loss, epoch.loss, what, batch=sum(SIZES)))


@pytest.mark.points(0.5)
def test_accuracy(student: Student, rng: np.random.Generator) -> None:
    """The accuracy is the share of correct samples, from 0 to 1"""
    drawn = problem(rng)
    _, accuracy = expect.sequence(run(student, drawn, drawn.remote(student)).value(), 2, RESULT)
    what = "the accuracy of an epoch with batches of 7, 5 and 2 samples"
    expect.that(expect.number(accuracy, what) <= 1, f"{what} is larger than 1: give a share, not a count or percents.")
    check(student, drawn, lambda epoch: expect.near(accuracy, epoch.accuracy, what, batch=sum(SIZES)))


@pytest.mark.points(1)
def test_steps(student: Student, rng: np.random.Generator) -> None:
    """One step per batch, in the order of the batches and with one optimizer"""
    for momentum in (0.0, 0.9):
        drawn = problem(rng)
        model = drawn.remote(student)
        run(student, drawn, model, momentum)
        after = student.instruments.parameters(model)
        when = "after an epoch of three batches" + (" with momentum" if momentum else "")
        check_parameters(student, drawn, after, when, momentum)


def check_parameters(student: Student, drawn: Classifier, after: object, when: str, momentum: float = 0.0) -> None:
    """The parameters after an epoch."""

    def compare(epoch: Epoch) -> None:
        __tracebackhide__ = True
        torch_draws.check_change(after, drawn.parameters, epoch.parameters, when)

    check(student, drawn, compare, momentum)


@pytest.mark.points(0.5)
def test_train_mode(student: Student, rng: np.random.Generator) -> None:
    """The model learns in train mode, whatever mode it came in; loss and accuracy are plain numbers"""
    drawn = problem(rng)
    for training in (False, True):
        model = student.instruments.recorder.keep(drawn.remote(student))
        model.train.keep(training)
        held = run(student, drawn, model)
        expect.that(
            all(call.training for call in torch_draws.calls(model.calls())),
            f"A model that came in {'train' if training else 'eval'} mode was not trained in train mode.",
        )
        torch_draws.check_plain(student, held, lambda: own_steps(student, drawn))


@pytest.mark.points(0.5)
def test_generator(student: Student, rng: np.random.Generator) -> None:
    """The batches may come from a generator, which has no length and can be gone through only once"""
    drawn = problem(rng)
    model = drawn.remote(student)
    batches = student.instruments.one_pass.keep(drawn.arguments(SIZES))
    result = student.train_epoch(model, batches, student.instruments.sgd.keep(model, RATE))
    after = student.instruments.parameters(model)
    loss, _ = expect.sequence(result, 2, RESULT)
    what = "the loss of an epoch whose batches come from a generator"
    check(student, drawn, lambda epoch: expect.near(loss, epoch.loss, what))
    check_parameters(student, drawn, after, "when the batches come from a generator")
