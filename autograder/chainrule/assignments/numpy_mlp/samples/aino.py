"""Aino programs for a living, has never seen calculus in code, and writes everything out so that she believes it.

Everything she hands in is right, in a style far from the reference: loops, small classes, log-sum-exp by hand.
"""

import numpy as np


# %% neuron
def weighted_sum(inputs, weights, bias):
    """Add up input times weight, one after the other, then the bias."""
    total = bias
    for value, weight in zip(inputs, weights):
        total = total + value * weight
    return total


def fire(z):
    # the S-shaped curve from the slides
    return 1.0 / (1.0 + np.exp(-z))


def neuron(x, w, b):
    return float(fire(weighted_sum(x, w, b)))


def layer(x, weight, bias):
    # A layer is just several neurons looking at the same x.
    # Row k of the weight matrix belongs to neuron k.
    answers = []
    for k in range(weight.shape[0]):
        answers.append(neuron(x, weight[k], bias[k]))
    return np.array(answers)


def layer_batch(x, weight, bias):
    # ... and a batch is just several samples, one per row.
    answers = []
    for sample in x:
        answers.append(layer(sample, weight, bias))
    return np.stack(answers)


# %% activations
# Forward functions. None of them may touch z itself, so I always build something new.


def identity(z):
    return np.copy(z)


def sigmoid(z):
    """Two formulas for the same thing, so that exp() only ever sees numbers <= 0."""
    z = np.asarray(z, dtype=float)
    result = np.empty(z.shape)
    positive = z >= 0
    # z >= 0:  1 / (1 + e^-z)
    result[positive] = 1.0 / (1.0 + np.exp(-z[positive]))
    # z < 0:  multiply above and below by e^z
    e = np.exp(z[~positive])
    result[~positive] = e / (1.0 + e)
    return result


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.where(np.asarray(z) > 0, z, 0.0)


# Backward functions: what arrives from above times the slope at z.


def identity_backward(da, z):
    slope = np.ones(np.shape(z))
    return da * slope


def sigmoid_backward(da, z):
    s = sigmoid(z)
    slope = s * (1.0 - s)
    return da * slope


def tanh_backward(da, z):
    t = np.tanh(z)
    slope = 1.0 - t * t
    return da * slope


def relu_backward(da, z):
    # at exactly 0 we agreed on slope 0, so > and not >=
    slope = np.where(np.asarray(z) > 0, 1.0, 0.0)
    return da * slope


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    # --- forward, keeping everything ---
    h = float(tanh(w * x))  # the expensive one: once!
    h_squared = h * h
    y = float(theta * h_squared)
    difference = float(y - target)
    loss = difference * difference

    # --- backward, from the loss towards x ---
    dloss_dy = 2.0 * difference
    dloss_dtheta = dloss_dy * h_squared  # y = theta * h^2, so dy/dtheta = h^2
    dloss_dh = dloss_dy * theta * 2.0 * h  # and dy/dh = 2 theta h
    dh_dsum = 1.0 - h_squared  # tanh' = 1 - tanh^2, and I have tanh already
    dloss_dsum = dloss_dh * dh_dsum
    dloss_dw = dloss_dsum * x
    dloss_dx = dloss_dsum * w

    return {
        "h": h,
        "y": y,
        "loss": loss,
        "dloss_dy": dloss_dy,
        "dloss_dtheta": float(dloss_dtheta),
        "dloss_dh": float(dloss_dh),
        "dloss_dw": float(dloss_dw),
        "dloss_dx": float(dloss_dx),
    }


# %% linear_forward
def linear_forward(x, weight, bias):
    n_samples = x.shape[0]
    n_out = weight.shape[0]
    y = np.zeros((n_samples, n_out))
    for i in range(n_samples):
        for j in range(n_out):
            y[i, j] = np.dot(x[i], weight[j]) + bias[j]
    remember = (x, weight)
    return y, remember


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache
    dx = np.zeros(x.shape)
    dweight = np.zeros(weight.shape)
    dbias = np.zeros(weight.shape[0])
    # Every sample votes, the votes are added (that is why it says += everywhere).
    for i in range(x.shape[0]):
        dx[i] = weight.T @ dy[i]
        dweight += np.outer(dy[i], x[i])
        dbias += dy[i]
    return dx, dweight, dbias


# %% losses
def check_shapes(prediction, target):
    """(N, 1) minus (N,) would quietly become N x N, so refuse it here."""
    if np.shape(prediction) != np.shape(target):
        raise ValueError(
            "prediction has shape %s and target has shape %s, they must be equal"
            % (np.shape(prediction), np.shape(target))
        )


def mse(prediction, target):
    check_shapes(prediction, target)
    error = np.asarray(prediction, dtype=float) - target
    count = error.size  # all the numbers, not only the rows
    loss = float(np.sum(error * error)) / count
    gradient = 2.0 * error / count
    return loss, gradient


def mae(prediction, target):
    check_shapes(prediction, target)
    error = np.asarray(prediction, dtype=float) - target
    count = error.size
    loss = float(np.sum(np.abs(error))) / count
    gradient = np.zeros(error.shape)
    gradient[error > 0] = 1.0 / count
    gradient[error < 0] = -1.0 / count
    return loss, gradient


def rmse(prediction, target):
    square, square_gradient = mse(prediction, target)
    loss = float(np.sqrt(square))
    if loss == 0.0:
        # the square root has no slope at 0; nothing to improve anyway
        return loss, np.zeros(square_gradient.shape)
    return loss, square_gradient / (2.0 * loss)


def log_sum_exp(values):
    """ln(sum of e^v) of one row, with the largest taken out first so that nothing overflows."""
    largest = np.max(values)
    return largest + np.log(np.sum(np.exp(values - largest)))


def binary_cross_entropy(logits, target):
    check_shapes(logits, target)
    z = np.asarray(logits, dtype=float)
    t = np.asarray(target, dtype=float)
    # -t ln s(z) - (1-t) ln(1-s(z))  =  ln(1 + e^z) - t z
    # and ln(1 + e^z) is the log-sum-exp of 0 and z
    total = 0.0
    for z_i, t_i in zip(z.ravel(), t.ravel()):
        total += log_sum_exp(np.array([0.0, z_i])) - t_i * z_i
    gradient = (sigmoid(z) - t) / z.size
    return float(total) / z.size, gradient


def softmax_cross_entropy(logits, labels):
    logits = np.asarray(logits, dtype=float)
    n_samples, n_classes = logits.shape
    if np.shape(labels) != (n_samples,):
        raise ValueError("labels must be a flat array with one class number for each of the %d rows" % n_samples)
    total = 0.0
    gradient = np.zeros(logits.shape)
    for i in range(n_samples):
        log_probabilities = logits[i] - log_sum_exp(logits[i])
        right = labels[i]
        total -= log_probabilities[right]
        gradient[i] = np.exp(log_probabilities)
        gradient[i, right] -= 1.0
    return float(total) / n_samples, gradient / n_samples


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    slopes = np.zeros(x.shape)
    for position in np.ndindex(x.shape):
        to_the_right = x.copy()
        to_the_right[position] += eps
        to_the_left = x.copy()
        to_the_left[position] -= eps
        slopes[position] = (f(to_the_right) - f(to_the_left)) / (2.0 * eps)
    return slopes


def relative_error(a, b):
    worst = np.max(np.abs(np.asarray(a, dtype=float) - b))
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    # two arrays of zeros agree; the tiny number saves us from 0/0
    return float(worst / max(scale, 1e-12))


# %% mlp
# as the reference
class LinearBlock:
    """One fully connected layer: weights, biases, and what the last backward said about them."""

    def __init__(self, n_in, n_out, rng):
        size = np.sqrt(2.0 / (n_in + n_out))
        self.weight = rng.normal(0.0, size, (n_out, n_in))
        self.bias = rng.normal(0.0, 0.1, n_out)
        self.dweight = np.zeros((n_out, n_in))
        self.dbias = np.zeros(n_out)
        self.memory = None

    def forward(self, x):
        y, self.memory = linear_forward(x, self.weight, self.bias)
        return y

    def backward(self, dy):
        dx, self.dweight, self.dbias = linear_backward(dy, self.memory)
        return dx


class ActivationBlock:
    """Has no parameters, only remembers the z it saw."""

    def __init__(self, function, function_backward):
        self.function = function
        self.function_backward = function_backward
        self.z = None

    def forward(self, z):
        self.z = z
        return self.function(z)

    def backward(self, da):
        return self.function_backward(da, self.z)


class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        known = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if activation not in known:
            raise ValueError("I do not know the activation %r, only %s" % (activation, ", ".join(known)))
        if len(widths) < 2:
            raise ValueError("a network needs at least an input width and an output width")

        rng = np.random.default_rng(seed)
        self.linear_blocks = []
        self.blocks = []  # linear and activation blocks, in the order the data passes them
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            if self.blocks:
                # a NEW activation block each time, each has its own z to remember
                self.blocks.append(ActivationBlock(*known[activation]))
            linear = LinearBlock(n_in, n_out, rng)
            self.linear_blocks.append(linear)
            self.blocks.append(linear)

    def forward(self, x):
        for block in self.blocks:
            x = block.forward(x)
        return x

    def backward(self, dy):
        for block in self.blocks[::-1]:
            dy = block.backward(dy)
        return dy

    def parameters(self):
        result = []
        for linear in self.linear_blocks:
            result.append(linear.weight)
            result.append(linear.bias)
        return result

    def gradients(self):
        result = []
        for linear in self.linear_blocks:
            result.append(linear.dweight)
            result.append(linear.dbias)
        return result


# %% collapse
def collapse(weights, biases):
    # Put layer 2 behind layer 1, then layer 3 behind that, ...
    # W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2)
    weight, bias = weights[0], biases[0]
    for next_weight, next_bias in zip(weights[1:], biases[1:]):
        bias = next_weight @ bias + next_bias
        weight = next_weight @ weight
    return weight, bias


# %% shallow_joints
def shallow_stages(x, theta, phi):
    n_units = len(theta)
    pre_activations = np.zeros((len(x), n_units))
    for i in range(n_units):
        start, slope = theta[i]
        pre_activations[:, i] = start + slope * x
    activations = np.where(pre_activations > 0, pre_activations, 0.0)
    weighted = np.zeros((len(x), n_units))
    for i in range(n_units):
        weighted[:, i] = phi[1 + i] * activations[:, i]
    y = phi[0] + np.sum(weighted, axis=1)
    return pre_activations, activations, weighted, y


def shallow_joints(theta):
    joints = []
    for start, slope in theta:
        if slope == 0:
            continue  # a flat line never crosses zero
        joints.append(-start / slope)
    joints.sort()
    return np.array(joints, dtype=float)


def shallow_slopes(theta, phi):
    joints = shallow_joints(theta)
    # One x in the middle of every region; the outer two regions go on forever, so 1 beyond the end is inside.
    if len(joints) == 0:
        inside = [0.0]
    else:
        inside = [joints[0] - 1.0]
        for a, b in zip(joints[:-1], joints[1:]):
            inside.append(0.5 * (a + b))
        inside.append(joints[-1] + 1.0)

    slopes = []
    for place in inside:
        total = 0.0
        for i, (start, slope) in enumerate(theta):
            is_active = start + slope * place > 0
            if is_active:
                total += phi[1 + i] * slope
        slopes.append(total)
    return np.array(slopes)


# %% sgd
# as the reference
def sgd_step(parameters, gradients, learning_rate):
    for parameter, gradient in zip(parameters, gradients):
        # [:] writes into the array the network holds; "parameter = ..." would only move my own name
        parameter[:] = parameter - learning_rate * gradient


def minibatches(n, batch_size, rng):
    shuffled = rng.permutation(n)
    pieces = []
    for first in range(0, n, batch_size):
        pieces.append(shuffled[first : first + batch_size])  # the last one may be shorter
    return pieces


# %% fit_curve
def loss_over_everything(model, x, y):
    loss, _ = mse(model.forward(x), y)
    return loss


def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    losses = [loss_over_everything(model, x, y)]
    rates = []
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        for chosen in minibatches(len(x), batch_size, rng):
            prediction = model.forward(x[chosen])
            _, gradient = mse(prediction, y[chosen])
            model.backward(gradient)
            sgd_step(model.parameters(), model.gradients(), rate)
        rates.append(rate)
        losses.append(loss_over_everything(model, x, y))
    return {"loss": losses, "learning_rate": rates}


# %% lecture_errors
def count_weights(widths):
    # every unit on the left is connected to every unit on the right
    total = 0
    for left, right in zip(widths[:-1], widths[1:]):
        total += left * right
    return total


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    full = n_samples // batch_size
    something_left = n_samples % batch_size > 0
    if something_left and not drop_last:
        return full + 1
    return full


def gradient_step(w, gradient, learning_rate):
    # downhill, so minus
    return w - learning_rate * gradient


def count_deep_parameters(depth, width):
    per_layer = width * width + width
    return depth * per_layer


def binary_loss(p, y):
    total = 0.0
    for p_i, y_i in zip(np.ravel(p), np.ravel(y)):
        # the minus belongs to both terms: brackets!
        total += -(y_i * np.log(p_i) + (1 - y_i) * np.log(1 - p_i))
    return float(total)


def split_theta(theta):
    biases = theta[:, 0]
    weights = theta[:, 1]
    return biases, weights
