"""A correct submission with torch in every exercise, functional_call of a module among it, and reduce for every loop."""

import numpy as np
import torch
import torch.nn.functional as F


# %% threshold_neuron
as64 = lambda *arrays: [torch.tensor(np.asarray(a), dtype=torch.float64) for a in arrays]


def threshold_neuron(x, w, b):
    x, w = as64(x, w)
    return torch.gt(torch.mv(x, w) + b, 0).long().numpy()


def line_through(p, q):
    """The neuron whose line goes through p and q, on to the left of the way from p to q."""
    (px, py), (qx, qy) = p, q
    w = np.array([py - qy, qx - px])
    return w, -(w[0] * px + w[1] * py)


def and_neuron():
    return line_through((1.5, 0.0), (0.0, 1.5))[0] * -1.0, line_through((1.5, 0.0), (0.0, 1.5))[1] * -1.0


def or_neuron():
    return line_through((0.0, 0.5), (0.5, 0.0))


def nand_neuron():
    return line_through((1.5, 0.0), (0.0, 1.5))


# %% perceptron
from functools import reduce


def perceptron_step(w, b, x, y):
    if y * (float(torch.dot(*as64(w, x))) + b) <= 0:
        w, b = w + y * x, b + y
    return w, b


def train_perceptron(x, y, epochs):
    def go(trail, sample):
        state = trail[-1]
        w, b = perceptron_step(state[:2], state[2], *sample)
        return trail + [np.array([*w, b], dtype=float)]

    return np.stack(reduce(go, list(zip(x, y)) * epochs, [np.zeros(3)]))


def perceptron_verdict(history):
    rows, = as64(history)
    equal = (rows == rows[-1]).all(dim=1).tolist()
    M = len(equal)
    others = [i for i in range(M) if not equal[i]]
    first = others[-1] + 1 if others else 0
    if first < M - 1:
        return ("converged", first)
    seen = [i for i in range(M - 1) if equal[i]]
    if seen:
        return ("cycling", M - 1 - max(seen))
    return ("undecided", 0)


# %% logistic_regression
from torch.func import grad_and_value, vmap


def neuron_loss(wb, x, y):
    return F.binary_cross_entropy_with_logits(x @ wb[:2] + wb[2], y)


def logistic_loss(w, b, x, y):
    wb, x, y = as64(np.append(w, b), x, y)
    gradient, loss = grad_and_value(neuron_loss)(wb, x, y)
    return loss.item(), gradient[:2].numpy().copy(), gradient[2].item()


def train_logistic(x, y, w, b, steps, learning_rate):
    wb, x, y = as64(np.append(w, b), x, y)
    value, losses = grad_and_value(neuron_loss), []
    for _ in range(steps):
        gradient, loss = value(wb, x, y)
        losses.append(loss.item())
        wb = wb - learning_rate * gradient
    losses.append(neuron_loss(wb, x, y).item())
    return wb[:2].numpy().copy(), wb[2].item(), np.array(losses)


def loss_surface(w1, w2, b, x, y):
    w1, w2, x, y = as64(w1, w2, x, y)
    one = lambda v, u: neuron_loss(torch.stack([u, v, torch.full_like(u, float(b))]), x, y)
    along = vmap(one, in_dims=(None, 0))
    return vmap(along, in_dims=(0, None))(w2, w1).numpy()


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    on = lambda inputs, weights, bias: torch.where(F.linear(inputs, weights, bias) > 0, 1, 0)
    x, W1, b1, w2, b2 = as64(x, W1, b1, w2, b2)
    h = on(x, W1, b1)
    return h.numpy(), on(h.double(), w2[None], b2[None])[:, 0].numpy()


def xor_threshold_weights():
    # "at least one" and not "both": OR minus two times AND
    return np.array([[4.0, 4.0], [6.0, 6.0]]), np.array([-2.0, -9.0]), np.array([1.0, -2.0]), -0.5


def relu_network(x, W1, b1, w2, b2):
    x, W1, b1, w2 = as64(x, W1, b1, w2)
    h = F.relu(F.linear(x, W1, b1))
    return h.numpy(), (h @ w2 + b2).numpy()


def xor_relu_weights():
    # up with slope 2 from s = 0.25, down again with slope 2 behind s = 1: y = 2 (s - 0.25) - 4 (s - 1)
    return np.full((2, 2), 2.0), np.array([-0.5, -2.0]), np.array([1.0, -2.0]), 0.0


# %% hidden_space
torch_function = dict(identity=torch.clone, sigmoid=torch.sigmoid, tanh=torch.tanh, relu=torch.relu)


def hidden_points(x, W1, b1, activation="tanh"):
    return torch_function[activation](F.linear(*as64(x, W1, b1))).numpy()


def output_line(h1, w2, b2):
    if not w2[1]:
        raise ValueError(f"no h2 for an h1: w2 = {w2}")
    return np.vectorize(lambda h: (-b2 - w2[0] * h) / w2[1], otypes=[float])(h1)


def separates(h, y, w2, b2):
    h, y, w2 = as64(h, y, w2)
    return torch.equal(h @ w2 + b2 > 0, y > 0.5)


# %% train_xor_numpy
def init_xor(width, seed):
    g = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64).numpy()
    return [draw(width, 2), draw(width) * 0.5, draw(1, width), np.zeros(1)]


def forward(parameters, x, activation):
    W1, b1, W2, b2 = parameters
    h = hidden_points(x, W1, b1, activation)
    return h, np.einsum("nd,kd->n", h, W2) + b2


def gradient_through(dz, h, x, W2, activation):
    """Backwards, from ∂L/∂z (N,) to the four gradients."""
    slope = {"identity": lambda: 1.0 + 0 * h, "sigmoid": lambda: h * (1 - h)}
    slope |= {"tanh": lambda: 1 - h**2, "relu": lambda: (h > 0) * 1.0}
    du = np.einsum("n,kd,nd->nd", dz, W2, slope[activation]())
    return np.einsum("nd,ni->di", du, x), np.einsum("nd->d", du), np.einsum("n,nd->d", dz, h)[None], dz.sum(keepdims=True)


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    def loss_and_dz(z):
        p = np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))
        return np.mean(np.logaddexp(0, z) - y * z), (p - y) / y.size

    def iterate(state, left):
        while True:
            h, z = forward(state, x, activation)
            loss, dz = loss_and_dz(z)
            yield state, loss
            if not left:
                return
            left -= 1
            gradients = gradient_through(dz, h, x, state[2], activation)
            state = [array - learning_rate * g for array, g in zip(state, gradients)]

    states, losses = None, []
    for states, loss in iterate([np.array(p) for p in parameters], steps):
        losses.append(loss)
    return states, np.array(losses)


def probabilities(parameters, x, activation="tanh"):
    return torch.sigmoid(torch.from_numpy(forward(parameters, x, activation)[1])).numpy()


def solved(parameters, activation="tanh"):
    a, b, c, d = probabilities(parameters, CORNERS, activation)
    return bool(max(a, d) < 0.1 and min(b, c) > 0.9)


# %% train_xor_torch
from torch.func import functional_call

PARAMETER_NAMES = ("0.weight", "0.bias", "2.weight", "2.bias")
MODULES = dict(identity=torch.nn.Identity, sigmoid=torch.nn.Sigmoid, tanh=torch.nn.Tanh, relu=torch.nn.ReLU)


def stack(networks):
    return [torch.stack([torch.tensor(a) for a in arrays]).numpy() for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    width = parameters[0].shape[1]
    skeleton = torch.nn.Sequential(torch.nn.Linear(2, width), MODULES[activation](), torch.nn.Linear(width, 1)).double()
    x, y = as64(x, y)

    def loss(p):
        logits = functional_call(skeleton, p, (x,))[:, 0]
        return F.binary_cross_entropy_with_logits(logits, y)

    everything = dict(zip(PARAMETER_NAMES, as64(*parameters)))
    side_by_side, rows = vmap(grad_and_value(loss)), []
    for _ in range(steps):
        gradients, losses = side_by_side(everything)
        rows.append(losses)
        everything = {name: p - learning_rate * gradients[name] for name, p in everything.items()}
    rows.append(vmap(loss)(everything))
    return [everything[name].detach().numpy() for name in PARAMETER_NAMES], torch.stack(rows).detach().numpy()


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = as64(*parameters)
    logit = lambda v: F.linear(F.linear(v, W1, b1), W2, b2)[0]
    w = torch.func.jacrev(logit)(torch.zeros(2, dtype=torch.float64))
    return w.detach().numpy().copy(), logit(torch.zeros(2, dtype=torch.float64)).item()


def most_corners_right(w, b):
    says = np.sign(CORNERS @ w + b)
    return int(np.sum(says == np.array([-1, 1, 1, -1])))


def trained_share(width, activation, seeds, *how):
    begin = stack([init_xor(width, seed) for seed in seeds])
    end, _ = train_xor_torch(begin, CORNERS, XOR, *how, activation)
    yes = [solved(list(network), activation) for network in zip(*end)]
    return float(sum(yes) / len(yes))


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return trained_share(width, "identity", seeds, steps, learning_rate)


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    patterns = {"solved": [XOR], "all undecided": [np.full(4, 0.5)], "two undecided": [], "three averaged": []}
    for i in range(4):
        for j in range(i):
            patterns["two undecided"].append(np.where(np.isin(np.arange(4), [i, j]), 0.5, XOR))
        rest = np.arange(4) != i
        patterns["three averaged"].append(np.where(rest, XOR[rest].mean(), XOR))

    def fits(pattern):
        for value, level in zip(p, pattern):
            if level == 1 and not value > 0.9 or level == 0 and not value < 0.1:
                return False
            if 0 < level < 1 and abs(value - level) > 0.05:
                return False
        return True

    return next((name for name, some in patterns.items() if any(map(fits, some))), "other")


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return trained_share(width, activation, seeds, steps, learning_rate)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    g = torch.Generator().manual_seed(seed)
    which = torch.randint(4, (n,), generator=g).numpy()
    noise = torch.randn(n, 2, generator=g, dtype=torch.float64).numpy()
    return CORNERS[which] + sigma * noise, XOR[which]


def decision_grid(parameters, x1, x2, activation="tanh"):
    x2, x1 = torch.meshgrid(*as64(x2, x1), indexing="ij")
    points = torch.stack([x1, x2], dim=2)
    return probabilities(parameters, points.reshape(-1, 2).numpy(), activation).reshape(points.shape[:2])
