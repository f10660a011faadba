"""A correct submission with dataclasses, named tuples and enums: typed, and every cache is an attribute."""

import numpy as np


# %% neuron
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SigmoidUnits:
    weight: np.ndarray
    bias: np.ndarray | float

    def respond(self, x: np.ndarray) -> np.ndarray:
        drive: np.ndarray = np.matmul(x, np.transpose(self.weight)) + self.bias
        return np.reciprocal(1.0 + np.exp(-drive))


def neuron(x: np.ndarray, w: np.ndarray, b: float) -> float:
    return float(SigmoidUnits(w, b).respond(x))


def layer(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return SigmoidUnits(weight, bias).respond(x)


def layer_batch(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return SigmoidUnits(weight=weight, bias=bias).respond(x)


# %% activations
from enum import Enum


def stable_sigmoid(z: np.ndarray) -> np.ndarray:
    z = np.asarray(z, dtype=np.float64)
    out = np.empty_like(z)
    positive = z >= 0
    out[positive] = 1.0 / (1.0 + np.exp(-z[positive]))
    rising = np.exp(z[~positive])
    out[~positive] = rising / (1.0 + rising)
    return out


class Activation(Enum):
    """Activation("tanh") finds a member by its name and refuses names that do not exist."""

    IDENTITY = "identity"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    RELU = "relu"

    def value_at(self, z: np.ndarray) -> np.ndarray:
        match self:
            case Activation.IDENTITY:
                return z
            case Activation.SIGMOID:
                return stable_sigmoid(z)
            case Activation.TANH:
                return np.tanh(z)
            case Activation.RELU:
                return np.clip(z, 0, None)

    def slope_at(self, z: np.ndarray) -> np.ndarray:
        match self:
            case Activation.IDENTITY:
                return np.ones_like(z, dtype=np.float64)
            case Activation.SIGMOID:
                a = stable_sigmoid(z)
                return a - a * a
            case Activation.TANH:
                return 1.0 - np.square(np.tanh(z))
            case Activation.RELU:
                return np.greater(z, 0).astype(np.float64)


def identity(z: np.ndarray) -> np.ndarray:
    return Activation.IDENTITY.value_at(z)


def identity_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    return da * Activation.IDENTITY.slope_at(z)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return Activation.SIGMOID.value_at(z)


def sigmoid_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    return da * Activation.SIGMOID.slope_at(z)


def tanh(z: np.ndarray) -> np.ndarray:
    return Activation.TANH.value_at(z)


def tanh_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    return da * Activation.TANH.slope_at(z)


def relu(z: np.ndarray) -> np.ndarray:
    return Activation.RELU.value_at(z)


def relu_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    return da * Activation.RELU.slope_at(z)


# %% scalar_backprop
from dataclasses import asdict


@dataclass
class ScalarPass:
    """Forward values and derivatives; asdict() turns them into the dictionary that is asked for."""

    h: float
    y: float = 0.0
    loss: float = 0.0
    dloss_dy: float = 0.0
    dloss_dtheta: float = 0.0
    dloss_dh: float = 0.0
    dloss_dw: float = 0.0
    dloss_dx: float = 0.0


def scalar_backprop(x, w, theta, target, tanh=np.tanh) -> dict[str, float]:
    run = ScalarPass(h=float(tanh(w * x)))
    run.y = float(theta * run.h * run.h)
    residual = run.y - target
    run.loss = residual * residual
    run.dloss_dy = residual + residual
    run.dloss_dtheta = run.dloss_dy * run.h * run.h
    run.dloss_dh = run.dloss_dy * theta * (run.h + run.h)
    through_tanh = run.dloss_dh * (1.0 - run.h) * (1.0 + run.h)
    run.dloss_dw = through_tanh * x
    run.dloss_dx = through_tanh * w
    return asdict(run)


# %% linear_forward
from typing import NamedTuple


class LinearCache(NamedTuple):
    x: np.ndarray
    weight: np.ndarray


def linear_forward(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, LinearCache]:
    return np.matmul(x, weight.T) + bias, LinearCache(x, weight)


# %% linear_backward
class LinearGradients(NamedTuple):
    dx: np.ndarray
    dweight: np.ndarray
    dbias: np.ndarray


def linear_backward(dy: np.ndarray, cache: tuple[np.ndarray, np.ndarray]) -> LinearGradients:
    kept = LinearCache(*cache)
    return LinearGradients(
        dx=np.matmul(dy, kept.weight),
        dweight=np.matmul(kept.x.T, dy).T,
        dbias=dy.sum(axis=0),
    )


# %% losses
class ShapeError(ValueError):
    """Two arrays that should have the same shape do not."""


class LossAndGradient(NamedTuple):
    loss: float
    gradient: np.ndarray


@dataclass
class Comparison:
    prediction: np.ndarray
    target: np.ndarray
    error: np.ndarray = field(init=False)
    count: int = field(init=False)

    def __post_init__(self) -> None:
        if self.prediction.shape != self.target.shape:
            raise ShapeError(f"{self.prediction.shape} and {self.target.shape} are different shapes")
        self.error = np.subtract(self.prediction, self.target, dtype=np.float64)
        self.count = self.error.size

    @property
    def mean_square(self) -> float:
        return float(np.square(self.error).sum()) / self.count


def mse(prediction: np.ndarray, target: np.ndarray) -> LossAndGradient:
    c = Comparison(prediction, target)
    return LossAndGradient(c.mean_square, 2.0 * c.error / c.count)


def mae(prediction: np.ndarray, target: np.ndarray) -> LossAndGradient:
    c = Comparison(prediction, target)
    signs = (c.error > 0).astype(float) - (c.error < 0).astype(float)
    return LossAndGradient(float(np.abs(c.error).sum()) / c.count, signs / c.count)


def rmse(prediction: np.ndarray, target: np.ndarray) -> LossAndGradient:
    c = Comparison(prediction, target)
    root = c.mean_square**0.5
    if root == 0.0:
        return LossAndGradient(0.0, np.zeros_like(c.error))
    return LossAndGradient(root, c.error / root / c.count)


def binary_cross_entropy(logits: np.ndarray, target: np.ndarray) -> LossAndGradient:
    c = Comparison(logits, target)
    each = np.logaddexp(0.0, logits) - target * logits
    return LossAndGradient(float(each.sum()) / c.count, (stable_sigmoid(logits) - target) / c.count)


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> LossAndGradient:
    samples, classes = logits.shape
    if labels.shape != (samples,):
        raise ShapeError(f"labels need the shape ({samples},), they have {labels.shape}")
    scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
    totals = scaled.sum(axis=1)
    chosen = (logits - logits.max(axis=1, keepdims=True))[range(samples), labels]
    one_hot = np.equal.outer(labels, np.arange(classes)).astype(np.float64)
    probabilities = scaled / totals[:, np.newaxis]
    return LossAndGradient(float(np.mean(np.log(totals) - chosen)), (probabilities - one_hot) / samples)


# %% numerical_gradient
from collections.abc import Callable, Iterator


@dataclass
class Probe:
    f: Callable[[np.ndarray], float]
    x: np.ndarray
    eps: float

    def shifted(self, index: tuple[int, ...], amount: float) -> np.ndarray:
        copy = self.x.copy()
        copy[index] += amount
        return copy

    def slopes(self) -> Iterator[float]:
        for index, _ in np.ndenumerate(self.x):
            yield (self.f(self.shifted(index, self.eps)) - self.f(self.shifted(index, -self.eps))) / (2 * self.eps)


def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    probe = Probe(f, x.astype(np.float64), eps)
    return np.fromiter(probe.slopes(), dtype=np.float64, count=x.size).reshape(x.shape)


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    size = np.abs(a).max() + np.abs(b).max()
    return float(np.abs(a - b).max() / np.clip(size, 1e-12, None))


# %% mlp
@dataclass
class Dense:
    weight: np.ndarray
    bias: np.ndarray
    activation: Activation
    cache: LinearCache | None = field(default=None, init=False, repr=False)
    z: np.ndarray | None = field(default=None, init=False, repr=False)
    dweight: np.ndarray | None = field(default=None, init=False, repr=False)
    dbias: np.ndarray | None = field(default=None, init=False, repr=False)

    @classmethod
    def random(cls, inputs: int, outputs: int, activation: Activation, rng: np.random.Generator) -> "Dense":
        spread = np.sqrt(2 / (inputs + outputs))
        return cls(spread * rng.standard_normal((outputs, inputs)), rng.uniform(-1, 1, outputs), activation)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.z, self.cache = linear_forward(x, self.weight, self.bias)
        return self.activation.value_at(self.z)

    def backward(self, da: np.ndarray) -> np.ndarray:
        dz = da * self.activation.slope_at(self.z)
        dx, self.dweight, self.dbias = linear_backward(dz, self.cache)
        return dx


@dataclass
class MLP:
    widths: list[int]
    activation: str = "relu"
    seed: int = 0
    layers: list[Dense] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        hidden = Activation(self.activation)  # a ValueError for names that are not in the enum
        if len(self.widths) < 2:
            raise ValueError("widths must hold at least the input and the output")
        rng = np.random.default_rng(self.seed)
        last = len(self.widths) - 2
        for k in range(last + 1):
            kind = hidden if k < last else Activation.IDENTITY
            self.layers.append(Dense.random(self.widths[k], self.widths[k + 1], kind, rng))

    def __len__(self) -> int:
        return len(self.layers)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.forward(x)

    def forward(self, x: np.ndarray) -> np.ndarray:
        signal = x
        for dense in self.layers:
            signal = dense.forward(signal)
        return signal

    def backward(self, dy: np.ndarray) -> np.ndarray:
        signal = dy
        for dense in self.layers[::-1]:
            signal = dense.backward(signal)
        return signal

    def parameters(self) -> list[np.ndarray]:
        arrays: list[np.ndarray] = []
        for dense in self.layers:
            arrays += [dense.weight, dense.bias]
        return arrays

    def gradients(self) -> list[np.ndarray]:
        arrays: list[np.ndarray] = []
        for dense in self.layers:
            arrays += [dense.dweight, dense.dbias]
        return arrays

    def count_parameters(self) -> int:
        return sum(dense.weight.size + dense.bias.size for dense in self.layers)


# %% collapse
class AffineMap(NamedTuple):
    weight: np.ndarray
    bias: np.ndarray


def collapse(weights: list[np.ndarray], biases: list[np.ndarray]) -> AffineMap:
    # from the last layer to the first: `weight` is everything that comes after the current layer
    weight, bias = np.identity(len(biases[-1])), np.zeros(len(biases[-1]))
    for w, b in zip(reversed(weights), reversed(biases)):
        bias = bias + weight @ b
        weight = weight @ w
    return AffineMap(weight, bias)


# %% shallow_joints
class Stages(NamedTuple):
    pre_activations: np.ndarray
    activations: np.ndarray
    weighted: np.ndarray
    y: np.ndarray


@dataclass(order=True)
class HiddenUnit:
    joint: float
    weight: float = field(compare=False)
    phi: float = field(compare=False)

    def slope(self, x: float) -> float:
        """What this unit adds to dy/dx at x."""
        on = x > self.joint if self.weight > 0 else x < self.joint
        return self.phi * self.weight if on else 0.0


def bending_units(theta: np.ndarray, phi: np.ndarray) -> list[HiddenUnit]:
    units = []
    for (bias, weight), factor in zip(theta.tolist(), phi[1:].tolist()):
        if weight:
            units.append(HiddenUnit(-bias / weight, weight, factor))
    return sorted(units)


def shallow_stages(x: np.ndarray, theta: np.ndarray, phi: np.ndarray) -> Stages:
    pre = x.reshape(-1, 1) * theta[:, 1] + theta[:, 0]
    act = Activation.RELU.value_at(pre)
    weighted = act * phi[1:]
    return Stages(pre, act, weighted, phi[0] + weighted.sum(axis=1))


def shallow_joints(theta: np.ndarray) -> np.ndarray:
    units = bending_units(theta, np.zeros(len(theta) + 1))
    return np.array([unit.joint for unit in units], dtype=np.float64)


def shallow_slopes(theta: np.ndarray, phi: np.ndarray) -> np.ndarray:
    units = bending_units(theta, phi)
    joints = [-np.inf] + [unit.joint for unit in units] + [np.inf]
    slopes = []
    for left, right in zip(joints, joints[1:]):
        if np.isfinite(left) and np.isfinite(right):
            inside = (left + right) / 2
        else:
            inside = right - 1 if np.isfinite(right) else left + 1
        slopes.append(sum(unit.slope(inside) for unit in units))
    return np.array(slopes, dtype=np.float64)


# %% sgd
def sgd_step(parameters: list[np.ndarray], gradients: list[np.ndarray], learning_rate: float) -> None:
    for k, gradient in enumerate(gradients):
        parameters[k][...] = parameters[k] - learning_rate * gradient


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> list[np.ndarray]:
    order: np.ndarray = rng.permutation(np.arange(n))
    full, rest = divmod(n, batch_size)
    batches = list(order[: full * batch_size].reshape(full, batch_size))
    if rest:
        batches.append(order[-rest:])
    return batches


@dataclass(frozen=True)
class Schedule:
    start: float
    decay: float

    def at(self, epoch: int) -> float:
        return self.start * pow(self.decay, epoch)


def decayed_learning_rate(start: float, decay: float, epoch: int) -> float:
    return Schedule(start, decay).at(epoch)


# %% fit_curve
@dataclass
class History:
    loss: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)


def fit_curve(
    model: MLP,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    decay: float = 1.0,
    seed: int = 0,
) -> dict[str, list[float]]:
    schedule, history, rng = Schedule(learning_rate, decay), History(), np.random.default_rng(seed)
    history.loss.append(mse(model.forward(x), y).loss)
    for epoch in range(epochs):
        for batch in minibatches(x.shape[0], batch_size, rng):
            result = mse(model.forward(x[batch]), y[batch])
            model.backward(result.gradient)
            sgd_step(model.parameters(), model.gradients(), schedule.at(epoch))
        history.learning_rate.append(schedule.at(epoch))
        history.loss.append(mse(model.forward(x), y).loss)
    return asdict(history)


# %% lecture_errors
class ThetaColumns(NamedTuple):
    biases: np.ndarray
    weights: np.ndarray


def count_weights(widths: list[int]) -> int:
    total = 0
    for k, width in enumerate(widths[1:]):
        total += widths[k] * width
    return total


def steps_per_epoch(n_samples: int, batch_size: int, drop_last: bool = False) -> int:
    return len(range(0, n_samples - batch_size + 1 if drop_last else n_samples, batch_size))


def gradient_step(w: np.ndarray, gradient: np.ndarray, learning_rate: float) -> np.ndarray:
    return np.add(w, -learning_rate * gradient)


def count_deep_parameters(depth: int, width: int) -> int:
    return depth * width * (width + 1)


def binary_loss(p: np.ndarray, y: np.ndarray) -> float:
    probability_of_truth = np.where(y == 1, p, 1 - p)
    return -float(np.log(probability_of_truth).sum())


def split_theta(theta: np.ndarray) -> ThetaColumns:
    return ThetaColumns(biases=theta[:, 0], weights=theta[:, 1])
