"""A correct submission by somebody who learned it with samples in columns: X is (features, N), biases are columns."""

import numpy as np


# %% threshold_neuron
def columns(x):
    """One point per row -> one point per column."""
    return np.asarray(x, dtype=float).T


def col(v):
    return np.asarray(v, dtype=float).reshape(-1, 1)


def threshold_neuron(x, w, b):
    Z = col(w).T @ columns(x) + b  # (1, N)
    return np.squeeze(np.where(Z > 0, 1, 0), axis=0)


def and_neuron():
    w = np.full((2, 1), 10.0)
    b = -15.0
    return w.flatten(), b


def or_neuron():
    w = np.full((2, 1), 10.0)
    b = -5.0
    return w.flatten(), b


def nand_neuron():
    w, b = and_neuron()
    return -1 * w, -1 * b


# %% perceptron
def perceptron_step(w, b, x, y):
    W, X = col(w), col(x)
    A = (W.T @ X).item() + b
    if y * A > 0:
        return W.ravel(), b
    return (W + y * X).ravel(), b + y


def train_perceptron(x, y, epochs):
    X = columns(x)
    m = X.shape[1]
    H = np.zeros((3, epochs * m + 1))  # one column per moment
    for t in range(epochs * m):
        w, b = perceptron_step(H[:2, t], H[2, t], X[:, t % m], y[t % m])
        H[:2, t + 1] = w
        H[2, t + 1] = b
    return H.T


def perceptron_verdict(history):
    H = columns(history)
    M = H.shape[1]
    same = np.all(H[:, :-1] == H[:, -1:], axis=0)  # (M - 1,)
    if not np.any(same):
        return "undecided", 0
    back = same[::-1]  # back[0] is one row ago
    p = int(np.argmax(back)) + 1
    if p > 1:
        return "cycling", p
    resting = M - 1 if np.all(back) else int(np.argmin(back))
    return "converged", M - 1 - resting


# %% logistic_regression
def sigmoid(Z):
    """Stable for both signs."""
    A = np.empty_like(Z)
    positive = Z >= 0
    A[positive] = 1 / (1 + np.exp(-Z[positive]))
    E = np.exp(Z[~positive])
    A[~positive] = E / (1 + E)
    return A


def compute_cost(Z, Y):
    """Z, Y: (1, m). The cost from the logits, because log(sigmoid(Z)) is -inf for large ones."""
    m = Y.shape[1]
    cost = (np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-np.abs(Z)))) @ np.ones((m, 1)) / m
    return float(np.squeeze(cost))


def propagate(w, b, X, Y):
    m = X.shape[1]
    Z = w.T @ X + b
    A = sigmoid(Z)
    dw = X @ (A - Y).T / m
    db = np.sum(A - Y) / m
    assert dw.shape == w.shape
    return compute_cost(Z, Y), dw, float(db)


def logistic_loss(w, b, x, y):
    cost, dw, db = propagate(col(w), b, columns(x), col(y).T)
    return cost, dw[:, 0], db


def train_logistic(x, y, w, b, steps, learning_rate):
    X, Y, w = columns(x), col(y).T, col(w)
    costs = []
    for i in range(steps):
        cost, dw, db = propagate(w, b, X, Y)
        costs.append(cost)
        w = w - learning_rate * dw
        b = b - learning_rate * db
    costs.append(compute_cost(w.T @ X + b, Y))
    return w[:, 0].copy(), b, np.array(costs)


def loss_surface(w1, w2, b, x, y):
    X, Y = columns(x), col(y).T
    A, B = len(w1), len(w2)
    # every pair of weights is a column of a (2, A·B) matrix, w1 running fastest
    W = np.vstack([np.tile(w1, B), np.repeat(w2, A)])
    Z = W.T @ X + b  # (A·B, m)
    costs = np.mean(np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-np.abs(Z))), axis=1)
    return costs.reshape(B, A)


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    A1 = (W1 @ columns(x) + col(b1) > 0).astype(int)  # (D, N)
    A2 = (col(w2).T @ A1 + b2 > 0).astype(int)  # (1, N)
    return A1.T, A2[0]


def xor_threshold_weights():
    # neuron 1: x1 or x2; neuron 2: x1 and x2; out: the first one, unless the second one forbids it
    W1 = np.array([[1.0, 1.0], [1.0, 1.0]])
    b1 = np.array([[-0.5], [-1.5]])
    w2 = np.array([[1.0], [-2.0]])
    b2 = -0.5
    return W1, b1.ravel(), w2.ravel(), b2


def relu_network(x, W1, b1, w2, b2):
    A1 = np.maximum(0, np.dot(W1, columns(x)) + col(b1))
    Z2 = np.dot(col(w2).T, A1) + b2
    return A1.T, Z2.reshape(-1)


def xor_relu_weights():
    # y = relu(s) - 2 relu(s - 1) for s = x1 + x2, and everything twice as large inside
    W1 = np.array([[2.0, 2.0], [2.0, 2.0]])
    b1 = np.array([[0.0], [-2.0]])
    w2 = np.array([[0.5], [-1.0]])
    return W1, b1.ravel(), w2.ravel(), 0.0


# %% hidden_space
def activate(Z, name):
    if name == "identity":
        return Z
    elif name == "sigmoid":
        return sigmoid(Z)
    elif name == "tanh":
        return np.tanh(Z)
    elif name == "relu":
        return np.maximum(0, Z)
    raise KeyError(name)


def hidden_points(x, W1, b1, activation="tanh"):
    Z = W1 @ columns(x) + col(b1)
    return activate(Z, activation).T


def output_line(h1, w2, b2):
    if np.any(np.asarray(w2)[1:] == 0):
        raise ValueError("The line is vertical.")
    slope, intercept = -w2[0] / w2[1], -b2 / w2[1]
    return slope * np.asarray(h1) + intercept


def separates(h, y, w2, b2):
    Z = col(w2).T @ columns(h) + b2
    return bool(((Z > 0) == (col(y).T == 1)).all())


# %% train_xor_numpy
def init_xor(width, seed):
    """Random lines; the output starts at zero, so that no corner is preferred."""
    rng = np.random.default_rng(seed)
    W1 = rng.standard_normal((width, 2)) * 1.5
    b1 = rng.standard_normal((width, 1)) * 0.5
    W2 = np.zeros((1, width))
    b2 = np.zeros((1, 1))
    return [W1, b1.ravel(), W2, b2.ravel()]


def forward_propagation(X, p, activation):
    Z1 = p["W1"] @ X + p["b1"]
    A1 = activate(Z1, activation)
    Z2 = p["W2"] @ A1 + p["b2"]
    return Z2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": sigmoid(Z2)}


def backward_propagation(p, cache, X, Y, activation):
    m = X.shape[1]
    A1 = cache["A1"]
    dZ2 = cache["A2"] - Y  # (1, m)
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = p["W2"].T @ dZ2  # (D, m)
    if activation == "tanh":
        dZ1 = dA1 * (1 - np.power(A1, 2))
    elif activation == "sigmoid":
        dZ1 = dA1 * A1 * (1 - A1)
    elif activation == "relu":
        dZ1 = np.array(dA1, copy=True)
        dZ1[cache["Z1"] <= 0] = 0
    else:
        dZ1 = dA1
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def to_dictionary(parameters):
    W1, b1, W2, b2 = parameters
    return {"W1": np.array(W1), "b1": col(b1), "W2": np.array(W2), "b2": col(b2)}


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    X, Y = columns(x), col(y).T
    p = to_dictionary(parameters)
    costs = []
    for i in range(0, steps):
        Z2, cache = forward_propagation(X, p, activation)
        costs.append(compute_cost(Z2, Y))
        grads = backward_propagation(p, cache, X, Y, activation)
        for key in p:
            p[key] = p[key] - learning_rate * grads[key]
    Z2, _ = forward_propagation(X, p, activation)
    costs.append(compute_cost(Z2, Y))
    return [p["W1"], p["b1"].ravel(), p["W2"], p["b2"].ravel()], np.array(costs)


def probabilities(parameters, x, activation="tanh"):
    Z2, cache = forward_propagation(columns(x), to_dictionary(parameters), activation)
    return cache["A2"].ravel()


def solved(parameters, activation="tanh"):
    A = probabilities(parameters, CORNERS, activation)
    return bool(A[0] < 0.1 and A[1] > 0.9 and A[2] > 0.9 and A[3] < 0.1)


# %% train_xor_torch
def stack(networks):
    W1 = np.stack([n[0] for n in networks])
    b1 = np.stack([n[1] for n in networks])
    W2 = np.stack([n[2] for n in networks])
    b2 = np.stack([n[3] for n in networks])
    return [W1, b1, W2, b2]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    X = torch.tensor(columns(x).copy())  # (2, N)
    Y = torch.tensor(np.asarray(y, dtype=float)).reshape(1, 1, -1)
    S = len(parameters[0])
    W1, b1, W2, b2 = [torch.tensor(np.asarray(p, dtype=float)) for p in parameters]
    p = [W1, b1.reshape(S, -1, 1), W2, b2.reshape(S, 1, 1)]
    for tensor in p:
        tensor.requires_grad = True
    f = {"identity": torch.nn.Identity(), "sigmoid": torch.nn.Sigmoid(), "tanh": torch.nn.Tanh(), "relu": torch.nn.ReLU()}
    costs = np.zeros((steps + 1, S))
    for i in range(steps + 1):
        A1 = f[activation](p[0] @ X + p[1])  # (S, D, N)
        Z2 = p[2] @ A1 + p[3]  # (S, 1, N)
        cost = F.binary_cross_entropy_with_logits(Z2, Y.expand(S, 1, -1), reduction="none").mean(dim=(1, 2))
        costs[i] = cost.detach().numpy()
        if i == steps:
            break
        cost.sum().backward()
        with torch.no_grad():
            for tensor in p:
                tensor -= learning_rate * tensor.grad
                tensor.grad.zero_()
    W1, b1, W2, b2 = [tensor.detach().numpy() for tensor in p]
    return [W1, b1.reshape(S, -1), W2, b2.reshape(S, 1)], costs


# %% no_hidden_layer
def collapse_network(parameters):
    p = to_dictionary(parameters)
    W = p["W2"] @ p["W1"]  # (1, 2)
    b = p["W2"] @ p["b1"] + p["b2"]  # (1, 1)
    return W.ravel(), float(b[0, 0])


def most_corners_right(w, b):
    Z = col(w).T @ CORNERS.T + b
    Y = XOR.reshape(1, -1)
    right = Y * (Z > 0) + (1 - Y) * (Z < 0)
    return int(np.sum(right))


def solved_of_many(starts, steps, learning_rate, activation):
    (W1, b1, W2, b2), _ = train_xor_torch(stack(starts), CORNERS, XOR, steps, learning_rate, activation)
    count = 0
    for s in range(len(starts)):
        count += solved([W1[s], b1[s], W2[s], b2[s]], activation)
    return count / len(starts)


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    starts = [init_xor(width, seed) for seed in seeds]
    return solved_of_many(starts, steps, learning_rate, "identity")


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    A = probabilities(parameters, CORNERS, activation)
    correct = (A > 0.9) & (XOR == 1) | (A < 0.1) & (XOR == 0)
    n = np.count_nonzero(correct)
    half = np.abs(A - 0.5) <= 0.05
    if n == 4:
        return "solved"
    if np.all(half):
        return "all undecided"
    if n == 2 and np.all(half | correct):
        return "two undecided"
    if n == 1:
        rest = np.logical_not(correct)
        mean = np.sum(XOR * rest) / 3
        if np.all(correct | (np.abs(A - mean) <= 0.05)):
            return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    starts = [init_xor(width, seed) for seed in seeds]
    return solved_of_many(starts, steps, learning_rate, activation)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    np.random.seed(seed)
    which = np.random.randint(0, 4, n)
    X = CORNERS.T[:, which] + sigma * np.random.randn(2, n)
    Y = XOR[which]
    return X.T, Y


def decision_grid(parameters, x1, x2, activation="tanh"):
    xx, yy = np.meshgrid(x1, x2)
    points = np.vstack([xx.reshape(1, -1), yy.reshape(1, -1)])  # (2, B·A)
    Z = probabilities(parameters, points.T, activation)
    return Z.reshape(xx.shape)
