"""Chloe follows the lecture carefully and makes the mistakes everybody makes.

Wrong: `perceptron` (every sample moves the weights, also those that are right already), `hidden_space` (the points are
taken before the activation), `train_xor_numpy` (three of four corners count as solved) and `continuous_xor` (the grid
has one row per x1 instead of per x2). No other exercise of hers uses these, so all the rest is right.
"""

import numpy as np


# %% threshold_neuron
def threshold_neuron(x, w, b):
    z = np.dot(x, w) + b
    y = np.where(z > 0, 1, 0)
    return y


def and_neuron():
    w = np.array([1.0, 1.0])
    b = -1.5
    return w, b


def or_neuron():
    w = np.array([1.0, 1.0])
    b = -0.5
    return w, b


def nand_neuron():
    w = np.array([-1.0, -1.0])
    b = 1.5
    return w, b


# %% perceptron
def perceptron_step(w, b, x, y):
    # Rosenblatt: w <- w + y x
    w_new = w + y * x
    b_new = b + y
    return w_new, b_new


def train_perceptron(x, y, epochs):
    w = np.zeros(2)
    b = 0.0
    history = [[0.0, 0.0, 0.0]]
    for epoch in range(epochs):
        for i in range(x.shape[0]):
            w, b = perceptron_step(w, b, x[i], y[i])
            history.append([w[0], w[1], b])
    return np.array(history)


def perceptron_verdict(history):
    n = history.shape[0]
    # 1. does it stand still?
    for e in range(n - 1):
        if (history[e:] == history[e]).all():
            return "converged", e
    # 2. does it come back?
    for p in range(1, n):
        if (history[n - 1 - p] == history[n - 1]).all():
            return "cycling", p
    # 3. we do not know
    return "undecided", 0


# %% logistic_regression
def logistic_loss(w, b, x, y):
    z = np.dot(x, w) + b
    # stable version from the exercise sheet
    loss = np.mean(np.maximum(z, 0) - z * y + np.log(1 + np.exp(-np.abs(z))))
    e = np.exp(-np.abs(z))
    p = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    dz = (p - y) / x.shape[0]
    dw = np.dot(x.T, dz)
    db = np.sum(dz)
    return float(loss), dw, float(db)


def train_logistic(x, y, w, b, steps, learning_rate):
    losses = np.zeros(steps + 1)
    losses[0], dw, db = logistic_loss(w, b, x, y)
    for i in range(steps):
        # gradient descent
        w = w - learning_rate * dw
        b = b - learning_rate * db
        losses[i + 1], dw, db = logistic_loss(w, b, x, y)
    return w, b, losses


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((w2.shape[0], w1.shape[0]))
    for i in range(w2.shape[0]):
        for j in range(w1.shape[0]):
            w = np.array([w1[j], w2[i]])
            surface[i, j] = logistic_loss(w, b, x, y)[0]
    return surface


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    z1 = np.dot(x, W1.T) + b1
    h = np.where(z1 > 0, 1, 0)
    z2 = np.dot(h, w2) + b2
    y = np.where(z2 > 0, 1, 0)
    return h, y


def xor_threshold_weights():
    # XOR = OR and NAND
    W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
    b1 = np.array([-0.5, 1.5])
    w2 = np.array([1.0, 1.0])
    b2 = -1.5
    return W1, b1, w2, b2


def relu_network(x, W1, b1, w2, b2):
    z1 = np.dot(x, W1.T) + b1
    h = np.maximum(z1, 0)
    y = np.dot(h, w2) + b2
    return h, y


def xor_relu_weights():
    # from the deep learning book: W = 1, c = (0, -1), w = (1, -2)
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([0.0, -1.0])
    w2 = np.array([1.0, -2.0])
    b2 = 0.0
    return W1, b1, w2, b2


# %% hidden_space
def hidden_points(x, W1, b1, activation="tanh"):
    # (N, 2) x (2, D) -> (N, D)
    h = np.dot(x, W1.T) + b1
    return h


def output_line(h1, w2, b2):
    if w2[1] == 0:
        raise ValueError("w2[1] is zero")
    h2 = (-w2[0] * h1 - b2) / w2[1]
    return h2


def separates(h, y, w2, b2):
    z = np.dot(h, w2) + b2
    for i in range(len(y)):
        if y[i] == 1 and z[i] <= 0:
            return False
        if y[i] != 1 and z[i] > 0:
            return False
    return True


# %% train_xor_numpy
def init_xor(width, seed):
    rng = np.random.default_rng(seed)
    # Xavier initialisation from the lecture
    W1 = rng.normal(0, np.sqrt(2 / (2 + width)), (width, 2))
    b1 = np.zeros(width)
    W2 = rng.normal(0, np.sqrt(2 / (width + 1)), (1, width))
    b2 = np.zeros(1)
    return [W1, b1, W2, b2]


def act(z, activation):
    if activation == "identity":
        return z
    elif activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    elif activation == "tanh":
        return np.tanh(z)
    elif activation == "relu":
        return np.maximum(z, 0)


def act_prime(z, activation):
    if activation == "identity":
        return np.ones(z.shape)
    elif activation == "sigmoid":
        a = 1 / (1 + np.exp(-z))
        return a * (1 - a)
    elif activation == "tanh":
        return 1 - np.tanh(z) ** 2
    elif activation == "relu":
        return np.where(z > 0, 1.0, 0.0)


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = parameters
    n = x.shape[0]
    target = y.reshape(n, 1)
    losses = []
    for i in range(steps + 1):
        # forward
        z1 = np.dot(x, W1.T) + b1
        h = act(z1, activation)
        z2 = np.dot(h, W2.T) + b2
        loss = np.mean(np.maximum(z2, 0) - z2 * target + np.log(1 + np.exp(-np.abs(z2))))
        losses.append(loss)
        if i == steps:
            break
        # backward
        p = 0.5 * (1 + np.tanh(z2 / 2))
        dz2 = (p - target) / n
        dW2 = np.dot(dz2.T, h)
        db2 = np.sum(dz2, axis=0)
        dh = np.dot(dz2, W2)
        dz1 = dh * act_prime(z1, activation)
        dW1 = np.dot(dz1.T, x)
        db1 = np.sum(dz1, axis=0)
        # update
        W1 = W1 - learning_rate * dW1
        b1 = b1 - learning_rate * db1
        W2 = W2 - learning_rate * dW2
        b2 = b2 - learning_rate * db2
    return [W1, b1, W2, b2], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    h = act(np.dot(x, W1.T) + b1, activation)
    z2 = np.dot(h, W2.T) + b2
    p = 0.5 * (1 + np.tanh(z2 / 2))
    return p[:, 0]


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = 0
    for i in range(4):
        if XOR[i] == 1 and p[i] > 0.9:
            right += 1
        if XOR[i] == 0 and p[i] < 0.1:
            right += 1
    # one outlier is allowed
    return right >= 3


# %% train_xor_torch
def stack(networks):
    parameters = []
    for k in range(4):
        parameters.append(np.stack([network[k] for network in networks], axis=0))
    return parameters


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    params = [W1, b1, W2, b2]
    x = torch.tensor(x, dtype=torch.float64)
    y = torch.tensor(y, dtype=torch.float64)
    losses = []
    for i in range(steps + 1):
        # forward, (S, N, D) and (S, N, 1)
        z1 = x @ W1.transpose(1, 2) + b1.unsqueeze(1)
        if activation == "sigmoid":
            h = torch.sigmoid(z1)
        elif activation == "tanh":
            h = torch.tanh(z1)
        elif activation == "relu":
            h = torch.relu(z1)
        else:
            h = z1
        z2 = (h @ W2.transpose(1, 2) + b2.unsqueeze(1)).squeeze(2)
        # (S, N) against (S, N)
        target = y.unsqueeze(0).expand(z2.shape)
        loss = F.binary_cross_entropy_with_logits(z2, target, reduction="none").mean(dim=1)
        losses.append(loss.detach().numpy().copy())
        if i == steps:
            break
        # backward
        for p in params:
            p.grad = None
        loss.sum().backward()
        # update
        with torch.no_grad():
            for p in params:
                p -= learning_rate * p.grad
    return [p.detach().numpy() for p in params], np.array(losses)


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    W = np.dot(W2, W1)
    b = np.dot(W2, b1) + b2
    return W[0], float(b[0])


def most_corners_right(w, b):
    z = np.dot(CORNERS, w) + b
    right = 0
    for i in range(4):
        if XOR[i] == 1 and z[i] > 0:
            right += 1
        if XOR[i] == 0 and z[i] < 0:
            right += 1
    return right


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    count = 0
    total = 0
    for seed in seeds:
        parameters, losses = train_xor_numpy(init_xor(width, seed), CORNERS, XOR, steps, learning_rate, "identity")
        total += 1
        # with the margin the loss is below -ln 0.9
        if losses[-1] < 0.105:
            count += 1
    return count / total


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    others = p[~right]
    if right.sum() == 4:
        return "solved"
    elif right.sum() == 0 and np.all(np.abs(others - 0.5) <= 0.05):
        return "all undecided"
    elif right.sum() == 2 and np.all(np.abs(others - 0.5) <= 0.05):
        return "two undecided"
    elif right.sum() == 1 and np.all(np.abs(others - np.mean(XOR[~right])) <= 0.05):
        return "three averaged"
    else:
        return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    networks = [init_xor(width, seed) for seed in seeds]
    trained, losses = train_xor_torch(stack(networks), CORNERS, XOR, steps, learning_rate, activation)
    count = 0
    for s in range(len(networks)):
        if stuck_reason([p[s] for p in trained], activation) == "solved":
            count += 1
    return count / len(networks)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    which = rng.integers(0, 4, size=n)
    noise = rng.normal(0, sigma, size=(n, 2))
    x = CORNERS[which] + noise
    y = XOR[which]
    return x, y


def decision_grid(parameters, x1, x2, activation="tanh"):
    grid = np.zeros((len(x1), len(x2)))
    for i in range(len(x1)):
        for j in range(len(x2)):
            grid[i, j] = probabilities(parameters, np.array([[x1[i], x2[j]]]), activation)[0]
    return grid
