"""Random numbers for graders: values that are never nearly zero, networks with batches away from every ReLU kink."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chainrule.checks import expect
from chainrule.probe.student import Handle

Array = NDArray[np.float64]

KINK_MARGIN = 0.05
"""|z| of every hidden unit: far beyond rounding and beyond the steps of a central difference."""

CANDIDATES = 300
"""Rows drawn, of which N that keep the margin are taken."""

ATTEMPTS = 1_000
"""Networks drawn before a grader gives up; usually the first or second will do."""

WEAKEST_GRADIENT = 1e-2
"""Every parameter array has an entry with at least this gradient, so nothing passes by being 0."""

ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "identity": (lambda z: z, np.ones_like),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))) ** 2),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
}
"""By name: f(z) and its slope f'(z)."""


@dataclass(frozen=True)
class Draw:
    """A network of `widths`: parameters [W1, b1, W2, b2, ...], inputs x (N, in), upstream gradient dy (N, out)."""

    widths: list[int]
    activation: str
    parameters: list[Array]
    x: Array
    dy: Array

    def forward(self) -> Array:
        """The network's output (N, out)."""
        return self._blocks()[-1][1]

    def backward(self) -> tuple[Array, list[Array]]:
        """dx (N, in) and the parameters' gradients for the upstream gradient dy, by the chain rule."""
        slope = ACTIVATIONS[self.activation][1]
        gradients: list[Array] = []
        upstream = self.dy
        blocks = self._blocks()
        for index, (inputs, _) in reversed(list(enumerate(blocks))):
            gradients[:0] = [upstream.T @ inputs, upstream.sum(axis=0)]
            upstream = upstream @ self.parameters[2 * index]
            if index:
                upstream = upstream * slope(blocks[index - 1][1])
        return upstream, gradients

    def _blocks(self) -> list[tuple[Array, Array]]:
        """Each linear block's input and its pre-activation."""
        activate = ACTIVATIONS[self.activation][0]
        blocks: list[tuple[Array, Array]] = []
        for weight, bias in zip(self.parameters[::2], self.parameters[1::2], strict=True):
            inputs = activate(blocks[-1][1]) if blocks else self.x
            blocks.append((inputs, inputs @ weight.T + bias))
        return blocks


def attempts() -> Iterator[int]:
    """Numbers the attempts of a loop that draws until something fits: `next(tries)` in each.

    Raises:
        RuntimeError: after `ATTEMPTS`; nothing fits, and a loop without a bound would hang the grader.
    """
    yield from range(ATTEMPTS)
    raise RuntimeError(f"None of {ATTEMPTS} draws fits what the hidden test needs.")


def away_from(
    rng: np.random.Generator, shape: tuple[int, ...], margin: float = KINK_MARGIN, size: float = 2.0
) -> Array:
    """Values of both signs with margin <= |z| <= size."""
    values: Array = rng.uniform(margin, size, shape) * rng.choice([-1.0, 1.0], shape)
    return values


def parameters(rng: np.random.Generator, widths: list[int]) -> list[Array]:
    """[W1 (D1, in), b1 (D1,), W2, b2, ...] that keep activations of order one.

    All are multiples of 1/64, so a student who stores float32 parameters is not failed for rounding on the way in.
    """
    arrays = []
    for inputs, outputs in pairwise(widths):
        arrays.append(_on_grid(rng.normal(0.0, 1.3 / np.sqrt(inputs), (outputs, inputs))))
        arrays.append(_on_grid(away_from(rng, (outputs,), 0.1, 0.6)))
    return arrays


def draw(rng: np.random.Generator, widths: list[int], activation: str, n: int) -> Draw:
    """A network and a batch of n rows where gradients are alive and no hidden unit is near a kink.

    Raises:
        RuntimeError: no such network in many attempts; `widths` allow none.
    """
    tries = attempts()
    while True:
        next(tries)
        weights = parameters(rng, widths)
        rows = rng.normal(0.0, 1.0, (CANDIDATES, widths[0]))
        rows = rows[_smallest_pre_activation(weights, rows, activation) >= KINK_MARGIN][:n]
        if len(rows) < n:
            continue
        drawn = Draw(list(widths), activation, weights, rows, away_from(rng, (n, widths[-1]), 0.2, 1.5))
        dx, gradients = drawn.backward()
        if all(np.abs(gradient).max() >= WEAKEST_GRADIENT for gradient in [dx, *gradients]):
            return drawn


def load(model: Handle, values: list[Array]) -> Handle:
    """Write `values` into the student's network in place, after checking that its parameters have their shapes."""
    own = expect.sequence(model.parameters(), len(values), "parameters()")
    for index, (array, value) in enumerate(zip(own, values, strict=True)):
        expect.shape(array, value.shape, parameter_name(index))
    arrays = model.parameters.keep()
    for index, value in enumerate(values):
        arrays[index].assign(value)
    return model


def parameter_name(index: int) -> str:
    """ "weight 2 of parameters()": W1, b1, W2, b2, ... by position."""
    return f"{'bias' if index % 2 else 'weight'} {index // 2 + 1} of parameters()"


def gradient_name(index: int) -> str:
    """ "the gradient of weight 2", by the position in gradients()."""
    return f"the gradient of {'bias' if index % 2 else 'weight'} {index // 2 + 1}"


def _on_grid(values: Array) -> Array:
    return np.round(values * 64) / 64


def _smallest_pre_activation(weights: list[Array], rows: Array, activation: str) -> Array:
    """Per row the smallest |z| over all hidden units (N,); infinity where there is no kink to avoid."""
    smallest = np.full(len(rows), np.inf)
    if activation != "relu":
        return smallest
    hidden = rows
    for weight, bias in list(zip(weights[::2], weights[1::2], strict=True))[:-1]:
        z = hidden @ weight.T + bias
        smallest = np.minimum(smallest, np.abs(z).min(axis=1))
        hidden = np.maximum(z, 0)
    return smallest
