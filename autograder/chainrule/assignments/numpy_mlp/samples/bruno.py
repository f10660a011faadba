"""Bruno studies physics, writes short vectorised code, and ran out of time after the optimizer.

Missing: `fit_curve` and `lecture_errors`, which he never started; everything before them is right.
"""

import numpy as np


# %% neuron
# as the reference


# %% activations
# as the reference
def identity(z):
    return 1 * z


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) < 0, e, 1) / (1 + e)


def relu(z):
    return (np.abs(z) + z) / 2


def identity_backward(da, z):
    return 1 * da


def sigmoid_backward(da, z):
    return da * sigmoid(z) * sigmoid(-np.asarray(z))


def relu_backward(da, z):
    return da * (np.asarray(z) > 0)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = tanh(w * x)
    y = theta * h**2
    r = y - target
    out = dict(h=h, y=y, loss=r**2, dloss_dy=2 * r, dloss_dtheta=2 * r * h**2, dloss_dh=4 * r * theta * h)
    out["dloss_dw"] = out["dloss_dh"] * (1 - h**2) * x
    out["dloss_dx"] = out["dloss_dh"] * (1 - h**2) * w
    return {k: float(v) for k, v in out.items()}


# %% linear_forward
# as the reference


# %% linear_backward
def linear_backward(dy, cache):
    x, W = cache
    return dy @ W, dy.T @ x, dy.sum(0)


# %% losses
def _same(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape:
        raise ValueError("shapes differ: %s %s" % (a.shape, b.shape))
    return a, b


def mse(prediction, target):
    p, t = _same(prediction, target)
    return float(np.mean((p - t) ** 2)), 2 * (p - t) / p.size


def mae(prediction, target):
    p, t = _same(prediction, target)
    return float(np.mean(np.abs(p - t))), np.sign(p - t) / p.size


def rmse(prediction, target):
    p, t = _same(prediction, target)
    L = float(np.sqrt(np.mean((p - t) ** 2)))
    return L, ((p - t) / (p.size * L) if L > 0 else 0 * p)


def binary_cross_entropy(logits, target):
    z, t = _same(logits, target)
    L = np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))
    return float(L), (sigmoid(z) - t) / z.size


def softmax_cross_entropy(logits, labels):
    z, k = np.asarray(logits, float), np.asarray(labels)
    N = len(z)
    if k.shape != (N,):
        raise ValueError("labels: expected (%d,), got %s" % (N, k.shape))
    z = z - z.max(1, keepdims=True)
    Z = np.exp(z).sum(1)
    L = np.mean(np.log(Z) - z[range(N), k])
    g = np.exp(z) / Z[:, None]
    g[range(N), k] -= 1
    return float(L), g / N


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, float)  # a copy, we poke into it
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x0 = x[i]
        x[i] = x0 + eps
        fp = f(x)
        x[i] = x0 - eps
        fm = f(x)
        x[i] = x0
        g[i] = (fp - fm) / (2 * eps)
    return g


def relative_error(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return float(np.abs(a - b).max() / max(np.abs(a).max() + np.abs(b).max(), 1e-12))


# %% mlp
class MLP:
    act = {
        "identity": (identity, identity_backward),
        "sigmoid": (sigmoid, sigmoid_backward),
        "tanh": (tanh, tanh_backward),
        "relu": (relu, relu_backward),
    }

    def __init__(self, widths, activation="relu", seed=0):
        if activation not in self.act:
            raise ValueError("activation must be one of " + ", ".join(self.act))
        if len(widths) < 2:
            raise ValueError("need at least 2 widths")
        self.f, self.fprime = self.act[activation]
        rng = np.random.default_rng(seed)
        self.W = [rng.normal(size=(o, i)) / np.sqrt(i) for i, o in zip(widths, widths[1:])]
        self.b = [rng.normal(size=o) / 10 for o in widths[1:]]
        self.dW = [np.zeros_like(W) for W in self.W]
        self.db = [np.zeros_like(b) for b in self.b]

    def forward(self, x):
        self.h, self.z = [x], []
        for W, b in zip(self.W, self.b):
            self.z.append(self.h[-1] @ W.T + b)
            self.h.append(self.f(self.z[-1]))
        return self.z[-1]  # linear output

    def backward(self, dy):
        for l in range(len(self.W) - 1, -1, -1):
            dh, self.dW[l], self.db[l] = linear_backward(dy, (self.h[l], self.W[l]))
            dy = self.fprime(dh, self.z[l - 1]) if l > 0 else dh
        return dy

    def parameters(self):
        return [p for Wb in zip(self.W, self.b) for p in Wb]

    def gradients(self):
        return [g for dWb in zip(self.dW, self.db) for g in dWb]

    def count_parameters(self):
        return sum(p.size for p in self.parameters())


# %% collapse
def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for Wl, bl in zip(weights[1:], biases[1:]):
        W, b = Wl @ W, Wl @ b + bl
    return W, b


# %% shallow_joints
def shallow_stages(x, theta, phi):
    z = theta[:, 0] + np.outer(x, theta[:, 1])
    h = np.maximum(z, 0)
    return z, h, h * phi[1:], phi[0] + h @ phi[1:]


def shallow_joints(theta):
    t = theta[theta[:, 1] != 0]
    return np.sort(-t[:, 0] / t[:, 1])


def shallow_slopes(theta, phi):
    t, c = theta[theta[:, 1] != 0], phi[1:][theta[:, 1] != 0]
    order = np.argsort(-t[:, 0] / t[:, 1])
    # leftmost: all units with negative slope are on. Passing any joint changes the slope by phi * |theta1|
    s = np.sum(c[t[:, 1] < 0] * t[t[:, 1] < 0, 1])
    return s + np.concatenate([[0], np.cumsum((c * np.abs(t[:, 1]))[order])])


# %% sgd
# as the reference
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    idx = rng.permutation(n)
    return [idx[i : i + batch_size] for i in range(0, n, batch_size)]
