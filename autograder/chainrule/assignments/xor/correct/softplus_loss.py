"""A correct submission in which nearly everything is a softplus: losses, probabilities, slopes, by cases where it matters."""

import numpy as np


# %% threshold_neuron
def threshold_neuron(x, w, b):
    total = np.multiply(x, w).sum(axis=1) + b
    on = np.zeros(len(total), dtype=np.intp)
    on[total > 0] = 1
    return on


def margin(w, b):
    """The smallest distance of a corner from the line."""
    return np.min(np.abs(CORNERS @ w + b)) / np.sqrt(np.sum(w**2))


def and_neuron():
    w, b = np.array([0.6, 0.7]), -1.0  # need not be symmetric
    assert margin(w, b) > 0.2
    return w, b


def or_neuron():
    w, b = np.array([0.7, 0.5]), -0.25
    assert margin(w, b) > 0.2
    return w, b


def nand_neuron():
    w, b = and_neuron()
    return np.negative(w), -b


# %% perceptron
def perceptron_step(w, b, x, y):
    w_new, b_new = np.copy(w), b
    if not y * (np.vdot(w, x) + b) > 0:
        w_new = w_new + np.multiply(y, x)
        b_new = b_new + y
    return w_new, b_new


def train_perceptron(x, y, epochs):
    history = np.full((1 + epochs * len(x), 3), np.nan)
    history[0] = 0
    row = 0
    for _ in range(epochs):
        for n in range(len(x)):
            w, b = perceptron_step(history[row, :2], history[row, 2], x[n], y[n])
            row += 1
            history[row] = [*w, b]
    return history


def perceptron_verdict(history):
    # how far each row is from the last one
    distance = np.abs(np.asarray(history) - history[-1]).max(axis=1)
    n = len(distance)
    zeros = np.where(distance == 0)[0]
    moves = np.where(distance > 0)[0]
    first = moves[-1] + 1 if len(moves) else 0  # of the zeros at the end
    if n - first >= 2:
        return "converged", int(first)
    if len(zeros) >= 2:
        return "cycling", int(zeros[-1] - zeros[-2])
    return "undecided", 0


# %% logistic_regression
def softplus(z):
    """ln(1 + eᶻ) in three cases: for z > 30 it is z + e⁻ᶻ, for z < -30 it is eᶻ, to 16 digits."""
    z = np.asarray(z, dtype=float)
    high, low = z > 30, z < -30
    middle = ~(high | low)
    result = np.zeros(z.shape)
    result[high] = z[high] + np.exp(-z[high])
    result[low] = np.exp(z[low])
    result[middle] = np.log1p(np.exp(z[middle]))
    return result


def log_sigmoid(z):
    return -softplus(-np.asarray(z))


def sigmoid(z):
    return np.exp(log_sigmoid(z))


def surprise(z, y):
    """-ln of the probability of the right class: softplus(-z) for class 1, softplus(z) for class 0."""
    return softplus(np.where(y == 1, -z, z))


def surprise_slope(z, y):
    """Its derivative by z: minus the probability of the wrong class, with the sign of the class."""
    return np.where(y == 1, -sigmoid(-z), sigmoid(z))


def logistic_loss(w, b, x, y):
    z = np.sum(x * w, axis=1) + b
    d = surprise_slope(z, y)
    return float(np.mean(surprise(z, y))), np.mean(d[:, None] * x, axis=0), float(np.mean(d))


def train_logistic(x, y, w, b, steps, learning_rate):
    w = np.array(w, dtype=float)
    losses = [logistic_loss(w, b, x, y)[0]]
    for _ in range(steps):
        _, dw, db = logistic_loss(w, b, x, y)
        w -= learning_rate * dw
        b = b - learning_rate * db
        losses.append(logistic_loss(w, b, x, y)[0])
    return w, b, np.asarray(losses)


def loss_surface(w1, w2, b, x, y):
    total = np.zeros((len(w2), len(w1)))
    for (x1, x2), target in zip(x, y):  # the grid as a whole, one sample after the other
        total += surprise(np.add.outer(np.asarray(w2) * x2, np.asarray(w1) * x1) + b, target)
    return total / len(x)


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    h = np.stack([threshold_neuron(x, *line) for line in zip(W1, b1)], axis=1)
    return h, threshold_neuron(h, w2, b2)


def xor_threshold_weights():
    # on above x2 = x1 + 1/2, and on below x2 = x1 - 1/2; together they are OR
    W1 = np.array([[-2.0, 2.0], [2.0, -2.0]])
    return W1, np.array([-1.0, -1.0]), np.array([2.0, 2.0]), -1.0


def relu_network(x, W1, b1, w2, b2):
    z = np.tensordot(x, W1, axes=(1, 1)) + b1
    h = np.where(z > 0, z, 0.0)
    return h, np.tensordot(h, w2, axes=(1, 0)) + b2


def xor_relu_weights():
    # the tent again, but it starts at s = 0.2 and its top is at s = 1: 1.25 · (s - 0.2), then down
    return np.ones((2, 2)), np.array([-0.2, -1.0]), np.array([1.25, -2.5]), 0.0


# %% hidden_space
def hidden_points(x, W1, b1, activation="tanh"):
    z = np.tensordot(x, W1, axes=(1, 1)) + b1
    if activation == "sigmoid":
        return sigmoid(z)
    if activation == "tanh":
        # tanh z = σ(2z) - σ(-2z)
        return sigmoid(2 * z) - sigmoid(-2 * z)
    if activation == "relu":
        return np.where(z > 0, z, 0.0)
    assert activation == "identity"
    return z


def output_line(h1, w2, b2):
    vertical = w2[1] == 0
    if vertical:
        raise ValueError("h2 does not appear in w2·h + b2 = 0")
    return np.divide(np.multiply(h1, w2[0]) + b2, -w2[1])


def separates(h, y, w2, b2):
    z = np.tensordot(h, w2, axes=1) + b2
    ones, zeros = z[y == 1], z[y == 0]
    return bool((ones > 0).all() and (zeros <= 0).all())


# %% train_xor_numpy
def init_xor(width, seed):
    """Unit vectors all around, turned by a random angle; the line of each passes near the middle of the square."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(width) / width
    arrows = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    places = rng.uniform(0.25, 0.75, size=(width, 2))
    W1 = 2.0 * arrows
    return [W1, -np.sum(W1 * places, axis=1), rng.normal(0, 0.5, size=(1, width)), np.zeros(1)]


def slope_at(z, activation):
    """f′(z), from z itself."""
    if activation == "sigmoid":
        return np.exp(log_sigmoid(z) + log_sigmoid(-z))
    if activation == "tanh":
        return 4 * np.exp(log_sigmoid(2 * z) + log_sigmoid(-2 * z))
    if activation == "relu":
        return np.heaviside(z, 0.0)
    return np.ones_like(z)


def logits_of(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    return np.sum(hidden_points(x, W1, b1, activation) * W2, axis=1) + b2


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = map(np.array, parameters)
    losses = np.empty(steps + 1)
    for step in range(steps):
        z1 = np.tensordot(x, W1, axes=(1, 1)) + b1
        h = hidden_points(x, W1, b1, activation)
        z = logits_of([W1, b1, W2, b2], x, activation)
        losses[step] = surprise(z, y).mean()
        d = surprise_slope(z, y)[:, None]
        back = d * W2 * slope_at(z1, activation)
        W2 = W2 - learning_rate * np.mean(d * h, axis=0, keepdims=True)
        b2 = b2 - learning_rate * np.mean(d, axis=0)
        W1 = W1 - learning_rate * np.mean(back[:, :, None] * x[:, None, :], axis=0)
        b1 = b1 - learning_rate * np.mean(back, axis=0)
    trained = [W1, b1, W2, b2]
    losses[steps] = surprise(logits_of(trained, x, activation), y).mean()
    return trained, losses


def probabilities(parameters, x, activation="tanh"):
    return sigmoid(logits_of(parameters, x, activation))


def solved(parameters, activation="tanh"):
    # the right class has more than 0.9 where the surprise is less than -ln 0.9
    return bool(surprise(logits_of(parameters, CORNERS, activation), XOR).max() < -np.log(0.9))


# %% train_xor_torch
def stack(networks):
    W1, b1, W2, b2 = zip(*networks)
    return [np.stack(W1), np.stack(b1), np.stack(W2), np.stack(b2)]


class ManyNetworks(torch.nn.Module):
    def __init__(self, parameters, activation):
        super().__init__()
        for name, array in zip(("W1", "b1", "W2", "b2"), parameters):
            setattr(self, name, torch.nn.Parameter(torch.tensor(array, dtype=torch.float64)))
        self.activation = {"identity": lambda z: z, "sigmoid": F.sigmoid, "tanh": F.tanh, "relu": F.relu}[activation]

    def forward(self, x):
        z = torch.matmul(x, self.W1.transpose(1, 2)) + self.b1[:, None]  # (S, N, D)
        return (self.activation(z) * self.W2).sum(2) + self.b2


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    model = ManyNetworks(parameters, activation)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    x = torch.tensor(x, dtype=torch.float64)
    sign = 1 - 2 * torch.tensor(y, dtype=torch.float64)
    losses = torch.zeros(steps + 1, len(model.b2), dtype=torch.float64)
    for step in range(steps + 1):
        each = F.softplus(sign * model(x), threshold=40).mean(dim=1)
        losses[step] = each.detach()
        if step < steps:
            optimizer.zero_grad()
            torch.sum(each).backward()
            optimizer.step()
    return [parameter.detach().numpy() for parameter in model.parameters()], losses.numpy()


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    output = np.ravel(W2)
    return np.tensordot(output, W1, axes=1), float(np.vdot(output, b1) + np.sum(b2))


def most_corners_right(w, b):
    z = np.sum(CORNERS * w, axis=1) + b
    # right is where the surprise is less than that of a coin
    return int(np.sum(np.where(XOR == 1, z, -z) > 0))


def count_solved(networks, activation, steps, learning_rate):
    end, _ = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    return sum(solved([array[k] for array in end], activation) for k in range(len(networks)))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    return count_solved(networks, "identity", steps, learning_rate) / len(networks)


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    good = np.where(XOR == 1, p > 0.9, p < 0.1)
    left, count = ~good, np.sum(good)
    near_half = np.abs(p - 0.5) <= 0.05
    mean = np.sum(XOR, where=left) / max(np.sum(left), 1)
    near_mean = np.abs(p - mean) <= 0.05
    cases = {
        "solved": count == 4,
        "all undecided": near_half.all(),
        "two undecided": count == 2 and near_half[left].all(),
        "three averaged": count == 1 and near_mean[left].all(),
    }
    return np.select(list(cases.values()), list(cases.keys()), default="other")[()]


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    return count_solved(networks, activation, steps, learning_rate) / len(networks)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    corner = rng.permutation(rng.integers(0, 4, n))
    angle, radius = rng.uniform(0, 2 * np.pi, n), np.sqrt(-2 * np.log1p(-rng.uniform(size=n)))
    # Box and Muller: two independent normal numbers from an angle and a radius
    noise = sigma * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return CORNERS[corner] + noise, XOR[corner]


def decision_grid(parameters, x1, x2, activation="tanh"):
    u, v = np.meshgrid(x1, x2, indexing="xy")
    return sigmoid(logits_of(parameters, np.dstack([u, v]).reshape(-1, 2), activation)).reshape(u.shape)
