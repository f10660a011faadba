"""A correct submission with one flat vector of parameters, starts from torch.nn.init, and networks as grouped convolutions."""

import numpy as np


# %% threshold_neuron
def threshold_neuron(x, w, b):
    # with right=True a sum of exactly 0 is still below the border
    return np.digitize(np.dot(x, w) + b, bins=[0.0], right=True)


GATES = {
    # name: (w1, w2, b)
    "and": (1.0, 1.0, -1.5),
    "or": (1.0, 1.0, -0.5),
    "nand": (-1.0, -1.0, 1.5),
}


def gate(name):
    *w, b = GATES[name]
    return np.array(w), b


def and_neuron():
    return gate("and")


def or_neuron():
    return gate("or")


def nand_neuron():
    return gate("nand")


# %% perceptron
def perceptron_step(w, b, x, y):
    wrong = float(y * (np.dot(w, x) + b) <= 0)
    return w + wrong * y * x, b + wrong * y


def train_perceptron(x, y, epochs):
    theta = np.zeros(3)
    moves = []  # what each sample adds
    for sample, label in list(zip(x, y)) * epochs:
        w, b = perceptron_step(theta[:2], theta[2], sample, label)
        new = np.array([*w, b])
        moves.append(new - theta)
        theta = new
    return np.cumsum([np.zeros(3), *moves], axis=0)


def perceptron_verdict(history):
    rows = list(map(tuple, np.asarray(history)))
    last = rows.pop()
    if last not in rows:
        return "undecided", 0
    ago = rows[::-1].index(last) + 1
    if ago > 1:
        return "cycling", ago
    while rows and rows[-1] == last:
        rows.pop()
    return "converged", len(rows)


# %% logistic_regression
def probability(z):
    return torch.sigmoid(torch.as_tensor(z, dtype=torch.float64)).numpy()


def nats(z, y):
    """Minus the log of the probability of the right class, from a log-softmax over the logits (0, z)."""
    z = np.asarray(z, dtype=float)
    two = np.stack([np.zeros_like(z), z])
    log_p = two - (two.max(axis=0) + np.log(np.exp(two - two.max(axis=0)).sum(axis=0)))
    return -((1 - y) * log_p[0] + y * log_p[1])


def logistic_loss(w, b, x, y):
    z = np.dot(x, w) + b
    dz = (probability(z) - y) / len(y)
    return np.average(nats(z, y)), np.dot(dz, x), np.dot(dz, np.ones(len(y)))


def train_logistic(x, y, w, b, steps, learning_rate):
    theta = np.concatenate([w, [b]])
    losses = np.zeros(1 + steps)
    for step in range(1 + steps):
        losses[step], dw, db = logistic_loss(theta[:2], theta[2], x, y)
        if step < steps:
            theta = theta - learning_rate * np.concatenate([dw, [db]])
    return theta[:2], theta[2], losses


def loss_surface(w1, w2, b, x, y):
    # one row at a time: w2 is a number, w1 a column, the samples run along
    along = np.outer(w1, x[:, 0])
    return np.array([nats(along + second * x[:, 1] + b, y).mean(axis=1) for second in w2])


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    h = np.heaviside(np.dot(x, W1.T) + b1, 0).astype(int)
    return h, np.heaviside(np.dot(h, w2) + b2, 0).astype(int)


def xor_threshold_weights():
    # "x1 and not x2" and "x2 and not x1", then OR
    return np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([-0.5, -0.5]), np.array([1.0, 1.0]), -0.5


def relu_network(x, W1, b1, w2, b2):
    h = np.clip(np.dot(x, W1.T) + b1, 0, np.inf)
    return h, np.dot(h, w2) + b2


def xor_relu_weights():
    # start high at both ends and subtract: 1 - relu(1 - s) - relu(s - 1)
    return np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([1.0, -1.0]), np.array([-1.0, -1.0]), 1.0


# %% hidden_space
def hidden_points(x, W1, b1, activation="tanh"):
    z = np.dot(x, W1.T) + b1
    match activation:
        case "identity":
            return z
        case "sigmoid":
            return probability(z)
        case "tanh":
            return np.tanh(z)
        case "relu":
            return z.clip(0)


def output_line(h1, w2, b2):
    if w2[1] == 0.0:
        raise ValueError("w2[1] must not be 0")
    # two points of the line, and straight on through them
    at0, at1 = -b2 / w2[1], -(w2[0] + b2) / w2[1]
    return at0 + (at1 - at0) * h1


def separates(h, y, w2, b2):
    return np.array_equiv(np.dot(h, w2) + b2 > 0, y > 0)


# %% train_xor_numpy
def init_xor(width, seed):
    """Kaiming's normal numbers (Xavier's gain for the output), a little noise for the biases."""
    generator = torch.Generator().manual_seed(seed)
    W1 = torch.empty(width, 2, dtype=torch.float64)
    W2 = torch.empty(1, width, dtype=torch.float64)
    torch.nn.init.kaiming_normal_(W1, nonlinearity="tanh", generator=generator)
    torch.nn.init.xavier_normal_(W2, generator=generator)
    b1 = 0.1 * torch.randn(width, generator=generator, dtype=torch.float64)
    return [W1.numpy(), b1.numpy(), W2.numpy(), np.zeros(1)]


def flat(parameters):
    return np.concatenate([np.ravel(p) for p in parameters])


def cut(theta):
    """The flat vector (4D + 1,) as [W1, b1, W2, b2]; these are views of it."""
    D = (len(theta) - 1) // 4
    W1, b1, W2, b2 = np.split(theta, [2 * D, 3 * D, 4 * D])
    return [W1.reshape(D, 2), b1, W2.reshape(1, D), b2]


def loss_and_gradient(theta, x, y, activation):
    W1, b1, W2, b2 = cut(theta)
    h = hidden_points(x, W1, b1, activation)
    z = np.dot(h, W2[0]) + b2
    gradient = np.zeros_like(theta)
    dW1, db1, dW2, db2 = cut(gradient)  # writing into these fills the vector
    dz = (probability(z) - y) / len(y)
    du = np.multiply.outer(dz, W2[0])
    if activation == "sigmoid":
        du *= h * (1 - h)
    elif activation == "tanh":
        du *= 1 - np.square(h)
    elif activation == "relu":
        du[h <= 0] = 0
    dW1[:], db1[:] = np.dot(du.T, x), np.dot(du.T, np.ones(len(x)))
    dW2[:], db2[:] = np.dot(dz, h), dz.sum()
    return nats(z, y).mean(), gradient


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    theta = flat(parameters)
    losses = []
    while True:
        loss, gradient = loss_and_gradient(theta, x, y, activation)
        losses.append(loss)
        if len(losses) > steps:
            return cut(theta), np.array(losses)
        theta = theta - learning_rate * gradient


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    return probability(np.dot(hidden_points(x, W1, b1, activation), W2[0]) + b2)


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right_class = np.abs(1 - XOR - p)
    return bool(np.min(right_class) > 0.9)


# %% train_xor_torch
def stack(networks):
    return [np.stack(p) for p in zip(*[cut(flat(network)) for network in networks])]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    W1, b1, W2, b2 = parameters
    S, D = b1.shape
    # a network is a group of channels: 2 inputs, D hidden units, 1 output; the samples lie along the "image"
    hidden = torch.nn.Conv1d(2 * S, S * D, kernel_size=1, groups=S, dtype=torch.float64)
    output = torch.nn.Conv1d(S * D, S, kernel_size=1, groups=S, dtype=torch.float64)
    with torch.no_grad():
        hidden.weight.copy_(torch.tensor(W1.reshape(S * D, 2, 1)))
        hidden.bias.copy_(torch.tensor(b1.reshape(S * D)))
        output.weight.copy_(torch.tensor(W2.reshape(S, D, 1)))
        output.bias.copy_(torch.tensor(b2.reshape(S)))
    bend = {"identity": torch.nn.Identity, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
    model = torch.nn.Sequential(hidden, bend[activation](), output)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    image = torch.tensor(np.tile(np.transpose(x), (S, 1)))  # (2S, N)
    target = torch.tensor(np.tile(y, (S, 1)), dtype=torch.float64)  # (S, N)
    losses = []
    for step in range(steps + 1):
        loss = F.binary_cross_entropy_with_logits(model(image), target, reduction="none").mean(dim=1)
        losses.append(loss.tolist())
        if step < steps:
            optimizer.zero_grad()
            loss.sum().backward()
            optimizer.step()
    trained = [hidden.weight, hidden.bias, output.weight, output.bias]
    shapes = [(S, D, 2), (S, D), (S, 1, D), (S, 1)]
    return [p.detach().numpy().reshape(shape) for p, shape in zip(trained, shapes)], np.array(losses)


# %% no_hidden_layer
def collapse_network(parameters):
    W1, b1, W2, b2 = parameters
    w1, w2, b = np.dot(W2[0], np.column_stack([W1, b1]))
    return np.array([w1, w2]), float(b + b2[0])


def most_corners_right(w, b):
    at = dict(zip([(0, 0), (0, 1), (1, 0), (1, 1)], np.dot(CORNERS, w) + b))
    return [at[0, 0] < 0, at[0, 1] > 0, at[1, 0] > 0, at[1, 1] < 0].count(True)


def ends_solved(width, activation, seeds, steps, learning_rate):
    starts = [init_xor(width, int(seed)) for seed in seeds]
    ends, _ = train_xor_torch(stack(starts), CORNERS, XOR, steps, learning_rate, activation)
    return [solved([p[k] for p in ends], activation) for k in range(len(starts))]


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return float(np.mean(ends_solved(width, "identity", seeds, steps, learning_rate)))


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    right = np.abs(XOR - p) < 0.1
    off = lambda level: np.max(np.abs(p[~right] - level))
    n = int(right.sum())
    if n == 4:
        return "solved"
    if n == 1:
        # of the three others, two have the class of which there are two
        mean = 1 / 3 if XOR[right][0] == 1 else 2 / 3
        return "three averaged" if off(mean) <= 0.05 else "other"
    if n in (0, 2) and off(0.5) <= 0.05:
        return {0: "all undecided", 2: "two undecided"}[n]
    return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return float(np.mean(ends_solved(width, activation, seeds, steps, learning_rate)))


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    rng = np.random.default_rng(seed)
    x = rng.multivariate_normal(mean=[0, 0], cov=sigma**2 * np.eye(2), size=n)
    which = rng.choice(4, size=n, p=[0.25, 0.25, 0.25, 0.25])
    return x + CORNERS[which], np.take(XOR, which)


def decision_grid(parameters, x1, x2, activation="tanh"):
    places = [np.column_stack([x1, np.repeat(height, len(x1))]) for height in x2]
    return probabilities(parameters, np.vstack(places), activation).reshape(len(x2), -1)
