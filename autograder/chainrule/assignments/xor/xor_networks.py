"""Networks for the hidden tests of `xor`: drawn, built to order, trained many at a time, judged by their parameters.

The parameters of S networks are [W1 (S, D, 2), b1 (S, D), W2 (S, 1, D), b2 (S, 1)], those of one lack the S.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chainrule.checks import draws

Array = NDArray[np.float64]
Parameters = list[Array]

CORNERS: Array = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR: Array = np.array([0.0, 1.0, 1.0, 0.0])
SIGNS: Array = 2 * XOR - 1

MARGIN = math.log(9)
"""The logit of p = 0.9: a corner is right with the margin beyond it, on the right side."""

ORDERS = 100
"""Networks drawn until one can give four given logits; all but a few ReLU networks can."""


def drawn(rng: np.random.Generator, count: int, width: int, size: float = 1.0) -> Parameters:
    """`count` random networks: normal weights, biases of both signs that are not small."""
    return [
        rng.normal(0, size, (count, width, 2)),
        draws.away_from(rng, (count, width), 0.1, size),
        draws.away_from(rng, (count, 1, width), 0.2, size),
        draws.away_from(rng, (count, 1), 0.1, 0.5),
    ]


def one(networks: Parameters, index: int) -> Parameters:
    """The parameters of one of them."""
    return [array[index] for array in networks]


def together(networks: list[Parameters]) -> Parameters:
    """Single networks of one width as one stack."""
    return [np.stack(arrays) for arrays in zip(*networks, strict=True)]


def different(networks: Parameters) -> int:
    """How many different ones there are among S networks."""
    return len(np.unique(np.column_stack([array.reshape(len(array), -1) for array in networks]), axis=0))


def train(networks: Parameters, steps: int, rate: float, activation: str) -> Parameters:
    """All of them after full-batch gradient descent on XOR, each by itself; what diverges ends in nan."""
    w1, b1, w2, b2 = networks
    with np.errstate(all="ignore"):
        for _ in range(steps):
            hidden, slope = _activate(CORNERS @ w1.swapaxes(1, 2) + b1[:, None], activation)
            errors = (_sigmoid((hidden * w2).sum(axis=2) + b2) - XOR)[..., None] / len(XOR)
            upstream = errors * w2 * slope
            w2 = w2 - rate * (errors * hidden).sum(axis=1, keepdims=True)
            b2 = b2 - rate * errors.sum(axis=1)
            w1 = w1 - rate * upstream.swapaxes(1, 2) @ CORNERS
            b1 = b1 - rate * upstream.sum(axis=1)
    return [w1, b1, w2, b2]


def corner_logits(networks: Parameters, activation: str = "tanh") -> Array:
    """The logits of S networks at the four corners (S, 4)."""
    w1, b1, w2, b2 = networks
    with np.errstate(all="ignore"):
        hidden, _ = _activate(CORNERS @ w1.swapaxes(1, 2) + b1[:, None], activation)
        return np.asarray((hidden * w2).sum(axis=2) + b2)


def corner_losses(networks: Parameters, activation: str = "tanh") -> Array:
    """The mean binary cross-entropy of S networks on XOR (S,)."""
    return np.asarray(np.logaddexp(0, -SIGNS * corner_logits(networks, activation)).mean(axis=1))


def corners_right(networks: Parameters, activation: str = "tanh") -> NDArray[np.int64]:
    """How many corners are right with the margin (S,); 4 is solved."""
    return np.asarray((SIGNS * corner_logits(networks, activation) > MARGIN).sum(axis=1))


def solved(networks: Parameters, activation: str = "tanh") -> NDArray[np.bool_]:
    """Which of S networks have all four corners right with the margin (S,)."""
    return np.asarray(corners_right(networks, activation) == len(XOR))


def with_logits(rng: np.random.Generator, width: int, logits: Array, activation: str) -> Parameters:
    """One random network of at least three hidden units that has these logits (4,) at the corners."""
    for _ in range(ORDERS):
        network = one(drawn(rng, 1, width, 2.0), 0)
        hidden, _ = _activate(CORNERS @ network[0].T + network[1], activation)
        design = np.column_stack([hidden, np.ones(4)])
        if np.linalg.svd(design, compute_uv=False)[-1] > 0.05:
            solution: Array = np.asarray(np.linalg.lstsq(design, logits, rcond=None)[0], dtype=np.float64)
            return [*network[:2], solution[None, :-1], solution[-1:]]
    raise ValueError(f"no {activation} network of width {width} was found that gives any four logits")


def ends(networks: Parameters, activation: str = "tanh") -> str:
    """How many of S networks have how many corners right with the margin: "41 have all four, 9 have two"."""
    right = corners_right(networks, activation)
    names = {4: "all four", 3: "three", 2: "two", 1: "one", 0: "none"}
    counts = [(int((right == number).sum()), name) for number, name in names.items()]
    return ", ".join(f"{count} {'has' if count == 1 else 'have'} {name}" for count, name in counts if count)


def _sigmoid(z: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(z / 2)))


def _activate(z: Array, activation: str) -> tuple[Array, Array]:
    """Values and slopes."""
    if activation == "tanh":
        hidden = np.tanh(z)
        return hidden, 1 - hidden**2
    if activation == "sigmoid":
        hidden = _sigmoid(z)
        return hidden, hidden * (1 - hidden)
    if activation == "relu":
        return np.maximum(z, 0), np.asarray(z > 0, dtype=np.float64)
    if activation == "identity":
        return z, np.ones_like(z)
    raise ValueError(f"no activation {activation!r}")
