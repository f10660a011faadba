"""A correct submission in the notation of a linear-algebra lecture: samples are columns, Z = W X + b.

Every function turns its arrays on the way in, works on (features, N), and turns them back on the way out.
"""

import numpy as np


# %% neuron
def column(v):
    """A vector (n,) as a column (n, 1)."""
    return np.array(v, dtype=float).reshape(-1, 1)


def sigma(Z):
    return (1 + np.exp(-Z)) ** -1


def neuron(x, w, b):
    z = column(w).T @ column(x) + b  # (1, in) times (in, 1)
    return sigma(z).item()


def layer(x, weight, bias):
    z = weight @ column(x) + column(bias)
    return sigma(z).ravel()


def layer_batch(x, weight, bias):
    Z = weight @ x.T + column(bias)
    return sigma(Z).T


# %% activations
# An activation does not care about the orientation, so nothing is turned here.


def identity(z):
    return z.copy()


def sigmoid(z):
    # numerator and denominator times e^(-|z|) or times 1, whichever keeps the exponents negative
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))


def tanh(z):
    return np.tanh(np.asarray(z))


def relu(z):
    a = np.array(z)
    a[a < 0] = 0
    return a


def identity_backward(da, z):
    return da.copy()


def sigmoid_backward(da, z):
    return sigmoid(z) * sigmoid(-z) * da


def tanh_backward(da, z):
    return (1 + np.tanh(z)) * (1 - np.tanh(z)) * da


def relu_backward(da, z):
    dz = np.array(da)
    dz[z <= 0] = 0
    return dz


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = tanh(w * x)
    y = theta * h**2

    # the Jacobians of the chain (w, x) -> u -> h -> y -> loss, multiplied from the left
    J_loss = np.array([[2.0 * (y - target)]])
    J_y = np.array([[2.0 * theta * h, h**2]])  # with respect to (h, θ)
    J_h = np.array([[1.0 - h**2]])
    J_u = np.array([[x, w]], dtype=float)  # with respect to (w, x)

    d_h_theta = J_loss @ J_y
    d_w_x = d_h_theta[:, :1] @ J_h @ J_u
    return {
        "h": float(h),
        "y": float(y),
        "loss": float((y - target) ** 2),
        "dloss_dy": float(J_loss[0, 0]),
        "dloss_dh": float(d_h_theta[0, 0]),
        "dloss_dtheta": float(d_h_theta[0, 1]),
        "dloss_dw": float(d_w_x[0, 0]),
        "dloss_dx": float(d_w_x[0, 1]),
    }


# %% linear_forward
def linear_forward(x, weight, bias):
    X = x.T  # (in, N)
    Y = weight @ X + column(bias)  # (out, N)
    return Y.T, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, W = cache
    X, dY = x.T, dy.T
    dX = W.T @ dY  # (in, out) times (out, N)
    dW = dY @ X.T  # (out, N) times (N, in)
    db = dY @ np.ones((dY.shape[1], 1))  # (out, 1)
    return dX.T, dW, db[:, 0]


# %% losses
def as_columns(prediction, target):
    """Both arrays as one long column each."""
    if prediction.shape != target.shape:
        raise ValueError("shapes differ: " + str(prediction.shape) + " and " + str(target.shape))
    return column(prediction), column(target)


def mse(prediction, target):
    P, T = as_columns(prediction, target)
    E = P - T
    M = len(E)
    return (E.T @ E).item() / M, (2 / M * E).reshape(prediction.shape)


def mae(prediction, target):
    P, T = as_columns(prediction, target)
    E = P - T
    M = len(E)
    signs = np.select([E > 0, E < 0], [1.0, -1.0], 0.0)
    return (signs.T @ E).item() / M, (signs / M).reshape(prediction.shape)


def rmse(prediction, target):
    loss, gradient = mse(prediction, target)
    if loss == 0:
        return 0.0, gradient  # E is all zeros, so this is too
    return loss**0.5, gradient / (2 * loss**0.5)


def binary_cross_entropy(logits, target):
    Z, T = as_columns(logits, target)
    M = len(Z)
    # two classes with the logits 0 and z: ln(e^0 + e^z) - t·z
    both = np.hstack([np.zeros((M, 1)), Z])
    top = both.max(axis=1, keepdims=True)
    powers = np.exp(both - top)
    total = powers.sum(axis=1, keepdims=True)
    loss = np.ones((1, M)) @ (top + np.log(total) - T * Z) / M
    dZ = (powers[:, 1:] / total - T) / M
    return loss.item(), dZ.reshape(logits.shape)


def softmax_cross_entropy(logits, labels):
    N, C = logits.shape
    if labels.shape != (N,):
        raise ValueError("labels: " + str(labels.shape) + " instead of " + str((N,)))
    Z = logits.T  # one column per sample
    T = np.eye(C)[:, labels]  # and one column of a unit matrix per label
    Z = Z - Z.max(axis=0)
    P = np.exp(Z) / np.exp(Z).sum(axis=0)
    log_total = np.log(np.exp(Z).sum(axis=0))
    loss = (log_total.sum() - np.trace(T.T @ Z)) / N
    return float(loss), ((P - T) / N).T


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    X = column(x)
    G = np.zeros_like(X)
    for k in range(len(X)):
        e = np.zeros_like(X)
        e[k, 0] = 1
        up = f((X + eps * e).reshape(x.shape))
        down = f((X - eps * e).reshape(x.shape))
        G[k, 0] = (up - down) / (2 * eps)
    return G.reshape(x.shape)


def relative_error(a, b):
    A, B = column(a), column(b)

    def norm(V):
        return np.linalg.norm(V, np.inf)  # of a column this is the largest |entry|

    return float(norm(A - B) / max(norm(A) + norm(B), 1e-12))


# %% mlp
class MLP:
    """Works on columns throughout: only the first line and the last line of a pass turn anything."""

    __slots__ = ("W", "b", "dW", "db", "H", "Z", "f", "f_back")

    def __init__(self, widths, activation="relu", seed=0):
        all_f = {"identity": identity, "sigmoid": sigmoid, "tanh": tanh, "relu": relu}
        all_back = {
            "identity": identity_backward,
            "sigmoid": sigmoid_backward,
            "tanh": tanh_backward,
            "relu": relu_backward,
        }
        self.f, self.f_back = all_f.get(activation), all_back.get(activation)
        if self.f is None:
            raise ValueError("this activation does not exist: " + str(activation))
        if len(widths) < 2:
            raise ValueError("a network has an input and an output")
        rng = np.random.default_rng(seed)
        L = len(widths) - 1
        self.W = [rng.normal(0, widths[k] ** -0.5, (widths[k + 1], widths[k])) for k in range(L)]
        self.b = [rng.uniform(-0.8, 0.8, (widths[k + 1], 1)) for k in range(L)]  # columns
        self.dW, self.db = [None] * L, [None] * L
        self.H, self.Z = [], []

    def forward(self, x):
        self.H, self.Z = [x.T], []
        L = len(self.W)
        for k in range(L):
            self.Z.append(self.W[k] @ self.H[k] + self.b[k])
            self.H.append(self.f(self.Z[k]) if k < L - 1 else self.Z[k])
        return self.H[L].T

    def backward(self, dy):
        dZ = dy.T
        for k in range(len(self.W) - 1, -1, -1):
            self.dW[k] = dZ @ self.H[k].T
            self.db[k] = dZ.sum(axis=1, keepdims=True)
            dH = self.W[k].T @ dZ
            if k > 0:
                dZ = self.f_back(dH, self.Z[k - 1])
        return dH.T

    def parameters(self):
        # b[:, 0] is a view of the column, so writing into it reaches the network
        return [a for W, b in zip(self.W, self.b) for a in (W, b[:, 0])]

    def gradients(self):
        return [a for dW, db in zip(self.dW, self.db) for a in (dW, db[:, 0])]

    def count_parameters(self):
        return sum(W.shape[0] * (W.shape[1] + 1) for W in self.W)


# %% collapse
def collapse(weights, biases):
    W, b = weights[-1], column(biases[-1])
    for k in range(len(weights) - 2, -1, -1):
        b = W @ column(biases[k]) + b
        W = W @ weights[k]
    return W, b[:, 0]


# %% shallow_joints
def shallow_stages(x, theta, phi):
    X = x.reshape(1, -1)  # (1, N)
    Z = theta[:, 1:] @ X + theta[:, :1]  # (D, N)
    H = relu(Z)
    V = column(phi[1:]) * H
    Y = np.ones((1, len(V))) @ V + phi[0]
    return Z.T, H.T, V.T, Y[0]


def shallow_joints(theta):
    bends = theta[theta[:, 1] != 0]
    # the joint of a unit solves θ_1·x = -θ_0; a diagonal system for all of them together
    joints = np.linalg.solve(np.diag(bends[:, 1]), -bends[:, 0])
    return np.sort(joints)


def shallow_slopes(theta, phi):
    joints = shallow_joints(theta)
    if joints.size == 0:
        return np.zeros(1)
    between = (joints[1:] + joints[:-1]) / 2
    X = np.r_[joints[0] - 1, between, joints[-1] + 1].reshape(1, -1)
    on = theta[:, 1:] @ X + theta[:, :1] > 0  # (D, regions)
    return (phi[1:] * theta[:, 1]) @ on


# %% sgd
def sgd_step(parameters, gradients, learning_rate):
    for P, G in zip(parameters, gradients):
        P += -learning_rate * G


def minibatches(n, batch_size, rng):
    order = np.arange(n).reshape(1, -1)
    order = rng.permuted(order, axis=1)
    count = int(np.ceil(n / batch_size))
    return [order[0, k * batch_size : (k + 1) * batch_size] for k in range(count)]


def decayed_learning_rate(start, decay, epoch):
    return float(np.prod([start] + [decay] * epoch))


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    X, Y = x.T, y.T
    losses = [mse(model.forward(X.T), Y.T)[0]]
    rates = []
    for epoch in range(epochs):
        eta = decayed_learning_rate(learning_rate, decay, epoch)
        for columns in minibatches(X.shape[1], batch_size, rng):
            output = model.forward(X[:, columns].T)
            loss, dy = mse(output, Y[:, columns].T)
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), eta)
        rates.append(eta)
        losses.append(mse(model.forward(X.T), Y.T)[0])
    return {"learning_rate": rates, "loss": losses}


# %% lecture_errors
def count_weights(widths):
    D = np.array(widths)
    # all products D_j·D_k in one matrix; consecutive layers stand on the first superdiagonal
    return int(np.trace(np.outer(D, D), offset=1))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return int((np.floor if drop_last else np.ceil)(n_samples / batch_size))


def gradient_step(w, gradient, learning_rate):
    return w + learning_rate * (-gradient)


def count_deep_parameters(depth, width):
    W, b = (width, width), (width, 1)
    return depth * (W[0] * W[1] + b[0] * b[1])


def binary_loss(p, y):
    Y, log_p, log_q = column(y), column(np.log(p)), column(np.log(1 - p))
    return -(Y.T @ log_p + (1 - Y).T @ log_q).item()


def split_theta(theta):
    biases, weights = theta.T
    return biases, weights
