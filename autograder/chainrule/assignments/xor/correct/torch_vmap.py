"""A correct submission by somebody who thinks in PyTorch: torch inside, func.grad and vmap, numpy at the borders."""

import numpy as np


# %% threshold_neuron
# as the reference
def tensor(a):
    return torch.tensor(np.asarray(a), dtype=torch.float64)


def threshold_neuron(x, w, b):
    return torch.gt(torch.mv(tensor(x), tensor(w)) + b, 0).long().numpy()


# %% perceptron
def perceptron_step(w, b, x, y):
    score = lambda w, b: y * (w @ tensor(x) + b)
    (dw, db), value = torch.func.grad_and_value(score, argnums=(0, 1))(tensor(w), tensor(b))
    if value > 0:
        return np.array(w), b
    # uphill on the score by one step of length 1: that is exactly y·x and y
    return w + dw.numpy(), b + db.item()


def train_perceptron(x, y, epochs):
    data = list(zip(tensor(x), tensor(y)))
    state = torch.zeros(3, dtype=torch.float64)
    history = [state]
    for sample, label in data * epochs:
        features = torch.cat([sample, torch.ones(1, dtype=torch.float64)])
        state = state + label * features if label * (state @ features) <= 0 else state
        history.append(state)
    return torch.stack(history).numpy()


def perceptron_verdict(history):
    h = torch.as_tensor(np.array(history))
    same = (h == h[-1]).all(dim=1)
    ages = torch.nonzero(same.flip(0)).flatten()  # 0 is the last row itself
    if ages.numel() == 1:
        return "undecided", 0
    if ages[1] > 1:
        return "cycling", ages[1].item()
    run = torch.cumprod(same.flip(0).int(), dim=0).sum()
    return "converged", (len(h) - run).item()


# %% logistic_regression
def bce(z, y):
    return F.binary_cross_entropy_with_logits(z, y)


def logistic_model(theta, x, y):
    w, b = theta
    return bce(x @ w + b, y)


value_and_slope = torch.func.grad_and_value(logistic_model)


def logistic_loss(w, b, x, y):
    (dw, db), loss = value_and_slope((tensor(w), tensor(b)), tensor(x), tensor(y))
    return loss.item(), dw.numpy(), db.item()


def train_logistic(x, y, w, b, steps, learning_rate):
    x, y = tensor(x), tensor(y)
    theta = tensor(w), tensor(b)
    losses = []
    for _ in range(steps):
        slopes, loss = value_and_slope(theta, x, y)
        losses.append(loss.item())
        theta = tuple(t - learning_rate * s for t, s in zip(theta, slopes))
    losses.append(logistic_model(theta, x, y).item())
    return theta[0].numpy(), theta[1].item(), np.array(losses)


def loss_surface(w1, w2, b, x, y):
    x, y = tensor(x), tensor(y)
    at = lambda u, v: logistic_model((torch.stack([u, v]), b), x, y)
    rows = torch.func.vmap(torch.func.vmap(at, in_dims=(0, None)), in_dims=(None, 0))
    return rows(tensor(w1), tensor(w2)).numpy()


# %% xor_by_hand
def threshold_network(x, W1, b1, w2, b2):
    h = (F.linear(tensor(x), tensor(W1), tensor(b1)) > 0).double()
    y = (torch.mv(h, tensor(w2)) + b2 > 0).double()
    return h.int().numpy(), y.int().numpy()


def xor_threshold_weights():
    # NAND and OR; the output neuron is AND
    return np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([1.5, -0.5]), np.array([1.0, 1.0]), -1.5


def relu_network(x, W1, b1, w2, b2):
    h = F.linear(tensor(x), tensor(W1), tensor(b1)).clamp(min=0)
    return h.numpy(), (torch.mv(h, tensor(w2)) + b2).numpy()


def xor_relu_weights():
    return np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([0.0, 0.0]), np.array([1.0, 1.0]), 0.0


# %% hidden_space
NONLINEAR = {"identity": torch.nn.Identity(), "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}


def hidden_points(x, W1, b1, activation="tanh"):
    return NONLINEAR[activation](F.linear(tensor(x), tensor(W1), tensor(b1))).numpy()


def output_line(h1, w2, b2):
    first, second = tensor(w2)
    if second == 0:
        raise ValueError("the line is vertical")
    return torch.div(first * tensor(h1) + b2, -second).numpy()


def separates(h, y, w2, b2):
    return torch.equal(tensor(h) @ tensor(w2) + b2 > 0, tensor(y) == 1)


# %% train_xor_numpy
def init_xor(width, seed):
    """The weights that two torch.nn.Linear would start from."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = torch.nn.Linear(2, width, dtype=torch.float64), torch.nn.Linear(width, 1, dtype=torch.float64)
    return [p.detach().numpy() for layer in layers for p in (layer.weight, layer.bias)]


def gradients_of_each(parameters, x, y, activation):
    """The loss and the gradient of every sample by itself: arrays with one more axis, N, in front."""
    W1, b1, W2, b2 = parameters
    h = hidden_points(x, W1, b1, activation)
    z = h @ W2[0] + b2
    losses = np.logaddexp(0, z) - y * z
    dz = torch.sigmoid(tensor(z)).numpy() - y
    slope = {"identity": np.ones_like(h), "sigmoid": h * (1 - h), "tanh": 1 - h**2, "relu": 1.0 * (h > 0)}[activation]
    db1 = dz[:, None] * W2 * slope
    dW1 = db1[:, :, None] * x[:, None, :]
    dW2 = (dz[:, None] * h)[:, None, :]
    return losses, (dW1, db1, dW2, dz[:, None])


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    history = []
    for _ in range(steps):
        losses, each = gradients_of_each(parameters, x, y, activation)
        history.append(losses.mean())
        parameters = [p - learning_rate * g.mean(axis=0) for p, g in zip(parameters, each)]
    history.append(gradients_of_each(parameters, x, y, activation)[0].mean())
    return [p.copy() for p in parameters], np.array(history)


def probabilities(parameters, x, activation="tanh"):
    W1, b1, W2, b2 = parameters
    return torch.sigmoid(tensor(hidden_points(x, W1, b1, activation) @ W2[0] + b2)).numpy()


def solved(parameters, activation="tanh"):
    p = probabilities(parameters, CORNERS, activation)
    return torch.all((tensor(p) - tensor(XOR)).abs() < 0.1).item()


# %% train_xor_torch
def forward(parameters, x, activation):
    """One network, as if there were no others."""
    W1, b1, W2, b2 = parameters
    return F.linear(NONLINEAR[activation](F.linear(x, W1, b1)), W2, b2).squeeze(-1)


def stack(networks):
    return [torch.stack([tensor(a) for a in arrays]).numpy() for arrays in zip(*networks)]


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    x, y = tensor(x), tensor(y)
    loss = lambda parameters: bce(forward(parameters, x, activation), y)
    step = torch.func.vmap(torch.func.grad_and_value(loss))
    parameters = tuple(tensor(p) for p in parameters)
    losses = []
    for _ in range(steps):
        gradients, value = step(parameters)
        losses.append(value)
        parameters = tuple(p - learning_rate * g for p, g in zip(parameters, gradients))
    losses.append(torch.func.vmap(loss)(parameters))
    return [p.numpy() for p in parameters], torch.stack(losses).numpy()


# %% no_hidden_layer
def collapse_network(parameters):
    z = lambda point: forward(tuple(tensor(p) for p in parameters), point, "identity")
    origin = torch.zeros(2, dtype=torch.float64)
    return torch.func.jacrev(z)(origin).numpy(), z(origin).item()


def most_corners_right(w, b):
    z = tensor(CORNERS) @ tensor(w) + b
    return torch.sum(torch.sign(z) == torch.sign(tensor(XOR) - 0.5)).item()


def share_of_solved(width, activation, seeds, steps, learning_rate):
    starts = stack([init_xor(width, seed) for seed in seeds])
    ends, _ = train_xor_torch(starts, CORNERS, XOR, steps, learning_rate, activation)
    z = torch.func.vmap(lambda p: forward(p, tensor(CORNERS), activation))(tuple(tensor(p) for p in ends))
    right = torch.sigmoid(torch.where(tensor(XOR) == 1, z, -z)) > 0.9
    return right.all(dim=1).double().mean().item()


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return share_of_solved(width, "identity", seeds, steps, learning_rate)


# %% stuck
def stuck_reason(parameters, activation="tanh"):
    p, target = tensor(probabilities(parameters, CORNERS, activation)), tensor(XOR)
    right = torch.where(target == 1, p > 0.9, p < 0.1)
    near = lambda level: bool(((p - level).abs() <= 0.05)[~right].all())
    match right.sum().item():
        case 4:
            return "solved"
        case 0 if near(0.5):
            return "all undecided"
        case 2 if near(0.5):
            return "two undecided"
        case 1 if near(target[~right].mean()):
            return "three averaged"
        case _:
            return "other"


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return share_of_solved(width, activation, seeds, steps, learning_rate)


# %% continuous_xor
def noisy_xor(n, sigma, seed):
    generator = torch.Generator().manual_seed(seed)
    which = torch.randint(0, 4, (n,), generator=generator)
    noise = torch.randn(n, 2, generator=generator, dtype=torch.float64)
    return CORNERS[which] + sigma * noise.numpy(), XOR[which]


def decision_grid(parameters, x1, x2, activation="tanh"):
    v, u = torch.meshgrid(tensor(x2), tensor(x1), indexing="ij")
    points = torch.stack([u, v], dim=-1)  # (B, A, 2)
    return torch.sigmoid(forward([tensor(p) for p in parameters], points, activation)).numpy()
