"""Hidden tests of `train_epoch`: one pass over the batches, on models that are not the student's own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one, either
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
SMALL = 1e-3, 2e-2
"""Between these is a small loss, of which little is left when it is rounded to some decimals."""

SHARE = 1e-6
"""Relative error of a share."""
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


def easy(rng: np.random.Generator) -> Classifier:
    """A network that has learned already: all samples are classified correctly, and the loss is small."""
    tries = draws.attempts()
    while True:
        next(tries)
        drawn = torch_draws.confident(classifier(rng, WIDTHS, sum(SIZES), "tanh"), 8.0)
        with torch.no_grad():
            best = drawn.reference()(drawn.batch()[0]).argmax(dim=1).numpy()
        drawn = replace(drawn, labels=best)
        if SMALL[0] < right(drawn).loss < SMALL[1]:
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


@dataclass(frozen=True)
class Run:
    """A student's train_epoch on some batches: its result, and the parameters afterwards."""

    student: Student
    drawn: Classifier
    result: Handle
    parameters: object
    momentum: float = 0.0

    def check(self, compare: Callable[[Epoch], None], rng: np.random.Generator) -> None:
        """Compare with the right epoch or, so that train_step's mistakes cost nothing here, with that of its steps."""
        __tracebackhide__ = True
        either(compare, lambda: right(self.drawn, self.momentum), lambda: self.of_own_steps(rng))

    def of_own_steps(self, rng: np.random.Generator) -> Epoch:
        """The epoch of the student's own steps.

        Raises:
            WrongAnswer: train_epoch agrees with them in nothing that hangs on the batches: to agree with a train_step
                that gives the same for all is no answer.
        """
        other = problem(rng.spawn(1)[0])
        here, elsewhere = (by_own_steps(self.student, drawn, self.momentum) for drawn in (self.drawn, other))
        same_moves = np.allclose(moves(here, self.drawn), moves(elsewhere, other))
        questions: list[Callable[[], None]] = []
        if here.loss != elsewhere.loss:
            questions.append(lambda: self.check_loss(here))
        if here.accuracy != elsewhere.accuracy:
            questions.append(lambda: self.check_accuracy(here))
        if not same_moves:
            questions.append(lambda: self.check_parameters(here))
        expect.that(questions, "train_step gives the same for all batches.")
        at_least_one(*questions)
        return here

    def check_loss(self, epoch: Epoch, what: str = "the loss") -> None:
        """The loss returned."""
        __tracebackhide__ = True
        loss, _ = expect.sequence(self.result.value(), 2, RESULT)
        expect.near(loss, epoch.loss, what, batch=sum(SIZES))

    def check_accuracy(self, epoch: Epoch, what: str = "the accuracy") -> None:
        """The accuracy returned."""
        __tracebackhide__ = True
        _, accuracy = expect.sequence(self.result.value(), 2, RESULT)
        expect.near(accuracy, epoch.accuracy, what, SHARE, batch=sum(SIZES))

    def check_parameters(self, epoch: Epoch, when: str = "after the epoch") -> None:
        """The parameters afterwards."""
        __tracebackhide__ = True
        torch_draws.check_change(self.parameters, self.drawn.parameters, epoch.parameters, when)


def moves(epoch: Epoch, start: Classifier) -> Array:
    """How far each parameter has moved in an epoch."""
    return np.concatenate([(new - old).ravel() for new, old in zip(epoch.parameters, start.parameters, strict=True)])


def run(student: Student, drawn: Classifier, momentum: float = 0.0, as_generator: bool = False) -> Run:
    """train_epoch on the batches, as a list or as a generator."""
    model, batches = drawn.remote(student), drawn.arguments(SIZES)
    given = student.instruments.one_pass.keep(batches) if as_generator else batches
    result = student.train_epoch.keep(model, given, student.instruments.sgd.keep(model, RATE, momentum))
    return Run(student, drawn, result, student.instruments.parameters(model), momentum)


@pytest.mark.points(0.5)
def test_loss(student: Student, rng: np.random.Generator) -> None:
    """The loss is the mean over all samples, also when the batches are not equally large"""
    for drawn, which in ((problem(rng), ""), (easy(rng), "another ")):
        found = run(student, drawn)
        what = f"the loss of {which or 'an '}epoch with batches of 7, 5 and 2 samples"
        found.check(partial(found.check_loss, what=what), rng)


@pytest.mark.points(0.5)
def test_accuracy(student: Student, rng: np.random.Generator) -> None:
    """The accuracy is the share of correct samples, from 0 to 1"""
    what = "the accuracy of an epoch with batches of 7, 5 and 2 samples"
    for drawn in of_two_accuracies(rng):
        found = run(student, drawn)
        _, accuracy = expect.sequence(found.result.value(), 2, RESULT)
        share = expect.number(accuracy, what) <= 1
        expect.that(share, f"{what} is larger than 1: give a share, not a count or percents.")
        found.check(partial(found.check_accuracy, what=what), rng)


def of_two_accuracies(rng: np.random.Generator) -> tuple[Classifier, Classifier]:
    """Two problems, so that one number is not right for both."""
    one = problem(rng)
    tries = draws.attempts()
    while True:
        next(tries)
        other = problem(rng)
        if right(one).accuracy != right(other).accuracy:
            return one, other


@pytest.mark.points(1)
def test_steps(student: Student, rng: np.random.Generator) -> None:
    """One step per batch, in the order of the batches and with one optimizer"""
    for momentum in (0.0, 0.9):
        found = run(student, problem(rng), momentum)
        when = "after an epoch of three batches" + (" with momentum" if momentum else "")
        found.check(partial(found.check_parameters, when=when), rng)


@pytest.mark.points(0.5)
def test_train_mode(student: Student, rng: np.random.Generator) -> None:
    """The model learns in train mode, whatever mode it came in, and stays in it; loss and accuracy are plain numbers"""
    drawn = problem(rng)
    for training in (False, True):
        model = student.instruments.recorder.keep(drawn.remote(student))
        model.train.keep(training)
        optimizer = student.instruments.sgd.keep(model, RATE)
        held = student.train_epoch.keep(model, drawn.arguments(SIZES), optimizer)
        came = f"A model that came in {'train' if training else 'eval'} mode"
        # Who measures once more in eval mode is mistaken, but has trained in train mode.
        learning = [call.training for call in torch_draws.calls(model.calls()) if call.graph]
        expect.that(learning, f"{came} did not learn: no forward pass has a graph.")
        expect.that(all(learning), f"{came} was not in train mode in each step.")
        expect.that(student.instruments.is_training(model) is True, f"{came} is not in train mode after the epoch.")
        torch_draws.check_plain(student, held, lambda: own_steps(student, drawn))


@pytest.mark.points(0.5)
def test_generator(student: Student, rng: np.random.Generator) -> None:
    """The batches may come from a generator, which has no length and can be gone through only once"""
    found = run(student, problem(rng), as_generator=True)
    for value in expect.sequence(found.result.value(), 2, RESULT):
        expect.number(value, "the loss or the accuracy of an epoch whose batches come from a generator")
    found.check(partial(found.check_parameters, when="when the batches come from a generator"), rng)
