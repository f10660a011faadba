"""A correct submission that computes with logarithms: log-sum-exp by hand, logaddexp, expm1 and log1p."""

import numpy as np


# %% neuron
def log_sigmoid(z):
    # ln σ(z) = -ln(e^0 + e^(-z))
    return -np.logaddexp(0.0, np.negative(z))


def neuron(x, w, b):
    return float(np.exp(log_sigmoid(np.vdot(w, x) + b)))


def layer(x, weight, bias):
    return np.exp(log_sigmoid(weight.dot(x) + bias))


def layer_batch(x, weight, bias):
    return np.exp(log_sigmoid(x.dot(weight.T) + bias))


# %% activations
def softplus(z):
    """ln(1 + e^z). Write it as max(z, 0) + ln(1 + e^(-|z|)), then the exponent is never positive."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def identity(z):
    return +z


def sigmoid(z):
    return np.exp(-softplus(-z))


def tanh(z):
    # tanh z = (1 - e^(-2z)) / (1 + e^(-2z)); with u = e^(-2|z|) - 1 from expm1
    u = np.expm1(-2.0 * np.abs(z))
    return -np.sign(z) * u / (u + 2.0)


def relu(z):
    return (z + np.abs(z)) / 2


def identity_backward(da, z):
    return +da


def sigmoid_backward(da, z):
    # σ'(z) = σ(z)·σ(-z), a product, so a sum of logarithms
    return da * np.exp(-softplus(z) - softplus(-z))


def tanh_backward(da, z):
    # 1 - tanh² z = 1 / cosh² z = 4·e^(-2|z|) / (1 + e^(-2|z|))²
    a = 2.0 * np.abs(z)
    return da * np.exp(np.log(4.0) - a - 2.0 * np.log1p(np.exp(-a)))


def relu_backward(da, z):
    return da * np.maximum(np.sign(z), 0)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    values = {}
    h = values["h"] = float(tanh(w * x))
    y = values["y"] = float(theta * h**2)
    difference = y - target
    values["loss"] = float(difference**2)
    dy = values["dloss_dy"] = float(2.0 * difference)
    values["dloss_dtheta"] = float(dy * h**2)
    dh = values["dloss_dh"] = float(dy * 2.0 * theta * h)
    inner = dh - dh * h**2
    values["dloss_dw"] = float(inner * x)
    values["dloss_dx"] = float(inner * w)
    return values


# %% linear_forward
def linear_forward(x, weight, bias):
    n = x.shape[0]
    product = x.dot(weight.T)
    return product + np.broadcast_to(bias, (n, bias.size)), (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    dx = dy.dot(weight)
    dweight = x.T.dot(dy).T
    dbias = np.ones(dy.shape[0]).dot(dy)
    return dx, dweight, dbias


# %% losses
def must_match(one, two):
    if one.shape != two.shape:
        message = "the two arrays have the shapes %s and %s" % (one.shape, two.shape)
        raise ValueError(message)


def logsumexp_rows(z):
    top = np.amax(z, axis=1)
    return top + np.log(np.exp(z - top[:, None]).sum(axis=1))


def mse(prediction, target):
    must_match(prediction, target)
    error = np.subtract(prediction, target).astype(float)
    return float(np.vdot(error, error) / error.size), error * (2.0 / error.size)


def mae(prediction, target):
    must_match(prediction, target)
    error = np.subtract(prediction, target).astype(float)
    # |e| = e·sign(e)
    sign = np.sign(error)
    return float(np.vdot(error, sign) / error.size), sign / error.size


def rmse(prediction, target):
    must_match(prediction, target)
    error = np.subtract(prediction, target).astype(float)
    length = np.hypot.reduce(error.ravel())  # √(e1² + e2² + …)
    root_m = np.sqrt(error.size)
    if length == 0.0:
        return 0.0, error
    return float(length / root_m), error / (length * root_m)


def binary_cross_entropy(logits, target):
    must_match(logits, target)
    # -ln p = softplus(-z) and -ln(1 - p) = softplus(z)
    each = target * softplus(-logits) + (1.0 - target) * softplus(logits)
    m = each.size
    # t·(p - 1) + (1 - t)·p, where 1 - p = σ(-z)
    slope = (1.0 - target) * np.exp(-softplus(-logits)) - target * np.exp(-softplus(logits))
    return float(each.sum() / m), slope / m


def softmax_cross_entropy(logits, labels):
    n = logits.shape[0]
    if labels.shape != (n,):
        raise ValueError("labels must be (%d,), but are %s" % (n, labels.shape))
    log_p = logits - logsumexp_rows(logits)[:, None]
    column = labels[:, None]
    log_right = np.take_along_axis(log_p, column, axis=1)
    gradient = np.exp(log_p)
    np.put_along_axis(gradient, column, np.expm1(log_right), axis=1)  # p - 1 without cancellation
    return float(-log_right.sum() / n), gradient / n


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    point = np.array(x, dtype=np.float64, order="C")
    flat = point.reshape(-1)  # the same memory, seen as a vector
    above, below = np.empty(flat.size), np.empty(flat.size)
    for results, sign in ((above, 1.0), (below, -1.0)):
        for k in range(flat.size):
            old = flat[k]
            flat[k] = old + sign * eps
            results[k] = f(point)
            flat[k] = old
    return ((above - below) / (2.0 * eps)).reshape(point.shape)


def relative_error(a, b):
    largest_difference = np.ptp(np.append(np.abs(a - b), 0.0))
    denominator = np.amax(np.abs(a)) + np.amax(np.abs(b))
    return float(largest_difference / np.maximum(denominator, 1e-12))


# %% mlp
class MLP:
    names = ["identity", "sigmoid", "tanh", "relu"]

    def __init__(self, widths, activation="relu", seed=0):
        if activation not in self.names:
            raise ValueError("activation is %r, not one of %s" % (activation, self.names))
        if len(widths) < 2:
            raise ValueError("too few widths")
        self.activation = activation
        self.depth = len(widths) - 1
        rng = np.random.RandomState(seed)
        self.p = {}
        for k in range(1, self.depth + 1):
            self.p["W%d" % k] = rng.normal(0.0, np.sqrt(1.0 / widths[k - 1]), (widths[k], widths[k - 1]))
            self.p["b%d" % k] = rng.normal(0.0, 0.3, widths[k])
        self.g = {}

    def f(self, z):
        if self.activation == "identity":
            return identity(z)
        elif self.activation == "sigmoid":
            return sigmoid(z)
        elif self.activation == "tanh":
            return tanh(z)
        return relu(z)

    def f_backward(self, da, z):
        if self.activation == "identity":
            return identity_backward(da, z)
        elif self.activation == "sigmoid":
            return sigmoid_backward(da, z)
        elif self.activation == "tanh":
            return tanh_backward(da, z)
        return relu_backward(da, z)

    def forward(self, x):
        self.z, self.cache = {}, {}
        h = x
        for k in range(1, self.depth + 1):
            self.z[k], self.cache[k] = linear_forward(h, self.p["W%d" % k], self.p["b%d" % k])
            if k < self.depth:
                h = self.f(self.z[k])
        return self.z[self.depth]

    def backward(self, dy):
        dz = dy
        for k in range(self.depth, 0, -1):
            dh, self.g["W%d" % k], self.g["b%d" % k] = linear_backward(dz, self.cache[k])
            if k > 1:
                dz = self.f_backward(dh, self.z[k - 1])
        return dh

    def names_in_order(self):
        return [letter + str(k) for k in range(1, self.depth + 1) for letter in "Wb"]

    def parameters(self):
        return [self.p[name] for name in self.names_in_order()]

    def gradients(self):
        return [self.g[name] for name in self.names_in_order()]

    def count_parameters(self):
        return int(np.sum([array.size for array in self.p.values()]))


# %% collapse
def collapse(weights, biases):
    total_weight, total_bias = weights[0].copy(), biases[0].copy()
    for k in range(1, len(weights)):
        total_bias = weights[k].dot(total_bias) + biases[k]
        total_weight = weights[k].dot(total_weight)
    return total_weight, total_bias


# %% shallow_joints
def shallow_stages(x, theta, phi):
    constant, factor = theta[:, 0], theta[:, 1]
    pre = constant[None, :] + factor[None, :] * x[:, None]
    act = relu(pre)
    weighted = act.dot(np.diag(phi[1:]))
    y = act.dot(phi[1:]) + phi[0]
    return pre, act, weighted, y


def shallow_joints(theta):
    constant, factor = theta[:, 0], theta[:, 1]
    joints = np.full(len(theta), np.nan)
    np.divide(-constant, factor, out=joints, where=factor != 0)
    joints.sort()  # nan goes to the end
    return joints[: np.count_nonzero(factor)]


def shallow_slopes(theta, phi):
    joints = shallow_joints(theta)
    # the function is straight between two joints, so two points of each region give its slope
    edges = np.concatenate(([joints.min(initial=0.0) - 1.0], joints, [joints.max(initial=0.0) + 1.0]))
    left, right = edges[:-1], edges[1:]
    y_left = shallow_stages(left, theta, phi)[3]
    y_right = shallow_stages(right, theta, phi)[3]
    return (y_right - y_left) / (right - left)


# %% sgd
def sgd_step(parameters, gradients, learning_rate):
    for k in range(len(parameters)):
        np.copyto(parameters[k], parameters[k] - learning_rate * gradients[k])


def minibatches(n, batch_size, rng):
    order = np.argsort(rng.random(n))  # a random number for each sample, and the order of these numbers
    return np.split(order, np.arange(batch_size, n, batch_size))


def decayed_learning_rate(start, decay, epoch):
    return start * np.float_power(decay, epoch)


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    loss = np.empty(epochs + 1)
    rates = [decayed_learning_rate(learning_rate, decay, e) for e in range(epochs)]
    loss[0] = mse(model.forward(x), y)[0]
    for e in range(epochs):
        for batch in minibatches(len(x), batch_size, rng):
            x_batch, y_batch = x.take(batch, axis=0), y.take(batch, axis=0)
            batch_loss, dy = mse(model.forward(x_batch), y_batch)
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rates[e])
        loss[e + 1] = mse(model.forward(x), y)[0]
    return {"loss": loss.tolist(), "learning_rate": rates}


# %% lecture_errors
from math import ceil, floor


def count_weights(widths):
    widths = np.asarray(widths)
    return np.vdot(widths[1:], widths[:-1])


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    batches = n_samples / batch_size
    if drop_last:
        return floor(batches)
    else:
        return ceil(batches)


def gradient_step(w, gradient, learning_rate):
    step = -learning_rate * gradient  # downhill: ∇L·step = -η|∇L|² is negative
    return w + step


def count_deep_parameters(depth, width):
    weights = depth * width**2
    biases = depth * width
    return weights + biases


def binary_loss(p, y):
    log_likelihood = y * np.log(p) + (1 - y) * np.log1p(-p)
    return float(-log_likelihood.sum())


def split_theta(theta):
    biases, weights = np.hsplit(theta, 2)
    return biases.ravel(), weights.ravel()
