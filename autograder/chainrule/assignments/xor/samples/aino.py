"""Aino programs for a living, has never seen calculus in code, and writes everything out so that she believes it.

Everything she hands in is right, in a style far from the reference: loops over corners, small classes, names for
every step, and an exclusive-or that she put together from |x1 - x2|.
"""

import numpy as np


# %% threshold_neuron
def weighted_sum(inputs, weights, bias):
    """Add up input times weight, one after the other, then the bias."""
    total = 0
    for value, weight in zip(inputs, weights):
        total = total + value * weight
    return total + bias


def threshold_neuron(x, w, b):
    # 1 on one side of the line, 0 on the other and on the line itself
    return np.array([1 if weighted_sum(point, w, b) > 0 else 0 for point in x])


def and_neuron():
    # both together reach 2, one alone only 1: put the line in between
    return np.array([1.0, 1.0]), -1.5


def or_neuron():
    return np.array([1.0, 1.0]), -0.5


def nand_neuron():
    # the same line as AND, seen from the other side
    weights, bias = and_neuron()
    return -1 * weights, -1 * bias


# %% perceptron
def perceptron_step(w, b, x, y):
    right = y * weighted_sum(x, w, b) > 0
    if right:
        return w, b
    return np.array([w[0] + y * x[0], w[1] + y * x[1]]), b + y


class Diary:
    """Remembers (w1, w2, b) after each sample."""

    def __init__(self):
        self.rows = []

    def note(self, w, b):
        self.rows.append([float(w[0]), float(w[1]), float(b)])


def train_perceptron(x, y, epochs):
    w, b = np.array([0.0, 0.0]), 0.0
    diary = Diary()
    diary.note(w, b)
    for _ in range(epochs):
        for point, label in zip(x, y):
            w, b = perceptron_step(w, b, point, label)
            diary.note(w, b)
    return np.array(diary.rows)


def perceptron_verdict(history):
    rows = [list(row) for row in history]
    final = rows[-1]
    # How many rows at the end are like the last one?
    quiet = 1
    while quiet < len(rows) and rows[-1 - quiet] == final:
        quiet += 1
    if quiet > 1:
        return "converged", len(rows) - quiet
    # Nothing stands still. Have we been here before?
    back = 2
    while back < len(rows):
        if rows[-1 - back] == final:
            return "cycling", back
        back += 1
    return "undecided", 0


# %% logistic_regression
import math


def one_loss(logit, target):
    """-ln p for a target of 1 and -ln(1 - p) for a target of 0, with p = σ(logit)."""
    toward = logit if target == 1 else -logit
    # ln(1 + e^-t), arranged so that the exponent is never positive
    if toward > 0:
        return math.log1p(math.exp(-toward))
    return -toward + math.log1p(math.exp(toward))


def squash(z):
    if z < 0:
        return 1.0 - squash(-z) if z > -30 else math.exp(z)
    return 1.0 / (1.0 + math.exp(-z))


def logistic_loss(w, b, x, y):
    losses, slopes = [], []
    for point, target in zip(x, y):
        logit = float(weighted_sum(point, w, b))
        losses.append(one_loss(logit, target))
        slopes.append(squash(logit) - target)
    n = len(x)
    dw1 = sum(slope * point[0] for slope, point in zip(slopes, x)) / n
    dw2 = sum(slope * point[1] for slope, point in zip(slopes, x)) / n
    return float(sum(losses) / n), np.array([dw1, dw2], dtype=float), float(sum(slopes) / n)


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = []
    for _ in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        losses.append(loss)
        w = w - learning_rate * dw
        b = b - learning_rate * db
    # ... and how it stands at the end
    losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = []
    for height in w2:
        surface.append([logistic_loss([across, height], b, x, y)[0] for across in w1])
    return np.array(surface)


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    # one column per hidden neuron
    columns = [threshold_neuron(x, weights, bias) for weights, bias in zip(W1, b1)]
    h = np.array(columns).T
    return h, threshold_neuron(h, w2, b2)


def xor_threshold_weights():
    # "x1 and not x2" or "x2 and not x1"
    only_first, only_second = [1.0, -1.0], [-1.0, 1.0]
    return np.array([only_first, only_second]), np.array([-0.5, -0.5]), np.array([1.0, 1.0]), -0.5


def relu_network(x, W1, b1, w2, b2):
    h = np.zeros((len(x), len(W1)))
    y = np.zeros(len(x))
    for n, point in enumerate(x):
        for k in range(len(W1)):
            h[n, k] = max(weighted_sum(point, W1[k], b1[k]), 0)
        y[n] = weighted_sum(h[n], w2, b2)
    return h, y


def xor_relu_weights():
    # |x1 - x2| = relu(x1 - x2) + relu(x2 - x1)
    return np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([0.0, 0.0]), np.array([1.0, 1.0]), 0.0


# %% hidden_space
def rectify(z):
    return z if z > 0 else 0.0


SHAPES = {"identity": float, "sigmoid": squash, "tanh": math.tanh, "relu": rectify}


def hidden_points(x, W1, b1, activation="tanh"):
    shape = SHAPES[activation]
    points = []
    for point in x:
        points.append([shape(float(weighted_sum(point, weights, bias))) for weights, bias in zip(W1, b1)])
    return np.array(points)


def output_line(h1, w2, b2):
    # w2[0] h1 + w2[1] h2 + b2 = 0, solved for h2
    if w2[1] == 0:
        raise ValueError("This line goes straight up; it has no single height above h1.")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h, y, w2, b2):
    on_the_positive_side = threshold_neuron(h, w2, b2)
    for side, label in zip(on_the_positive_side, y):
        if side != label:
            return False
    return True


# %% train_xor_numpy
def init_xor(width, seed):
    # bell-shaped numbers; the second layer's are smaller because there are more of them to add up
    rng = np.random.default_rng(seed)
    W1 = rng.standard_normal((width, 2))
    b1 = rng.standard_normal(width)
    W2 = rng.standard_normal((1, width)) / np.sqrt(width)
    return [W1, b1, W2, np.zeros(1)]


SLOPES = {
    "identity": lambda z: np.ones(z.shape),
    "sigmoid": lambda z: 1 / (2 + np.exp(z) + np.exp(-z)),
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "relu": lambda z: np.heaviside(z, 0.0),
}


class HandMadeNetwork:
    """Two inputs, some hidden units, one output; knows the way forward and the way back."""

    def __init__(self, parameters, activation):
        self.W1, self.b1, self.W2, self.b2 = [np.array(p, dtype=float) for p in parameters]
        self.shape = np.vectorize(SHAPES[activation], otypes=[float])
        self.slope = SLOPES[activation]

    def forward(self, x):
        self.x = np.array(x, dtype=float)
        self.z = np.dot(self.x, self.W1.T) + self.b1
        self.h = self.shape(self.z)
        return np.dot(self.h, self.W2[0]) + self.b2[0]

    def backward(self, upstream):
        """upstream: ∂loss/∂logit of each sample."""
        dW2 = np.dot(upstream, self.h)[np.newaxis, :]
        db2 = np.array([np.sum(upstream)])
        dz = np.outer(upstream, self.W2[0]) * self.slope(self.z)
        return [np.dot(dz.T, self.x), np.sum(dz, axis=0), dW2, db2]

    def move(self, gradients, learning_rate):
        for parameter, gradient in zip(self.parameters(), gradients):
            parameter -= learning_rate * gradient

    def parameters(self):
        return [self.W1, self.b1, self.W2, self.b2]


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    network = HandMadeNetwork(parameters, activation)
    losses = []
    for step in range(steps + 1):
        logits = network.forward(x)
        losses.append(np.mean([one_loss(logit, target) for logit, target in zip(logits, y)]))
        if step < steps:
            upstream = np.array([(squash(logit) - target) / len(y) for logit, target in zip(logits, y)])
            network.move(network.backward(upstream), learning_rate)
    return network.parameters(), np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    return np.array([squash(logit) for logit in HandMadeNetwork(parameters, activation).forward(x)])


def solved(parameters, activation="tanh"):
    low_a, high_a, high_b, low_b = probabilities(parameters, CORNERS, activation)
    return bool(low_a < 0.1 and high_a > 0.9 and high_b > 0.9 and low_b < 0.1)


# %% train_xor_torch
def stack(networks):
    all_W1 = np.array([network[0] for network in networks])
    all_b1 = np.array([network[1] for network in networks])
    all_W2 = np.array([network[2] for network in networks])
    all_b2 = np.array([network[3] for network in networks])
    return [all_W1, all_b1, all_W2, all_b2]


def bend(z, activation):
    """The activation by its name, for tensors."""
    if activation == "identity":
        return z
    return {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation](z)


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    # (S, D, 2), (S, D), (S, 1, D), (S, 1); copies, so that nobody else's arrays change
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    everything = [W1, b1, W2, b2]
    x = torch.tensor(x, dtype=torch.float64)
    y = torch.tensor(y, dtype=torch.float64)
    losses = []

    def each_networks_loss():
        h = bend(torch.matmul(x, W1.transpose(1, 2)) + b1.unsqueeze(1), activation)  # (S, N, D)
        logits = torch.matmul(h, W2.transpose(1, 2)).squeeze(2) + b2  # (S, N)
        wanted = y.repeat(len(logits), 1)
        return F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").mean(dim=1)

    for _ in range(steps):
        loss = each_networks_loss()
        losses.append(loss.detach().numpy())
        # The networks share nothing, so the sum's gradient is each network's own.
        gradients = torch.autograd.grad(loss.sum(), everything)
        with torch.no_grad():
            for parameter, gradient in zip(everything, gradients):
                parameter -= learning_rate * gradient
    losses.append(each_networks_loss().detach().numpy())
    return [parameter.detach().numpy() for parameter in everything], np.array(losses)


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    w = np.zeros(2)
    b = b2[0]
    for k in range(len(b1)):
        # unit k hands on W2[k] times what it gets
        w = w + W2[0, k] * W1[k]
        b = b + W2[0, k] * b1[k]
    return w, float(b)


def most_corners_right(w, b):
    right = 0
    for corner, target in zip(CORNERS, XOR):
        logit = weighted_sum(corner, w, b)
        if (logit > 0 and target == 1) or (logit < 0 and target == 0):
            right += 1
    return right


def share_solved(networks, steps, learning_rate, activation):
    """Train all networks side by side and count the solved ones."""
    W1, b1, W2, b2 = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)[0]
    count = 0
    for s in range(len(networks)):
        if solved([W1[s], b1[s], W2[s], b2[s]], activation):
            count += 1
    return count / len(networks)


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return share_solved([init_xor(width, seed) for seed in seeds], steps, learning_rate, "identity")


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    answers = [(float(p), float(target)) for p, target in zip(probabilities(parameters, CORNERS, activation), XOR)]
    unsure = [(p, target) for p, target in answers if abs(p - target) >= 0.1]

    def all_near(level):
        return all(abs(p - level) <= 0.05 for p, _ in unsure)

    if len(unsure) == 0:
        return "solved"
    if len(unsure) == 4 and all_near(0.5):
        return "all undecided"
    if len(unsure) == 2 and all_near(0.5):
        return "two undecided"
    if len(unsure) == 3 and all_near(sum(target for _, target in unsure) / 3):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return share_solved([init_xor(width, seed) for seed in seeds], steps, learning_rate, activation)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    x, y = [], []
    for _ in range(n):
        which = rng.integers(4)
        x.append(CORNERS[which] + sigma * rng.standard_normal(2))
        y.append(XOR[which])
    return np.array(x), np.array(y)


def decision_grid(parameters, x1, x2, activation="tanh"):
    grid = []
    for height in x2:
        row_of_points = np.array([[across, height] for across in x1])
        grid.append(probabilities(parameters, row_of_points, activation))
    return np.array(grid)
