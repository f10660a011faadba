"""A correct submission of functions that make functions: layers with their own backward, no class and no stored state."""

import numpy as np


# %% threshold_neuron
def affine(w, b):
    """x -> w·x + b"""
    return lambda x: np.inner(x, w) + b


def threshold(score):
    return lambda x: np.sign(score(x)).clip(0).astype(int)


def line_through(p, q, on):
    """The neuron whose line goes through p and q, and which is on at the point `on`."""
    (p1, p2), (q1, q2) = p, q
    w = np.array([q2 - p2, p1 - q1])
    w = w / np.linalg.norm(w)
    b = -(w[0] * p1 + w[1] * p2)
    return (w, b) if affine(w, b)(on) > 0 else (-w, -b)


def threshold_neuron(x, w, b):
    return threshold(affine(w, b))(x)


def and_neuron():
    return line_through((0.4, 1.0), (1.0, 0.4), on=(1, 1))


def or_neuron():
    return line_through((0.6, 0.0), (0.0, 0.6), on=(1, 1))


def nand_neuron():
    return line_through((0.4, 1.0), (1.0, 0.4), on=(0, 0))


# %% perceptron
def perceptron_step(w, b, x, y):
    push = y if y * affine(w, b)(x) <= 0 else 0
    return w + push * np.asarray(x), b + push


def make_learner():
    w, b = np.zeros(2), 0.0

    def learn(x, y):
        nonlocal w, b
        w, b = perceptron_step(w, b, x, y)
        return where()

    def where():
        return np.array([w[0], w[1], b])

    return learn, where


def train_perceptron(x, y, epochs):
    learn, where = make_learner()
    start = where()
    return np.vstack([start] + [learn(*sample) for _ in range(epochs) for sample in zip(x, y)])


def perceptron_verdict(history):
    last_seen = {}  # row -> where it was last, before the row at hand
    since = 0  # from where on all rows are the same
    gap = None
    previous = None
    for i, row in enumerate(map(tuple, np.asarray(history).tolist())):
        gap = i - last_seen[row] if row in last_seen else None
        if row != previous:
            since = i
        last_seen[row] = i
        previous = row
    if gap is None:
        return "undecided", 0
    return ("converged", since) if gap == 1 else ("cycling", gap)


# %% logistic_regression
def sigmoid(z):
    return 0.5 + 0.5 * np.tanh(0.5 * np.asarray(z))


def bce_of(y):
    """logits -> (mean loss, its derivative with respect to them)"""
    y = np.asarray(y, dtype=float)

    def loss_and_derivative(z):
        return (np.logaddexp(0.0, z) - z * y).mean(axis=-1), (sigmoid(z) - y) / y.size

    return loss_and_derivative


def logistic_loss(w, b, x, y):
    loss, dz = bce_of(y)(affine(w, b)(x))
    return loss.item(), dz @ x, dz.sum().item()


def descend(gradient, learning_rate):
    """One step downhill, for any number of parameters."""

    def step(*parameters):
        loss, slopes = gradient(*parameters)
        return loss, [p - learning_rate * s for p, s in zip(parameters, slopes)]

    return step


def train_logistic(x, y, w, b, steps, learning_rate):
    def gradient(w, b):
        loss, *slopes = logistic_loss(w, b, x, y)
        return loss, slopes

    step, losses = descend(gradient, learning_rate), []
    w, b = np.copy(w), float(b)
    for _ in range(steps):
        loss, (w, b) = step(w, b)
        losses.append(loss)
    return w, b, np.array([*losses, gradient(w, b)[0]])


def loss_surface(w1, w2, b, x, y):
    criterion = bce_of(y)
    loss_at = np.vectorize(lambda u, v: criterion(affine([u, v], b)(x))[0])
    return loss_at(np.reshape(w1, (1, -1)), np.reshape(w2, (-1, 1)))


# %% xor_by_hand
def compose(layer, output):
    def network(x):
        h = layer(x)
        return h, output(h)

    return network


def threshold_network(x, W1, b1, w2, b2):
    return compose(threshold(affine(W1, b1)), threshold(affine(w2, b2)))(x)


def xor_threshold_weights():
    (or_w, or_b), (and_w, and_b) = or_neuron(), and_neuron()
    # or, and not and: a line between h = (1, 0) and the other two
    w, b = np.array([1.0, -1.0]), -0.5
    return np.array([or_w, and_w]), np.array([or_b, and_b]), w, b


def relu_network(x, W1, b1, w2, b2):
    relu = lambda score: lambda x: np.fmax(score(x), 0)
    return compose(relu(affine(W1, b1)), affine(w2, b2))(x)


def xor_relu_weights():
    # 0.1 + |x1 - x2| with two halves of the absolute value, a bit less steep
    return np.array([[0.8, -0.8], [-0.8, 0.8]]), np.zeros(2), np.ones(2), 0.1


# %% hidden_space
def activation_named(name):
    """z -> (f(z), the function that takes ∂L/∂f to ∂L/∂z)"""

    def identity(z):
        return z, lambda d: d

    def logistic(z):
        s = sigmoid(z)
        return s, lambda d: d * s * (1 - s)

    def hyperbolic(z):
        t = np.tanh(z)
        return t, lambda d: d * (1 - t * t)

    def rectified(z):
        on = z > 0
        return np.where(on, z, 0), lambda d: np.where(on, d, 0)

    return {"identity": identity, "sigmoid": logistic, "tanh": hyperbolic, "relu": rectified}[name]


def hidden_points(x, W1, b1, activation="tanh"):
    h, _ = activation_named(activation)(affine(W1, b1)(x))
    return h


def output_line(h1, w2, b2):
    try:
        slope, start = -float(w2[0]) / float(w2[1]), -float(b2) / float(w2[1])
    except ZeroDivisionError:
        raise ValueError("vertical line") from None
    height = lambda h: slope * h + start
    return height(np.asarray(h1))


def separates(h, y, w2, b2):
    positive = affine(w2, b2)(h) > 0
    return set(np.flatnonzero(positive)) == set(np.flatnonzero(y))


# %% train_xor_numpy
import math


def init_xor(width, seed):
    """Xavier: the variance is 2 / (inputs + outputs)."""
    generator = np.random.default_rng(seed + 12345)

    def xavier(outputs, inputs):
        return generator.standard_normal((outputs, inputs)) * math.sqrt(2 / (inputs + outputs))

    return [xavier(width, 2), np.zeros(width), xavier(1, width), np.zeros(1)]


def linear_layer(W, b):
    def forward(x):
        return x @ W.T + b, lambda d: (d @ W, [d.T @ x, d.sum(axis=0)])

    return forward


def activation_layer(name):
    f = activation_named(name)

    def forward(z):
        h, back = f(z)
        return h, lambda d: (back(d), [])

    return forward


def chain(*layers):
    """Layers one after the other; the backward of each is kept until it is wanted."""

    def forward(x):
        backs = []
        for layer in layers:
            x, back = layer(x)
            backs.insert(0, back)

        def backward(d):
            gradients = []
            for back in backs:
                d, own = back(d)
                gradients = own + gradients
            return d, gradients

        return x, backward

    return forward


def network_of(W1, b1, W2, b2, activation):
    return chain(linear_layer(W1, b1), activation_layer(activation), linear_layer(W2, b2))


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    criterion = bce_of(y)

    def gradient(*parameters):
        logits, backward = network_of(*parameters, activation)(x)
        loss, dz = criterion(logits[:, 0])
        return loss, backward(dz[:, None])[1]

    step, losses = descend(gradient, learning_rate), np.zeros(steps + 1)
    parameters = [np.array(p, dtype=float) for p in parameters]
    for i in range(steps):
        losses[i], parameters = step(*parameters)
    losses[-1], _ = gradient(*parameters)
    return parameters, losses


def probabilities(parameters, x, activation="tanh"):
    logits, _ = network_of(*parameters, activation)(x)
    return sigmoid(logits).ravel()


def solved(parameters, activation="tanh"):
    sure = {0.0: lambda p: p < 0.1, 1.0: lambda p: p > 0.9}
    return all(bool(sure[target](p)) for p, target in zip(probabilities(parameters, CORNERS, activation), XOR))


# %% train_xor_torch
def stack(networks):
    def gather(k):
        return np.array([network[k] for network in networks])

    networks = list(networks)
    return [gather(k) for k in range(4)]


def torch_losses(x, y, activation):
    """parameters -> the loss of each network"""
    f = dict(identity=lambda z: z, sigmoid=torch.sigmoid, tanh=torch.tanh, relu=torch.relu)[activation]
    x, y = (torch.tensor(a, dtype=torch.double) for a in (x, y))

    def losses(W1, b1, W2, b2):
        h = f(torch.einsum("sdi,ni->snd", W1, x) + b1.unsqueeze(1))
        z = torch.einsum("snd,sd->sn", h, W2.squeeze(1)) + b2
        return torch.nn.BCEWithLogitsLoss(reduction="none")(z, y.expand_as(z)).mean(dim=-1)

    return losses


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    losses_of = torch_losses(x, y, activation)

    def gradient(*parameters):
        leaves = [p.detach().requires_grad_() for p in parameters]
        losses = losses_of(*leaves)
        losses.backward(torch.ones_like(losses))  # the same as the sum
        return losses.detach(), [leaf.grad for leaf in leaves]

    step, curve = descend(gradient, learning_rate), []
    parameters = [torch.tensor(p, dtype=torch.double) for p in parameters]
    for _ in range(steps):
        losses, parameters = step(*parameters)
        curve.append(losses)
    curve.append(losses_of(*parameters))
    return [p.numpy() for p in parameters], torch.vstack(curve).numpy()


# %% no_hidden_layer
def collapse_network(parameters):
    logit = network_of(*parameters, "identity")
    z, backward = logit(np.zeros((1, 2)))
    w, _ = backward(np.ones((1, 1)))  # the gradient of the logit with respect to x
    return w[0], float(z[0, 0])


def most_corners_right(w, b):
    score = affine(w, b)
    return sum(1 for corner, target in zip(CORNERS, XOR) if score(corner) * (1 if target else -1) > 0)


def rate_of(activation):
    def rate(width, seeds, steps, learning_rate):
        starts = stack(init_xor(width, seed) for seed in seeds)
        ends, _ = train_xor_torch(starts, CORNERS, XOR, steps, learning_rate, activation)
        wins = [solved(network, activation) for network in zip(*ends)]
        return np.mean(wins).item()

    return rate


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return rate_of("identity")(width, seeds, steps, learning_rate)


# %% stuck
def within(level, tolerance=0.05):
    return lambda values: all(abs(value - level) <= tolerance for value in values)


def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    unsure = [k for k in range(4) if not (p[k] > 0.9 if XOR[k] else p[k] < 0.1)]
    mean = sum(XOR[k] for k in unsure) / max(len(unsure), 1)
    rules = {
        0: ("solved", lambda values: True),
        2: ("two undecided", within(0.5)),
        3: ("three averaged", within(mean)),
        4: ("all undecided", within(0.5)),
    }
    name, fits = rules.get(len(unsure), ("other", lambda values: True))
    return name if fits(p[unsure]) else "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return rate_of(activation)(width, seeds, steps, learning_rate)


# %% continuous_xor
def point_source(sigma, seed):
    generator = np.random.default_rng(seed)

    def draw():
        a, b = generator.random(2) < 0.5
        return np.array([a, b]) + generator.normal(0, sigma, 2), float(a != b)

    return draw


def noisy_xor(n, sigma, seed):
    draw = point_source(sigma, seed)
    x, y = np.empty((n, 2)), np.empty(n)
    for i in range(n):
        x[i], y[i] = draw()
    return x, y


def decision_grid(parameters, x1, x2, activation="tanh"):
    at = lambda height: probabilities(parameters, np.array([[u, height] for u in x1]), activation)
    return np.array([at(height) for height in x2])
