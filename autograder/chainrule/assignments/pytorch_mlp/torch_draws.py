"""Random classifiers for the hidden tests of `pytorch_mlp`, with batches and labels whose results leave no doubt.

Weights are multiples of 1/64 and so the same in float32; gradients are not tiny, no hidden unit is near a ReLU kink and
no two logits are nearly equal, so rounding decides nothing. The reference computes in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from chainrule.checks import draws, expect, observe
from chainrule.checks.either import either
from chainrule.inside.wire import Tensor
from chainrule.probe.outcome import StudentProblem, WrongAnswer
from chainrule.probe.student import Handle, Student

from . import reference

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Arguments = list[tuple[Tensor, Tensor]]
"""Batches as an argument for the student's functions."""

CLEAREST = 0.05  # by how much the largest logit leads
TWO_LOSSES = 0.05  # by how much the mean of batch means must differ from the mean, relatively


@dataclass(frozen=True)
class Classifier:
    """A network of `widths` with parameters [W1, b1, ...], inputs x (N, in), labels (N,) of all classes it can tell."""

    widths: list[int]
    activation: str
    parameters: list[Array]
    x: Array
    labels: Labels

    def reference(self) -> reference.MLP:
        """The reference network with these parameters, in float64."""
        return network(self.widths, self.activation, self.parameters)

    def remote(self, student: Student) -> Handle:
        """The same network in the student's process: an nn.Sequential in float32, not the student's own class."""
        return student.instruments.network.keep([single(array) for array in self.parameters], self.activation)

    def bare(self, student: Student) -> Handle:
        """The same network there as a single module, which has all parameters itself."""
        return student.instruments.bare.keep([single(array) for array in self.parameters], self.activation)

    def batch(self, rows: slice = slice(None)) -> tuple[torch.Tensor, torch.Tensor]:
        """Some of the samples for the reference."""
        return torch.from_numpy(self.x[rows]), torch.from_numpy(self.labels[rows])

    def batches(self, sizes: list[int]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The samples for the reference, in batches of these sizes."""
        return [self.batch(rows) for rows in _slices(sizes)]

    def arguments(self, sizes: list[int]) -> Arguments:
        """The same batches for the student's functions: float32 and int64."""
        return [(single(self.x[rows]), Tensor(self.labels[rows])) for rows in _slices(sizes)]


def _slices(sizes: list[int]) -> list[slice]:
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]


def network(widths: list[int], activation: str, parameters: list[Array]) -> reference.MLP:
    """The reference network with these parameters, in float64."""
    model = reference.MLP(widths, activation).double()
    reference.load_weights(model, parameters)
    return model


def single(array: ArrayLike) -> Tensor:
    """A float32 tensor in the student's process."""
    return Tensor(np.array(array, dtype=np.float32))


def classifier(
    rng: np.random.Generator, widths: list[int], n: int, activation: str = "relu", sizes: list[int] | None = None
) -> Classifier:
    """A network and n samples, some classified correctly and some not.

    With `sizes` of batches (n in all), the mean of the batches' losses and that of their accuracies also differ from
    the mean over the samples.
    """
    tries = draws.attempts()
    while True:
        next(tries)
        drawn = draws.draw(rng, widths, activation, n)
        logits = drawn.forward()
        best = logits.argmax(axis=1)
        labels = np.where(rng.random(n) < 0.5, best, rng.integers(0, widths[-1], n))
        found = Classifier(list(widths), activation, drawn.parameters, _on_single(drawn.x), labels)
        if n > 1 and not 0 < (best == labels).sum() < n:
            continue
        if (np.diff(np.sort(logits, axis=1)[:, -2:]) < CLEAREST).any() or not _alive(found):
            continue
        if sizes is None or _unequal(logits, best == labels, labels, sizes):
            return found


def confident(drawn: Classifier, factor: float = 256.0) -> Classifier:
    """The same with logits so many times as far apart: some are confidently wrong, and exp() of them overflows."""
    return replace(drawn, parameters=[*drawn.parameters[:-2], *(factor * array for array in drawn.parameters[-2:])])


def _on_single(values: Array) -> Array:
    """The nearest values that float32 can hold."""
    return values.astype(np.float32).astype(np.float64)


def _alive(found: Classifier) -> bool:
    """Whether no array of parameters has only tiny gradients of the cross-entropy."""
    model = found.reference()
    x, labels = found.batch()
    nn.functional.cross_entropy(model(x), labels).backward()  # type: ignore[no-untyped-call]
    gradients = [parameter.grad for parameter in model.parameters()]
    return all(grad is not None and float(grad.abs().max()) >= draws.WEAKEST_GRADIENT for grad in gradients)


def _unequal(logits: Array, correct: NDArray[np.bool_], labels: Labels, sizes: list[int]) -> bool:
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    return all(
        abs(np.mean([values[rows].mean() for rows in _slices(sizes)]) / values.mean() - 1) > TWO_LOSSES
        for values in (losses, correct)
    )


def check_change(after: object, start: list[Array], want: list[Array], when: str, rtol: float = 1e-3) -> None:
    """How far parameters in the student's process have moved from `start`, against those that they should be."""
    __tracebackhide__ = True
    got = expect.sequence(after, len(want), "parameters()")
    for index, (one, right, before) in enumerate(zip(got, want, start, strict=True)):
        change = expect.array(one, draws.parameter_name(index), before.shape) - before
        expect.near(change, right - before, f"the change of {draws.parameter_name(index)} {when}", rtol)


def values(model: nn.Module) -> list[Array]:
    """The parameters of a reference network."""
    return [parameter.detach().numpy() for parameter in model.parameters()]


def own_mlp(student: Student, widths: list[int], activation: str, parameters: list[Array]) -> Handle:
    """The student's own MLP with these parameters, after checking that it has their shapes."""
    __tracebackhide__ = True
    model = student.MLP.keep(widths, activation)
    check_shapes(student, model, [value.shape for value in parameters], f"MLP({widths})")
    student.instruments.set_parameters.keep(model, [single(value) for value in parameters])
    return model


def shake(student: Student, model: Handle, rng: np.random.Generator) -> None:
    """Add random numbers to the parameters of a model of the student's, whatever they are."""
    __tracebackhide__ = True
    parameters = expect.sequence(student.instruments.parameters(model), None, "parameters()")
    arrays = [expect.array(parameter, draws.parameter_name(index)) for index, parameter in enumerate(parameters)]
    values = [single(array + rng.normal(0, 0.5, array.shape)) for array in arrays]
    student.instruments.set_parameters.keep(model, values)


def check_shapes(student: Student, model: Handle, want: list[tuple[int, ...]], name: str) -> None:
    """The shapes of a model's parameters, in their order."""
    __tracebackhide__ = True
    shapes = expect.sequence(student.instruments.shapes(model), None, f"parameters() of {name}")
    expect.that(
        len(shapes) == len(want),
        f"parameters() of {name} yields {len(shapes)} tensors, but should yield a weight and a bias for each layer.",
    )
    for index, (shape, right) in enumerate(zip(shapes, want, strict=True)):
        what = f"{draws.parameter_name(index)} of {name}"
        found = tuple(expect.indices(shape, f"the shape of {what}").tolist())[: expect.MOST_AXES]
        if found != right:
            raise WrongAnswer(f"{what} {observe.shapes(found, right)}.")


@dataclass(frozen=True)
class Call:
    """One forward pass as a recorder in the student's process saw it: `first` is the first number of each sample."""

    training: bool
    graph: bool
    device: str
    first: list[float]


def calls(record: object) -> list[Call]:
    """What a recorder's `calls()` or the record of `watch` holds."""
    __tracebackhide__ = True
    found = []
    for entry in expect.sequence(record, None, "the record of forward passes"):
        held = expect.mapping(entry, ("training", "device", "first"), "the record of a forward pass")
        first = expect.array(held["first"], "the record of the samples").ravel().tolist()
        found.append(Call(held["training"] is True, held.get("graph") is True, str(held["device"])[:20], first))
    expect.that(found, "The model is not called.")
    return found


def learned(record: object) -> list[list[float]]:
    """The batches that a model learned from, each as the first number of its samples.

    What is done in eval mode or without a graph is no learning. A batch that goes through the model twice, for its loss
    and again for its accuracy, counts once.
    """
    __tracebackhide__ = True
    batches: list[list[float]] = []
    for call in calls(record):
        if call.training and call.graph and [call.first] != batches[-1:]:
            batches.append(call.first)
    return batches


LOSS_AS_TENSOR = "The result holds a tensor, and a loss kept as a tensor keeps its whole graph: take .item()."


def check_plain(
    student: Student, result: Handle, earlier: Callable[[], list[Handle]], message: str = LOSS_AS_TENSOR
) -> None:
    """There is no tensor in a result, unless the results of `earlier` functions that it is made of hold some."""
    __tracebackhide__ = True

    def check(excused: bool) -> None:
        __tracebackhide__ = True
        expect.that(
            excused or student.instruments.holds_tensors(result) is False,
            message,
        )

    def own() -> bool:
        return any(student.instruments.holds_tensors(handle) is True for handle in earlier())

    either(check, lambda: False, own)


def check_device(student: Student, drawn: Classifier, use: Callable[[Handle], object]) -> None:
    """`use` gives a model on an accelerator to the student's function, together with data on the CPU."""
    __tracebackhide__ = True
    model = student.instruments.recorder.keep(student.instruments.on_accelerator.keep(drawn.remote(student)))
    accelerator = student.instruments.accelerator.keep()
    stopped = None
    try:
        use(model)
    except StudentProblem as problem:
        # The pretended device cannot do all that a real one can; what counts is where the tensors were.
        stopped = problem
    record = expect.sequence(model.calls(), None, "the record of forward passes")
    if stopped is not None and not record:
        raise stopped
    expect.that(
        all(call.device == "meta" for call in calls(record)),
        "The model's parameters are on another device than the CPU, and the images came to it on the CPU: move them to "
        "the device of the model.",
    )
    expect.that(
        not expect.sequence(accelerator.mixed_in(), None, "the record of devices"),
        "The model's parameters are on another device than the CPU; its logits met labels that were still on the CPU.",
    )


def numbers(got: object, keys: tuple[str, ...], key: str, length: int, what: str) -> list[float]:
    """One list of a history, as numbers."""
    __tracebackhide__ = True
    values = expect.sequence(expect.mapping(got, keys, what)[key], length, f'{what}["{key}"]')
    return [expect.number(value, f'an entry of {what}["{key}"]') for value in values]
