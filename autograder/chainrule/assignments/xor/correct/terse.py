"""A correct submission in as few lines as will do: lambdas, one long parameter tuple, torch.autograd.grad."""

import numpy as np


# %% threshold_neuron
threshold_neuron = lambda x, w, b: (np.dot(x, w) > -b) * 1
and_neuron = lambda: (np.array([1, 1]), -1.5)
or_neuron = lambda: (np.array([1, 1]), -0.5)
nand_neuron = lambda: (np.array([-1, -1]), 1.5)

# %% perceptron
perceptron_step = lambda w, b, x, y: (w + y * x, b + y) if y * (np.dot(w, x) + b) <= 0 else (w, b)


def train_perceptron(x, y, epochs):
    w, b = np.zeros(2), 0
    rows = [(*w, b)]
    for _ in range(epochs):
        for s in zip(x, y):
            w, b = perceptron_step(w, b, *s)
            rows += [(*w, b)]
    return np.array(rows, float)


def perceptron_verdict(history):
    h = np.asarray(history).tolist()
    if (e := h.index(h[-1])) == (n := len(h) - 1):
        return "undecided", 0
    while e < n and any(r != h[-1] for r in h[e:]):
        e += 1
    return ("converged", e) if e < n else ("cycling", h[-2::-1].index(h[-1]) + 1)


# %% logistic_regression
σ = lambda z: np.exp(-np.logaddexp(0, -z))
bce = lambda z, y: np.mean(np.logaddexp(0, z) - y * z, -1)


def logistic_loss(w, b, x, y):
    z = np.dot(x, w) + b
    e = (σ(z) - y) / len(z)
    return float(bce(z, y)), np.dot(e, x), float(e.sum())


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = []
    for _ in range(steps + 1):
        last = w, b
        loss, dw, db = logistic_loss(w, b, x, y)
        losses, w, b = losses + [loss], w - learning_rate * dw, b - learning_rate * db
    return *last, np.array(losses)


loss_surface = lambda w1, w2, b, x, y: bce(np.stack(np.meshgrid(w1, w2), -1) @ x.T + b, y)

# %% xor_by_hand
two = lambda f, g: lambda x, W1, b1, w2, b2: (h := f(np.dot(x, np.transpose(W1)) + b1), g(np.dot(h, w2) + b2))
on = lambda z: np.int64(z > 0)
threshold_network, relu_network = two(on, on), two(lambda z: (z + abs(z)) / 2, lambda z: z)
xor_threshold_weights = lambda: (np.array([[2, 2], [2, 2]]), np.array([-1, -3]), np.array([2, -2]), -1)
xor_relu_weights = lambda: (np.array([[2.0, -2], [-2, 2]]), np.zeros(2), np.array([0.5, 0.5]), 0.0)

# %% hidden_space
ACT = dict(identity=lambda z: z, sigmoid=σ, tanh=np.tanh, relu=lambda z: np.maximum(z, 0))
hidden_points = lambda x, W1, b1, activation="tanh": ACT[activation](np.dot(x, W1.T) + b1)


def output_line(h1, w2, b2):
    if not w2[1]:
        raise ValueError("vertical")
    return -(w2[0] * h1 + b2) / w2[1]


separates = lambda h, y, w2, b2: all((np.dot(h, w2) + b2 > 0) == (y == 1))

# %% train_xor_numpy
def init_xor(width, seed):
    r = np.random.RandomState(seed)
    return [r.randn(width, 2), r.randn(width), np.zeros((1, width)), np.zeros(1)]  # the output starts undecided


SLOPE = dict(identity=lambda h: 1, sigmoid=lambda h: h * (1 - h), tanh=lambda h: 1 - h * h, relu=lambda h: h > 0)
logits = lambda p, x, activation: (hidden_points(x, *p[:2], activation) @ p[2].T + p[3])[:, 0]
probabilities = lambda parameters, x, activation="tanh": σ(logits(parameters, x, activation))
solved = lambda parameters, activation="tanh": all(abs(probabilities(parameters, CORNERS, activation) - XOR) < 0.1)


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    p, losses = list(parameters), [bce(logits(parameters, x, activation), y)]
    for _ in range(steps):
        h = hidden_points(x, *p[:2], activation)
        e = (probabilities(p, x, activation) - y)[:, None] / len(y)
        d = e @ p[2] * SLOPE[activation](h)
        p = [a - learning_rate * g for a, g in zip(p, (d.T @ x, d.sum(0), e.T @ h, e.sum(0)))]
        losses.append(bce(logits(p, x, activation), y))
    return p, losses


# %% train_xor_torch
stack = lambda networks: [np.array(a) for a in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    f = getattr(torch, activation, lambda z: z)
    x, y, *p = (torch.tensor(a, dtype=torch.float64) for a in (x, y, *parameters))
    all_losses = []
    for _ in range(steps + 1):
        last = p = [a.detach().requires_grad_() for a in p]
        W1, b1, W2, b2 = p
        z = (W2 @ f(W1 @ x.T + b1[..., None]))[:, 0] + b2
        losses = (F.softplus(z) - y * z).mean(1)
        all_losses += [losses.detach()]
        p = [a - learning_rate * g for a, g in zip(p, torch.autograd.grad(losses.sum(), p))]
    return [a.detach().numpy() for a in last], torch.stack(all_losses).numpy()


# %% no_hidden_layer
collapse_network = lambda p: ((p[2] @ p[0])[0], float((p[2] @ p[1] + p[3])[0]))
most_corners_right = lambda w, b: int(((CORNERS @ w + b) * (XOR - 0.5) > 0).sum())


def share(width, activation, seeds, steps, learning_rate):
    p = stack(init_xor(width, s) for s in seeds)
    p, _ = train_xor_torch(p, CORNERS, XOR, steps, learning_rate, activation)
    return float(np.mean([solved(q, activation) for q in zip(*p)]))


identity_solve_rate = lambda seeds, width=8, steps=500, learning_rate=1.0: share(
    width, "identity", seeds, steps, learning_rate
)


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    if not (u := abs(p - XOR) >= 0.1).any():
        return "solved"
    level = XOR[u].mean() if u.sum() == 3 else 0.5
    return [0, "other", "two undecided", "three averaged", "all undecided"][(abs(p[u] - level) < 0.05).all() * u.sum() or 1]


solve_rate = lambda width, activation, seeds, steps=1000, learning_rate=1.0: share(
    width, activation, seeds, steps, learning_rate
)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    r = np.random.default_rng(seed)
    k = r.choice(4, n)
    return r.normal(CORNERS[k], sigma), XOR[k]


decision_grid = lambda parameters, x1, x2, activation="tanh": np.array(
    [probabilities(parameters, np.array([(a, b) for a in x1]), activation) for b in x2]
)
