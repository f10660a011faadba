"""Bruno studies physics, writes short vectorised code, and thinks in axes and variances, not always the right ones.

Wrong: `logistic_regression` (the loss surface has one row per w1 instead of per w2), `train_xor_torch` (the networks'
losses are averaged, so each of S networks takes steps S times too small) and `continuous_xor` (sigma is taken for the
variance). `stuck` trains with his `train_xor_torch` and counts what comes out, which costs no points a second time; all
the rest is right.
"""

import numpy as np


# %% threshold_neuron
def threshold_neuron(x, w, b):
    return ((1 + np.sign(x @ w + b)) // 2).astype(int)


def and_neuron():
    return np.array([2.0, 2.0]), -3.0


def or_neuron():
    return np.array([2.0, 2.0]), -1.0


def nand_neuron():
    return np.array([-2.0, -2.0]), 3.0


# %% perceptron
def perceptron_step(w, b, x, y):
    wrong = y * (x @ w + b) <= 0
    return w + wrong * y * x, b + wrong * y


def train_perceptron(x, y, epochs):
    history = np.zeros((epochs, len(x), 3))
    w, b = np.zeros(2), 0.0
    for e in range(epochs):
        for n in range(len(x)):
            w, b = perceptron_step(w, b, x[n], y[n])
            history[e, n] = *w, b
    history = np.vstack([np.zeros(3), history.reshape(-1, 3)])
    return history


def perceptron_verdict(history):
    distance = np.abs(history - history[-1]).max(axis=1)  # in the space of (w1, w2, b)
    back = np.flatnonzero(distance[::-1] == 0)  # how many rows ago we were here, 0 first
    if len(back) == 1:
        return "undecided", 0
    if back[1] > 1:
        return "cycling", int(back[1])
    moving = np.flatnonzero(distance)
    return "converged", int(moving[-1]) + 1 if len(moving) else 0


# %% logistic_regression
def logistic_loss(w, b, x, y):
    z = x @ w + b
    residual = np.exp(-np.logaddexp(0, -z)) - y
    return float(np.mean(np.logaddexp(0, z) - z * y)), residual @ x / len(x), float(residual.mean())


def train_logistic(x, y, w, b, steps, learning_rate):
    loss, dw, db = logistic_loss(w, b, x, y)
    losses = [loss]
    for _ in range(steps):
        w, b = w - learning_rate * dw, b - learning_rate * db
        loss, dw, db = logistic_loss(w, b, x, y)
        losses.append(loss)
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    # w1 along the first axis, w2 along the second, like L(w1, w2)
    z = w1[:, None, None] * x[:, 0] + w2[None, :, None] * x[:, 1] + b
    return np.mean(np.logaddexp(0, z) - z * y, axis=2)


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    h = (x @ W1.T + b1 > 0).astype(int)
    return h, (h @ w2 + b2 > 0).astype(int)


def xor_threshold_weights():
    # the strip between two parallel lines: above the first, not above the second
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([-0.5, -1.5]), np.array([1.0, -1.0]), -0.5


def relu_network(x, W1, b1, w2, b2):
    z = x @ W1.T + b1
    h = (z + np.abs(z)) / 2
    return h, h @ w2 + b2


def xor_relu_weights():
    # a tent over the strip
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0]), np.array([1.0, -2.0]), 0.0


# %% hidden_space
def hidden_points(x, W1, b1, activation="tanh"):
    z = x @ W1.T + b1
    return {
        "identity": z,
        "sigmoid": np.exp(-np.logaddexp(0, -z)),
        "tanh": np.tanh(z),
        "relu": (z + np.abs(z)) / 2,
    }[activation]


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("dh2/dh1 is infinite")
    slope, intercept = -w2[0] / w2[1], -b2 / w2[1]
    return slope * h1 + intercept


def separates(h, y, w2, b2):
    return bool(((h @ w2 + b2 > 0) == (y > 0)).all())


# %% train_xor_numpy
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 1, (width, 2)), rng.normal(0, 1, width), rng.normal(0, 1, (1, width)), rng.normal(0, 1, 1)]


def slope(h, activation):
    return {"identity": 1 + 0 * h, "sigmoid": h * (1 - h), "tanh": 1 - h**2, "relu": 1.0 * (h > 0)}[activation]


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = parameters
    losses = np.zeros(steps + 1)
    for t in range(steps + 1):
        h = hidden_points(x, W1, b1, activation)
        z = h @ W2[0] + b2
        losses[t] = np.mean(np.logaddexp(0, z) - z * y)
        if t < steps:
            residual = (np.exp(-np.logaddexp(0, -z)) - y) / len(y)
            dz = np.outer(residual, W2[0]) * slope(h, activation)
            W1, b1 = W1 - learning_rate * dz.T @ x, b1 - learning_rate * dz.sum(0)
            W2, b2 = W2 - learning_rate * residual @ h, b2 - learning_rate * residual.sum()
    return [W1, b1, W2, b2], losses


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    return np.exp(-np.logaddexp(0, -(hidden_points(x, W1, b1, activation) @ W2[0] + b2)))


def solved(parameters, activation="tanh"):
    return bool(np.abs(probabilities(parameters, CORNERS, activation) - XOR).max() < 0.1)


# %% train_xor_torch
def stack(networks):
    return [np.stack(p) for p in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    f = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation]
    p = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in parameters]
    W1, b1, W2, b2 = p
    x, y = torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    losses = []
    for t in range(steps + 1):
        z = torch.einsum("snd,sod->sn", f(torch.einsum("ni,sdi->snd", x, W1) + b1[:, None]), W2) + b2
        L = (F.softplus(z) - z * y).mean(dim=1)
        losses.append(L.detach().numpy())
        if t < steps:
            for a, g in zip(p, torch.autograd.grad(L.mean(), p)):
                a.data -= learning_rate * g
    return [a.detach().numpy() for a in p], np.array(losses)


# %% no_hidden_layer
# as the reference
def most_corners_right(w, b):
    return int(((2 * XOR - 1) * (CORNERS @ w + b) > 0).sum())


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    outcomes = [
        solved(train_xor_numpy(init_xor(width, s), CORNERS, XOR, steps, learning_rate, "identity")[0], "identity")
        for s in seeds
    ]
    return float(np.mean(outcomes))


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    unsure = np.abs(p - XOR) >= 0.1
    n = unsure.sum()
    if n == 0:
        return "solved"
    level = XOR[unsure].mean() if n == 3 else 0.5
    if np.abs(p[unsure] - level).max() > 0.05 or n == 1:
        return "other"
    return {2: "two undecided", 3: "three averaged", 4: "all undecided"}[n]


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    start = stack([init_xor(width, s) for s in seeds])
    end, _ = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, activation)
    return float(np.mean([solved(network, activation) for network in zip(*end)]))


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    k = rng.integers(0, 4, n)
    # two independent Gaussians, so the covariance is sigma times the identity
    noise = rng.multivariate_normal([0, 0], sigma * np.eye(2), n)
    return CORNERS[k] + noise, XOR[k]


def decision_grid(parameters, x1, x2, activation="tanh"):
    points = np.stack(np.meshgrid(x1, x2), axis=-1)
    return probabilities(parameters, points.reshape(-1, 2), activation).reshape(points.shape[:2])
