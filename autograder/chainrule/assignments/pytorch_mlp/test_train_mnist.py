"""Hidden tests of `train_mnist`: the training loop, its records, and the network trained in the notebook."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from chainrule.checks import draws, expect
from chainrule.checks.either import at_least_one, either
from chainrule.inside.wire import Tensor
from chainrule.probe.outcome import Missing
from chainrule.probe.student import Handle, Student

from . import descent, event_files, image_sets, reference, torch_draws
from .descent import Adam
from .image_sets import VALIDATION, ImageSet
from .torch_draws import Classifier, classifier, single

pytestmark = pytest.mark.exercise("train_mnist")

Array = NDArray[np.float64]
HISTORY = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate")
TAGS = ("loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate")
WIDTHS = [784, 6, 4]
FAST = 0.1
RATE, FULL = 0.02, 12
"""A batch size that takes all images at once, so that shuffling cannot matter."""

STILL = 1e-5
"""How far a weight may go whose gradient is zero."""

OFF = 0.03
"""Relative error of the whole change of the weights: Adam makes whole steps of gradients that rounding has made."""

MNIST_WIDTHS = [784, 256, 128, 10]
MNIST_MEAN, MNIST_STD = 0.1307, 0.3081
HIDDEN_IMAGES = Path(__file__).with_name("hidden_images.npz")
LEARNED_SOMETHING, LEARNED, LEARNED_WELL = 0.3, 0.7, 0.9
"""Accuracies on hidden images. Guessing gives 0.1. Right answers reach 0.92 to 0.95; with weights that start as
N(0, 1), which is far too large for 784 inputs, 0.79; without zero_grad 0.6."""


@dataclass(frozen=True)
class Training:
    """What a training leads to: the parameters, and the four measurements of each epoch in the order of HISTORY."""

    parameters: list[Array]
    rows: list[list[float]]


@dataclass(frozen=True)
class Problem:
    """A small tanh network [784, 6, 4] and images for it."""

    parameters: list[Array]
    images: ImageSet

    def remote(self, student: Student) -> Handle:
        """The network in the student's process, as an nn.Sequential."""
        return student.instruments.network.keep([single(array) for array in self.parameters], "tanh")

    def data(self) -> dict[str, object]:
        """The images as `prepare` returns them."""
        return self.images.data()

    def trained(self, epochs: int, decay: float, size: int) -> Training:
        """The reference after epochs of batches of this size, in the order of the images."""
        model = torch_draws.network(WIDTHS, "tanh", self.parameters)
        adam = Adam(model, RATE)
        rows = []
        for epoch in range(epochs):
            adam.rate = RATE * decay**epoch
            trained = descent.train(model, self.images.batches(size), adam)
            rows.append([*trained, *reference.evaluate(model, [self.images.validation()])])
        return Training(torch_draws.values(model), rows)

    def trained_by_own_functions(
        self, student: Student, rng: np.random.Generator, epochs: int, decay: float, size: int
    ) -> Training:
        """The same with the student's train_epoch and evaluate, whose mistakes cost nothing here.

        Raises:
            WrongAnswer: the parameters move in the same way for other images: to agree with that is no answer.
        """
        found = self._trained_by_own_functions(student, epochs, decay, size)
        others = image_sets.few_pixels(rng.spawn(1)[0], FULL, 15)
        elsewhere = replace(self, images=others)._trained_by_own_functions(student, epochs, decay, size)
        same = all(np.allclose(one, other) for one, other in zip(found.parameters, elsewhere.parameters, strict=True))
        expect.that(not same, "train_epoch gives the same for all images.")
        return found

    def _trained_by_own_functions(self, student: Student, epochs: int, decay: float, size: int) -> Training:
        model = self.remote(student)
        adam = student.instruments.adam.keep(model)
        (_, validation), rows = self.images.arguments(), []
        batches = [(single(images.numpy()), Tensor(labels.numpy())) for images, labels in self.images.batches(size)]
        for epoch in range(epochs):
            student.instruments.set_rate(adam, RATE * decay**epoch)
            trained = pair(student.train_epoch(model, batches, adam))
            rows.append(trained + pair(student.evaluate(model, [validation])))
        return Training(arrays_of(student, model, self.parameters), rows)

    def own_results(self, student: Student) -> list[Handle]:
        """What the student's train_epoch and evaluate return."""
        model, (training, validation) = self.remote(student), self.images.arguments()
        adam = student.instruments.adam.keep(model)
        return [student.train_epoch.keep(model, [training], adam), student.evaluate.keep(model, [validation])]


def problem(rng: np.random.Generator, images: ImageSet | None = None) -> Problem:
    """Weights for these images, or for FULL with few pixels and 15 to validate on."""
    parameters = draws.parameters(rng, WIDTHS)
    parameters[0] = np.round(rng.normal(0, 0.5, parameters[0].shape) * 64) / 64
    return Problem(parameters, images or image_sets.few_pixels(rng, FULL, 15))


def fading(rng: np.random.Generator, epochs: int, rate: float) -> Problem:
    """One whose validation images are known less well after the last epoch than after the first."""
    tries = draws.attempts()
    while True:
        next(tries)
        given = problem(rng)
        model = torch_draws.network(WIDTHS, "tanh", given.parameters)
        adam, logits = Adam(model, rate), []
        for _ in range(epochs):
            descent.train(model, [given.images.training()], adam)
            with torch.no_grad():
                logits.append(model(given.images.validation()[0]).numpy())
        if (logits[0].argmax(axis=1) != logits[-1].argmax(axis=1)).any():
            return replace(given, images=image_sets.fading(given.images, logits))


def numbered(rng: np.random.Generator) -> Problem:
    """24 numbered images and 9 to validate on, and a network that does not see the numbers."""
    given = problem(rng, image_sets.numbered(rng, 24, 9))
    given.parameters[0][:, 0] = 0
    return given


def entries(history: object, key: str, epochs: int) -> list[float]:
    """One list of the history as numbers."""
    values = expect.sequence(expect.mapping(history, HISTORY, "the history")[key], epochs, f'history["{key}"]')
    return [expect.number(value, f'an entry of history["{key}"]') for value in values]


def pair(got: object) -> list[float]:
    """Loss and accuracy."""
    return [expect.number(value, "loss or accuracy") for value in expect.sequence(got, 2, "loss and accuracy")]


def arrays_of(student: Student, model: Handle, like: list[Array]) -> list[Array]:
    """The parameters of a model in the student's process, checked for their shapes."""
    got = expect.sequence(student.instruments.parameters(model), len(like), "parameters()")
    return [
        expect.array(one, draws.parameter_name(index), start.shape)
        for index, (one, start) in enumerate(zip(got, like, strict=True))
    ]


def check_training(
    student: Student, rng: np.random.Generator, given: Problem, epochs: int, decay: float, size: int = FULL
) -> None:
    """Parameters and history after epochs of one full batch each, or of images all alike: shuffling cannot matter."""
    model = given.remote(student)
    history = student.train_mnist(model, given.data(), epochs, size, RATE, decay)
    measured = [entries(history, key, epochs) for key in HISTORY[:4]]
    after = np.concatenate([array.ravel() for array in arrays_of(student, model, given.parameters)])
    start = np.concatenate([array.ravel() for array in given.parameters])
    batches = "one full batch" if size == FULL else f"{len(given.images.batches(size))} batches"
    steps = f"{epochs} epochs of {batches} each" if epochs > 1 else f"one epoch of {batches}"
    decayed = f" and a decay of {decay:g}" if decay != 1 else ""
    expect.that(np.isfinite(after).all(), "After the training a parameter is nan or infinite.")
    expect.that((after != start).any(), f"After {steps} the parameters are what they were.")

    def compare(want: Training) -> None:
        __tracebackhide__ = True
        right = np.concatenate([array.ravel() for array in want.parameters])
        still = right == start  # exactly, as where the gradient is zero
        way = np.linalg.norm((right - start)[~still])
        error = float(np.linalg.norm((after - right)[~still]) / way)
        expect.that(
            error < OFF,
            f"After {steps} the parameters are not where one Adam optimizer with this learning rate{decayed} takes "
            f"them: the error is {error:.1g} times the way they should have gone.",
        )
        expect.that(
            not still.any() or np.abs(after - right)[still].max() < STILL,
            f"After {steps}, the weights that plain Adam moves are where it takes them, but weights without a gradient "
            "have changed too, as they do with weight decay.",
        )
        for index, (key, got) in enumerate(zip(HISTORY[:4], measured, strict=True)):
            column = [row[index] for row in want.rows]
            expect.near(got, column, f'history["{key}"] over {steps}{decayed}', 2e-3)

    own = partial(given.trained_by_own_functions, student, rng, epochs, decay, size)
    either(compare, lambda: given.trained(epochs, decay, size), own)


def seen(student: Student, given: Problem, seed: int, epochs: int) -> tuple[list[list[float]], list[list[float]]]:
    """First pixels of the batches that were learned from, and of those that were only looked at."""
    model = student.instruments.recorder.keep(given.remote(student))
    student.train_mnist.keep(model, given.data(), epochs, 7, 0.001, 1.0, seed)
    record = model.calls()
    # Without eval mode or with gradients, evaluate is mistaken, but it does not learn.
    looked_at = [call.first for call in torch_draws.calls(record) if not (call.graph and call.training)]
    return torch_draws.learned(record), looked_at


@pytest.mark.points(0.5)
def test_steps(student: Student, rng: np.random.Generator) -> None:
    """Full batches: the weights and the history are those of one Adam optimizer for the whole training"""
    check_training(student, rng, problem(rng), 1, 1.0)
    check_training(student, rng, problem(rng), 4, 1.0)


def check_rates(student: Student, rng: np.random.Generator, given: Problem) -> None:
    """The learning rates in the history of a training with a decay."""
    rate, decay = float(rng.uniform(0.001, 0.01)), float(rng.uniform(0.4, 0.9))
    history = student.train_mnist(given.remote(student), given.data(), 3, 5, rate, decay)
    want = [rate * decay**epoch for epoch in range(3)]
    expect.near(entries(history, "learning_rate", 3), want, 'history["learning_rate"] with a decay')


@pytest.mark.points(0.5)
def test_decay(student: Student, rng: np.random.Generator) -> None:
    """The learning rate decays from epoch to epoch, not before the first, in the history and in the steps"""
    given = problem(rng)
    check_rates(student, rng, given)
    check_training(student, rng, given, 3, 0.3)
    check_training(student, rng, problem(rng, image_sets.all_alike(rng, FULL, 15)), 2, 0.2, 5)


@pytest.mark.points(0.5)
def test_history(student: Student, rng: np.random.Generator) -> None:
    """The history: five lists of plain numbers, the last ones those of the network as it is at the end, best or not"""
    nothing = problem(rng)
    model = nothing.remote(student)
    history = student.train_mnist(model, nothing.data(), 0, 5, RATE)
    history = {**{key: [] for key in HISTORY}, **expect.mapping(history, (), "the history of no epochs")}
    for key in HISTORY:
        entries(history, key, 0)
    for got, before in zip(arrays_of(student, model, nothing.parameters), nothing.parameters, strict=True):
        expect.unchanged(got, before, "A parameter, in a training of no epochs,")
    given = fading(rng, 3, FAST)
    model = given.remote(student)
    held = student.train_mnist.keep(model, given.data(), 3, FULL, FAST)
    history = held.value()
    for key in HISTORY:
        entries(history, key, 3)
    torch_draws.check_plain(student, held, lambda: given.own_results(student))
    arrays = arrays_of(student, model, given.parameters)

    def compare(want: list[float]) -> None:
        __tracebackhide__ = True
        for key, right in zip(HISTORY[2:4], want, strict=True):
            what = f'the last entry of history["{key}"], compared with the network as it is at the end,'
            expect.near(entries(history, key, 3)[-1], right, what, 2e-3)

    def right() -> list[float]:
        twin = torch_draws.network(WIDTHS, "tanh", arrays)
        return list(reference.evaluate(twin, [given.images.validation()]))

    def own() -> list[float]:
        elsewhere, found = (pair(student.evaluate(model, [images])) for images in given.images.arguments())
        expect.that(found != elsewhere, "evaluate gives the same for all images.")
        return found

    either(compare, right, own)


@pytest.mark.points(0.5)
def test_samples(student: Student, rng: np.random.Generator) -> None:
    """Each epoch learns from every training image once, in batches of the given size, and never from the others"""
    learned, looked_at = seen(student, numbered(rng), int(rng.integers(1000)), 2)
    flat = [number for batch in learned for number in batch]
    expect.that(all(number < VALIDATION for number in flat), "The network learns from validation images.")
    sizes = [len(batch) for batch in learned]
    expect.that(
        sizes == [7, 7, 7, 3] * 2,
        f"24 images in batches of 7, for two epochs: the batches that are learned from have sizes {sizes[:20]}.",
    )
    for epoch in (0, 1):
        expect.that(
            sorted(flat[24 * epoch : 24 * epoch + 24]) == list(range(24)),
            f"In epoch {epoch + 1} of two the network does not learn from each training image once.",
        )
    checked = [number for batch in looked_at for number in batch if number >= VALIDATION]
    expect.that(
        all(checked.count(VALIDATION + index) >= 2 for index in range(9)),
        "In two epochs, not every validation image is evaluated twice.",
    )


@pytest.mark.points(0.5)
def test_shuffling(student: Student, rng: np.random.Generator) -> None:
    """The training images are shuffled, anew in every epoch, by a generator with the given seed"""
    given, seed = numbered(rng), int(rng.integers(1, 1000))
    orders = []
    for number, one in enumerate((seed, seed, seed + 1)):
        student.instruments.seed_everything(number)
        learned, _ = seen(student, given, one, 2)
        orders.append([number for batch in learned for number in batch])
        expect.that(orders[-1], "The network learns from no image at all while it is in train mode.")
    expect.that(
        orders[0][:24] != sorted(orders[0][:24]),
        "The training images are not shuffled: with sorted classes, each batch would hold one class only.",
    )
    together = [number // 7 for number in orders[0][:7]]
    expect.that(len(set(together)) > 1, "Only the batches are shuffled, not the images between them.")
    expect.that(orders[0][:24] != orders[0][24:], "Every epoch goes through the images in the same order.")
    expect.that(orders[0] == orders[1], "Two trainings with the same seed take the images in different orders.")
    expect.that(orders[0] != orders[2], "Trainings with different seeds take the images in the same order.")
    expect.that(
        orders[0][24:] != orders[2][:24],
        "The second epoch with a seed takes the images in the order of the first with the next seed: make one "
        "generator for all epochs.",
    )


@pytest.mark.points(0.5)
def test_tensorboard(student: Student, rng: np.random.Generator) -> None:
    """TensorBoard finds each entry of the history under its tag, and without a log_dir nothing is written"""
    given, log_dir = problem(rng), f"runs/hidden-{rng.integers(1_000_000)}"
    before = expect.sequence(student.instruments.event_file_names(), None, "the list of event files")
    student.train_mnist.keep(given.remote(student), given.data(), 1, 5, RATE)
    after = expect.sequence(student.instruments.event_file_names(), None, "the list of event files")
    expect.that(len(after) == len(before), "Without a log_dir, train_mnist writes event files too.")
    history = student.train_mnist(given.remote(student), given.data(), 3, 5, RATE, 0.5, log_dir=log_dir)
    files = expect.sequence(student.instruments.event_files(log_dir), None, "the list of event files")
    expect.that(files, "With a log_dir, there is no event file in it after the training.")
    found = event_files.scalars(files)
    expect.that(
        found, "The event file in log_dir holds no scalars after the training: is the writer closed at the end?"
    )
    for tag, key in zip(TAGS, HISTORY, strict=True):
        event_files.check_scalar(found, tag, entries(history, key, 3))


@pytest.mark.points(0.5)
def test_confusion_matrix(student: Student, rng: np.random.Generator) -> None:
    """The confusion matrix counts true classes in its rows and predicted ones in its columns, over all batches"""
    for classes, widths in ((4, [6, 8, 4]), (10, [5, 10])):
        drawn = classifier(rng, widths, 21)
        want = np.zeros((classes, classes))
        np.add.at(want, (drawn.labels, drawn.reference()(drawn.batch()[0]).argmax(dim=1).numpy()), 1)
        arguments = (drawn.remote(student), drawn.arguments([8, 12, 1]))
        got = student.confusion_matrix(*arguments) if classes == 10 else student.confusion_matrix(*arguments, classes)
        expect.shape(got, want.shape, f"the confusion matrix of {classes} classes")
        expect.dtype(got, "int64", f"the confusion matrix of {classes} classes")
        expect.close(got, want, f"the confusion matrix of {classes} classes", batch=21)


@pytest.mark.points(0.5)
def test_confusion_matrix_does_not_learn(student: Student, rng: np.random.Generator) -> None:
    """confusion_matrix works in eval mode and without gradients, and restores the mode"""
    drawn: Classifier = classifier(rng, [6, 8, 10], 9)
    for training in (True, False):
        model = student.instruments.recorder.keep(drawn.remote(student))
        model.train.keep(training)
        student.confusion_matrix.keep(model, drawn.arguments([5, 4]))
        calls = torch_draws.calls(model.calls())
        expect.that(not any(call.training for call in calls), "confusion_matrix uses the model in train mode.")
        expect.that(not any(call.graph for call in calls), "confusion_matrix builds graphs: use torch.no_grad().")
        expect.that(
            student.instruments.is_training(model) is training,
            f"A model that came in {'train' if training else 'eval'} mode is left in the other one.",
        )


def trained_in_notebook(student: Student) -> tuple[Handle, reference.MLP]:
    """The network that the notebook trained, and the reference network with its weights."""
    model = student.variable("mnist_model")
    if student.instruments.is_module(model) is not True:
        raise Missing("`mnist_model` was not trained in the notebook: some function it needs is not ready.")
    twin = reference.MLP(MNIST_WIDTHS).double()
    wanted = [tuple(parameter.shape) for parameter in twin.parameters()]
    torch_draws.check_shapes(student, model, wanted, "mnist_model")
    got = expect.sequence(student.instruments.parameters(model), len(wanted), "parameters() of mnist_model")
    arrays = [expect.array(got[index], draws.parameter_name(index), shape) for index, shape in enumerate(wanted)]
    expect.that(all(np.isfinite(array).all() for array in arrays), "mnist_model has weights that are nan or infinite.")
    reference.load_weights(twin, arrays)
    return model, twin


@cache
def hidden_images() -> tuple[torch.Tensor, torch.Tensor]:
    """The hidden images, normalised as those of the notebook, and their labels."""
    with np.load(HIDDEN_IMAGES) as file:
        images, labels = torch.from_numpy(file["images"]), torch.from_numpy(file["labels"])
    return reference.normalise(images, MNIST_MEAN, MNIST_STD), labels


def accuracy_on_hidden_images(model: reference.MLP) -> float:
    """The share of the hidden images that a network classifies correctly."""
    images, labels = hidden_images()
    predicted = reference.predict(copy.deepcopy(model).float(), images)
    return float((predicted == labels).double().mean())


def check_recognises(model: reference.MLP, least: float) -> None:
    """More than this share of the hidden images is classified correctly."""
    accuracy = accuracy_on_hidden_images(model)
    expect.that(accuracy > least, f"Of images it has never seen, mnist_model recognises {accuracy:.0%}.")


@pytest.mark.points(0.5)
def test_trained_network(student: Student, rng: np.random.Generator) -> None:
    """The network trained in the notebook is 784-256-128-10 with ReLU: its weights give its logits"""
    model, twin = trained_in_notebook(student)
    other = rng.spawn(1)[0]
    # A network as it was built has these layers too. What does not train it costs the points of the tests below.
    at_least_one(
        partial(check_recognises, twin, LEARNED_SOMETHING), partial(check_rates, student, other, problem(other))
    )
    images = rng.normal(0, 1, (6, 1, 28, 28))
    with torch.no_grad():
        want = twin(torch.from_numpy(images.astype(np.float32).astype(np.float64))).numpy()
    expect.that(np.isfinite(want).all(), "The weights of mnist_model are so large that its logits are not finite.")
    expect.near(student.instruments.logits(model, single(images)), want, "the output of mnist_model", 1e-3)


@pytest.mark.points(0.25)
def test_it_has_learned(student: Student, rng: np.random.Generator) -> None:
    """The network trained in the notebook recognises most images that it has never seen"""
    check_recognises(trained_in_notebook(student)[1], LEARNED)


@pytest.mark.points(0.25)
def test_it_has_learned_well(student: Student, rng: np.random.Generator) -> None:
    """It recognises about as many of them as such a network can after five epochs"""
    accuracy = accuracy_on_hidden_images(trained_in_notebook(student)[1])
    expect.that(
        accuracy > LEARNED_WELL,
        f"Of images it has never seen, mnist_model recognises {accuracy:.0%}, which is less than five epochs can give: "
        "is every step right, and do the weights start small?",
    )
