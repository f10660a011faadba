"""A correct submission with its own little automatic differentiation: operations write themselves on a tape."""

import numpy as np


# %% neuron
class Tape:
    """A list of the operations of a forward pass; played backwards, it gives all gradients."""

    def __init__(self):
        self.nodes = []

    def node(self, value, *links):
        """A new value. Each link is (parent, function from the gradient here to the gradient there)."""
        self.nodes.append(Node(self, value, links))
        return self.nodes[-1]

    def play_backward(self, last, seed):
        for node in self.nodes:
            node.grad = None
        last.grad = seed
        for node in reversed(self.nodes):
            if node.grad is None:
                continue  # the result does not depend on it
            for parent, pull in node.links:
                share = pull(node.grad)
                parent.grad = share if parent.grad is None else parent.grad + share


class Node:
    __array_ufunc__ = None  # so that array * Node asks the Node

    def __init__(self, tape, value, links):
        self.tape, self.value, self.links = tape, value, links
        self.grad = None

    def __add__(self, other):
        if not isinstance(other, Node):
            return self.tape.node(self.value + other, (self, lambda g: g))
        return self.tape.node(
            self.value + other.value,
            (self, lambda g: fold(g, np.shape(self.value))),
            (other, lambda g: fold(g, np.shape(other.value))),
        )

    def __sub__(self, number):
        return self + (-1.0 * number)

    def __mul__(self, other):
        if not isinstance(other, Node):
            return self.tape.node(self.value * other, (self, lambda g: g * other))
        return self.tape.node(
            self.value * other.value,
            (self, lambda g: g * other.value),
            (other, lambda g: g * self.value),
        )

    __rmul__ = __mul__

    def __pow__(self, n):
        return self.tape.node(self.value**n, (self, lambda g: g * n * self.value ** (n - 1)))

    def __matmul__(self, other):
        a, b = self.value, other.value
        return self.tape.node(a @ b, (self, lambda g: g @ b.T), (other, lambda g: a.T @ g))

    @property
    def T(self):
        return self.tape.node(self.value.T, (self, lambda g: g.T))

    def map(self, value, slope):
        """An elementwise function whose value and slope are known already."""
        return self.tape.node(value, (self, lambda g: g * slope))

    def mean(self):
        shape, size = np.shape(self.value), np.size(self.value)
        return self.tape.node(np.mean(self.value), (self, lambda g: np.full(shape, g / size)))


def fold(gradient, shape):
    """Undo broadcasting: what was used for every row collects the gradients of every row."""
    while np.ndim(gradient) > len(shape):
        gradient = gradient.sum(axis=0)
    return gradient


def logistic(z):
    t = np.exp(-abs(z))
    return np.where(z > 0, 1 / (1 + t), t / (1 + t))


def neuron(x, w, b):
    return float(logistic(w @ x + b))


def layer(x, weight, bias):
    return logistic(weight @ x + bias)


def layer_batch(x, weight, bias):
    tape = Tape()
    x, weight, bias = tape.node(x), tape.node(weight), tape.node(bias)
    return logistic((x @ weight.T + bias).value)


# %% activations
# Operations on nodes. The functions of the exercise are made from them below.


def node_identity(node):
    return node


def node_sigmoid(node):
    a = logistic(node.value)
    return node.map(a, a * (1 - a))


def node_tanh(node):
    a = np.tanh(node.value)
    return node.map(a, 1 - a**2)


def node_relu(node):
    on = np.where(node.value > 0, 1.0, 0.0)
    return node.map(node.value * on, on)


def run(operation, z):
    return operation(Tape().node(z)).value


def run_backward(operation, da, z):
    tape = Tape()
    z = tape.node(z)
    tape.play_backward(operation(z), da)
    return z.grad


def identity(z):
    return run(node_identity, z)


def sigmoid(z):
    return run(node_sigmoid, z)


def tanh(z):
    return run(node_tanh, z)


def relu(z):
    return run(node_relu, z)


def identity_backward(da, z):
    return run_backward(node_identity, da, z)


def sigmoid_backward(da, z):
    return run_backward(node_sigmoid, da, z)


def tanh_backward(da, z):
    return run_backward(node_tanh, da, z)


def relu_backward(da, z):
    return run_backward(node_relu, da, z)


# %% scalar_backprop
def scalar_backprop(x, w, theta, target, tanh=np.tanh):
    tape = Tape()
    x, w, theta = tape.node(x), tape.node(w), tape.node(theta)
    u = w * x
    t = tanh(u.value)  # the one call
    h = u.map(t, 1 - t**2)
    y = theta * h**2
    loss = (y - target) ** 2
    tape.play_backward(loss, 1.0)
    result = {"h": h.value, "y": y.value, "loss": loss.value}
    for name, node in {"y": y, "theta": theta, "h": h, "w": w, "x": x}.items():
        result["dloss_d" + name] = node.grad
    return {name: float(number) for name, number in result.items()}


# %% linear_forward
def linear_forward(x, weight, bias):
    tape = Tape()
    y = tape.node(x) @ tape.node(weight).T + tape.node(bias)
    return y.value, (x, weight)


# %% linear_backward
def linear_backward(dy, cache):
    tape = Tape()
    x, weight = (tape.node(array) for array in cache)
    bias = tape.node(np.zeros(len(weight.value)))  # its value does not matter for the gradients
    tape.play_backward(x @ weight.T + bias, dy)
    return x.grad, weight.grad, bias.grad


# %% losses
def differentiate(loss, prediction):
    """Value and gradient of loss(node) at the prediction."""
    tape = Tape()
    node = tape.node(np.asarray(prediction, dtype=np.float64))
    result = loss(node)
    tape.play_backward(result, 1.0)
    return float(result.value), node.grad


def only_equal(prediction, target):
    if np.shape(prediction) != np.shape(target):
        raise ValueError(f"cannot compare {np.shape(prediction)} with {np.shape(target)}")


def node_abs(node):
    return node.map(np.abs(node.value), np.sign(node.value))


def node_root(node):
    root = np.sqrt(node.value)
    return node.map(root, 0.5 / root if root > 0 else 0.0)


def node_softplus(node):
    return node.map(np.logaddexp(0, node.value), logistic(node.value))


def node_logsumexp(node):
    """Of each row."""
    top = node.value.max(axis=1)
    powers = np.exp(node.value - top[:, None])
    total = powers.sum(axis=1)
    p = powers / total[:, None]
    return node.tape.node(top + np.log(total), (node, lambda g: g[:, None] * p))


def node_pick(node, labels):
    """One entry of each row."""
    rows = np.arange(len(labels))

    def put_back(g):
        full = np.zeros(node.value.shape)
        full[rows, labels] = g
        return full

    return node.tape.node(node.value[rows, labels], (node, put_back))


def mse(prediction, target):
    only_equal(prediction, target)
    return differentiate(lambda p: ((p - target) ** 2).mean(), prediction)


def mae(prediction, target):
    only_equal(prediction, target)
    return differentiate(lambda p: node_abs(p - target).mean(), prediction)


def rmse(prediction, target):
    only_equal(prediction, target)
    return differentiate(lambda p: node_root(((p - target) ** 2).mean()), prediction)


def binary_cross_entropy(logits, target):
    only_equal(logits, target)
    return differentiate(lambda z: (node_softplus(z) + z * (-1.0 * target)).mean(), logits)


def softmax_cross_entropy(logits, labels):
    if np.shape(labels) != (len(logits),):
        raise ValueError(f"{len(logits)} labels in one row, please, not {np.shape(labels)}")
    return differentiate(lambda z: (node_logsumexp(z) + -1.0 * node_pick(z, labels)).mean(), logits)


# %% numerical_gradient
def numerical_gradient(f, x, eps=1e-5):
    # this one is the test of the tape, so it works without one
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    with np.nditer(gradient, flags=["multi_index"], op_flags=[["writeonly"]]) as entries:
        for entry in entries:
            value = x[entries.multi_index]
            x[entries.multi_index] = value + eps
            entry[...] = f(x)
            x[entries.multi_index] = value - eps
            entry[...] -= f(x)
            x[entries.multi_index] = value
    gradient /= 2 * eps
    return gradient


def relative_error(a, b):
    def top(array):
        return max(np.max(array), -np.min(array))

    return float(top(a - b) / max(top(a) + top(b), 1e-12))


# %% mlp
class MLP:
    operations = {
        "identity": node_identity,
        "sigmoid": node_sigmoid,
        "tanh": node_tanh,
        "relu": node_relu,
    }

    def __init__(self, widths, activation="relu", seed=0):
        if len(widths) < 2 or activation not in self.operations:
            raise ValueError(f"no network for {widths} and {activation}")
        self.operation = self.operations[activation]
        rng = np.random.default_rng(seed)
        self.arrays = []
        for n_in, n_out in zip(widths[:-1], widths[1:]):
            self.arrays.append(rng.uniform(-1, 1, (n_out, n_in)) * np.sqrt(3 / n_in))
            self.arrays.append(rng.uniform(-0.5, 0.5, n_out))

    def forward(self, x):
        self.tape = Tape()
        self.input = self.tape.node(x)
        self.leaves = [self.tape.node(array) for array in self.arrays]
        signal, leaves = self.input, iter(self.leaves)
        for number, (weight, bias) in enumerate(zip(leaves, leaves)):
            if number:
                signal = self.operation(signal)
            signal = signal @ weight.T + bias
        self.output = signal
        return signal.value

    def backward(self, dy):
        self.tape.play_backward(self.output, dy)
        return self.input.grad

    def parameters(self):
        return self.arrays

    def gradients(self):
        return [leaf.grad for leaf in self.leaves]

    def count_parameters(self):
        return sum(map(len, map(np.ravel, self.arrays)))


# %% collapse
def collapse(weights, biases):
    # The Jacobian of an affine map is its weight, and the tape can find a Jacobian: row o is the
    # gradient of output o. What the map makes of 0 is its bias.
    tape = Tape()
    x = tape.node(np.zeros((1, np.shape(weights[0])[1])))
    y = x
    for weight, bias in zip(weights, biases):
        y = y @ tape.node(weight).T + tape.node(bias)
    rows = []
    for unit_vector in np.eye(len(biases[-1])):
        tape.play_backward(y, unit_vector[None, :])
        rows.append(x.grad[0])
    return np.array(rows), y.value[0]


# %% shallow_joints
def shallow_nodes(x, theta, phi):
    """The stages as nodes; x is a node of shape (N, 1)."""
    tape = x.tape
    pre = x @ tape.node(theta[:, 1:].T) + tape.node(theta[:, 0])
    act = node_relu(pre)
    weighted = act * phi[1:]
    y = weighted @ tape.node(np.ones((len(theta), 1))) + phi[0]
    return pre, act, weighted, y


def shallow_stages(x, theta, phi):
    pre, act, weighted, y = shallow_nodes(Tape().node(x[:, None]), theta, phi)
    return pre.value, act.value, weighted.value, y.value[:, 0]


def shallow_joints(theta):
    theta = theta[np.flatnonzero(theta[:, 1])]
    return np.sort(np.negative(theta[:, 0]) / theta[:, 1])


def shallow_slopes(theta, phi):
    joints = shallow_joints(theta)
    if not len(joints):
        places = np.zeros(1)
    else:
        middles = joints[:-1] + np.diff(joints) / 2
        places = np.array([joints[0] - 1, *middles, joints[-1] + 1])
    tape = Tape()
    x = tape.node(places[:, None])
    *_, y = shallow_nodes(x, theta, phi)
    tape.play_backward(y, np.ones(y.value.shape))  # each y depends on its own x only
    return x.grad[:, 0]


# %% sgd
# as the reference
def sgd_step(parameters, gradients, learning_rate):
    for parameter, gradient in zip(parameters, gradients):
        parameter -= learning_rate * gradient


def minibatches(n, batch_size, rng):
    rest = rng.permutation(n)
    batches = []
    while rest.size:
        batches.append(rest[:batch_size])
        rest = rest[batch_size:]
    return batches


# %% fit_curve
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    history = {"loss": [], "learning_rate": []}
    for epoch in range(epochs + 1):
        history["loss"].append(mse(model.forward(x), y)[0])
        if epoch == epochs:
            break
        history["learning_rate"].append(decayed_learning_rate(learning_rate, decay, epoch))
        for rows in minibatches(len(x), batch_size, rng):
            prediction = model.forward(x[rows])
            model.backward(mse(prediction, y[rows])[1])
            sgd_step(model.parameters(), model.gradients(), history["learning_rate"][-1])
    return history


# %% lecture_errors
# as the reference
from itertools import pairwise


def count_weights(widths):
    return sum(n_in * n_out for n_in, n_out in pairwise(widths))


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    full, rest = divmod(n_samples, batch_size)
    return full if drop_last else full + bool(rest)


def count_deep_parameters(depth, width):
    return count_weights([width] * (depth + 1)) + depth * width


def binary_loss(p, y):
    terms = [np.log(p_n if y_n == 1 else 1 - p_n) for p_n, y_n in zip(p, y)]
    return -float(sum(terms))


def split_theta(theta):
    return theta[..., 0], theta[..., 1]
