"""A correct submission with the standard library's numbers, lists and generators where others take arrays."""

import numpy as np


# %% neuron
import math
from operator import mul
from itertools import starmap


def neuron(x, w, b):
    """math works with plain floats, so the whole neuron is plain Python."""
    z = math.fsum([*map(mul, map(float, w), map(float, x)), float(b)])
    return 1.0 / (1.0 + math.exp(-z))


def layer(x, weight, bias):
    return np.array([neuron(x, row, b) for row, b in zip(weight, bias, strict=True)])


def layer_batch(x, weight, bias):
    return np.array([[neuron(sample, row, b) for row, b in zip(weight, bias)] for sample in x])

# %% activations
import math
from functools import partial


def _elementwise(scalar_function, *arrays):
    """Apply a function of numbers to arrays of one shape, element by element, into a new array."""
    shape = np.shape(arrays[0])
    lists = [np.asarray(array, dtype=float).ravel().tolist() for array in arrays]
    return np.fromiter(map(scalar_function, *lists), dtype=float).reshape(shape)


def _sigmoid(t):
    if t < 0:
        return 1.0 - _sigmoid(-t) if t > -1 else math.exp(t) / (1.0 + math.exp(t))
    return 1.0 / (1.0 + math.exp(-t))


def _sigmoid_slope(t):
    return _sigmoid(t) * _sigmoid(-t)


identity = partial(_elementwise, float)
sigmoid = partial(_elementwise, _sigmoid)
tanh = partial(_elementwise, math.tanh)
relu = partial(_elementwise, lambda t: t if t > 0 else 0.0)
identity_backward = partial(_elementwise, lambda d, t: d)
sigmoid_backward = partial(_elementwise, lambda d, t: d * _sigmoid_slope(t))
tanh_backward = partial(_elementwise, lambda d, t: d * (1.0 - math.tanh(t) ** 2))
relu_backward = partial(_elementwise, lambda d, t: d if t > 0 else 0.0)

# %% scalar_backprop
from types import SimpleNamespace


def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    v = SimpleNamespace()
    v.h = float(tanh(w * x))
    h_squared = v.h * v.h
    v.y = float(theta * h_squared)
    error = v.y - target
    v.loss = float(error * error)
    v.dloss_dy = float(error + error)
    v.dloss_dtheta = v.dloss_dy * h_squared
    v.dloss_dh = float(v.dloss_dy * theta * (v.h + v.h))
    through_tanh = v.dloss_dh * (1.0 - h_squared)
    v.dloss_dw = float(through_tanh * x)
    v.dloss_dx = float(through_tanh * w)
    return vars(v)

# %% linear_forward
def linear_forward(x, weight, bias):
    y = np.stack([np.sum(weight * sample, axis=1, dtype=float) for sample in x])
    y += bias
    return y, (x, weight)

# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    # axes (n, o, i): every product there is, then the right sums
    dx = (dy[:, :, None] * weight[None]).sum(axis=1, dtype=float)
    dweight = (dy[:, :, None] * x[:, None, :]).sum(axis=0, dtype=float)
    dbias = dy.sum(axis=0, dtype=float)
    return [dx, dweight, dbias]

# %% losses
import math
from statistics import fmean


def _pairs(prediction, target):
    if (one := np.shape(prediction)) != (two := np.shape(target)):
        raise ValueError(f"prediction {one} and target {two} have different shapes")
    to_list = lambda array: np.asarray(array, dtype=float).ravel().tolist()
    return list(zip(to_list(prediction), to_list(target)))


def _gradient(slopes, like):
    slopes = list(slopes)
    return np.array([slope / len(slopes) for slope in slopes]).reshape(np.shape(like))


def mse(prediction, target):
    errors = [p - t for p, t in _pairs(prediction, target)]
    return fmean(e * e for e in errors), _gradient((2 * e for e in errors), prediction)


def mae(prediction, target):
    errors = [p - t for p, t in _pairs(prediction, target)]
    slopes = (math.copysign(1.0, e) if e else 0.0 for e in errors)
    return fmean(map(abs, errors)), _gradient(slopes, prediction)


def rmse(prediction, target):
    errors = [p - t for p, t in _pairs(prediction, target)]
    root = math.hypot(*errors) / math.sqrt(len(errors))
    return root, _gradient((e / root if root else 0.0 for e in errors), prediction)


def _softplus(t):
    """ln(1 + e^t)"""
    return max(t, 0.0) + math.log1p(math.exp(-abs(t)))


def binary_cross_entropy(logits, target):
    pairs = _pairs(logits, target)
    loss = fmean(t * _softplus(-z) + (1 - t) * _softplus(z) for z, t in pairs)
    return loss, _gradient((math.exp(-_softplus(-z)) - t for z, t in pairs), logits)


def softmax_cross_entropy(logits, labels):
    if np.shape(labels) != (len(logits),):
        raise ValueError(f"{len(logits)} samples, but labels of shape {np.shape(labels)}")
    costs, gradient = [], []
    for row, label in zip(np.asarray(logits, dtype=float).tolist(), np.asarray(labels).tolist()):
        top = max(row)
        log_total = top + math.log(math.fsum(math.exp(z - top) for z in row))
        costs.append(log_total - row[label])
        gradient.append([(math.exp(z - log_total) - (c == label)) / len(labels) for c, z in enumerate(row)])
    return fmean(costs), np.array(gradient)

# %% numerical_gradient
def _nudged(x, eps):
    """For each element in turn: its index, x with the element eps up, x with the element eps down."""
    for index in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[index] += eps
        down[index] -= eps
        yield index, up, down


def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    slopes = {index: (f(up) - f(down)) / (2 * eps) for index, up, down in _nudged(x, eps)}
    gradient = np.zeros(x.shape)
    for index, slope in slopes.items():
        gradient[index] = slope
    return gradient


def relative_error(a, b):
    a, b = np.asarray(a, dtype=float).ravel().tolist(), np.asarray(b, dtype=float).ravel().tolist()
    difference = max(abs(p - q) for p, q in zip(a, b, strict=True))
    return difference / max(max(map(abs, a)) + max(map(abs, b)), 1e-12)

# %% mlp
import random
from collections import namedtuple
from itertools import chain, pairwise

_Layer = namedtuple("_Layer", "weight bias")


class MLP:
    """Start values from the standard library's generator; forward and backward by recursion."""

    _known = dict(
        identity=(identity, identity_backward),
        sigmoid=(sigmoid, sigmoid_backward),
        tanh=(tanh, tanh_backward),
        relu=(relu, relu_backward),
    )

    def __init__(self, widths, activation="relu", seed=0):
        self._forward, self._backward = self._known.get(activation, (None, None))
        if self._forward is None or len(widths) < 2:
            raise ValueError(f"MLP({widths!r}, {activation!r})")
        dice = random.Random(int(seed))
        self._layers = []
        for n_in, n_out in pairwise(widths):
            weight = [[dice.gauss(0, n_in**-0.5) for _ in range(n_in)] for _ in range(n_out)]
            bias = [dice.gauss(0, 0.4) for _ in range(n_out)]
            self._layers.append(_Layer(np.array(weight), np.array(bias)))
        self._notes, self._gradients = [], []

    def forward(self, x):
        self._notes = []
        return self._ahead(x, 0)

    def _ahead(self, x, k):
        y, cache = linear_forward(x, *self._layers[k])
        self._notes.append((cache, y))
        return y if k + 1 == len(self._layers) else self._ahead(self._forward(y), k + 1)

    def backward(self, dy):
        gradients = {}
        dx = self._back(dy, len(self._layers) - 1, gradients)
        self._gradients = [gradients[k] for k in sorted(gradients)]
        return dx

    def _back(self, dy, k, gradients):
        dx, *gradients[k] = linear_backward(dy, self._notes[k][0])
        return dx if k == 0 else self._back(self._backward(dx, self._notes[k - 1][1]), k - 1, gradients)

    def parameters(self):
        return list(chain.from_iterable(self._layers))

    def gradients(self):
        return list(chain.from_iterable(self._gradients))

    def count_parameters(self):
        return sum(array.size for array in self.parameters())

# %% collapse
def collapse(weights, biases):
    (weight, *later), (bias, *later_biases) = weights, biases
    if not later:
        return np.array(weight, dtype=float), np.array(bias, dtype=float)
    rest, shift = collapse(later, later_biases)
    return rest @ weight, rest @ bias + shift

# %% shallow_joints
from fractions import Fraction


def shallow_stages(x, theta, phi):
    x = np.asarray(x, dtype=float)
    columns = [bias + weight * x for bias, weight in theta]
    pre_activations = np.column_stack(columns)
    activations = np.where(pre_activations > 0, pre_activations, 0.0)
    weighted = np.column_stack([f * h for f, h in zip(phi[1:], activations.T)])
    return pre_activations, activations, weighted, np.sum(weighted, axis=1) + phi[0]


def _events(theta, phi):
    """(joint, change of the slope there) for each unit that switches, from left to right."""
    for (bias, weight), f in zip(np.asarray(theta, dtype=float).tolist(), np.asarray(phi, dtype=float).tolist()):
        if weight:
            yield -bias / weight, abs(weight) * f


def shallow_joints(theta):
    return np.array(sorted(joint for joint, _ in _events(theta, np.zeros(len(theta)))), dtype=float)


def shallow_slopes(theta, phi):
    weights, phis = np.asarray(theta, dtype=float)[:, 1].tolist(), np.asarray(phi, dtype=float)[1:].tolist()
    # exact sums, rounded once at the end
    slope = sum((Fraction(w) * Fraction(f) for w, f in zip(weights, phis) if w < 0), Fraction(0))
    slopes = [slope]
    for _, change in sorted(_events(theta, phis)):
        slope += Fraction(change)
        slopes.append(slope)
    return np.array([float(s) for s in slopes])

# %% sgd
from itertools import islice


def sgd_step(parameters, gradients, learning_rate):
    pairs = list(zip(parameters, gradients, strict=True))
    while pairs:
        parameter, gradient = pairs.pop()
        parameter[...] -= learning_rate * gradient


def minibatches(n, batch_size, rng):
    cards = iter(rng.permutation(n).tolist())
    hands = iter(lambda: list(islice(cards, batch_size)), [])
    return [np.array(hand) for hand in hands]


def decayed_learning_rate(start, decay, epoch):
    return math.prod([float(start)] + [decay] * epoch)

# %% fit_curve
import logging
from collections import defaultdict

_log = logging.getLogger("fit_curve")


def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    shuffler = np.random.default_rng(seed)
    history = defaultdict(list, loss=[], learning_rate=[])

    def note_loss():
        loss, _ = mse(model.forward(x), y)
        history["loss"].append(loss)
        _log.debug("loss %.6g", loss)

    note_loss()
    for epoch in range(epochs):
        eta = decayed_learning_rate(learning_rate, decay, epoch)
        history["learning_rate"].append(eta)
        for picked in minibatches(len(x), batch_size, shuffler):
            batch_x, batch_y = x[picked], y[picked]
            _, dy = mse(model.forward(batch_x), batch_y)
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), eta)
        note_loss()
    return dict(history)

# %% lecture_errors
import math
from itertools import pairwise


def count_weights(widths):
    return sum(math.prod(pair) for pair in pairwise(widths))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    firsts = range(0, n_samples, batch_size)
    if drop_last and len(firsts) * batch_size > n_samples:
        firsts = firsts[:-1]
    return len(firsts)


def gradient_step(w, gradient, learning_rate):
    return np.asarray(w, dtype=float) - float(learning_rate) * np.asarray(gradient, dtype=float)


def count_deep_parameters(depth, width):
    return sum(width**2 + width for _ in range(depth))


def binary_loss(p, y):
    costs = (-math.log(q) if label else -math.log1p(-q) for q, label in zip(p.tolist(), y.tolist()))
    return math.fsum(costs)


def split_theta(theta):
    biases, weights = zip(*theta.tolist())
    return np.array(biases, dtype=float), np.array(weights, dtype=float)
