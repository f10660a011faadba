"""A correct submission without a loop over samples, units or networks: matrix products, einsum, broadcasting."""

import numpy as np


# %% threshold_neuron
def threshold_neuron(x, w, b):
    return np.heaviside(np.einsum("ni,i->n", x, w) + b, 0).astype(np.int64)


def and_neuron():
    return np.ones(2), -1.5


def or_neuron():
    return np.ones(2), -0.5


def nand_neuron():
    return -np.ones(2), 1.5


# %% perceptron
def perceptron_step(w, b, x, y):
    theta = np.append(w, b).astype(float)
    features = np.append(x, 1.0)
    theta = theta + (y * (theta @ features) <= 0) * y * features
    return theta[:2], theta[2]


def train_perceptron(x, y, epochs):
    samples, labels = np.tile(x, (epochs, 1)), np.tile(y, epochs)
    history = np.zeros((len(samples) + 1, 3))
    for before, after, sample, label in zip(history[:-1], history[1:], samples, labels):
        after[:2], after[2] = perceptron_step(before[:2], before[2], sample, label)
    return history


def perceptron_verdict(history):
    history = np.asarray(history)
    same = (history[:-1] == history[-1]).all(axis=1)  # for each earlier row: is it the last one?
    if same.size and same[-1]:
        differing = np.flatnonzero(~same)
        return "converged", int(differing[-1] + 1) if differing.size else 0
    if same.any():
        return "cycling", int(len(same) - np.flatnonzero(same)[-1])
    return "undecided", 0


# %% logistic_regression
def logistic_loss(w, b, x, y):
    sign = 2 * np.asarray(y) - 1
    margin = sign * (x @ w + b)
    # -ln σ(m), and its slope -σ(-m)
    slope = -sign * np.exp(-np.logaddexp(0, margin)) / len(x)
    return np.logaddexp(0, -margin).mean(), np.einsum("n,ni->i", slope, x), slope.sum()


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = np.empty(steps + 1)
    for step in range(steps):
        losses[step], dw, db = logistic_loss(w, b, x, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
    losses[steps] = logistic_loss(w, b, x, y)[0]
    return w, b, losses


def loss_surface(w1, w2, b, x, y):
    # axes: w2, w1, sample
    z = np.asarray(w1)[None, :, None] * x[:, 0] + np.asarray(w2)[:, None, None] * x[:, 1] + b
    return np.mean(np.logaddexp(0, z) - y * z, axis=-1)


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    h = np.greater(np.einsum("ni,ki->nk", x, W1) + b1, 0).astype(int)
    return h, np.greater(np.einsum("nk,k->n", h, w2) + b2, 0).astype(int)


def xor_threshold_weights():
    # OR, AND; the output is "OR but not AND"
    return np.ones((2, 2)), np.array([-0.5, -1.5]), np.array([1.0, -1.0]), -0.5


def relu_network(x, W1, b1, w2, b2):
    h = np.einsum("ni,ki->nk", x, W1) + b1
    h = h.clip(min=0)
    return h, np.einsum("nk,k->n", h, w2) + b2


def xor_relu_weights():
    # a triangle over s = x1 + x2: it starts at 0, is 1 at s = 1 and goes on falling
    return np.ones((2, 2)), np.array([0.0, -1.0]), np.array([1.0, -2.0]), 0.0


# %% hidden_space
ACTIVATIONS = {
    "identity": np.positive,
    "sigmoid": lambda z: 0.5 * (1 + np.tanh(0.5 * z)),
    "tanh": np.tanh,
    "relu": lambda z: z * (z > 0),
}


def hidden_points(x, W1, b1, activation="tanh"):
    return ACTIVATIONS[activation](np.einsum("ni,ki->nk", x, W1) + b1)


def output_line(h1, w2, b2):
    slope_of_h1, slope_of_h2 = w2
    if np.isclose(slope_of_h2, 0, rtol=0, atol=1e-300):
        raise ValueError("h2 has weight 0: the line is vertical")
    return np.polyval([-slope_of_h1 / slope_of_h2, -b2 / slope_of_h2], h1)


def separates(h, y, w2, b2):
    return np.array_equal(h @ w2 + b2 > 0, np.asarray(y, dtype=bool))


# %% train_xor_numpy
def init_xor(width, seed):
    """Xavier's bounds for both weights, small biases."""
    rng = np.random.default_rng([seed, width])
    bound1, bound2 = np.sqrt(6 / (2 + width)), np.sqrt(6 / (width + 1))
    return [
        rng.uniform(-bound1, bound1, (width, 2)),
        rng.uniform(-0.5, 0.5, width),
        rng.uniform(-bound2, bound2, (1, width)),
        np.zeros(1),
    ]


SLOPES = {
    "identity": np.ones_like,
    "sigmoid": lambda h: h * (1 - h),
    "tanh": lambda h: 1 - h * h,
    "relu": lambda h: np.sign(h),
}


def descend(parameters, x, y, steps, learning_rate, activation):
    """Gradient descent on any number of networks: every array has leading axes `...` for them."""
    W1, b1, W2, b2 = (np.array(p, dtype=float) for p in parameters)
    f, slope = ACTIVATIONS[activation], SLOPES[activation]
    losses = []
    for step in range(steps + 1):
        h = f(np.einsum("ni,...ki->...nk", x, W1) + b1[..., None, :])
        z = np.einsum("...nk,...ok->...no", h, W2)[..., 0] + b2
        losses.append(np.mean(np.logaddexp(0, z) - y * z, axis=-1))
        if step == steps:
            return [W1, b1, W2, b2], np.array(losses)
        dz = (0.5 * (1 + np.tanh(0.5 * z)) - y) / len(x)
        dh = np.einsum("...n,...ok->...nk", dz, W2) * slope(h)
        W2 = W2 - learning_rate * np.einsum("...n,...nk->...k", dz, h)[..., None, :]
        b2 = b2 - learning_rate * dz.sum(axis=-1, keepdims=True)
        W1 = W1 - learning_rate * np.einsum("...nk,ni->...ki", dh, x)
        b1 = b1 - learning_rate * dh.sum(axis=-2)


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    return descend(parameters, x, y, steps, learning_rate, activation)


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    z = np.einsum("nk,ok->no", hidden_points(x, W1, b1, activation), W2) + b2
    return 0.5 * (1 + np.tanh(0.5 * z[:, 0]))


def solved(parameters, activation="tanh"):
    # further than 0.4 from ½, on the side of the target
    return bool(np.min((2 * XOR - 1) * (probabilities(parameters, CORNERS, activation) - 0.5)) > 0.4)


# %% train_xor_torch
def stack(networks):
    return list(map(np.stack, zip(*networks)))


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    f = {"identity": torch.clone, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu}[activation]
    theta = [torch.from_numpy(np.array(p, dtype=np.float64)).requires_grad_() for p in parameters]
    W1, b1, W2, b2 = theta
    x, y = torch.as_tensor(x, dtype=torch.float64), torch.as_tensor(y, dtype=torch.float64)

    def losses():
        h = f(torch.einsum("ni,ski->snk", x, W1) + b1.unsqueeze(1))
        z = torch.einsum("snk,sok->sno", h, W2).squeeze(-1) + b2
        return torch.mean(torch.logaddexp(z, torch.zeros_like(z)) - y * z, dim=1)

    history = torch.empty(steps + 1, len(W1), dtype=torch.float64)
    for step in range(steps):
        now = losses()
        history[step] = now.detach()
        gradients = torch.autograd.grad(now.sum(), theta)
        with torch.no_grad():
            for parameter, gradient in zip(theta, gradients):
                parameter.sub_(gradient, alpha=learning_rate)
    history[steps] = losses().detach()
    return [parameter.detach().numpy() for parameter in theta], history.numpy()


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    w = np.einsum("ok,ki->oi", W2, W1).squeeze(0)
    return w, (np.einsum("ok,k->o", W2, b1) + b2).item()


def most_corners_right(w, b):
    return int(np.count_nonzero(np.sign(CORNERS @ w + b) == 2 * XOR - 1))


def solved_share(start, steps, learning_rate, activation):
    """The share of a stack of networks that solves XOR with the margin."""
    (W1, b1, W2, b2), _ = descend(start, CORNERS, XOR, steps, learning_rate, activation)
    h = ACTIVATIONS[activation](np.einsum("ni,ski->snk", CORNERS, W1) + b1[:, None])
    z = np.einsum("snk,sok->sn", h, W2) + b2
    return float(np.mean(np.all((2 * XOR - 1) * np.tanh(0.5 * z) > 0.8, axis=1)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return solved_share(stack([init_xor(width, seed) for seed in seeds]), steps, learning_rate, "identity")


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    wrong = ~((2 * XOR - 1) * (p - 0.5) > 0.4)
    if not wrong.any():
        return "solved"
    names = {4: "all undecided", 3: "three averaged", 2: "two undecided"}
    level = XOR[wrong].mean() if wrong.sum() == 3 else 0.5
    return names.get(int(wrong.sum()), "other") if np.abs(p[wrong] - level).max() <= 0.05 else "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return solved_share(stack([init_xor(width, seed) for seed in seeds]), steps, learning_rate, activation)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, size=(n, 2))
    return bits + sigma * rng.standard_normal((n, 2)), bits[:, 0] ^ bits[:, 1]


def decision_grid(parameters, x1, x2, activation="tanh"):
    first, second = np.broadcast_arrays(np.asarray(x1)[None, :], np.asarray(x2)[:, None])
    return probabilities(parameters, np.c_[first.ravel(), second.ravel()], activation).reshape(first.shape)
