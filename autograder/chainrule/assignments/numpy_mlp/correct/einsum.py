"""A correct submission with einsum wherever a sum over an index is meant."""

import numpy as np


# %% neuron
def logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def neuron(x: np.ndarray, w: np.ndarray, b: float) -> float:
    return float(logistic(np.einsum("i,i->", x, w) + b))


def layer(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return logistic(np.einsum("oi,i->o", weight, x) + bias)


def layer_batch(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return logistic(np.einsum("oi,ni->no", weight, x) + bias)


# %% activations
# as the reference
def identity(z: np.ndarray) -> np.ndarray:
    return np.array(z)


def sigmoid(z: np.ndarray) -> np.ndarray:
    # σ(z) = (1 + tanh(z/2)) / 2, and tanh does not overflow
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(z)))


def relu(z: np.ndarray) -> np.ndarray:
    return np.einsum("...,...->...", z, np.heaviside(z, 0.0))


def identity_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.einsum("...,...->...", da, np.ones(np.shape(z)))


def sigmoid_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.einsum("...,...,...->...", da, sigmoid(z), sigmoid(-np.asarray(z)))


def tanh_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    t = np.tanh(z)
    return np.einsum("...,...->...", da, 1 - np.einsum("...,...->...", t, t))


def relu_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.einsum("...,...->...", da, np.heaviside(z, 0.0))


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(w * x))
    y = float(theta * h**2)
    dloss_dy = float(2 * (y - target))
    dy_dtheta, dy_dh, dh_dz = h**2, 2 * theta * h, 1 - h**2
    dloss_dh = float(dloss_dy * dy_dh)
    return {
        "h": h,
        "y": y,
        "loss": float((y - target) ** 2),
        "dloss_dy": dloss_dy,
        "dloss_dtheta": float(dloss_dy * dy_dtheta),
        "dloss_dh": dloss_dh,
        "dloss_dw": float(dloss_dh * dh_dz * x),
        "dloss_dx": float(dloss_dh * dh_dz * w),
    }


# %% linear_forward
def linear_forward(x, weight, bias):
    return np.einsum("ni,oi->no", x, weight) + bias, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    dx = np.einsum("no,oi->ni", dy, weight)
    dweight = np.einsum("no,ni->oi", dy, x)
    dbias = np.einsum("no->o", dy)
    return dx, dweight, dbias


# %% losses
def difference(prediction, target):
    prediction, target = np.asarray(prediction, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if prediction.shape != target.shape:
        raise ValueError(f"prediction is {prediction.shape} but target is {target.shape}")
    return prediction - target


def mse(prediction, target):
    d = difference(prediction, target)
    return float(np.einsum("i,i->", d.ravel(), d.ravel()) / d.size), d * 2 / d.size


def mae(prediction, target):
    d = difference(prediction, target)
    sign = np.sign(d)
    return float(np.einsum("i,i->", d.ravel(), sign.ravel()) / d.size), sign / d.size


def rmse(prediction, target):
    d = difference(prediction, target)
    loss = float(np.linalg.norm(d.ravel()) / np.sqrt(d.size))
    if loss == 0.0:
        return 0.0, np.zeros(d.shape)
    return loss, d / (loss * d.size)


def binary_cross_entropy(logits, target):
    difference(logits, target)  # only for the shapes
    z, t = np.asarray(logits, dtype=np.float64), np.asarray(target, dtype=np.float64)
    loss = np.mean(np.logaddexp(0, z) - z * t)
    return float(loss), (0.5 + 0.5 * np.tanh(z / 2) - t) / z.size


def softmax_cross_entropy(logits, labels):
    logits, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    n, c = logits.shape
    if labels.shape != (n,):
        raise ValueError(f"labels must be ({n},), not {labels.shape}")
    onehot = np.eye(c)[labels]
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.einsum("nc->n", np.exp(log_p)))[:, None]
    return float(-np.einsum("nc,nc->", onehot, log_p) / n), (np.exp(log_p) - onehot) / n


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=np.float64)
    directions = np.eye(x.size).reshape((x.size, *x.shape))
    slopes = [(f(x + eps * d) - f(x - eps * d)) / (2 * eps) for d in directions]
    return np.array(slopes, dtype=np.float64).reshape(x.shape)


def relative_error(a, b):
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(scale, 1e-12))


# %% mlp
class MLP:
    FUNCTIONS = {
        "identity": (identity, identity_backward),
        "sigmoid": (sigmoid, sigmoid_backward),
        "tanh": (tanh, tanh_backward),
        "relu": (relu, relu_backward),
    }

    def __init__(self, widths: list[int], activation: str = "relu", seed: int = 0) -> None:
        if activation not in self.FUNCTIONS:
            raise ValueError(f"activation {activation!r} is none of {sorted(self.FUNCTIONS)}")
        if len(widths) < 2:
            raise ValueError("an MLP has inputs and outputs: give two widths or more")
        self.f, self.df = self.FUNCTIONS[activation]
        rng = np.random.default_rng(seed)
        self.params = []
        for fan_in, fan_out in zip(widths[:-1], widths[1:]):
            self.params += [rng.standard_normal((fan_out, fan_in)) * np.sqrt(2 / fan_in), np.zeros(fan_out)]
        self.grads = [np.zeros_like(p) for p in self.params]

    def forward(self, x):
        self.inputs, self.pre = [x], []
        depth = len(self.params) // 2
        for k in range(depth):
            weight, bias = self.params[2 * k], self.params[2 * k + 1]
            self.pre.append(np.einsum("ni,oi->no", self.inputs[k], weight) + bias)
            self.inputs.append(self.f(self.pre[k]) if k < depth - 1 else self.pre[k])
        return self.inputs[-1]

    def backward(self, dy):
        depth = len(self.params) // 2
        for k in reversed(range(depth)):
            dz = dy if k == depth - 1 else self.df(dy, self.pre[k])
            self.grads[2 * k] = np.einsum("no,ni->oi", dz, self.inputs[k])
            self.grads[2 * k + 1] = np.einsum("no->o", dz)
            dy = np.einsum("no,oi->ni", dz, self.params[2 * k])
        return dy

    def parameters(self):
        return list(self.params)

    def gradients(self):
        return list(self.grads)

    def count_parameters(self) -> int:
        return sum(p.size for p in self.params)


# %% collapse
def collapse(weights, biases):
    weight, bias = np.eye(weights[0].shape[1]), np.zeros(weights[0].shape[1])
    for w, b in zip(weights, biases):
        weight, bias = np.einsum("ok,ki->oi", w, weight), np.einsum("ok,k->o", w, bias) + b
    return weight, bias


# %% shallow_joints
def shallow_stages(x, theta, phi):
    with_one = np.stack([np.ones(len(x)), x])  # rows: 1 and x, to meet the bias and the weight column
    pre = np.einsum("cn,dc->nd", with_one, theta)
    act = np.maximum(pre, 0)
    weighted = np.einsum("nd,d->nd", act, phi[1:])
    return pre, act, weighted, phi[0] + np.einsum("nd->n", weighted)


def shallow_joints(theta):
    bent = theta[theta[:, 1] != 0]
    return np.sort(-bent[:, 0] / bent[:, 1])


def shallow_slopes(theta, phi):
    joints = shallow_joints(theta)
    edges = np.concatenate([joints[:1] - 2, joints, joints[-1:] + 2]) if joints.size else np.array([-1.0, 1.0])
    middles = (edges[:-1] + edges[1:]) / 2
    active = (theta[:, 0] + np.multiply.outer(middles, theta[:, 1]) > 0).astype(float)
    return np.einsum("rd,d,d->r", active, theta[:, 1].astype(float), phi[1:].astype(float))


# %% sgd
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p[...] = p - learning_rate * g


def minibatches(n, batch_size, rng):
    return np.split(rng.permutation(n), range(batch_size, n, batch_size))


def decayed_learning_rate(start, decay, epoch):
    return start * np.power(float(decay), epoch)


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    rates = [decayed_learning_rate(learning_rate, decay, epoch) for epoch in range(epochs)]
    losses = [mse(model.forward(x), y)[0]]
    for rate in rates:
        for rows in minibatches(len(x), batch_size, rng):
            _, dy = mse(model.forward(x[rows]), y[rows])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        losses.append(mse(model.forward(x), y)[0])
    return {"loss": losses, "learning_rate": rates}


# %% lecture_errors
# as the reference
def count_weights(widths):
    return int(np.einsum("i,i->", widths[:-1], widths[1:]))


def count_deep_parameters(depth, width):
    return depth * (width + 1) * width


def binary_loss(p, y):
    p, y = np.asarray(p, dtype=float).ravel(), np.asarray(y, dtype=float).ravel()
    return float(-(np.einsum("i,i->", y, np.log(p)) + np.einsum("i,i->", 1 - y, np.log(1 - p))))


def split_theta(theta):
    biases, weights = np.einsum("dc->cd", theta)
    return biases, weights
