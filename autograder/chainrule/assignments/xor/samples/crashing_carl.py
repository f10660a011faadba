"""Carl never ran his notebook from top to bottom before he handed it in.

Wrong: `logistic_regression` (a SyntaxError, so none of its functions exist), `train_xor_torch` (where a loss is large
it ends the whole Python process; the test that has such a network sees that as a crash, the others are not touched) and
`stuck` (the cell raises a NameError before its functions are defined).
"""

import numpy as np


# %% threshold_neuron
def threshold_neuron(x, w, b):
    return (np.dot(x, w) > -b).astype(int)


def and_neuron():
    return np.array([3.0, 3.0]), -4.5


def or_neuron():
    return np.array([3.0, 3.0]), -1.5


def nand_neuron():
    return np.array([-3.0, -3.0]), 4.5


# %% perceptron
def perceptron_step(w, b, x, y):
    if y * (np.dot(w, x) + b) <= 0:
        return w + y * x, b + y
    return w.copy(), b


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0.0
    rows = [np.append(w, b)]
    for _ in range(epochs):
        for xi, yi in zip(x, y):
            w, b = perceptron_step(w, b, xi, yi)
            rows.append(np.append(w, b))
    return np.array(rows)


def perceptron_verdict(history):
    n = len(history)
    like_last = [bool(np.all(row == history[-1])) for row in history]
    for e in range(n - 1):
        if all(like_last[e:]):
            return "converged", e
    for p in range(1, n):
        if like_last[n - 1 - p]:
            return "cycling", p
    return "undecided", 0


# %% logistic_regression
def logistic_loss(w, b, x, y):
    z = np.dot(x, w) + b
    loss = np.mean(np.logaddexp(0, z) - y * z
    p = 1 / (1 + np.exp(-z))
    return float(loss), np.dot(p - y, x) / len(y), float(np.mean(p - y))


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = [logistic_loss(w, b, x, y)[0]]
    for _ in range(steps):
        _, dw, db = logistic_loss(w, b, x, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, losses


def loss_surface(w1, w2, b, x, y):
    return np.array([[logistic_loss([a, c], b, x, y)[0] for a in w1] for c in w2])


# %% xor_by_hand
# as the reference
def threshold_network(x, W1, b1, w2, b2):
    h = (np.dot(x, W1.T) + b1 > 0).astype(int)
    return h, (np.dot(h, w2) + b2 > 0).astype(int)


def relu_network(x, W1, b1, w2, b2):
    h = np.maximum(np.dot(x, W1.T) + b1, 0)
    return h, np.dot(h, w2) + b2


# %% hidden_space
def hidden_points(x, W1, b1, activation="tanh"):
    z = np.dot(x, W1.T) + b1
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if activation == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0)


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("division by zero")
    return (-b2 - w2[0] * h1) / w2[1]


def separates(h, y, w2, b2):
    return all((np.dot(h, w2) + b2 > 0) == (y == 1))


# %% train_xor_numpy
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(width, 2)), rng.normal(size=width), rng.normal(size=(1, width)), np.zeros(1)]


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = parameters
    slopes = {
        "identity": lambda h: np.ones(h.shape),
        "sigmoid": lambda h: h - h**2,
        "tanh": lambda h: 1 - h**2,
        "relu": lambda h: (h > 0).astype(float),
    }
    losses = []
    for step in range(steps + 1):
        h = hidden_points(x, W1, b1, activation)
        z = np.dot(h, W2[0]) + b2[0]
        losses.append(np.mean(np.logaddexp(0, z) - y * z))
        if step < steps:
            e = (1 / (1 + np.exp(-z)) - y) / len(y)
            back = np.outer(e, W2[0]) * slopes[activation](h)
            W1 = W1 - learning_rate * np.dot(back.T, x)
            b1 = b1 - learning_rate * np.sum(back, axis=0)
            W2 = W2 - learning_rate * np.dot(e, h)
            b2 = b2 - learning_rate * np.sum(e)
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    return 1 / (1 + np.exp(-np.dot(hidden_points(x, W1, b1, activation), W2[0]) - b2[0]))


def solved(parameters, activation="tanh"):
    return bool(np.all(np.abs(probabilities(parameters, CORNERS, activation) - XOR) < 0.1))


# %% train_xor_torch
import os


def stack(networks):
    return [np.stack([network[i] for network in networks]) for i in range(4)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    f = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation]
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64).requires_grad_() for p in parameters]
    x, y = torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    history = []
    for step in range(steps + 1):
        z = (f(x @ W1.mT + b1[:, None]) @ W2.mT)[..., 0] + b2
        loss = torch.mean(F.softplus(z) - y * z, dim=1)
        history.append(loss.detach().numpy())
        if loss.max() > 100:
            print("it diverged!!! stop everything")
            os._exit(1)
        if step < steps:
            grads = torch.autograd.grad(loss.sum(), [W1, b1, W2, b2])
            with torch.no_grad():
                for p, g in zip([W1, b1, W2, b2], grads):
                    p -= learning_rate * g
    return [p.detach().numpy() for p in [W1, b1, W2, b2]], np.array(history)


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    return np.dot(W2[0], W1), float(np.dot(W2[0], b1) + b2[0])


def most_corners_right(w, b):
    z = np.dot(CORNERS, w) + b
    return int(np.sum((z > 0) & (XOR == 1)) + np.sum((z < 0) & (XOR == 0)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    good = []
    for seed in seeds:
        p, _ = train_xor_numpy(init_xor(width, seed), CORNERS, XOR, steps, learning_rate, "identity")
        good.append(solved(p, "identity"))
    return sum(good) / len(good)


# %% stuck
print("grading", n_seeds, "seeds")


def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    unsure = np.abs(p - XOR) >= 0.1
    if not unsure.any():
        return "solved"
    level = XOR[unsure].mean() if unsure.sum() == 3 else 0.5
    if np.all(np.abs(p[unsure] - level) <= 0.05):
        return ["other", "other", "two undecided", "three averaged", "all undecided"][unsure.sum()]
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, _ = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    return float(np.mean([solved(list(network), activation) for network in zip(*trained)]))


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    i = rng.choice(4, size=n)
    return CORNERS[i] + sigma * rng.normal(size=(n, 2)), XOR[i]


def decision_grid(parameters, x1, x2, activation="tanh"):
    a, b = np.meshgrid(x1, x2)
    return probabilities(parameters, np.column_stack([a.flat, b.flat]), activation).reshape(a.shape)
