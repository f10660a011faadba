"""Chloe follows the lecture carefully and makes the mistakes everybody makes.

Wrong: `activations` (ReLU's mask is taken from the gradient, not from z), `linear_backward` (the bias gradient is a
mean over the batch instead of a sum), `losses` (the gradient of the MSE lacks its factor 2) and `fit_curve` (the
learning rate decays after every batch instead of every epoch); her MLP has its own backward pass and is right.
"""

import numpy as np


# %% neuron
def neuron(x, w, b):
    z = np.dot(w, x) + b
    a = 1 / (1 + np.exp(-z))
    return float(a)


def layer(x, weight, bias):
    z = np.dot(weight, x) + bias
    a = 1 / (1 + np.exp(-z))
    return a


def layer_batch(x, weight, bias):
    # transpose so that (N, in) x (in, out) -> (N, out)
    z = np.dot(x, weight.T) + bias
    a = 1 / (1 + np.exp(-z))
    return a


# %% activations
# as the reference
def sigmoid(z):
    # clip so that exp does not overflow
    z = np.clip(z, -500, 500)
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(0, z)


def tanh_backward(da, z):
    a = tanh(z)
    return da * (1 - a**2)


def relu_backward(da, z):
    # only the positive part goes through
    return np.where(da > 0, da, 0)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    # forward
    h = tanh(w * x)
    y = theta * h**2
    loss = (y - target) ** 2
    # backward with the chain rule
    dloss_dy = 2 * (y - target)
    dloss_dtheta = dloss_dy * h**2
    dloss_dh = dloss_dy * 2 * theta * h
    dloss_dw = dloss_dh * (1 - h**2) * x
    dloss_dx = dloss_dh * (1 - h**2) * w
    return {
        "h": float(h),
        "y": float(y),
        "loss": float(loss),
        "dloss_dy": float(dloss_dy),
        "dloss_dtheta": float(dloss_dtheta),
        "dloss_dh": float(dloss_dh),
        "dloss_dw": float(dloss_dw),
        "dloss_dx": float(dloss_dx),
    }


# %% linear_forward
def linear_forward(x, weight, bias):
    y = np.dot(x, weight.T) + bias
    cache = (x, weight)
    return y, cache


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    dx = np.dot(dy, weight)
    dweight = np.dot(dy.T, x)
    # the bias has shape (out,) so get rid of the batch axis
    dbias = np.mean(dy, axis=0)
    return dx, dweight, dbias


# %% losses
def mse(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target must have the same shape")
    diff = prediction - target
    loss = np.mean(diff**2)
    grad = diff / diff.size
    return float(loss), grad


def mae(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target must have the same shape")
    diff = prediction - target
    loss = np.mean(np.abs(diff))
    grad = np.sign(diff) / diff.size
    return float(loss), grad


def rmse(prediction, target):
    if prediction.shape != target.shape:
        raise ValueError("prediction and target must have the same shape")
    diff = prediction - target
    loss = np.sqrt(np.mean(diff**2))
    if loss == 0:
        return 0.0, np.zeros_like(diff, dtype=float)
    grad = diff / (diff.size * loss)
    return float(loss), grad


def binary_cross_entropy(logits, target):
    if logits.shape != target.shape:
        raise ValueError("logits and target must have the same shape")
    # stable formula from the notebook: max(z,0) - z t + log(1 + e^-|z|)
    loss = np.mean(np.maximum(logits, 0) - logits * target + np.log(1 + np.exp(-np.abs(logits))))
    grad = (sigmoid(logits) - target) / logits.size
    return float(loss), grad


def softmax_cross_entropy(logits, labels):
    N = logits.shape[0]
    if labels.shape != (N,):
        raise ValueError("labels must have shape (N,)")
    # subtract the max of every row first (stable softmax)
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    loss = -np.mean(log_probs[np.arange(N), labels])
    grad = np.exp(log_probs)
    grad[np.arange(N), labels] -= 1
    grad = grad / N
    return float(loss), grad


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    x = x.astype(float)
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        plus = x.copy()
        plus[i] += eps
        minus = x.copy()
        minus[i] -= eps
        grad[i] = (f(plus) - f(minus)) / (2 * eps)
        it.iternext()
    return grad


def relative_error(a, b):
    num = np.max(np.abs(a - b))
    den = max(np.max(np.abs(a)) + np.max(np.abs(b)), 1e-12)
    return float(num / den)


# %% mlp
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        if len(widths) < 2:
            raise ValueError("give at least two widths")
        if activation not in ["identity", "sigmoid", "tanh", "relu"]:
            raise ValueError("unknown activation: " + activation)
        self.activation = activation
        rng = np.random.default_rng(seed)
        self.params = []
        for i in range(len(widths) - 1):
            # He initialisation
            W = rng.normal(0, np.sqrt(2 / widths[i]), size=(widths[i + 1], widths[i]))
            b = np.zeros(widths[i + 1])
            self.params.append(W)
            self.params.append(b)
        self.grads = [np.zeros_like(p) for p in self.params]
        self.L = len(widths) - 1

    def act(self, z):
        if self.activation == "identity":
            return z
        if self.activation == "sigmoid":
            return sigmoid(z)
        if self.activation == "tanh":
            return np.tanh(z)
        return np.maximum(z, 0)

    def act_slope(self, z):
        if self.activation == "identity":
            return np.ones_like(z)
        if self.activation == "sigmoid":
            return sigmoid(z) * (1 - sigmoid(z))
        if self.activation == "tanh":
            return 1 - np.tanh(z) ** 2
        return (z > 0).astype(float)

    def forward(self, x):
        self.zs = []
        self.hs = [x]
        h = x
        for l in range(self.L):
            W, b = self.params[2 * l], self.params[2 * l + 1]
            z = np.dot(h, W.T) + b
            self.zs.append(z)
            h = self.act(z) if l < self.L - 1 else z
            self.hs.append(h)
        return h

    def backward(self, dy):
        delta = dy
        for l in range(self.L - 1, -1, -1):
            if l < self.L - 1:
                delta = delta * self.act_slope(self.zs[l])
            self.grads[2 * l] = np.dot(delta.T, self.hs[l])
            self.grads[2 * l + 1] = np.sum(delta, axis=0)
            delta = np.dot(delta, self.params[2 * l])
        return delta

    def parameters(self):
        return self.params

    def gradients(self):
        return self.grads

    def count_parameters(self):
        return int(sum(np.prod(p.shape) for p in self.params))


# %% collapse
def collapse(weights, biases):
    W = weights[0]
    b = biases[0]
    for i in range(1, len(weights)):
        b = np.dot(weights[i], b) + biases[i]
        W = np.dot(weights[i], W)
    return W, b


# %% shallow_joints
def shallow_stages(x, theta, phi):
    pre = theta[:, 0] + x.reshape(-1, 1) * theta[:, 1]
    act = np.maximum(0, pre)
    weighted = act * phi[1:]
    y = phi[0] + weighted.sum(axis=1)
    return pre, act, weighted, y


def shallow_joints(theta):
    has_joint = theta[:, 1] != 0
    return np.sort(-theta[has_joint, 0] / theta[has_joint, 1])


def shallow_slopes(theta, phi):
    joints = shallow_joints(theta)
    if len(joints) == 0:
        return np.array([0.0])
    points = np.concatenate([[joints[0] - 1], (joints[:-1] + joints[1:]) / 2, [joints[-1] + 1]])
    slopes = []
    for p in points:
        on = theta[:, 0] + theta[:, 1] * p > 0
        slopes.append(np.sum(phi[1:][on] * theta[on, 1]))
    return np.array(slopes)


# %% sgd
# as the reference
def sgd_step(parameters, gradients, learning_rate):
    for i in range(len(parameters)):
        parameters[i] -= learning_rate * gradients[i]


def minibatches(n, batch_size, rng):
    perm = rng.permutation(n)
    batches = []
    for start in range(0, n, batch_size):
        batches.append(perm[start : start + batch_size])
    return batches


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [mse(model.forward(x), y)[0]], "learning_rate": []}
    lr = learning_rate
    for epoch in range(epochs):
        history["learning_rate"].append(lr)
        for batch in minibatches(len(x), batch_size, rng):
            loss, grad = mse(model.forward(x[batch]), y[batch])
            model.backward(grad)
            sgd_step(model.parameters(), model.gradients(), lr)
            lr = lr * decay
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% lecture_errors
# as the reference
def count_weights(widths):
    return sum(widths[i] * widths[i + 1] for i in range(len(widths) - 1))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    if drop_last:
        return n_samples // batch_size
    return int(np.ceil(n_samples / batch_size))
