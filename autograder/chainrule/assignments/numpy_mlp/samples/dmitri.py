"""Dmitri knows the formulas for one sample and loses his way as soon as there is a batch.

Wrong: `linear_backward` (the loop over the batch keeps only the last sample's dW and db), `losses` (shapes are never
compared, so (N, 1) - (N,) becomes N x N, and the softmax overflows) and `numerical_gradient` (a one-sided difference).
His `mlp` and `fit_curve` are built on his `linear_backward`: that costs nothing again in `mlp`, but in `fit_curve` it does.
"""

import numpy as np


# %% neuron
def neuron(x, w, b):
    s = 0
    for i in range(len(w)):
        s += w[i] * x[i]
    return float(1 / (1 + np.exp(-(s + b))))


def layer(x, weight, bias):
    return np.array([neuron(x, weight[i], bias[i]) for i in range(len(bias))])


def layer_batch(x, weight, bias):
    return np.array([layer(x[n], weight, bias) for n in range(len(x))])


# %% activations
# as the reference
def sigmoid(z):
    # large |z| made a warning, tanh does not
    return (np.tanh(np.asarray(z) / 2) + 1) / 2


def relu(z):
    return z * (np.asarray(z) > 0)


def sigmoid_backward(da, z):
    return da * sigmoid(z) * (1 - sigmoid(z))


def tanh_backward(da, z):
    return da * (1 - np.tanh(z) * np.tanh(z))


def relu_backward(da, z):
    return da * (np.asarray(z) > 0)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    res = {}
    res["h"] = tanh(w * x)
    res["y"] = theta * res["h"] ** 2
    res["loss"] = (res["y"] - target) ** 2
    res["dloss_dy"] = 2 * (res["y"] - target)
    res["dloss_dtheta"] = res["dloss_dy"] * res["h"] ** 2
    res["dloss_dh"] = res["dloss_dy"] * 2 * theta * res["h"]
    res["dloss_dw"] = res["dloss_dh"] * (1 - res["h"] ** 2) * x
    res["dloss_dx"] = res["dloss_dh"] * (1 - res["h"] ** 2) * w
    for key in res:
        res[key] = float(res[key])
    return res


# %% linear_forward
def linear_forward(x, weight, bias):
    y = []
    for n in range(len(x)):
        y.append(weight @ x[n] + bias)
    return np.array(y), (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    dx = np.zeros(x.shape)
    for n in range(len(x)):
        # one sample: y = W x + b
        dx[n] = weight.T @ dy[n]
        dweight = np.outer(dy[n], x[n])
        dbias = 1.0 * dy[n]
    return dx, dweight, dbias


# %% losses
def mse(prediction, target):
    d = prediction - target
    return float((d**2).mean()), 2 * d / d.size


def mae(prediction, target):
    d = prediction - target
    return float(abs(d).mean()), np.sign(d) / d.size


def rmse(prediction, target):
    d = prediction - target
    r = np.sqrt((d**2).mean())
    if r == 0:
        return 0.0, np.zeros(d.shape)
    return float(r), d / d.size / r


def binary_cross_entropy(logits, target):
    loss = (np.maximum(logits, 0) - logits * target + np.log1p(np.exp(-abs(logits)))).mean()
    d = sigmoid(logits) - target
    return float(loss), d / d.size


def softmax_cross_entropy(logits, labels):
    e = np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    loss = 0
    grad = p.copy()
    for n in range(len(p)):
        loss += -np.log(p[n, labels[n]])
        grad[n, labels[n]] -= 1
    return float(loss / len(p)), grad / len(p)


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    g = np.zeros(x.shape)
    f0 = f(x)
    for i in np.ndindex(x.shape):
        x2 = x.copy()
        x2[i] += eps
        g[i] = (f(x2) - f0) / eps
    return g


def relative_error(a, b):
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(a)) + np.max(np.abs(b)), 1e-12))


# %% mlp
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        if len(widths) < 2:
            raise ValueError("too few widths")
        functions = {"identity": identity, "sigmoid": sigmoid, "tanh": tanh, "relu": relu}
        backwards = {
            "identity": identity_backward,
            "sigmoid": sigmoid_backward,
            "tanh": tanh_backward,
            "relu": relu_backward,
        }
        if activation not in functions:
            raise ValueError("activation?")
        self.function = functions[activation]
        self.function_backward = backwards[activation]
        rng = np.random.default_rng(seed)
        self.layers = []
        for i in range(1, len(widths)):
            self.layers.append(
                {
                    "W": rng.uniform(-1, 1, (widths[i], widths[i - 1])) * np.sqrt(3 / widths[i - 1]),
                    "b": rng.uniform(-0.1, 0.1, widths[i]),
                }
            )

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            layer["z"], layer["cache"] = linear_forward(x, layer["W"], layer["b"])
            x = layer["z"]
            if i + 1 < len(self.layers):
                x = self.function(x)
        return x

    def backward(self, dy):
        for i in reversed(range(len(self.layers))):
            layer = self.layers[i]
            if i + 1 < len(self.layers):
                dy = self.function_backward(dy, layer["z"])
            dy, layer["dW"], layer["db"] = linear_backward(dy, layer["cache"])
        return dy

    def parameters(self):
        p = []
        for layer in self.layers:
            p += [layer["W"], layer["b"]]
        return p

    def gradients(self):
        g = []
        for layer in self.layers:
            g += [layer["dW"], layer["db"]]
        return g

    def count_parameters(self):
        c = 0
        for layer in self.layers:
            c += layer["W"].size + layer["b"].size
        return c


# %% collapse
def collapse(weights, biases):
    W = weights[-1]
    b = biases[-1]
    # from the back: everything so far is W h + b, and h = W' x + b'
    for i in range(len(weights) - 2, -1, -1):
        b = W @ biases[i] + b
        W = W @ weights[i]
    return W, b


# %% shallow_joints
def shallow_stages(x, theta, phi):
    N, D = len(x), len(theta)
    z = np.zeros((N, D))
    for n in range(N):
        z[n] = theta[:, 0] + theta[:, 1] * x[n]
    h = np.maximum(z, 0)
    w = phi[1:] * h
    return z, h, w, w.sum(axis=1) + phi[0]


def shallow_joints(theta):
    return np.array(sorted(-t[0] / t[1] for t in theta if t[1] != 0))


def shallow_slopes(theta, phi):
    j = shallow_joints(theta)
    if len(j) == 0:
        return np.zeros(1)
    # two points inside each region, slope = rise / run
    left = np.append(j[0] - 2, j)
    right = np.append(j, j[-1] + 2)
    a = left + (right - left) * 0.25
    b = left + (right - left) * 0.75
    return (shallow_stages(b, theta, phi)[3] - shallow_stages(a, theta, phi)[3]) / (b - a)


# %% sgd
# as the reference
def sgd_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p += -learning_rate * g


def minibatches(n, batch_size, rng):
    i = rng.permutation(n)
    out = []
    while len(i) > 0:
        out.append(i[:batch_size])
        i = i[batch_size:]
    return out


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    hist = {"loss": [], "learning_rate": []}
    hist["loss"].append(mse(model.forward(x), y)[0])
    for e in range(epochs):
        lr = decayed_learning_rate(learning_rate, decay, e)
        hist["learning_rate"].append(lr)
        for idx in minibatches(len(x), batch_size, rng):
            l, d = mse(model.forward(x[idx]), y[idx])
            model.backward(d)
            sgd_step(model.parameters(), model.gradients(), lr)
        hist["loss"].append(mse(model.forward(x), y)[0])
    return hist


# %% lecture_errors
# as the reference
def count_weights(widths):
    n = 0
    for i in range(1, len(widths)):
        n += widths[i - 1] * widths[i]
    return n


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    if drop_last:
        return n_samples // batch_size
    return (n_samples + batch_size - 1) // batch_size


def count_deep_parameters(depth, width):
    return depth * width * (width + 1)
