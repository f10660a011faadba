"""A correct submission without biases: every input gets a 1 appended, and the bias is one more column of weights.

A network then is a list of matrices [W | b], and parameters() shows their two parts as views.
"""

import numpy as np


# %% neuron
def with_one(x):
    """Append a 1 to every sample: (…, in) becomes (…, in + 1)."""
    x = np.asarray(x, dtype=np.float64)
    return np.concatenate([x, np.ones(x.shape[:-1] + (1,))], axis=-1)


def with_bias(weight, bias):
    """[W | b], shape (out, in + 1)."""
    return np.c_[weight, bias]


def neuron(x, w, b):
    wb = np.append(w, b)
    return float(1 / (1 + np.exp(-(wb @ with_one(x)))))


def layer(x, weight, bias):
    return 1 / (1 + np.exp(-(with_bias(weight, bias) @ with_one(x))))


def layer_batch(x, weight, bias):
    return 1 / (1 + np.exp(-(with_one(x) @ with_bias(weight, bias).T)))


# %% activations
# as the reference
def sigmoid(z):
    with np.errstate(over="ignore"):  # e^1000 = inf, and 1 / (1 + inf) is the 0 that it should be
        return 1.0 / (1.0 + np.exp(-1.0 * z))


def relu(z):
    return np.fmax(0.0, z)


def identity_backward(da, z):
    return 1.0 * da


def sigmoid_backward(da, z):
    a = sigmoid(z)
    return (a - a**2) * da


def tanh_backward(da, z):
    slope = 1.0 - tanh(z) ** 2
    return slope * da


def relu_backward(da, z):
    return np.where(z > 0, da, 0.0)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    h = float(tanh(x * w))
    # y - t is the product of the row [θ, t] and the column [h², -1]
    row, col = np.array([theta, target], dtype=float), np.array([h**2, -1.0])
    error = float(row @ col)
    d_row, d_col = 2 * error * col, 2 * error * row
    d_h = float(d_col[0]) * 2 * h
    d_u = d_h * (1 - h) * (1 + h)
    return {
        "h": h,
        "y": theta * h**2,
        "loss": error**2,
        "dloss_dy": 2 * error,
        "dloss_dtheta": float(d_row[0]),
        "dloss_dh": d_h,
        "dloss_dw": d_u * x,
        "dloss_dx": d_u * w,
    }


# %% linear_forward
def linear_forward(x, weight, bias):
    return with_one(x) @ with_bias(weight, bias).T, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    no_bias = np.zeros(len(weight))
    d_augmented = dy.T @ with_one(x)  # gradient of [W | b]
    dx_augmented = dy @ with_bias(weight, no_bias)  # gradient of [x | 1]; the 1 cannot move
    return dx_augmented[:, :-1], d_augmented[:, :-1], d_augmented[:, -1]


# %% losses
def check_shapes(prediction, target):
    if prediction.ndim != target.ndim or prediction.shape != target.shape:
        raise ValueError(f"prediction {prediction.shape} does not fit to target {target.shape}")


def mse(prediction, target):
    check_shapes(prediction, target)
    e = prediction - target
    return float((e * e).mean()), e * 2 / e.size


def mae(prediction, target):
    check_shapes(prediction, target)
    e = prediction - target
    size = np.abs(e)
    # e / |e|, and 0 where that is 0 / 0
    direction = np.divide(e, size, out=np.zeros(e.shape), where=size > 0)
    return float(size.mean()), direction / e.size


def rmse(prediction, target):
    check_shapes(prediction, target)
    e = (prediction - target).astype(np.float64)
    r = float(np.std(np.r_[e.ravel(), -e.ravel()]))  # e and -e together have the mean 0
    return (r, e / e.size / r) if r else (r, e * 0)


def binary_cross_entropy(logits, target):
    check_shapes(logits, target)
    # [z | 0] are two logits, so this is a softmax over two classes, with [t | 1 - t] as the aim
    z = np.stack([logits, np.zeros(logits.shape)], axis=-1)
    aim = np.stack([target, 1 - target], axis=-1)
    log_p = log_softmax(z)
    loss = -(aim * log_p).sum(axis=-1).mean()
    return float(loss), (np.exp(log_p) - aim)[..., 0] / logits.size


def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def softmax_cross_entropy(logits, labels):
    if labels.shape != (len(logits),):
        raise ValueError(f"{labels.shape} are no labels for logits {logits.shape}")
    aim = np.zeros(logits.shape)
    aim[np.arange(len(labels)), labels] = 1
    log_p = log_softmax(logits)
    return float(-np.sum(aim * log_p) / len(labels)), (np.exp(log_p) - aim) / len(labels)


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=np.float64)
    # all points at once: axis 0 counts the elements, axis 1 is the side
    sides = eps * np.array([1.0, -1.0])
    moves = np.multiply.outer(np.eye(x.size), sides).transpose(0, 2, 1)
    points = x.ravel() + moves
    values = np.array([[f(point.reshape(x.shape)) for point in pair] for pair in points])
    return (values @ [0.5, -0.5] / eps).reshape(x.shape)


def relative_error(a, b):
    top = np.abs(np.stack([a - b, a, b])).reshape(3, -1).max(axis=1)
    return float(top[0] / max(top[1] + top[2], 1e-12))


# %% mlp
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        if activation == "identity":
            self.act, self.act_backward = identity, identity_backward
        elif activation == "sigmoid":
            self.act, self.act_backward = sigmoid, sigmoid_backward
        elif activation == "tanh":
            self.act, self.act_backward = tanh, tanh_backward
        elif activation == "relu":
            self.act, self.act_backward = relu, relu_backward
        else:
            raise ValueError(f"what is {activation!r}?")
        if len(widths) < 2:
            raise ValueError("widths: input, (hidden,) output")
        rng = np.random.default_rng(seed)
        self.augmented = [
            rng.normal(0, 1 / np.sqrt(n_in + 1), (n_out, n_in + 1)) for n_in, n_out in zip(widths, widths[1:])
        ]
        self.slopes = [np.zeros_like(wb) for wb in self.augmented]

    def forward(self, x):
        self.inputs, self.z = [with_one(x)], []
        for wb in self.augmented:
            self.z.append(self.inputs[-1] @ wb.T)
            self.inputs.append(with_one(self.act(self.z[-1])))  # the last of these is not used
        return self.z[-1]

    def backward(self, dy):
        dz = dy
        for k in range(len(self.augmented))[::-1]:
            np.matmul(dz.T, self.inputs[k], out=self.slopes[k])
            da = (dz @ self.augmented[k])[:, :-1]
            if k:
                dz = self.act_backward(da, self.z[k - 1])
        return da

    @staticmethod
    def split(matrices):
        """Views of W and b in each [W | b]."""
        return [part for wb in matrices for part in (wb[:, :-1], wb[:, -1])]

    def parameters(self):
        return self.split(self.augmented)

    def gradients(self):
        return self.split(self.slopes)

    def count_parameters(self):
        return sum(wb.size for wb in self.augmented)


# %% collapse
def collapse(weights, biases):
    # with a row [0 … 0 1] below, [W | b] is a map from [x | 1] to [y | 1], and maps are multiplied
    maps = [np.block([[w, b[:, None]], [np.zeros((1, w.shape[1])), np.ones((1, 1))]]) for w, b in zip(weights, biases)]
    whole = maps[0] if len(maps) == 1 else np.linalg.multi_dot(maps[::-1])
    return whole[:-1, :-1], whole[:-1, -1]


# %% shallow_joints
def shallow_stages(x, theta, phi):
    one_and_x = np.vander(x, 2, increasing=True)  # rows [1, x]
    pre = one_and_x @ theta.T
    act = relu(pre)
    weighted = act * phi[None, 1:]
    y = np.column_stack([np.ones(len(x)), act]) @ phi
    return pre, act, weighted, y


def shallow_joints(theta):
    # the root of the polynomial θ_0 + θ_1·x; np.roots finds none when θ_1 is 0
    roots = [np.roots([slope, constant]) for constant, slope in theta if slope != 0]
    return np.sort(np.concatenate([np.zeros(0), *roots]))


def shallow_slopes(theta, phi):
    joints = shallow_joints(theta)
    reach = 1 + np.max(np.abs(joints), initial=0.0)
    fence = np.concatenate([[-reach], joints, [reach]])
    # in each region y is a line; fit [slope, offset] to two of its points
    slopes = []
    for left, right in zip(fence[:-1], fence[1:]):
        x = np.array([left, right])
        y = shallow_stages(x, theta, phi)[-1]
        slopes.append(np.linalg.solve(with_one(x[:, None]), y)[0])
    return np.array(slopes)


# %% sgd
def sgd_step(parameters, gradients, learning_rate):
    for k in range(len(parameters)):
        p = parameters[k]
        p -= learning_rate * gradients[k]


def minibatches(n, batch_size, rng):
    left = np.arange(n)
    rng.shuffle(left)
    batches = []
    for start in range(0, n, batch_size):
        stop = min(start + batch_size, n)
        batches.append(left[start:stop].copy())
    return batches


def decayed_learning_rate(start, decay, epoch):
    return start * np.power(float(decay), epoch)


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    data = np.hstack([x, y])  # shuffled together
    inputs = x.shape[1]

    def loss_and_slope(rows):
        return mse(model.forward(rows[:, :inputs]), rows[:, inputs:])

    losses, rates = [], []
    rate = learning_rate
    losses.append(loss_and_slope(data)[0])
    for _ in range(epochs):
        for batch in minibatches(len(data), batch_size, rng):
            _, dy = loss_and_slope(data[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        rates.append(rate)
        rate *= decay
        losses.append(loss_and_slope(data)[0])
    return {"loss": losses, "learning_rate": rates}


# %% lecture_errors
def count_weights(widths):
    with_biases = sum((n_in + 1) * n_out for n_in, n_out in zip(widths, widths[1:]))
    biases = sum(widths[1:])
    return with_biases - biases


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    if drop_last:
        return int(n_samples / batch_size)
    return np.ceil(n_samples / batch_size)


def gradient_step(w, gradient, learning_rate):
    return np.stack([w, gradient], axis=-1) @ np.array([1.0, -learning_rate])


def count_deep_parameters(depth, width):
    return depth * (width + 1) * width


def binary_loss(p, y):
    both = np.array([1 - p, p])
    return float(-np.log(both[y.astype(int), np.arange(len(p))]).sum())


def split_theta(theta):
    biases, weights = np.moveaxis(theta, -1, 0)
    return biases, weights
