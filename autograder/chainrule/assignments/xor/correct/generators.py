"""Solución con generadores: cada entrenamiento es un flujo sin fin de estados, y quien lo mira decide cuándo parar."""

import numpy as np


# %% threshold_neuron
def scores(x, w, b):
    for point in x:
        yield sum(wi * xi for wi, xi in zip(w, point)) + b


def threshold_neuron(x, w, b):
    return np.fromiter((int(s > 0) for s in scores(x, w, b)), dtype=int, count=len(x))


def and_neuron():
    return np.array([1.0, 1.0]), -1.45


def or_neuron():
    return np.array([1.0, 1.0]), -0.55


def nand_neuron():
    return np.array([-1.0, -1.0]), 1.45


# %% perceptron
from itertools import accumulate, count, cycle, islice, product, takewhile


def perceptron_step(w, b, x, y):
    (score,) = scores([x], w, b)
    if y * score > 0:
        return w, b
    return np.array([wi + y * xi for wi, xi in zip(w, x)]), b + y


def perceptron_walk(x, y):
    """Los pesos antes de la primera muestra y después de cada una, para siempre."""
    samples = cycle(zip(x, y))
    yield from accumulate(samples, lambda state, sample: perceptron_step(*state, *sample), initial=(np.zeros(2), 0.0))


def train_perceptron(x, y, epochs):
    moments = islice(perceptron_walk(x, y), epochs * len(x) + 1)
    return np.array([(w[0], w[1], b) for w, b in moments], dtype=float)


def perceptron_verdict(history):
    newest_first = [tuple(row) for row in reversed(np.asarray(history).tolist())]
    last, *before = newest_first
    ages = (age for age, row in zip(count(1), before) if row == last)
    match next(ages, None):
        case None:
            return "undecided", 0
        case 1:
            rest = sum(1 for _ in takewhile(lambda row: row == last, newest_first))
            return "converged", len(newest_first) - rest
        case period:
            return "cycling", period


# %% logistic_regression
def sigmoid(z):
    z = np.clip(z, -700, 700)  # e^700 todavía cabe; más allá σ ya es 0 o 1
    return 1 / (1 + np.exp(-z))


def mean_loss(z, y):
    return np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))


def logistic_loss(w, b, x, y):
    z = np.fromiter(scores(x, w, b), dtype=float, count=len(x))
    error = sigmoid(z) - y
    pieces = np.array([[e * x1, e * x2, e] for e, (x1, x2) in zip(error, x)])
    d1, d2, db = pieces.mean(axis=0)
    return mean_loss(z, y), np.array([d1, d2]), db


def descent(gradient, parameters, learning_rate):
    """Da (parámetros, pérdida) antes de cada paso; el paso se da cuando alguien pide el siguiente."""
    while True:
        loss, slopes = gradient(parameters)
        yield parameters, loss
        parameters = [p - learning_rate * d for p, d in zip(parameters, slopes)]


def run(states, steps):
    """Los parámetros después de `steps` pasos, y todas las pérdidas hasta ahí."""
    losses = []
    for parameters, loss in islice(states, steps + 1):
        losses.append(loss)
    return parameters, losses


def train_logistic(x, y, w, b, steps, learning_rate):
    def gradient(parameters):
        loss, *slopes = logistic_loss(*parameters, x, y)
        return loss, slopes

    (w, b), losses = run(descent(gradient, [w.copy(), b], learning_rate), steps)
    return w, b, np.array(losses)


def loss_surface(w1, w2, b, x, y):
    x1, x2 = np.transpose(x)
    heights = (mean_loss(u * x1 + v * x2 + b, y) for v, u in product(w2, w1))
    return np.fromiter(heights, dtype=float).reshape(len(w2), len(w1))


# %% xor_by_hand
def rows(x, W1, b1, w2, b2, hidden, output):
    """Para cada punto: las neuronas ocultas y la salida."""
    for point in x:
        h = [hidden(sum(wi * xi for wi, xi in zip(w, point)) + b) for w, b in zip(W1, b1)]
        yield h, output(sum(wi * hi for wi, hi in zip(w2, h)) + b2)


def threshold_network(x, W1, b1, w2, b2):
    on = lambda z: int(z > 0)
    h, y = zip(*rows(x, W1, b1, w2, b2, on, on))
    return np.array(h), np.array(y)


def xor_threshold_weights():
    # NAND y OR, y al final AND
    lines = [nand_neuron(), or_neuron()]
    W1, b1 = (np.array(part) for part in zip(*lines))
    return W1, b1, *and_neuron()


def relu_network(x, W1, b1, w2, b2):
    h, y = zip(*rows(x, W1, b1, w2, b2, hidden=lambda z: max(z, 0.0), output=float))
    return np.array(h), np.array(y)


def xor_relu_weights():
    # la distancia a la diagonal x1 = x2, en dos mitades
    return np.array([[-1.0, 1.0], [1.0, -1.0]]), np.zeros(2), np.array([1.0, 1.0]), 0.0


# %% hidden_space
def hidden_points(x, W1, b1, activation="tanh"):
    f = {"identity": lambda z: z, "sigmoid": sigmoid, "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}[activation]
    units = (f(x[:, 0] * u + x[:, 1] * v + b) for (u, v), b in zip(W1, b1))
    return np.column_stack(list(units))


def output_line(h1, w2, b2):
    first, second = w2
    if not second:
        raise ValueError("la recta es vertical")
    h1 = np.asarray(h1)
    heights = (-(first * h + b2) / second for h in h1.flat)
    return np.fromiter(heights, dtype=float, count=h1.size).reshape(h1.shape)


def separates(h, y, w2, b2):
    return all((score > 0) == (label == 1) for score, label in zip(scores(h, w2, b2), y))


# %% train_xor_numpy
import math
import random


def dice(seed, scale):
    generator = random.Random(f"xor {seed}")
    while True:
        yield generator.uniform(-scale, scale)


def init_xor(width, seed):
    numbers = dice(seed, 1.5)
    take = lambda *shape: np.reshape(list(islice(numbers, math.prod(shape))), shape)
    return [take(width, 2), take(width), take(1, width), take(1)]


def backpropagate(parameters, x, y, activation):
    """La pérdida y un gradiente tras otro, en el orden de los parámetros."""
    W1, b1, W2, b2 = parameters
    h = hidden_points(x, W1, b1, activation)
    z = h.dot(W2[0]) + b2
    yield mean_loss(z, y)
    dz = (sigmoid(z) - y) / len(y)
    dh = np.outer(dz, W2)
    du = {
        "identity": lambda: dh,
        "sigmoid": lambda: dh * h * (1 - h),
        "tanh": lambda: dh - dh * h**2,
        "relu": lambda: np.where(h > 0, dh, 0),
    }[activation]()
    yield du.T.dot(x)
    yield du.sum(axis=0)
    yield dz.dot(h)[None, :]
    yield dz.sum(keepdims=True)


def training(parameters, x, y, learning_rate, activation):
    def gradient(parameters):
        loss, *slopes = backpropagate(parameters, x, y, activation)
        return loss, slopes

    return descent(gradient, parameters, learning_rate)


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    end, losses = run(training([p.copy() for p in parameters], x, y, learning_rate, activation), steps)
    return end, np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    return sigmoid(hidden_points(x, W1, b1, activation).dot(W2[0]) + b2)


def verdicts(parameters, activation):
    """De cada esquina: (p, clase, si está bien con margen)."""
    for p, target in zip(probabilities(parameters, CORNERS, activation), XOR):
        yield p, target, p > 0.9 if target else p < 0.1


def solved(parameters, activation="tanh"):
    return all(right for _, _, right in verdicts(parameters, activation))


# %% train_xor_torch
def stack(networks):
    return [np.stack(arrays) for arrays in zip(*networks)]


def torch_states(parameters, x, y, learning_rate, activation):
    f = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}.get(activation, lambda z: z)
    W1, b1, W2, b2 = leaves = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    while True:
        h = f(torch.bmm(x.expand(len(W1), -1, -1), W1.mT) + b1[:, None])
        z = torch.bmm(h, W2.mT)[..., 0] + b2
        losses = F.binary_cross_entropy_with_logits(z, y.expand_as(z), reduction="none").mean(1)
        yield [leaf.detach() for leaf in leaves], losses.detach()
        losses.sum().backward()
        with torch.no_grad():
            for leaf in leaves:
                leaf -= learning_rate * leaf.grad
                leaf.grad = None


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    x, y = (torch.tensor(a, dtype=torch.float64) for a in (x, y))
    states = torch_states(parameters, x, y, learning_rate, activation)
    end, losses = run(states, steps)
    return [p.numpy() for p in end], torch.stack(losses).numpy()


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    terms = (v * np.array([*w, b]) for w, b, v in zip(W1, b1, W2[0]))
    *w, b = sum(terms, start=np.array([0.0, 0.0, b2[0]]))
    return np.array(w), b


def most_corners_right(w, b):
    return sum(1 for s, target in zip(scores(CORNERS, w, b), XOR) if (s > 0 if target == 1 else s < 0))


def outcomes(width, activation, seeds, steps, learning_rate):
    """Verdadero o falso por cada semilla, entrenando de cien en cien."""
    seeds = iter(seeds)
    while some := list(islice(seeds, 100)):
        start = stack(init_xor(width, seed) for seed in some)
        end, _ = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, activation)
        yield from (solved(network, activation) for network in zip(*end))


def share(results):
    yes, total = map(sum, zip(*((bool(result), 1) for result in results)))
    return yes / total


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return share(outcomes(width, "identity", seeds, steps, learning_rate))


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    unsure = [(p, target) for p, target, right in verdicts(parameters, activation) if not right]
    if not unsure:
        return "solved"
    p, targets = zip(*unsure)
    near = lambda level: all(abs(value - level) <= 0.05 for value in p)
    if len(unsure) == 4 and near(0.5):
        return "all undecided"
    if len(unsure) == 2 and near(0.5):
        return "two undecided"
    if len(unsure) == 3 and near(sum(targets) / 3):
        return "three averaged"
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return share(outcomes(width, activation, seeds, steps, learning_rate))


# %% continuous_xor
def noisy_points(sigma, seed):
    generator = random.Random(seed)
    while True:
        a, b = generator.choice([(0, 0), (0, 1), (1, 0), (1, 1)])
        yield a + generator.gauss(0, sigma), b + generator.gauss(0, sigma), a ^ b


def noisy_xor(n, sigma, seed):
    table = np.array(list(islice(noisy_points(sigma, seed), n)))
    return table[:, :2], table[:, 2]


def decision_grid(parameters, x1, x2, activation="tanh"):
    places = np.array([(u, v) for v, u in product(x2, x1)])
    return probabilities(parameters, places, activation).reshape(len(x2), len(x1))
