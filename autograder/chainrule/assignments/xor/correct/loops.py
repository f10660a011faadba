"""A correct submission in plain Python loops: one sample, one unit, one number at a time."""

import numpy as np


# %% threshold_neuron
def fires(point, w, b):
    total = float(b)
    for i in range(len(w)):
        total += float(w[i]) * float(point[i])
    if total > 0:
        return 1
    return 0


def threshold_neuron(x, w, b):
    answers = []
    for point in x:
        answers.append(fires(point, w, b))
    return np.array(answers, dtype=int)


def and_neuron():
    return np.array([2.0, 2.0]), -3.0


def or_neuron():
    return np.array([2.0, 2.0]), -1.0


def nand_neuron():
    w, b = and_neuron()
    return -w, -b


# %% perceptron
def perceptron_step(w, b, x, y):
    total = float(b)
    for i in range(len(w)):
        total += float(w[i]) * float(x[i])
    new_w = [float(v) for v in w]
    new_b = float(b)
    if y * total <= 0:
        for i in range(len(w)):
            new_w[i] += float(y) * float(x[i])
        new_b += float(y)
    return np.array(new_w), new_b


def train_perceptron(x, y, epochs):
    w = np.array([0.0, 0.0])
    b = 0.0
    history = np.zeros((epochs * len(x) + 1, 3))
    for epoch in range(epochs):
        for n in range(len(x)):
            w, b = perceptron_step(w, b, x[n], y[n])
            row = epoch * len(x) + n + 1
            history[row, 0] = w[0]
            history[row, 1] = w[1]
            history[row, 2] = b
    return history


def perceptron_verdict(history):
    rows = [tuple(float(v) for v in row) for row in history]
    last = rows[-1]
    # walk back from the end as long as nothing changes
    e = len(rows) - 1
    while e > 0 and rows[e - 1] == last:
        e -= 1
    if e < len(rows) - 1:
        return "converged", e
    for period in range(1, len(rows)):
        if rows[len(rows) - 1 - period] == last:
            return "cycling", period
    return "undecided", 0


# %% logistic_regression
import math


def log_one_plus_exp(z):
    """ln(1 + e^z) without a big exponent."""
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def sigmoid_of(z):
    if z >= 0:
        return 1.0 / (1.0 + math.exp(-z))
    return math.exp(z) / (1.0 + math.exp(z))


def logistic_loss(w, b, x, y):
    n_samples = len(x)
    loss = 0.0
    dw = [0.0, 0.0]
    db = 0.0
    for n in range(n_samples):
        x1, x2, target = float(x[n][0]), float(x[n][1]), float(y[n])
        z = float(w[0]) * x1 + float(w[1]) * x2 + float(b)
        loss += target * log_one_plus_exp(-z) + (1.0 - target) * log_one_plus_exp(z)
        error = sigmoid_of(z) - target
        dw[0] += error * x1
        dw[1] += error * x2
        db += error
    return loss / n_samples, np.array([dw[0] / n_samples, dw[1] / n_samples]), db / n_samples


def train_logistic(x, y, w, b, steps, learning_rate):
    w = [float(w[0]), float(w[1])]
    b = float(b)
    losses = []
    for _ in range(steps):
        loss, dw, db = logistic_loss(w, b, x, y)
        losses.append(loss)
        w[0] -= learning_rate * float(dw[0])
        w[1] -= learning_rate * float(dw[1])
        b -= learning_rate * db
    losses.append(logistic_loss(w, b, x, y)[0])
    return np.array(w), b, losses


def loss_surface(w1, w2, b, x, y):
    rows = []
    for second in w2:
        row = []
        for first in w1:
            row.append(logistic_loss((first, second), b, x, y)[0])
        rows.append(row)
    return np.array(rows)


# %% xor_by_hand
def two_layers(x, W1, b1, w2, b2, hidden, output):
    """Walk through both layers with the given functions of one number."""
    h = []
    y = []
    for point in x:
        units = []
        for k in range(len(b1)):
            z = float(b1[k])
            for i in range(len(point)):
                z += float(W1[k][i]) * float(point[i])
            units.append(hidden(z))
        z = float(b2)
        for k in range(len(units)):
            z += float(w2[k]) * units[k]
        h.append(units)
        y.append(output(z))
    return np.array(h), np.array(y)


def step(z):
    return 1 if z > 0 else 0


def threshold_network(x, W1, b1, w2, b2):
    return two_layers(x, W1, b1, w2, b2, step, step)


def xor_threshold_weights():
    # the first unit fires left above of the diagonal, the second right below of it
    W1 = np.array([[-1.0, 1.0], [1.0, -1.0]])
    b1 = np.array([-0.5, -0.5])
    # and the output is the OR of the two
    return W1, b1, np.array([1.0, 1.0]), -0.5


def relu_network(x, W1, b1, w2, b2):
    return two_layers(x, W1, b1, w2, b2, lambda z: max(z, 0.0), lambda z: z)


def xor_relu_weights():
    # |x1 - x2| is the sum of the two halves
    return np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([0.0, 0.0]), np.array([1.0, 1.0]), 0.0


# %% hidden_space
import math


def unit(z, activation):
    if activation == "identity":
        return z
    if activation == "sigmoid":
        return sigmoid_of(z)
    if activation == "tanh":
        return math.tanh(z)
    if activation == "relu":
        return max(z, 0.0)
    raise ValueError("no activation is called " + str(activation))


def hidden_points(x, W1, b1, activation="tanh"):
    points = np.zeros((len(x), len(b1)))
    for n in range(len(x)):
        for k in range(len(b1)):
            z = float(b1[k]) + float(W1[k][0]) * float(x[n][0]) + float(W1[k][1]) * float(x[n][1])
            points[n, k] = unit(z, activation)
    return points


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("a vertical line has no single height")
    heights = np.zeros(np.shape(h1))
    for index in np.ndindex(heights.shape):
        heights[index] = -(float(w2[0]) * float(np.asarray(h1)[index]) + float(b2)) / float(w2[1])
    return heights


def separates(h, y, w2, b2):
    for point, label in zip(h, y):
        z = float(b2)
        for k in range(len(w2)):
            z += float(w2[k]) * float(point[k])
        if (z > 0) != (label == 1):
            return False
    return True


# %% train_xor_numpy
import math
import random


def init_xor(width, seed):
    dice = random.Random(seed)
    W1 = [[dice.gauss(0.0, 1.0), dice.gauss(0.0, 1.0)] for _ in range(width)]
    b1 = [dice.gauss(0.0, 0.5) for _ in range(width)]
    W2 = [[dice.gauss(0.0, 1.0) for _ in range(width)]]
    return [np.array(W1), np.array(b1), np.array(W2), np.zeros(1)]


def slope_of_unit(z, h, activation):
    if activation == "identity":
        return 1.0
    if activation == "sigmoid":
        return h * (1.0 - h)
    if activation == "tanh":
        return 1.0 - h * h
    return 1.0 if z > 0 else 0.0


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    # lists of numbers: much faster than arrays when one takes the numbers one by one
    W1, b1, W2, b2 = [np.array(p, dtype=float).tolist() for p in parameters]
    samples = [(float(p[0]), float(p[1]), float(t)) for p, t in zip(x, y)]
    rate = learning_rate / len(samples)
    units = range(len(b1))
    losses = []
    for done in range(steps + 1):
        loss = 0.0
        grad_W1 = [[0.0, 0.0] for _ in units]
        grad_b1 = [0.0 for _ in units]
        grad_W2 = [0.0 for _ in units]
        grad_b2 = 0.0
        for x1, x2, target in samples:
            zs = []
            hs = []
            logit = b2[0]
            for k in units:
                z = W1[k][0] * x1 + W1[k][1] * x2 + b1[k]
                h = unit(z, activation)
                zs.append(z)
                hs.append(h)
                logit += W2[0][k] * h
            loss += log_one_plus_exp(logit) - target * logit
            error = sigmoid_of(logit) - target
            grad_b2 += error
            for k in units:
                grad_W2[k] += error * hs[k]
                back = error * W2[0][k] * slope_of_unit(zs[k], hs[k], activation)
                grad_W1[k][0] += back * x1
                grad_W1[k][1] += back * x2
                grad_b1[k] += back
        losses.append(loss / len(samples))
        if done < steps:
            for k in units:
                W1[k][0] -= rate * grad_W1[k][0]
                W1[k][1] -= rate * grad_W1[k][1]
                b1[k] -= rate * grad_b1[k]
                W2[0][k] -= rate * grad_W2[k]
            b2[0] -= rate * grad_b2
    return [np.array(W1), np.array(b1), np.array(W2), np.array(b2)], losses


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    answers = []
    for hidden in hidden_points(x, W1, b1, activation):
        logit = float(b2[0])
        for k in range(len(hidden)):
            logit += float(W2[0][k]) * float(hidden[k])
        answers.append(sigmoid_of(logit))
    return np.array(answers)


def solved(parameters, activation="tanh"):
    for p, target in zip(probabilities(parameters, CORNERS, activation), XOR):
        if target == 1 and not p > 0.9:
            return False
        if target == 0 and not p < 0.1:
            return False
    return True


# %% train_xor_torch
def stack(networks):
    stacked = []
    for position in range(4):
        arrays = []
        for network in networks:
            arrays.append(network[position])
        stacked.append(np.array(arrays))
    return stacked


def torch_unit(z, activation):
    if activation == "sigmoid":
        return torch.sigmoid(z)
    if activation == "tanh":
        return torch.tanh(z)
    if activation == "relu":
        return torch.relu(z)
    return z


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [torch.tensor(np.array(p, dtype=float)) for p in parameters]
    variables = [W1, b1, W2, b2]
    for variable in variables:
        variable.requires_grad_(True)
    x1 = torch.tensor(np.array(x, dtype=float)[:, 0])
    x2 = torch.tensor(np.array(x, dtype=float)[:, 1])
    target = torch.tensor(np.array(y, dtype=float))
    width = b1.shape[1]
    history = []
    for done in range(steps + 1):
        logits = b2  # (S, 1), grows to (S, N) with the first unit
        for k in range(width):
            z = W1[:, k, 0:1] * x1 + W1[:, k, 1:2] * x2 + b1[:, k : k + 1]
            logits = logits + W2[:, 0, k : k + 1] * torch_unit(z, activation)
        each = (F.softplus(logits) - target * logits).mean(dim=1)
        history.append(each.detach().numpy())
        if done < steps:
            for variable in variables:
                variable.grad = None
            each.sum().backward()
            for variable in variables:
                variable.data -= learning_rate * variable.grad
    return [variable.detach().numpy() for variable in variables], np.array(history)


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    w = [0.0, 0.0]
    b = float(b2[0])
    for k in range(len(b1)):
        w[0] += float(W2[0][k]) * float(W1[k][0])
        w[1] += float(W2[0][k]) * float(W1[k][1])
        b += float(W2[0][k]) * float(b1[k])
    return np.array(w), b


def most_corners_right(w, b):
    right = 0
    for corner, target in zip(CORNERS, XOR):
        z = float(w[0]) * float(corner[0]) + float(w[1]) * float(corner[1]) + float(b)
        if target == 1 and z > 0:
            right += 1
        if target == 0 and z < 0:
            right += 1
    return right


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    tried = 0
    successes = 0
    for seed in seeds:
        trained, _ = train_xor_numpy(init_xor(width, seed), CORNERS, XOR, steps, learning_rate, "identity")
        tried += 1
        if solved(trained, "identity"):
            successes += 1
    return successes / tried


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    sure = 0
    others = []
    for p, target in zip(probabilities(parameters, CORNERS, activation), XOR):
        if (target == 1 and p > 0.9) or (target == 0 and p < 0.1):
            sure += 1
        else:
            others.append((float(p), float(target)))
    if sure == 4:
        return "solved"
    average = sum(target for _, target in others) / len(others)
    around_half = True
    around_average = True
    for p, _ in others:
        if abs(p - 0.5) > 0.05:
            around_half = False
        if abs(p - average) > 0.05:
            around_average = False
    if sure == 0 and around_half:
        return "all undecided"
    if sure == 2 and around_half:
        return "two undecided"
    if sure == 1 and around_average:
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = []
    for seed in seeds:
        networks.append(init_xor(width, seed))
    W1, b1, W2, b2 = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)[0]
    successes = 0
    for s in range(len(networks)):
        if solved([W1[s], b1[s], W2[s], b2[s]], activation):
            successes += 1
    return successes / len(networks)


# %% continuous_xor
import random


def noisy_xor(n, sigma, seed):
    dice = random.Random(seed)
    x = []
    y = []
    for _ in range(n):
        first = dice.randint(0, 1)
        second = dice.randint(0, 1)
        x.append([first + dice.gauss(0.0, sigma), second + dice.gauss(0.0, sigma)])
        y.append(1 if first != second else 0)
    return np.array(x), np.array(y)


def decision_grid(parameters, x1, x2, activation="tanh"):
    grid = np.zeros((len(x2), len(x1)))
    for i in range(len(x2)):
        for j in range(len(x1)):
            grid[i, j] = probabilities(parameters, [(x1[j], x2[i])], activation)[0]
    return grid
