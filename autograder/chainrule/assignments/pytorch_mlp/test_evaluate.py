"""Hidden tests of `evaluate`: loss and accuracy without learning, on models that are not the student's own."""

import numpy as np
import pytest

from chainrule.checks import draws, expect
from chainrule.probe.student import Handle, Student

from . import reference, torch_draws
from .torch_draws import Call, Classifier, classifier

pytestmark = pytest.mark.exercise("evaluate")

WIDTHS = [6, 8, 4]
SIZES = [8, 4, 1]
RESULT = "the result of evaluate"
SHARE = 1e-6
"""Relative error of a share."""


def problem(rng: np.random.Generator, widths: list[int] | None = None) -> Classifier:
    """Three batches of different sizes, whose means differ; one has as many samples as there are classes."""
    return classifier(rng, widths or WIDTHS, sum(SIZES), "relu", SIZES)


def recorded(student: Student, drawn: Classifier, training: bool) -> tuple[Handle, list[Call]]:
    """A model that came in this mode, after evaluate, and its forward passes."""
    model = student.instruments.recorder.keep(drawn.remote(student))
    model.train.keep(training)
    student.evaluate.keep(model, drawn.arguments(SIZES))
    return model, torch_draws.calls(model.calls())


@pytest.mark.points(0.5)
def test_loss(student: Student, rng: np.random.Generator) -> None:
    """The loss is the mean cross-entropy over all samples, in batches of any size, also of logits far apart"""
    for drawn in (problem(rng), problem(rng, [3, 5]), torch_draws.confident(problem(rng))):
        want, _ = reference.evaluate(drawn.reference(), drawn.batches(SIZES))
        loss, _ = expect.sequence(student.evaluate(drawn.remote(student), drawn.arguments(SIZES)), 2, RESULT)
        expect.near(loss, want, "the loss over batches of 8, 4 and 1 samples", batch=sum(SIZES))


@pytest.mark.points(0.5)
def test_accuracy(student: Student, rng: np.random.Generator) -> None:
    """The accuracy is the share of correct samples over all batches, from 0 to 1, and plain as the loss"""
    seen: list[float] = []
    tries = draws.attempts()
    while len(seen) < 2:
        next(tries)
        drawn = problem(rng)
        _, want = reference.evaluate(drawn.reference(), drawn.batches(SIZES))
        if want not in seen:  # one number is not right twice
            check_accuracy(student, drawn, want)
            seen.append(want)


def check_accuracy(student: Student, drawn: Classifier, want: float) -> None:
    """The accuracy for batches that come from a generator."""
    batches = student.instruments.one_pass.keep(drawn.arguments(SIZES))
    held = student.evaluate.keep(drawn.remote(student), batches)
    _, accuracy = expect.sequence(held.value(), 2, RESULT)
    what = "the accuracy over batches of 8, 4 and 1 samples"
    expect.that(expect.number(accuracy, what) <= 1, f"{what} is larger than 1: give a share, not a count or percents.")
    expect.near(accuracy, want, what, SHARE, batch=sum(SIZES))
    torch_draws.check_plain(student, held, list)


@pytest.mark.points(0.5)
def test_eval_mode(student: Student, rng: np.random.Generator) -> None:
    """The model is evaluated in eval mode"""
    _, calls = recorded(student, problem(rng), training=True)
    expect.that(
        not any(call.training for call in calls),
        "The model is in train mode while it is evaluated: dropout would still drop units.",
    )


@pytest.mark.points(0.5)
def test_mode_restored(student: Student, rng: np.random.Generator) -> None:
    """Afterwards the model is in the mode that it had before, be it train or eval"""
    for training in (True, False):
        model, _ = recorded(student, problem(rng), training)
        expect.that(
            student.instruments.is_training(model) is training,
            f"A model that came in {'train' if training else 'eval'} mode is left in the other one.",
        )


@pytest.mark.points(0.5)
def test_no_learning(student: Student, rng: np.random.Generator) -> None:
    """No graph is built, and no parameter, gradient or what requires one changes"""
    drawn = problem(rng)
    model, calls = recorded(student, drawn, training=True)
    expect.that(
        not any(call.graph for call in calls),
        "The logits require gradients while the model is evaluated: use torch.no_grad(), a graph costs memory.",
    )
    after = expect.sequence(student.instruments.parameters(model), len(drawn.parameters), "parameters()")
    for got, parameter in zip(after, drawn.parameters, strict=True):
        expect.unchanged(got, parameter, "A parameter")
    expect.that(
        student.instruments.gradients_enabled() is True,
        "After evaluate, gradients are switched off for everything that follows: use `with torch.no_grad():`.",
    )
    gradients = expect.sequence(student.instruments.gradients(model), len(drawn.parameters), "the gradients")
    expect.that(all(gradient is None for gradient in gradients), "After evaluate the parameters have gradients.")
    expect.that(
        student.instruments.is_trainable(model) is True, "After evaluate a parameter no longer requires gradients."
    )
    student.instruments.freeze.keep(model, 1)
    student.evaluate.keep(model, drawn.arguments(SIZES))
    expect.that(
        student.instruments.trainable(model) == [False] + [True] * (len(drawn.parameters) - 1),
        "A parameter that was frozen before requires gradients after evaluate, or another no longer does.",
    )


@pytest.mark.points(0.5)
def test_device(student: Student, rng: np.random.Generator) -> None:
    """Images and labels are moved to the device of the model"""
    drawn = problem(rng)
    torch_draws.check_device(student, drawn, lambda model: student.evaluate.keep(model, drawn.arguments(SIZES)))
