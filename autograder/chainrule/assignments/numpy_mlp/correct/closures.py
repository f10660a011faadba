"""A correct submission with functions that return functions: each forward hands back its own way home."""

import numpy as np


# %% neuron
def squashed(pre):
    """Wrap a function that gives a sum, so that it gives the sigmoid of the sum."""

    def wrapped(*args):
        return 1 / (1 + np.exp(-pre(*args)))

    return wrapped


def neuron(x, w, b):
    @squashed
    def one():
        return sum(xi * wi for xi, wi in zip(x, w)) + b

    return float(one())


@squashed
def layer(x, weight, bias):
    return (weight * x).sum(axis=-1) + bias


def layer_batch(x, weight, bias):
    def for_sample(row):
        return layer(row, weight, bias)

    return np.stack(list(map(for_sample, x)))


# %% activations
def identity_block(z):
    return z, lambda da: da


def sigmoid_block(z):
    z = np.asarray(z, dtype=float)
    half = np.tanh(z / 2) / 2  # σ(z) = ½ + ½ tanh(z/2), so σ' = ¼ - (½ tanh)²
    return 0.5 + half, lambda da: da * (0.5 - half) * (0.5 + half)


def tanh_block(z):
    t = np.tanh(z)

    def back(da):
        return da - da * t * t

    return t, back


def relu_block(z):
    on = z > 0
    return z * on, lambda da: da * on


def value_of(block):
    return lambda z: block(z)[0]


def pullback_of(block):
    return lambda da, z: block(z)[1](da)


identity, identity_backward = value_of(identity_block), pullback_of(identity_block)
sigmoid, sigmoid_backward = value_of(sigmoid_block), pullback_of(sigmoid_block)
tanh, tanh_backward = value_of(tanh_block), pullback_of(tanh_block)
relu, relu_backward = value_of(relu_block), pullback_of(relu_block)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    def multiply(a, b):
        return a * b, lambda d: (d * b, d * a)

    def squash(u):
        t = float(tanh(u))
        return t, lambda d: d * (1 - t * t)

    def square(a):
        return a * a, lambda d: 2 * a * d

    u, u_back = multiply(w, x)
    h, h_back = squash(u)
    hh, hh_back = square(h)
    y, y_back = multiply(theta, hh)
    loss, loss_back = square(y - target)

    dy = loss_back(1.0)
    dtheta, dhh = y_back(dy)
    dh = hh_back(dhh)
    dw, dx = u_back(h_back(dh))
    return dict(
        h=h,
        y=float(y),
        loss=float(loss),
        dloss_dy=float(dy),
        dloss_dtheta=float(dtheta),
        dloss_dh=float(dh),
        dloss_dw=float(dw),
        dloss_dx=float(dx),
    )


# %% linear_forward
def linear_block(weight, bias):
    """Bind the parameters now; get the forward function, which gives y and the pullback."""

    def forward(x):
        def back(dy):
            return linear_backward(dy, (x, weight))

        return (weight @ x.T).T + bias, back

    return forward


def linear_forward(x, weight, bias):
    y, _ = linear_block(weight, bias)(x)
    return y, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    x, weight = cache

    def for_input():
        return dy @ weight

    def for_weight():
        # one outer product per sample, and then their sum
        return sum(np.outer(dy_n, x_n) for dy_n, x_n in zip(dy, x))

    def for_bias():
        return sum(dy)

    return for_input(), for_weight(), for_bias()


# %% losses
def mean_loss(of_error, slope_of_error):
    """Build a loss that is the mean of a function of prediction - target."""

    def loss(prediction, target):
        if np.shape(prediction) != np.shape(target):
            raise ValueError("prediction and target must have the same shape")
        error = np.asarray(prediction, float) - target
        return float(np.average(of_error(error))), slope_of_error(error) / error.size

    return loss


def root_of(loss):
    """The root of another loss, with the chain rule for its gradient."""

    def rooted(prediction, target):
        inner, gradient = loss(prediction, target)
        root = inner**0.5
        outer_slope = 1 / (2 * root) if root else 0.0
        return root, outer_slope * gradient

    return rooted


mse = mean_loss(lambda e: e**2, lambda e: 2 * e)
mae = mean_loss(np.abs, np.sign)
rmse = root_of(mse)


def binary_cross_entropy(logits, target):
    if logits.shape != target.shape:
        raise ValueError("logits and target must have the same shape")

    def minus_log_sigmoid(z):
        return np.logaddexp(0, -z)

    p, _ = sigmoid_block(logits)
    each = target * minus_log_sigmoid(logits) + (1 - target) * minus_log_sigmoid(-logits)
    return float(each.mean()), (p - target) / p.size


def softmax_cross_entropy(logits, labels):
    if np.ndim(labels) != 1 or len(labels) != len(logits):
        raise ValueError("one label per row")

    def of_row(z, label):
        z = z - max(z)
        e = np.exp(z)
        p = e / e.sum()

        def back(d):
            dz = d * p
            dz[label] -= d
            return dz

        return np.log(e.sum()) - z[label], back

    losses, backs = zip(*(of_row(z, label) for z, label in zip(logits, labels)))
    return float(np.mean(losses)), np.array([back(1 / len(labels)) for back in backs])


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    x = np.asarray(x) + 0.0

    def along(k):
        """f as a function of how far element k has moved."""

        def g(t):
            moved = x.flatten()
            moved[k] += t
            return f(moved.reshape(x.shape))

        return g

    def central(g):
        return (g(eps) - g(-eps)) / (2 * eps)

    return np.array([central(along(k)) for k in range(x.size)]).reshape(x.shape)


def relative_error(a, b):
    def size(array):
        return float(np.linalg.norm(np.ravel(array), ord=np.inf))

    return size(a - b) / max(size(a) + size(b), 1e-12)


# %% mlp
def make_network(shapes, block, rng):
    """The network as four functions that share the variables of this call."""
    parameters, gradients, way_back = [], [], []
    for n_out, n_in in shapes:
        parameters.append(rng.standard_normal((n_out, n_in)) / np.sqrt(n_in))
        parameters.append(rng.standard_normal(n_out) / 2)

    def forward(x):
        way_back.clear()
        for k in range(len(shapes)):
            if k > 0:
                x, back = block(x)
                way_back.append(back)
            x, back = linear_block(parameters[2 * k], parameters[2 * k + 1])(x)
            way_back.append(noting(back))
        return x

    def noting(back):
        def noted(dy):
            dx, dweight, dbias = back(dy)
            gradients[:0] = [dweight, dbias]
            return dx

        return noted

    def backward(dy):
        gradients.clear()
        for back in reversed(way_back):
            dy = back(dy)
        return dy

    return forward, backward, lambda: parameters, lambda: list(gradients)


class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        blocks = {
            "identity": identity_block,
            "sigmoid": sigmoid_block,
            "tanh": tanh_block,
            "relu": relu_block,
        }
        try:
            block = blocks[activation]
        except KeyError:
            raise ValueError("activation must be one of " + ", ".join(blocks)) from None
        if len(widths) <= 1:
            raise ValueError("at least two widths")
        shapes = list(zip(widths[1:], widths[:-1]))
        self._forward, self._backward, self._parameters, self._gradients = make_network(
            shapes, block, np.random.default_rng(seed)
        )

    def forward(self, x):
        return self._forward(x)

    def backward(self, dy):
        return self._backward(dy)

    def parameters(self):
        return self._parameters()

    def gradients(self):
        return self._gradients()

    def count_parameters(self):
        return sum(p.size for p in self._parameters())


# %% collapse
def collapse(weights, biases):
    def affine(w, b):
        return lambda x: x @ w.T + b

    def compose(functions):
        def composed(x):
            for function in functions:
                x = function(x)
            return x

        return composed

    network = compose([affine(w, b) for w, b in zip(weights, biases)])
    # what does it do with nothing, and with each unit vector?
    inputs = weights[0].shape[1]
    bias = network(np.zeros(inputs))
    return (network(np.eye(inputs)) - bias).T, bias


# %% shallow_joints
def hidden_unit(row, factor):
    """One hidden unit as functions of x: pre-activation, activation, weighted activation, slope."""
    bias, weight = row

    def pre(x):
        return bias + weight * x

    def act(x):
        return np.maximum(pre(x), 0.0)

    def weighted(x):
        return factor * act(x)

    def slope(x):
        return factor * weight * float(pre(x) > 0)

    return pre, act, weighted, slope


def shallow_stages(x, theta, phi):
    units = [hidden_unit(row, factor) for row, factor in zip(theta, phi[1:])]
    pre, act, weighted = (np.transpose([unit[stage](x) for unit in units]) for stage in range(3))
    return pre, act, weighted, phi[0] + sum(weighted.T)


def shallow_joints(theta):
    def joint(row):
        return -row[0] / row[1]

    def bends(row):
        return row[1] != 0

    return np.array(sorted(map(joint, filter(bends, theta))), dtype=float)


def shallow_slopes(theta, phi):
    units = [hidden_unit(row, factor) for row, factor in zip(theta, phi[1:])]

    def slope(x):
        return sum(unit_slope(x) for *_, unit_slope in units)

    joints = shallow_joints(theta)
    if len(joints) == 0:
        return np.array([slope(0.0)])
    ends = np.concatenate([[joints[0] - 2], joints, [joints[-1] + 2]])
    return np.array([slope(middle) for middle in (ends[1:] + ends[:-1]) / 2])


# %% sgd
def stepper(learning_rate):
    def step(parameter, gradient):
        parameter[...] -= learning_rate * gradient

    return step


def sgd_step(parameters, gradients, learning_rate):
    for _ in map(stepper(learning_rate), parameters, gradients):
        pass


def minibatches(n, batch_size, rng):
    shuffled = rng.choice(n, size=n, replace=False)

    def batch_from(start):
        return shuffled[start : start + batch_size]

    return list(map(batch_from, range(0, n, batch_size)))


def decayed_learning_rate(start, decay, epoch):
    def schedule(e):
        return start * decay**e

    return schedule(epoch)


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [], "learning_rate": []}

    def measure():
        loss, _ = mse(model.forward(x), y)
        history["loss"].append(loss)

    def train(rate):
        def on(batch):
            _, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rate)

        return on

    measure()
    for epoch in range(epochs):
        rate = decayed_learning_rate(learning_rate, decay, epoch)
        train_on = train(rate)
        for batch in minibatches(len(y), batch_size, rng):
            train_on(batch)
        history["learning_rate"].append(rate)
        measure()
    return history


# %% lecture_errors
def count_weights(widths):
    def between(k):
        return widths[k] * widths[k + 1]

    return sum(map(between, range(len(widths) - 1)))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    def rounded_down():
        return n_samples // batch_size

    def rounded_up():
        return (n_samples + batch_size - 1) // batch_size

    return (rounded_down if drop_last else rounded_up)()


def gradient_step(w, gradient, learning_rate):
    new = np.array(w, dtype=float)
    stepper(learning_rate)(new, gradient)
    return new


def count_deep_parameters(depth, width):
    def one_layer():
        weights, biases = width * width, width
        return weights + biases

    return depth * one_layer()


def binary_loss(p, y):
    def of_sample(p_n, y_n):
        return -np.log(p_n) if y_n else -np.log(1 - p_n)

    return float(sum(map(of_sample, p, y)))


def split_theta(theta):
    def column(k):
        return theta[:, k].copy()

    return column(0), column(1)
