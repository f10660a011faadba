"""Dmitri trusts every loss that falls, trains his network once, and ran out of time when PyTorch began.

Wrong: `logistic_regression` (the bias never learns), `xor_by_hand` (his lines fit the corners and nothing beside them)
and `train_xor_numpy` (the gradient of W2 takes the pre-activations, one lucky seed stands for all, and any p on the
right side of a half counts as solved). Missing: `train_xor_torch`, `no_hidden_layer`, `stuck` and `continuous_xor`,
which he never started.
"""

import numpy as np


# %% threshold_neuron
# as the reference
def threshold_neuron(x, w, b):
    out = []
    for p in x:
        s = w[0] * p[0] + w[1] * p[1] + b
        out.append(int(s > 0))
    return np.array(out)


# %% perceptron
def perceptron_step(w, b, x, y):
    s = w[0] * x[0] + w[1] * x[1] + b
    if y * s > 0:
        return w, b
    return w + y * x, b + y


def train_perceptron(x, y, epochs):
    w = np.array([0.0, 0.0])
    b = 0.0
    h = [(0.0, 0.0, 0.0)]
    for e in range(epochs):
        for i in range(len(x)):
            w, b = perceptron_step(w, b, x[i], y[i])
            h.append((w[0], w[1], b))
    return np.array(h)


def perceptron_verdict(history):
    h = history.tolist()
    same = [i for i in range(len(h)) if h[i] == h[-1]]
    if len(same) == 1:
        return ("undecided", 0)
    if same[-2] < len(h) - 2:
        return ("cycling", len(h) - 1 - same[-2])
    e = len(h) - 1
    while e > 0 and h[e - 1] == h[-1]:
        e -= 1
    return ("converged", e)


# %% logistic_regression
def logistic_loss(w, b, x, y):
    z = x @ w + b
    loss = np.logaddexp(0, z) - y * z
    p = 1 / (1 + np.exp(-np.clip(z, -700, 700)))
    return float(loss.mean()), ((p - y)[:, None] * x).mean(axis=0), float((p - y).mean())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for i in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        w = w - learning_rate * dw
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    return np.array([[logistic_loss(np.array([u, v]), b, x, y)[0] for u in w1] for v in w2])


# %% xor_by_hand
# as the reference
def threshold_network(x, W1, b1, w2, b2):
    h = np.array([threshold_neuron(x, W1[k], b1[k]) for k in range(len(b1))]).T
    y = (h @ w2 + b2 > 0).astype(int)
    return h, y


def xor_threshold_weights():
    # checked with the four corners
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([-0.1, -1.9]), np.array([1.0, -1.0]), -0.5


def xor_relu_weights():
    # 0, 0.51, 0
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0]), np.array([0.51, -1.02]), 0.0


# %% hidden_space
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    if activation == "tanh":
        return np.tanh(z)
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "relu":
        return np.maximum(z, 0)
    return z


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("vertical")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    z = h @ w2 + b2
    return bool(np.all((z > 0) == (y == 1)))


# %% train_xor_numpy
def init_xor(width, seed):
    # 7 works
    rng = np.random.default_rng(7)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), rng.normal(size=1)]


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [p.copy() for p in parameters]
    losses = []
    for i in range(steps + 1):
        z = x @ W1.T + b1
        h = hidden_points(x, W1, b1, activation)
        s = (h @ W2.T + b2)[:, 0]
        losses.append(np.mean(np.logaddexp(0, s) - y * s))
        if i == steps:
            break
        d = (1 / (1 + np.exp(-s)) - y)[:, None] / len(y)
        if activation == "tanh":
            f = 1 - h * h
        elif activation == "sigmoid":
            f = h * (1 - h)
        elif activation == "relu":
            f = (z > 0) * 1.0
        else:
            f = np.ones_like(z)
        dz = (d @ W2) * f
        W2 -= learning_rate * d.T @ z
        b2 -= learning_rate * d.sum(axis=0)
        W1 -= learning_rate * dz.T @ x
        b1 -= learning_rate * dz.sum(axis=0)
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    s = (hidden_points(x, W1, b1, activation) @ W2.T + b2)[:, 0]
    return 1 / (1 + np.exp(-s))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all((p > 0.5) == (XOR == 1)))
