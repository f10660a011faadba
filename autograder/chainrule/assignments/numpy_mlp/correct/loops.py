"""A correct submission in plain Python loops: one sample, one unit, one number at a time."""

import numpy as np


# %% neuron
import math


def squash(z):
    return 1.0 / (1.0 + math.exp(-z))


def neuron(x, w, b):
    total = float(b)
    for i in range(len(x)):
        total += float(x[i]) * float(w[i])
    return squash(total)


def layer(x, weight, bias):
    outputs = []
    for j in range(len(bias)):
        outputs.append(neuron(x, weight[j], bias[j]))
    return np.array(outputs)


def layer_batch(x, weight, bias):
    y = np.zeros((len(x), len(bias)))
    for n in range(len(x)):
        for j in range(len(bias)):
            y[n, j] = neuron(x[n], weight[j], bias[j])
    return y


# %% activations
import math


def each(function, *arrays):
    """Apply a function of numbers to every position of equally shaped arrays."""
    shape = np.shape(arrays[0])
    columns = [np.asarray(a, dtype=float).ravel().tolist() for a in arrays]
    values = []
    for numbers in zip(*columns):
        values.append(function(*numbers))
    return np.array(values, dtype=float).reshape(shape)


def sigmoid_of_number(z):
    if z >= 0:
        return 1.0 / (1.0 + math.exp(-z))
    e = math.exp(z)
    return e / (1.0 + e)


def identity(z):
    return each(lambda v: v, z)


def sigmoid(z):
    return each(sigmoid_of_number, z)


def tanh(z):
    return each(math.tanh, z)


def relu(z):
    return each(lambda v: v if v > 0 else 0.0, z)


def identity_backward(da, z):
    return each(lambda d, v: d, da, z)


def sigmoid_backward(da, z):
    def slope(d, v):
        s = sigmoid_of_number(v)
        return d * s * (1.0 - s)

    return each(slope, da, z)


def tanh_backward(da, z):
    return each(lambda d, v: d * (1.0 - math.tanh(v) ** 2), da, z)


def relu_backward(da, z):
    return each(lambda d, v: d if v > 0 else 0.0, da, z)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    x, w, theta, target = float(x), float(w), float(theta), float(target)
    h = float(tanh(w * x))
    y = theta * h * h
    error = y - target

    result = {"h": h, "y": y, "loss": error * error}
    result["dloss_dy"] = 2.0 * error
    result["dloss_dtheta"] = result["dloss_dy"] * h * h
    result["dloss_dh"] = result["dloss_dy"] * 2.0 * theta * h
    before_tanh = result["dloss_dh"] * (1.0 - h * h)
    result["dloss_dw"] = before_tanh * x
    result["dloss_dx"] = before_tanh * w
    return result


# %% linear_forward
def linear_forward(x, weight, bias):
    y = np.zeros((len(x), len(weight)))
    rows = weight.tolist()
    for n, sample in enumerate(x.tolist()):
        for o, row in enumerate(rows):
            total = bias[o]
            for x_i, w_i in zip(sample, row):
                total += x_i * w_i
            y[n, o] = total
    return y, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    n_samples, n_out = dy.shape
    dx = np.zeros((n_samples, weight.shape[1]))
    dweight = np.zeros(weight.shape)
    dbias = np.zeros(n_out)
    for n in range(n_samples):
        for o in range(n_out):
            dx[n] += dy[n, o] * weight[o]
            dweight[o] += dy[n, o] * x[n]
            dbias[o] += dy[n, o]
    return dx, dweight, dbias


# %% losses
import math


def pairs(first, second):
    """Every (first, second) pair of numbers of two arrays of one shape."""
    if np.shape(first) != np.shape(second):
        raise ValueError(f"shapes {np.shape(first)} and {np.shape(second)} are not the same")
    first = np.asarray(first, dtype=float).ravel().tolist()
    second = np.asarray(second, dtype=float).ravel().tolist()
    return list(zip(first, second))


def mse(prediction, target):
    both = pairs(prediction, target)
    total = 0.0
    slopes = []
    for p, t in both:
        total += (p - t) ** 2
        slopes.append(2.0 * (p - t) / len(both))
    return total / len(both), np.array(slopes).reshape(np.shape(prediction))


def mae(prediction, target):
    both = pairs(prediction, target)
    total = 0.0
    slopes = []
    for p, t in both:
        total += abs(p - t)
        if p > t:
            slopes.append(1.0 / len(both))
        elif p < t:
            slopes.append(-1.0 / len(both))
        else:
            slopes.append(0.0)
    return total / len(both), np.array(slopes).reshape(np.shape(prediction))


def rmse(prediction, target):
    both = pairs(prediction, target)
    total = 0.0
    for p, t in both:
        total += (p - t) ** 2
    loss = math.sqrt(total / len(both))
    slopes = []
    for p, t in both:
        if loss == 0:
            slopes.append(0.0)
        else:
            slopes.append((p - t) / (len(both) * loss))
    return loss, np.array(slopes).reshape(np.shape(prediction))


def binary_cross_entropy(logits, target):
    both = pairs(logits, target)
    total = 0.0
    slopes = []
    for z, t in both:
        # -ln σ(z) = ln(1 + e^-z) and -ln(1 - σ(z)) = ln(1 + e^z), each without a big exponent
        small = math.exp(-abs(z))
        softplus_minus = max(-z, 0.0) + math.log1p(small)
        softplus_plus = max(z, 0.0) + math.log1p(small)
        total += t * softplus_minus + (1.0 - t) * softplus_plus
        probability = 1.0 / (1.0 + small) if z >= 0 else small / (1.0 + small)
        slopes.append((probability - t) / len(both))
    return total / len(both), np.array(slopes).reshape(np.shape(logits))


def softmax_cross_entropy(logits, labels):
    logits = np.asarray(logits, dtype=float)
    n_samples, n_classes = logits.shape
    if np.shape(labels) != (n_samples,):
        raise ValueError("one label for every row of logits, please")
    total = 0.0
    gradient = np.zeros((n_samples, n_classes))
    for n in range(n_samples):
        row = logits[n].tolist()
        biggest = max(row)
        powers = [math.exp(v - biggest) for v in row]
        label = int(labels[n])
        total += math.log(sum(powers)) - (row[label] - biggest)
        for c in range(n_classes):
            gradient[n, c] = powers[c] / sum(powers) / n_samples
        gradient[n, label] -= 1.0 / n_samples
    return total / n_samples, gradient


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    point = np.array(x, dtype=float)
    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        here = point[index]
        point[index] = here + eps
        up = float(f(point.copy()))
        point[index] = here - eps
        down = float(f(point.copy()))
        point[index] = here
        gradient[index] = (up - down) / (2.0 * eps)
    return gradient


def relative_error(a, b):
    a = np.asarray(a, dtype=float).ravel().tolist()
    b = np.asarray(b, dtype=float).ravel().tolist()
    gap = biggest_a = biggest_b = 0.0
    for u, v in zip(a, b):
        gap = max(gap, abs(u - v))
        biggest_a = max(biggest_a, abs(u))
        biggest_b = max(biggest_b, abs(v))
    return gap / max(biggest_a + biggest_b, 1e-12)


# %% mlp
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        pairs_of_functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in pairs_of_functions:
            raise ValueError("unknown activation " + str(activation))
        if len(widths) < 2:
            raise ValueError("at least two widths: inputs and outputs")
        self.act, self.act_backward = pairs_of_functions[activation]
        rng = np.random.default_rng(seed)
        self.weights = []
        self.biases = []
        for i in range(len(widths) - 1):
            bound = (6.0 / (widths[i] + widths[i + 1])) ** 0.5
            self.weights.append(rng.uniform(-bound, bound, (widths[i + 1], widths[i])))
            self.biases.append(rng.uniform(-0.5, 0.5, widths[i + 1]))
        self.grads = []
        for p in self.parameters():
            self.grads.append(np.zeros(p.shape))

    def forward(self, x):
        self.caches = []
        self.zs = []
        last = len(self.weights) - 1
        for i in range(len(self.weights)):
            x, cache = linear_forward(x, self.weights[i], self.biases[i])
            self.caches.append(cache)
            if i < last:
                self.zs.append(x)
                x = self.act(x)
        return x

    def backward(self, dy):
        grads = []
        i = len(self.weights) - 1
        while i >= 0:
            dy, dweight, dbias = linear_backward(dy, self.caches[i])
            grads.insert(0, dbias)
            grads.insert(0, dweight)
            if i > 0:
                dy = self.act_backward(dy, self.zs[i - 1])
            i -= 1
        self.grads = grads
        return dy

    def parameters(self):
        everything = []
        for weight, bias in zip(self.weights, self.biases):
            everything.append(weight)
            everything.append(bias)
        return everything

    def gradients(self):
        return self.grads

    def count_parameters(self):
        count = 0
        for p in self.parameters():
            count += p.size
        return count


# %% collapse
def collapse(weights, biases):
    weight = weights[0]
    bias = biases[0]
    for i in range(1, len(weights)):
        rows, columns = len(weights[i]), len(weight[0])
        new_weight = np.zeros((rows, columns))
        new_bias = np.zeros(rows)
        for r in range(rows):
            new_bias[r] = biases[i][r]
            for k in range(len(weight)):
                new_bias[r] += weights[i][r][k] * bias[k]
                for c in range(columns):
                    new_weight[r, c] += weights[i][r][k] * weight[k][c]
        weight, bias = new_weight, new_bias
    return weight, bias


# %% shallow_joints
def shallow_stages(x, theta, phi):
    n_samples, n_units = len(x), len(theta)
    pre = np.zeros((n_samples, n_units))
    act = np.zeros((n_samples, n_units))
    weighted = np.zeros((n_samples, n_units))
    y = np.zeros(n_samples)
    for n in range(n_samples):
        y[n] = phi[0]
        for i in range(n_units):
            pre[n, i] = theta[i][0] + theta[i][1] * x[n]
            act[n, i] = max(pre[n, i], 0.0)
            weighted[n, i] = phi[i + 1] * act[n, i]
            y[n] += weighted[n, i]
    return pre, act, weighted, y


def shallow_joints(theta):
    joints = []
    for start, slope in theta:
        if slope != 0:
            joints.append(-start / slope)
    return np.array(sorted(joints), dtype=float)


def shallow_slopes(theta, phi):
    joints = list(shallow_joints(theta))
    if joints:
        places = [joints[0] - 1.0]
        for left, right in zip(joints, joints[1:]):
            places.append((left + right) / 2.0)
        places.append(joints[-1] + 1.0)
    else:
        places = [0.0]
    slopes = []
    for place in places:
        slope = 0.0
        for i in range(len(theta)):
            if theta[i][0] + theta[i][1] * place > 0:
                slope += phi[i + 1] * theta[i][1]
        slopes.append(slope)
    return np.array(slopes, dtype=float)


# %% sgd
def sgd_step(parameters, gradients, learning_rate):
    for parameter, gradient in zip(parameters, gradients):
        for i in range(len(parameter)):  # a row of a weight, a number of a bias
            parameter[i] -= learning_rate * gradient[i]


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    batches = []
    start = 0
    while start < n:
        batches.append(order[start : start + batch_size])
        start += batch_size
    return batches


def decayed_learning_rate(start, decay, epoch):
    rate = start
    for _ in range(epoch):
        rate *= decay
    return rate


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [], "learning_rate": []}
    history["loss"].append(mse(model.forward(x), y)[0])
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        for batch in minibatches(len(x), batch_size, rng):
            loss, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)
        history["learning_rate"].append(rate)
        history["loss"].append(mse(model.forward(x), y)[0])
    return history


# %% lecture_errors
import math


def count_weights(widths):
    total = 0
    for i in range(len(widths) - 1):
        total += widths[i] * widths[i + 1]
    return total


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    steps = 0
    left = n_samples
    while left >= batch_size:
        steps += 1
        left -= batch_size
    if left > 0 and not drop_last:
        steps += 1
    return steps


def gradient_step(w, gradient, learning_rate):
    new = np.array(w, dtype=float)
    for index in np.ndindex(new.shape):
        new[index] -= learning_rate * gradient[index]
    return new


def count_deep_parameters(depth, width):
    total = 0
    for _ in range(depth):
        total += width * width
        total += width
    return total


def binary_loss(p, y):
    p = np.asarray(p, dtype=float).ravel()
    y = np.asarray(y, dtype=float).ravel()
    total = 0.0
    for i in range(len(p)):
        # 0 · ln 0 counts as 0
        if y[i] > 0:
            total -= y[i] * math.log(p[i])
        if y[i] < 1:
            total -= (1.0 - y[i]) * math.log(1.0 - p[i])
    return total


def split_theta(theta):
    biases = []
    weights = []
    for row in theta:
        biases.append(row[0])
        weights.append(row[1])
    return np.array(biases), np.array(weights)
