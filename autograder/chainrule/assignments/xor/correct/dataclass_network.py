"""A correct submission around frozen dataclasses that never change: a step makes a new network out of the old one."""

import numpy as np


# %% threshold_neuron
from dataclasses import dataclass, field, fields, replace


@dataclass(frozen=True)
class Neuron:
    """w·x + b; frozen, so nobody can move the line by accident."""

    w: np.ndarray = field(default_factory=lambda: np.zeros(2))
    b: float = 0.0

    def __call__(self, x):
        return np.asarray(x) @ self.w + self.b

    def moved(self, dw, db):
        return replace(self, w=self.w + dw, b=self.b + db)

    def __neg__(self):
        return Neuron(-self.w, -self.b)

    @property
    def pair(self):
        return self.w, self.b


# the line through (x1 = 1, x2 = 0.5) and (x1 = 0.5, x2 = 1) cuts off the corner (1, 1)
AND_NEURON = Neuron(np.array([4.0, 4.0]), -6.0)
OR_NEURON = Neuron(np.array([4.0, 4.0]), -2.0)


def threshold_neuron(x, w, b):
    return np.where(Neuron(w, b)(x) > 0, 1, 0)


def and_neuron():
    return AND_NEURON.pair


def or_neuron():
    return OR_NEURON.pair


def nand_neuron():
    return (-AND_NEURON).pair


# %% perceptron
def perceptron_step(w, b, x, y):
    neuron = Neuron(np.array(w, dtype=float), float(b))
    if y * neuron(x) <= 0:
        neuron = neuron.moved(y * x, y)
    return neuron.pair


@dataclass
class Diary:
    """Writes down where a neuron is."""

    rows: list = field(default_factory=list)

    def note(self, w, b):
        self.rows.append([w[0], w[1], b])


def train_perceptron(x, y, epochs):
    diary = Diary()
    w, b = Neuron().pair
    diary.note(w, b)
    for _ in range(epochs):
        for sample, label in zip(x, y):
            w, b = perceptron_step(w, b, sample, label)
            diary.note(w, b)
    return np.array(diary.rows)


@dataclass(frozen=True)
class Reading:
    history: np.ndarray

    @property
    def last(self):
        return len(self.history) - 1

    def repeats(self, row):
        return np.array_equal(self.history[row], self.history[self.last])

    def verdict(self):
        ages = [age for age in range(1, self.last + 1) if self.repeats(self.last - age)]
        if not ages:
            return "undecided", 0
        if ages[0] != 1:
            return "cycling", ages[0]
        # ages 1, 2, 3, … without a gap: that long it has been resting
        rest = sum(1 for expected, age in enumerate(ages, start=1) if expected == age)
        return "converged", self.last - rest


def perceptron_verdict(history):
    return Reading(np.asarray(history)).verdict()


# %% logistic_regression
@dataclass(frozen=True)
class Data:
    x: np.ndarray
    y: np.ndarray

    def __len__(self):
        return len(self.y)


def sigma(z):
    # 1/(1 + e⁻ᶻ) for z ≥ 0 and eᶻ/(1 + eᶻ) for z < 0: the exponent is never positive
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def cross_entropy(z, y):
    """One loss per logit: max(z, 0) - yz + ln(1 + e⁻|ᶻ|)."""
    return np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))


@dataclass(frozen=True)
class LossAndGradient:
    loss: float
    dw: np.ndarray
    db: float

    @classmethod
    def at(cls, neuron, data):
        z = neuron(data.x)
        error = (sigma(z) - data.y) / len(data)
        return cls(float(cross_entropy(z, data.y).mean()), error @ data.x, float(error.sum()))


def logistic_loss(w, b, x, y):
    result = LossAndGradient.at(Neuron(w, b), Data(x, y))
    return result.loss, result.dw, result.db


def train_logistic(x, y, w, b, steps, learning_rate):
    data, neuron, losses = Data(x, y), Neuron(np.array(w, dtype=float), float(b)), []
    for _ in range(steps):
        here = LossAndGradient.at(neuron, data)
        losses.append(here.loss)
        neuron = neuron.moved(-learning_rate * here.dw, -learning_rate * here.db)
    losses.append(LossAndGradient.at(neuron, data).loss)
    return *neuron.pair, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    surface = np.zeros((len(w2), len(w1)))
    for i, second in enumerate(w2):
        for j, first in enumerate(w1):
            surface[i, j] = cross_entropy(Neuron(np.array([first, second]), b)(x), y).mean()
    return surface


# %% xor_by_hand
@dataclass(frozen=True)
class HandMade:
    """Two hidden neurons and an output neuron."""

    first: Neuron
    second: Neuron
    out: Neuron

    def arrays(self):
        hidden = self.first, self.second
        return np.array([n.w for n in hidden]), np.array([n.b for n in hidden]), self.out.w, self.out.b


def threshold_network(x, W1, b1, w2, b2):
    h = np.transpose([threshold_neuron(x, w, b) for w, b in zip(W1, b1)])
    return h, threshold_neuron(h, w2, b2)


def xor_threshold_weights():
    return HandMade(first=OR_NEURON, second=-AND_NEURON, out=AND_NEURON).arrays()


def relu_network(x, W1, b1, w2, b2):
    h = np.transpose([np.maximum(Neuron(w, b)(x), 0.0) for w, b in zip(W1, b1)])
    return h, Neuron(w2, b2)(h)


def xor_relu_weights():
    # along s = x1 + x2: from 2 at s = 0 down to 0 at s = 1, and up again; that is XNOR, so turn it round
    down = Neuron(np.array([-2.0, -2.0]), 2.0)
    up = Neuron(np.array([2.0, 2.0]), -2.0)
    return HandMade(down, up, Neuron(np.array([-1.0, -1.0]), 1.5)).arrays()


# %% hidden_space
from collections.abc import Callable


@dataclass(frozen=True)
class Activation:
    f: Callable
    slope: Callable  # of h = f(z), not of z


ACTIVATIONS = {
    "identity": Activation(lambda z: z, lambda h: 1.0),
    "sigmoid": Activation(sigma, lambda h: h - h**2),
    "tanh": Activation(np.tanh, lambda h: 1 - h**2),
    "relu": Activation(lambda z: np.where(z > 0, z, 0.0), lambda h: np.where(h > 0, 1.0, 0.0)),
}


def hidden_points(x, W1, b1, activation="tanh"):
    return ACTIVATIONS[activation].f(x @ W1.T + b1)


def output_line(h1, w2, b2):
    a, c = w2
    if c == 0:
        raise ValueError(f"no height: {a}·h1 + {b2} = 0 is a vertical line")
    return -(b2 + a * h1) / c


def separates(h, y, w2, b2):
    return bool(np.all((Neuron(w2, b2)(h) > 0) == (y > 0.5)))


# %% train_xor_numpy
@dataclass(frozen=True)
class Network:
    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray

    @classmethod
    def kaiming(cls, width, seed):
        """Normal with variance 2/fan_in for the weights, zero for the biases."""
        rng = np.random.default_rng(seed)
        W1 = rng.normal(0.0, np.sqrt(2 / 2), size=(width, 2))
        W2 = rng.normal(0.0, np.sqrt(2 / width), size=(1, width))
        return cls(W1, np.zeros(width), W2, np.zeros(1))

    def __iter__(self):
        return (getattr(self, one.name) for one in fields(self))

    def minus(self, gradient, rate):
        return Network(*(mine - rate * its for mine, its in zip(self, gradient)))

    def hidden(self, x, activation):
        return hidden_points(x, self.W1, self.b1, activation)

    def logits(self, x, activation):
        return Neuron(self.W2.squeeze(0), self.b2)(self.hidden(x, activation))

    def loss(self, data, activation):
        return cross_entropy(self.logits(data.x, activation), data.y).mean()

    def gradient(self, data, activation):
        """Of the loss, as a Network: one derivative for each parameter."""
        h = self.hidden(data.x, activation)
        dz = (sigma(self.logits(data.x, activation)) - data.y).reshape(-1, 1) / len(data)
        du = dz * self.W2 * ACTIVATIONS[activation].slope(h)
        return Network(W1=du.T @ data.x, b1=du.sum(0), W2=dz.T @ h, b2=dz.sum(0))


def init_xor(width, seed):
    return list(Network.kaiming(width, seed))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    network, data = Network(*parameters), Data(x, y)
    losses = [network.loss(data, activation)]
    for _ in range(steps):
        network = network.minus(network.gradient(data, activation), learning_rate)
        losses.append(network.loss(data, activation))
    return [np.array(array, dtype=float) for array in network], np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    return sigma(Network(*parameters).logits(x, activation))


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return bool(p[[1, 2]].min() > 0.9 and p[[0, 3]].max() < 0.1)


# %% train_xor_torch
@dataclass(frozen=True)
class TorchNetworks:
    """S networks in four tensors."""

    W1: torch.Tensor
    b1: torch.Tensor
    W2: torch.Tensor
    b2: torch.Tensor

    @classmethod
    def of(cls, arrays):
        return cls(*(torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays))

    @property
    def all(self):
        return self.W1, self.b1, self.W2, self.b2

    def logits(self, x, f):
        h = f(torch.matmul(x, self.W1.transpose(-1, -2)) + self.b1[:, None, :])
        return (h * self.W2).sum(-1) + self.b2

    def step(self, rate):
        """New networks, one step further; the gradients have to be there."""
        return TorchNetworks.of([(p - rate * p.grad).detach().numpy() for p in self.all])


def stack(networks):
    columns = [Network(*network) for network in networks]
    return [np.stack([getattr(network, one.name) for network in columns]) for one in fields(Network)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    f = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation]
    networks = TorchNetworks.of(parameters)
    x, y = torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    y = y.repeat(len(networks.b2), 1)
    losses = []
    for step in range(steps + 1):
        logits = networks.logits(x, f)
        loss = F.binary_cross_entropy_with_logits(logits, y, reduction="none").mean(1)
        losses.append(loss.detach().numpy())
        if step < steps:
            loss.sum().backward()
            networks = networks.step(learning_rate)
    return [p.detach().numpy() for p in networks.all], np.array(losses)


# %% no_hidden_layer
def collapse_network(parameters):
    network = Network(*parameters)
    w = network.W2 @ network.W1
    b = network.W2 @ network.b1 + network.b2
    return w.reshape(2), b.item()


def most_corners_right(w, b):
    z = Neuron(w, b)(CORNERS)
    return int(np.sum(z[[1, 2]] > 0) + np.sum(z[[0, 3]] < 0))


@dataclass(frozen=True)
class Trial:
    width: int
    activation: str
    steps: int
    learning_rate: float

    def share_solved(self, seeds):
        start = stack([init_xor(self.width, seed) for seed in seeds])
        end, _ = train_xor_torch(start, CORNERS, XOR, self.steps, self.learning_rate, self.activation)
        results = [solved([array[s] for array in end], self.activation) for s in range(len(end[0]))]
        return sum(results) / len(results)


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return Trial(width, "identity", steps, learning_rate).share_solved(seeds)


# %% stuck
@dataclass(frozen=True)
class CornerReport:
    p: np.ndarray

    @property
    def right(self):
        return np.abs(self.p - XOR) < 0.1

    def others_near(self, level):
        return bool(np.all(np.abs(self.p[~self.right] - level) <= 0.05))

    @property
    def reason(self):
        match int(self.right.sum()):
            case 4:
                return "solved"
            case 0 if self.others_near(1 / 2):
                return "all undecided"
            case 2 if self.others_near(1 / 2):
                return "two undecided"
            case 1 if self.others_near(XOR[~self.right].mean()):
                return "three averaged"
        return "other"


def stuck_reason(parameters, activation="tanh"):
    return CornerReport(probabilities(parameters, CORNERS, activation)).reason


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return Trial(width, activation, steps, learning_rate).share_solved(seeds)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    data = Data(CORNERS, XOR)
    drawn = rng.choice(len(data), size=n, replace=True)
    return data.x[drawn] + sigma * rng.standard_normal((n, 2)), data.y[drawn]


def decision_grid(parameters, x1, x2, activation="tanh"):
    grid = np.zeros((len(x2), len(x1)))
    for j in range(len(x1)):
        column = np.stack([np.full(len(x2), x1[j]), x2], axis=1)
        grid[:, j] = probabilities(parameters, column, activation)
    return grid
