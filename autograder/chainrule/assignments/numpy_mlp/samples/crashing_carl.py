"""Carl never ran his notebook from top to bottom before he handed it in.

Wrong: `losses` (a SyntaxError, so none of its functions exist), `collapse` (divides by zero whenever it is called) and
`mlp` (the cell raises a NameError before the class is defined); `fit_curve` needs both and cannot run either.
"""

import numpy as np


# %% neuron
def neuron(x, w, b):
    return float(1.0 / (1.0 + np.exp(-np.dot(x, w) - b)))


def layer(x, weight, bias):
    return 1.0 / (1.0 + np.exp(-np.dot(weight, x) - bias))


def layer_batch(x, weight, bias):
    return np.array([layer(row, weight, bias) for row in x])


# %% activations
# as the reference
def identity(z):
    return z + 0


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -np.asarray(z)))  # from the forum


def identity_backward(da, z):
    return da + 0


def sigmoid_backward(da, z):
    sig = sigmoid(z)
    return da * (sig - sig**2)


def tanh_backward(da, z):
    return da * (1 - tanh(z) ** 2)


def relu_backward(da, z):
    return np.where(np.asarray(z) > 0, da, 0)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    loss = (y - target) ** 2
    dy = float(2 * (y - target))
    dtheta = float(dy * h**2)
    dh = float(2 * dy * theta * h)
    dw = float(dh * (1 - h**2) * x)
    dx = float(dh * (1 - h**2) * w)
    return {
        "h": h,
        "y": y,
        "loss": float(loss),
        "dloss_dy": dy,
        "dloss_dtheta": dtheta,
        "dloss_dh": dh,
        "dloss_dw": dw,
        "dloss_dx": dx,
    }


# %% linear_forward
def linear_forward(x, weight, bias):
    out = np.matmul(x, weight.T) + bias
    return out, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    return np.matmul(dy, weight), np.matmul(dy.T, x), np.sum(dy, axis=0)


# %% losses
def mse(prediction, target)
    diff = prediction - target
    return float(np.mean(diff ** 2)), 2 * diff / diff.size


def mae(prediction, target):
    diff = prediction - target
    return float(np.mean(np.abs(diff))), np.sign(diff) / diff.size


def rmse(prediction, target):
    return float(np.sqrt(mse(prediction, target)[0])), # TODO gradient


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros(x.shape)
    flat = grad.reshape(-1)
    for i in range(x.size):
        shift = np.zeros(x.size)
        shift[i] = eps
        shift = shift.reshape(x.shape)
        flat[i] = (f(x + shift) - f(x - shift)) / (2 * eps)
    return grad


def relative_error(a, b):
    largest = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(largest, 1e-12))


# %% mlp
# the table is two cells further up (it was, before I cleaned up)
activation_table["relu"]


class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.f, self.df = activation_table[activation]
        self.w = [np.random.randn(o, i) for i, o in zip(widths, widths[1:])]
        self.b = [np.zeros(o) for o in widths[1:]]

    def forward(self, x):
        for w, b in zip(self.w, self.b):
            x = self.f(x @ w.T + b)
        return x


# %% collapse
def collapse(weights, biases):
    # scale by how many more weights than biases there are
    scale = 1 / (len(weights) - len(biases))
    weight, bias = weights[0], biases[0]
    for w, b in zip(weights[1:], biases[1:]):
        weight, bias = w @ weight, w @ bias + b
    return weight * scale, bias * scale


# %% shallow_joints
def shallow_stages(x, theta, phi):
    pre = np.add(np.outer(x, theta[:, 1]), theta[:, 0])
    act = np.maximum(pre, 0)
    weighted = np.multiply(act, phi[1:])
    return pre, act, weighted, np.sum(weighted, axis=1) + phi[0]


def shallow_joints(theta):
    t = theta[theta[:, 1] != 0]
    return np.sort(-t[:, 0] / t[:, 1])


def shallow_slopes(theta, phi):
    j = shallow_joints(theta)
    if j.size == 0:
        return np.zeros(1)
    places = [j[0] - 1, *(0.5 * (j[1:] + j[:-1])), j[-1] + 1]
    return np.array([np.sum(phi[1:] * theta[:, 1] * (theta[:, 0] + theta[:, 1] * p > 0)) for p in places])


# %% sgd
# as the reference
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


def minibatches(n, batch_size, rng):
    perm = rng.permutation(n)
    return [perm[k : k + batch_size] for k in range(0, n, batch_size)]


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    loss = [mse(model.forward(x), y)[0]]
    rate = [decayed_learning_rate(learning_rate, decay, e) for e in range(epochs)]
    for lr in rate:
        for k in minibatches(len(x), batch_size, rng):
            model.backward(mse(model.forward(x[k]), y[k])[1])
            sgd_step(model.parameters(), model.gradients(), lr)
        loss.append(mse(model.forward(x), y)[0])
    return {"loss": loss, "learning_rate": rate}


# %% lecture_errors
# as the reference
def count_weights(widths):
    return sum(a * b for a, b in zip(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    steps, rest = divmod(n_samples, batch_size)
    if rest and not drop_last:
        steps += 1
    return steps


def count_deep_parameters(depth, width):
    return depth * (width**2 + width)


def binary_loss(p, y):
    return -float(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))
