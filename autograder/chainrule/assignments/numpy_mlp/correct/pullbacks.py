"""A correct submission in which every forward gives its value and a pullback, composed by reduce."""

import numpy as np


# %% neuron
from functools import partial
from math import exp

logistic = lambda z: 1 / (1 + np.exp(-z))
neuron = lambda x, w, b: float(logistic(np.einsum("i,i->", x, w) + b))
layer = lambda x, weight, bias: logistic(np.einsum("i,oi->o", x, weight) + bias)
layer_batch = lambda x, weight, bias: np.stack([layer(row, weight, bias) for row in x])


# %% activations
from types import SimpleNamespace


def elementwise(value, pullback_slope):
    """(f, f_backward) from a function and a function that gives its slope, both on float64 arrays."""
    real = partial(np.asarray, dtype=float)
    f = lambda z: np.array(value(real(z)))
    f_backward = lambda da, z: real(da) * pullback_slope(real(z))
    return f, f_backward


# ln σ(z) = -ln(1 + e⁻ᶻ), which logaddexp finds without an overflow
log_sigmoid = lambda z: -np.logaddexp(0, -z)
bump = lambda z: np.exp(log_sigmoid(z) + log_sigmoid(-z))
sech2 = lambda z: 4 * bump(2 * z)  # tanh z = 2σ(2z) - 1

identity, identity_backward = elementwise(lambda z: z, np.ones_like)
sigmoid, sigmoid_backward = elementwise(lambda z: np.exp(log_sigmoid(z)), bump)
tanh, tanh_backward = elementwise(np.tanh, sech2)
relu, relu_backward = elementwise(lambda z: z.clip(min=0), lambda z: np.heaviside(z, 0.0))


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    # every stage gives its value and a pullback: gradient of the value -> gradients of its arguments
    def product(a, b):
        return a * b, lambda g: (g * b, g * a)

    def through_tanh(u):
        h = float(tanh(u))
        return h, lambda g: g * (1 - h) * (1 + h)

    def square(v):
        return v**2, lambda g: 2 * g * v

    u, pull_u = product(w, x)
    h, pull_h = through_tanh(u)
    h2, pull_h2 = square(h)
    y, pull_y = product(theta, h2)
    loss, pull_loss = square(y - target)

    dy = pull_loss(1.0)
    dtheta, dh2 = pull_y(dy)
    dh = pull_h2(dh2)
    dw, dx = pull_u(pull_h(dh))
    result = dict(h=h, y=y, loss=loss)
    result |= dict(dloss_dy=dy, dloss_dtheta=dtheta, dloss_dh=dh, dloss_dw=dw, dloss_dx=dx)
    return {name: float(number) for name, number in result.items()}


# %% linear_forward
def linear_forward(x, weight, bias):
    y = np.einsum("ni,oi->no", x, weight) + np.asarray(bias, dtype=float)
    return y, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    contract = lambda spec, *arrays: np.einsum(spec, *arrays).astype(float)
    return contract("no,oi->ni", dy, weight), contract("no,ni->oi", dy, x), contract("no->o", dy)


# %% losses
def mean_loss(term, slope):
    """A loss that is the mean of term(p, t) over all elements, with slope = ∂term/∂p."""

    def loss(first, second):
        if np.shape(first) != np.shape(second):
            raise ValueError("shapes differ")
        p, t = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
        return float(np.mean(term(p, t))), slope(p, t) / p.size

    return loss


mse = mean_loss(lambda p, t: (p - t) ** 2, lambda p, t: 2 * (p - t))
mae = mean_loss(lambda p, t: abs(p - t), lambda p, t: np.sign(p - t))
binary_cross_entropy = mean_loss(
    lambda z, t: t * np.logaddexp(0, -z) + (1 - t) * np.logaddexp(0, z),
    lambda z, t: sigmoid(z) - t,
)


def rmse(prediction, target):
    square, dsquare = mse(prediction, target)
    return square**0.5, dsquare * (0.5 * square**-0.5 if square else 0.0)


def softmax_cross_entropy(logits, labels):
    if np.shape(labels) != np.shape(logits)[:1]:
        raise ValueError("one label for each row of logits")
    logsumexp = np.logaddexp.reduce(np.asarray(logits, dtype=float), axis=1, keepdims=True)
    logp = logits - logsumexp
    right = np.equal.outer(labels, np.arange(logp.shape[1]))
    return float(-logp[right].mean()), (np.exp(logp) - right) / len(logp)


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    def along(index):
        here = np.zeros(np.shape(x))
        here[index] = eps
        return (f(x + here) - f(x - here)) / (2 * eps)

    slopes = map(along, np.ndindex(np.shape(x)))
    return np.fromiter(slopes, dtype=float).reshape(np.shape(x))


def relative_error(a, b):
    size = lambda v: float(np.abs(v).max())
    return size(np.asarray(a) - b) / max(size(a) + size(b), 1e-12)


# %% mlp
from functools import reduce


class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        match activation:
            case "identity" | "sigmoid" | "tanh" | "relu":
                names = activation, f"{activation}_backward"
                self._f, self._f_backward = (globals()[name] for name in names)
            case _:
                raise ValueError(f"unknown activation {activation!r}")
        match list(widths):
            case [_, _, *_]:
                stages = list(zip(widths, widths[1:]))
            case _:
                raise ValueError("two widths or more")
        rng = np.random.default_rng(seed)
        uniform = lambda limit, *shape: rng.uniform(-limit, limit, shape)
        self._parameters = [
            array
            for i, o in stages
            for array in (uniform((4.5 / (i + 1)) ** 0.5, o, i), uniform(0.8, o))
        ]
        self._gradients, self._pullback = [], None

    def _linear(self, x, weight, bias):
        y, cache = linear_forward(x, weight, bias)
        return y, partial(linear_backward, cache=cache)

    def forward(self, x):
        last = self._parameters[-2:]
        hidden = list(zip(self._parameters[:-2:2], self._parameters[1:-2:2]))

        def no_step(dy):
            return dy, []

        def add_block(so_far, parameters):
            h, pull = so_far
            z, pull_linear = self._linear(h, *parameters)

            def pull_all(da):
                dh, *mine = pull_linear(self._f_backward(da, z))
                dx, earlier = pull(dh)
                return dx, earlier + mine

            return self._f(z), pull_all

        h, pull_hidden = reduce(add_block, hidden, (x, no_step))
        y, pull_last = self._linear(h, *last)

        def pullback(dy):
            dh, *mine = pull_last(dy)
            dx, earlier = pull_hidden(dh)
            return dx, earlier + mine

        self._pullback = pullback
        return y

    def backward(self, dy):
        dx, self._gradients = self._pullback(dy)
        return dx

    def parameters(self):
        return self._parameters[:]

    def gradients(self):
        return self._gradients[:]

    def count_parameters(self):
        return sum(map(np.size, self._parameters))


# %% collapse
def collapse(weights, biases):
    if len(weights) == 1:
        return np.array(weights[0], dtype=float), np.array(biases[0], dtype=float)
    inner_weight, inner_bias = collapse(weights[:-1], biases[:-1])
    return weights[-1] @ inner_weight, weights[-1] @ inner_bias + biases[-1]


# %% shallow_joints
def shallow_stages(x, theta, phi):
    powers = np.vander(np.asarray(x, dtype=float), 2, increasing=True)  # columns 1 and x
    pre = np.einsum("nk,ik->ni", powers, theta)
    on = relu(pre)
    weighted = np.einsum("ni,i->ni", on, phi[1:])
    return pre, on, weighted, np.einsum("ni->n", weighted) + phi[0]


def shallow_joints(theta):
    return np.array(sorted(-t0 / t1 for t0, t1 in np.asarray(theta, dtype=float) if t1), dtype=float)


def shallow_slopes(theta, phi):
    # the regions are left of, between and right of the joints; unit i is on in region r if the joint of i
    # lies left of it (weight > 0) or right of it (weight < 0)
    units = [(-t0 / t1, t1, p) for (t0, t1), p in zip(np.asarray(theta, dtype=float), phi[1:]) if t1]
    left_ends = [-np.inf, *shallow_joints(theta)]
    slope = lambda left: sum(p * t1 for joint, t1, p in units if (joint <= left) == (t1 > 0))
    return np.array([slope(left) for left in left_ends], dtype=float)


# %% sgd
from itertools import accumulate, islice, repeat
from operator import mul


def sgd_step(parameters, gradients, learning_rate):
    for parameter, gradient in zip(parameters, gradients):
        np.copyto(parameter, parameter - learning_rate * gradient)


def minibatches(n, batch_size, rng):
    order = iter(rng.permutation(n))
    take = lambda: list(islice(order, batch_size))
    return [np.array(batch) for batch in iter(take, [])]


def decayed_learning_rate(start, decay, epoch):
    *_, rate = accumulate(repeat(decay, epoch), mul, initial=start)
    return float(rate)


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    rate_of = partial(decayed_learning_rate, learning_rate, decay)
    total = lambda: mse(model.forward(x), y)[0]

    def learn(rate, rows):
        model.backward(mse(model.forward(x[rows]), y[rows])[1])
        sgd_step(model.parameters(), model.gradients(), rate)

    def run():
        yield total()
        for rate in map(rate_of, range(epochs)):
            for rows in minibatches(len(x), batch_size, rng):
                learn(rate, rows)
            yield total()

    return {"loss": list(run()), "learning_rate": [rate_of(epoch) for epoch in range(epochs)]}


# %% lecture_errors
from math import fsum, log


def count_weights(widths):
    return sum(map(mul, widths, widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return len(range(batch_size - 1, n_samples, batch_size) if drop_last else range(0, n_samples, batch_size))


gradient_step = lambda w, gradient, learning_rate: w - float(learning_rate) * gradient
count_deep_parameters = lambda depth, width: depth * count_weights([width, width]) + depth * width
binary_loss = lambda p, y: fsum(-log(pn if yn else 1 - pn) for pn, yn in zip(p, y))
split_theta = lambda theta: tuple(np.array(column) for column in zip(*theta))
