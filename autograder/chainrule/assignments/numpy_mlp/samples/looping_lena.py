"""Lena counts with while loops, and one of them never ends.

Wrong: `linear_forward` (its `while True` is never left), and with it `mlp` and `fit_curve`, whose forward passes call
it; everything that does not need it is right.
"""

import numpy as np


# %% neuron
def neuron(x, w, b):
    i = 0
    z = b
    while i < len(x):
        z = z + w[i] * x[i]
        i += 1
    return float(1 / (1 + np.exp(-z)))


def layer(x, weight, bias):
    out = np.empty(len(bias))
    k = 0
    while k < len(bias):
        out[k] = neuron(x, weight[k], bias[k])
        k += 1
    return out


def layer_batch(x, weight, bias):
    out = np.empty((len(x), len(bias)))
    n = 0
    while n < len(x):
        out[n] = layer(x[n], weight, bias)
        n += 1
    return out


# %% activations
# as the reference
def identity(z):
    return np.array(z)


def sigmoid(z):
    z = np.asarray(z, dtype=float)
    # e^-|z| is at most 1
    tail = np.exp(-abs(z))
    return np.where(z >= 0, 1 / (1 + tail), tail / (1 + tail))


def relu(z):
    return np.maximum(0, z)


def identity_backward(da, z):
    return np.array(da)


def sigmoid_backward(da, z):
    return da * (sigmoid(z) * (1 - sigmoid(z)))


def tanh_backward(da, z):
    return da / np.cosh(np.clip(z, -300, 300)) ** 2


def relu_backward(da, z):
    grad = np.array(da, dtype=float)
    grad[np.asarray(z) <= 0] = 0
    return grad


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(x * w))
    y = float(theta * h * h)
    e = float(y - target)
    back_y = 2 * e
    back_h = back_y * 2 * float(theta) * h
    back_z = back_h * (1 - h * h)
    return {
        "h": h,
        "y": y,
        "loss": e * e,
        "dloss_dy": back_y,
        "dloss_dtheta": back_y * h * h,
        "dloss_dh": back_h,
        "dloss_dw": back_z * float(x),
        "dloss_dx": back_z * float(w),
    }


# %% linear_forward
def linear_forward(x, weight, bias):
    y = np.zeros((len(x), len(weight)))
    n = 0
    while True:
        y[n] = weight @ x[n] + bias
        if n == len(x):  # last sample
            break
    return y, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    dx = np.zeros(x.shape)
    dweight = np.zeros(weight.shape)
    dbias = np.zeros(len(weight))
    n = 0
    while n < len(x):
        dx[n] = dy[n] @ weight
        dweight += np.outer(dy[n], x[n])
        dbias += dy[n]
        n += 1
    return dx, dweight, dbias


# %% losses
def must_match(a, b):
    if a.shape != b.shape:
        raise ValueError(f"{a.shape} is not {b.shape}")


def mse(prediction, target):
    must_match(prediction, target)
    d = prediction - target
    return float(np.sum(d**2) / d.size), 2 * d / d.size


def mae(prediction, target):
    must_match(prediction, target)
    d = prediction - target
    return float(np.sum(abs(d)) / d.size), ((d > 0) * 1.0 - (d < 0) * 1.0) / d.size


def rmse(prediction, target):
    loss, grad = mse(prediction, target)
    root = float(np.sqrt(loss))
    if root > 0:
        grad = grad / (2 * root)
    return root, grad


def binary_cross_entropy(logits, target):
    must_match(logits, target)
    loss = np.where(logits > 0, logits, 0) - target * logits + np.log1p(np.exp(-abs(logits)))
    return float(np.mean(loss)), (sigmoid(logits) - target) / loss.size


def softmax_cross_entropy(logits, labels):
    must_match(labels, logits[:, 0])
    loss = 0.0
    grad = np.zeros(logits.shape)
    n = 0
    while n < len(logits):
        z = logits[n] - np.max(logits[n])
        log_sum = np.log(np.sum(np.exp(z)))
        loss += log_sum - z[labels[n]]
        grad[n] = np.exp(z - log_sum)
        grad[n, labels[n]] -= 1
        n += 1
    return float(loss / n), grad / n


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    flat = np.array(x, dtype=float).ravel()
    grad = []
    while len(grad) < len(flat):
        up, down = flat.copy(), flat.copy()
        up[len(grad)] += eps
        down[len(grad)] -= eps
        grad.append((f(up.reshape(np.shape(x))) - f(down.reshape(np.shape(x)))) / (2 * eps))
    return np.array(grad).reshape(np.shape(x))


def relative_error(a, b):
    size = np.max(np.abs(a)) + np.max(np.abs(b))
    if size < 1e-12:
        size = 1e-12
    return float(np.max(np.abs(np.subtract(a, b))) / size)


# %% mlp
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        if len(widths) < 2:
            raise ValueError("widths is too short")
        if activation == "identity":
            self.act, self.act_back = identity, identity_backward
        elif activation == "sigmoid":
            self.act, self.act_back = sigmoid, sigmoid_backward
        elif activation == "tanh":
            self.act, self.act_back = tanh, tanh_backward
        elif activation == "relu":
            self.act, self.act_back = relu, relu_backward
        else:
            raise ValueError("activation must be identity, sigmoid, tanh or relu")
        rng = np.random.default_rng(seed)
        self.p = []
        self.g = []
        i = 1
        while i < len(widths):
            self.p.append(rng.normal(size=(widths[i], widths[i - 1])) / np.sqrt(widths[i - 1]))
            self.p.append(rng.normal(size=widths[i]) * 0.1)
            i += 1

    def forward(self, x):
        self.z = []
        self.cache = []
        i = 0
        while i < len(self.p):
            if i > 0:
                x = self.act(x)
            x, cache = linear_forward(x, self.p[i], self.p[i + 1])
            self.z.append(x)
            self.cache.append(cache)
            i += 2
        return x

    def backward(self, dy):
        self.g = []
        i = len(self.cache) - 1
        while i >= 0:
            dy, dw, db = linear_backward(dy, self.cache[i])
            self.g = [dw, db] + self.g
            if i > 0:
                dy = self.act_back(dy, self.z[i - 1])
            i -= 1
        return dy

    def parameters(self):
        return self.p

    def gradients(self):
        return self.g

    def count_parameters(self):
        return sum([p.size for p in self.p])


# %% collapse
def collapse(weights, biases):
    w, b = weights[0], biases[0]
    i = 1
    while i < len(weights):
        w, b = weights[i] @ w, weights[i] @ b + biases[i]
        i += 1
    return w, b


# %% shallow_joints
def shallow_stages(x, theta, phi):
    z = theta[:, 0] + np.multiply.outer(x, theta[:, 1])
    a = relu(z)
    v = phi[1:] * a
    return z, a, v, v.sum(axis=1) + phi[0]


def shallow_joints(theta):
    joints = []
    i = 0
    while i < len(theta):
        if theta[i, 1] != 0:
            joints.append(-theta[i, 0] / theta[i, 1])
        i += 1
    return np.sort(np.array(joints, dtype=float))


def shallow_slopes(theta, phi):
    joints = shallow_joints(theta)
    # very far left the units with a falling line are on
    falling = theta[:, 1] < 0
    slopes = [float(np.sum(phi[1:][falling] * theta[falling, 1]))]
    i = 0
    while i < len(joints):
        at = [k for k in range(len(theta)) if theta[k, 1] != 0 and -theta[k, 0] / theta[k, 1] == joints[i]][0]
        slopes.append(slopes[-1] + phi[at + 1] * abs(theta[at, 1]))
        i += 1
    return np.array(slopes)


# %% sgd
# as the reference
def sgd_step(parameters, gradients, learning_rate):
    i = 0
    while i < len(parameters):
        parameters[i][...] -= learning_rate * gradients[i]
        i += 1


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    batches = []
    at = 0
    while at < n:
        batches.append(order[at : at + batch_size])
        at += batch_size
    return batches


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    loss = [mse(model.forward(x), y)[0]]
    rates = []
    while len(rates) < epochs:
        rates.append(decayed_learning_rate(learning_rate, decay, len(rates)))
        for batch in minibatches(len(x), batch_size, rng):
            dy = mse(model.forward(x[batch]), y[batch])[1]
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rates[-1])
        loss.append(mse(model.forward(x), y)[0])
    return {"loss": loss, "learning_rate": rates}


# %% lecture_errors
# as the reference
def count_weights(widths):
    total = 0
    i = 1
    while i < len(widths):
        total += widths[i] * widths[i - 1]
        i += 1
    return total


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    steps = n_samples // batch_size
    if steps * batch_size < n_samples and not drop_last:
        steps += 1
    return steps


def binary_loss(p, y):
    return float(np.sum(-y * np.log(p) - (1 - y) * np.log(1 - p)))
