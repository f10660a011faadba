"""The assignment `xor`: the problem that needs a hidden layer.

Conventions: batch first, `x` is `(N, 2)`; `weight` is `(out, in)` and `bias` `(out,)`, as in `torch.nn.Linear`; float64
in numpy and in torch. A network with D hidden units has the parameters `[W1 (D, 2), b1 (D,), W2 (1, D), b2 (1,)]`:
h = f(x W1ᵀ + b1), logit = h W2ᵀ + b2, p = σ(logit). Each section is one exercise and becomes its solution cell (see the
package docstring).
"""

# mypy: no-warn-return-any
# (numpy's ufuncs are typed as returning Any)

import math  # noqa: F401 (every answer may use it, as in the notebook)
from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])


# %% threshold_neuron
def threshold_neuron(x: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """A neuron that is on (1) where w·x + b is greater than 0, however little, else off (0).

    x: one point per row, shape (N, 2)
    w: one weight per coordinate, shape (2,)
    b: bias, a number
    Returns a 0 or a 1 for each point, shape (N,); False and True will do as well.
    """
    return (x @ w + b > 0).astype(int)


def and_neuron() -> tuple[np.ndarray, float]:
    """Weights, set by hand, of a threshold neuron that is on at the corner (1, 1) only.

    Returns (w, b): w of shape (2,) and the number b. Every corner is at least 0.2 away from the
    line w·x + b = 0, as the crow flies: |w·x + b| / |w| ≥ 0.2, where |w| is the length of w.
    """
    return np.array([1.0, 1.0]), -1.5


def or_neuron() -> tuple[np.ndarray, float]:
    """Weights of a threshold neuron that is on at every corner except (0, 0).

    Returns (w, b) as `and_neuron` does, every corner at least 0.2 away from the line.
    """
    return np.array([1.0, 1.0]), -0.5


def nand_neuron() -> tuple[np.ndarray, float]:
    """Weights of a threshold neuron that is on at every corner except (1, 1): not AND.

    Returns (w, b) as `and_neuron` does, every corner at least 0.2 away from the line.
    """
    return np.array([-1.0, -1.0]), 1.5


# %% perceptron
def perceptron_step(w: np.ndarray, b: float, x: np.ndarray, y: float) -> tuple[np.ndarray, float]:
    """Rosenblatt's rule for one sample: a sample that is not clearly on its side moves the line.

    w, b: the weights, shape (2,), and the bias
    x: one point, shape (2,)
    y: its label, -1 or +1
    If y·(w·x + b) ≤ 0, y·x is added to w and y to b; otherwise both stay as they are.
    Returns (w, b), the weights and bias after the sample. No argument is changed.
    """
    if y * (w @ x + b) <= 0:
        return w + y * x, b + y
    return w.copy(), b


def train_perceptron(x: np.ndarray, y: np.ndarray, epochs: int) -> np.ndarray:
    """The perceptron's way, from w = 0 and b = 0.

    x: one point per row, shape (N, 2)
    y: labels -1 or +1, shape (N,)
    epochs: how many times to go through the samples, one after the other in the given order; 0 is
        possible too
    Returns the history, shape (epochs·N + 1, 3), in rows [w1, w2, b]: row 0 is the start, then
    comes one row after each sample, whether it moved the line or not. All epochs are run, also when
    nothing changes any more. x and y are not changed.
    """
    w, b = np.zeros(2), 0.0
    history = [[*w, b]]
    for _ in range(epochs):
        for sample, label in zip(x, y, strict=True):
            w, b = perceptron_step(w, b, sample, label)
            history.append([*w, b])
    return np.array(history)


def perceptron_verdict(history: np.ndarray) -> tuple[str, int]:
    """What the rows of a history show, and nothing but the rows.

    history: one row [w1, w2, b] per moment, shape (M, 3), for example from `train_perceptron`
    Returns the first of these that fits:
    ("converged", r) if the last rows are all the same, at least two of them; r is the index of the
        first of these rows (row r equals all later ones, row r - 1 does not, if there is one)
    ("cycling", p) if the last row has been there before, even once, whatever came in between; p
        says how many rows ago, the last time
    ("undecided", 0) otherwise, so also for a single row
    Rows are the same if all three numbers are exactly equal, without any tolerance (0.0 equals
    -0.0). r and p are ints, Python's or numpy's, not floats.
    """
    same = (history == history[-1]).all(axis=1)
    before = np.flatnonzero(same[:-1])
    if len(before) == 0:
        return "undecided", 0
    last = len(history) - 1
    period = last - int(before[-1])
    if period > 1:
        return "cycling", period
    others = np.flatnonzero(~same)
    return "converged", int(others[-1]) + 1 if len(others) else 0


# %% logistic_regression
def logistic_loss(
    w: np.ndarray,
    b: float,
    x: np.ndarray,
    y: np.ndarray,
) -> tuple[float, np.ndarray, float]:
    """Mean binary cross-entropy of the probabilities σ(w·x + b), in nats, and its gradient.

    w, b: the weights, shape (2,), and the bias
    x: one point per row, shape (N, 2)
    y: targets 0 or 1, shape (N,)
    Returns (loss, dw, db): a float, an array of shape (2,) and a float. All are exact and finite
    for logits of ±1000 too. No argument is changed.
    """
    logits = x @ w + b
    loss = np.mean(np.logaddexp(0, logits) - y * logits)  # logaddexp(0, z) is ln(1 + eᶻ), without overflow
    error = (0.5 * (1 + np.tanh(logits / 2)) - y) / len(y)  # ½ (1 + tanh(z/2)) is σ(z)
    return float(loss), x.T @ error, float(error.sum())


def train_logistic(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    b: float,
    steps: int,
    learning_rate: float,
) -> tuple[np.ndarray, float, np.ndarray]:
    """Gradient descent on `logistic_loss`, with all samples in every step.

    x, y: points (N, 2) and targets 0 or 1 (N,)
    w, b: where to start, shape (2,) and a number
    steps: how many steps to make, 0 or more; all are made, also when the loss hardly falls
    learning_rate: the step size, the same in every step
    Returns (w, b, losses): where it ends, and the loss before the first step and after each, shape
    (steps + 1,). No argument is changed.
    """
    losses = np.empty(steps + 1)
    for step in range(steps):
        losses[step], dw, db = logistic_loss(w, b, x, y)
        w, b = w - learning_rate * dw, b - learning_rate * db
    losses[steps] = logistic_loss(w, b, x, y)[0]
    return w.copy(), b, losses


def loss_surface(
    w1: np.ndarray,
    w2: np.ndarray,
    b: float,
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """The loss at every pair of weights on a grid, ready for `plt.contour(w1, w2, …)`.

    w1: values of the first weight, along the horizontal axis, in any order, shape (A,)
    w2: values of the second weight, along the vertical axis, in any order, shape (B,)
    b: the bias, one number for the whole grid
    x, y: points (N, 2) and targets 0 or 1 (N,)
    Returns shape (B, A): row i, column j is the loss at the weights (w1[j], w2[i]), as
    `logistic_loss` has it, so exact and finite for large weights too.
    """
    logits = w1[None, :, None] * x[:, 0] + w2[:, None, None] * x[:, 1] + b
    return np.mean(np.logaddexp(0, logits) - y * logits, axis=2)


# %% xor_by_hand
def threshold_network(
    x: np.ndarray,
    W1: np.ndarray,
    b1: np.ndarray,
    w2: np.ndarray,
    b2: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Two layers of threshold neurons: D hidden ones look at the point, one at the hidden ones.

    x: one point per row, shape (N, 2)
    W1, b1: row i and number i belong to hidden neuron i, shapes (D, 2) and (D,)
    w2, b2: weights and bias of the output neuron, shape (D,) and a number
    Returns (h, y), zeros and ones of shapes (N, D) and (N,): the hidden neurons and the output.
    Each neuron is on where its weighted sum plus bias is greater than 0, however little.
    """
    h = (x @ W1.T + b1 > 0).astype(int)
    return h, (h @ w2 + b2 > 0).astype(int)


def xor_threshold_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Weights, set by hand, with which `threshold_network` computes XOR with two hidden neurons.

    Returns (W1, b1, w2, b2) of shapes (2, 2), (2,), (2,) and a number. The output is right at the
    four corners, and at every point that is less than 0.2 away from a corner in each coordinate:
    there it is the XOR of that corner.
    """
    # hidden neurons: OR and NAND; XOR is where both are on
    return np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([-0.5, 1.5]), np.array([1.0, 1.0]), -1.5


def relu_network(
    x: np.ndarray,
    W1: np.ndarray,
    b1: np.ndarray,
    w2: np.ndarray,
    b2: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The same with ReLU: D hidden units max(0, w·x + b), and an output without any activation.

    x, W1, b1, w2, b2: as for `threshold_network`
    Returns (h, y), floats of shapes (N, D) and (N,): the hidden units after the ReLU, and their sum
    w2·h + b2.
    """
    h = np.maximum(x @ W1.T + b1, 0)
    return h, h @ w2 + b2


def xor_relu_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Weights, set by hand, with which `relu_network` computes XOR with two hidden units.

    Returns (W1, b1, w2, b2), shaped as those of `xor_threshold_weights`. The output y is less than
    ½ for class 0 and greater than ½ for class 1, at the corners and at every point that is less
    than 0.2 away from a corner in each coordinate.
    """
    # a tent over s = x1 + x2: up from s = 0, from s = 1 on down with the same slope
    return np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0]), np.array([1.0, -2.0]), 0.0


# %% hidden_space
def hidden_points(
    x: np.ndarray,
    W1: np.ndarray,
    b1: np.ndarray,
    activation: str = "tanh",
) -> np.ndarray:
    """Where the hidden layer puts the points: h = f(x W1ᵀ + b1), after the activation f.

    x: one point per row, shape (N, 2)
    W1, b1: shapes (D, 2) and (D,)
    activation: f by its name: "identity", "sigmoid", "tanh" or "relu"
    Returns shape (N, D), one row per point, exact for sums of ±1000 too. No argument is changed.
    """
    functions = {
        "identity": lambda z: z,
        "sigmoid": lambda z: 0.5 * (1 + np.tanh(z / 2)),  # the same as 1 / (1 + e⁻ᶻ), without overflow
        "tanh": lambda z: np.tanh(z),
        "relu": lambda z: np.maximum(z, 0),
    }
    return functions[activation](x @ W1.T + b1)


def output_line(h1: np.ndarray, w2: np.ndarray, b2: float) -> np.ndarray:
    """The line w2·h + b2 = 0 in the hidden space of two units: its height h2 above each h1.

    h1: values of the first hidden unit, an array of any shape, () of a single number included
    w2, b2: weights and bias of the output, shape (2,) and a number
    Returns h2 in the shape of h1.
    Raises ValueError if the line is vertical, w2[1] = 0: then no height belongs to an h1. A line
    that is only steep has a height, however small w2[1] is.
    """
    if w2[1] == 0:
        raise ValueError("w2[1] is 0: the line is vertical and has no height above h1")
    return -(w2[0] * h1 + b2) / w2[1]


def separates(h: np.ndarray, y: np.ndarray, w2: np.ndarray, b2: float) -> bool:
    """Whether the line w2·h + b2 = 0 has class 1 on its positive side and nothing else.

    h: points in the hidden space, shape (N, D)
    y: their classes 0 or 1, shape (N,)
    w2, b2: shape (D,) and a number
    Returns True if w2·h + b2 > 0 for every point with y = 1 and for none with y = 0, else False. A
    vertical line is a line like any other here.
    """
    return bool(np.array_equal(h @ w2 + b2 > 0, y == 1))


# %% train_xor_numpy
def init_xor(width: int, seed: int) -> list[np.ndarray]:
    """Random start values for a 2-D-1 network.

    width: D, the number of hidden units
    seed: the same seed gives the same numbers at each call, another seed gives others
    Returns new arrays [W1, b1, W2, b2] of shapes (D, 2), (D,), (1, D) and (1,), float64. Which
    random numbers is up to you, as long as no two hidden units start equal and networks of 8 tanh
    units learn XOR from practically every seed (11 of 12 or more), in 500 steps with learning
    rate 1.
    """
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, shape) for shape in ((width, 2), (width,), (1, width), (1,))]


def train_xor_numpy(
    parameters: list[np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    steps: int,
    learning_rate: float,
    activation: str = "tanh",
) -> tuple[list[np.ndarray], np.ndarray]:
    """Gradient descent with gradients written by hand, without autograd; all samples in every step.

    parameters: [W1, b1, W2, b2], where to start; these arrays are not changed
    x, y: points (N, 2) and targets 0 or 1 (N,)
    steps: how many steps to make, 0 or more; all are made, also when the loss hardly falls
    learning_rate: the step size, the same in every step
    activation: of the hidden units: "identity", "sigmoid", "tanh" or "relu" (slope 0 at the kink)
    The loss is the mean binary cross-entropy of p = σ(logit) over the N samples, in nats. It and
    its gradient are finite for logits of ±1000 too.
    Returns (parameters, losses): arrays [W1, b1, W2, b2] in the same shapes, new ones if a step was
    made, and the loss before the first step and after each, shape (steps + 1,).
    """
    W1, b1, W2, b2 = (np.array(array, dtype=float) for array in parameters)
    losses = np.empty(steps + 1)
    for step in range(steps + 1):
        h = hidden_points(x, W1, b1, activation)
        logits = h @ W2[0] + b2
        losses[step] = (np.logaddexp(0, logits) - y * logits).sum() / len(y)
        if step == steps:
            break
        dlogits = (0.5 * (1 + np.tanh(logits / 2)) - y) / len(y)
        dz = np.outer(dlogits, W2[0])  # so far ∂loss/∂h
        if activation == "tanh":
            dz *= 1 - h * h
        elif activation == "sigmoid":
            dz *= h * (1 - h)
        elif activation == "relu":
            dz *= h > 0
        W2 -= learning_rate * (dlogits @ h)
        b2 -= learning_rate * dlogits.sum()
        W1 -= learning_rate * (dz.T @ x)
        b1 -= learning_rate * dz.sum(axis=0)
    return [W1, b1, W2, b2], losses


def probabilities(
    parameters: list[np.ndarray],
    x: np.ndarray,
    activation: str = "tanh",
) -> np.ndarray:
    """The network's probability of class 1 for each point, σ(logit).

    parameters: [W1, b1, W2, b2]
    x: one point per row, shape (N, 2)
    activation: of the hidden units, as above
    Returns shape (N,), exact for logits of ±1000 too.
    """
    W1, b1, W2, b2 = parameters
    logits = hidden_points(x, W1, b1, activation) @ W2[0] + b2
    return 0.5 * (1 + np.tanh(logits / 2))


def solved(parameters: list[np.ndarray], activation: str = "tanh") -> bool:
    """Whether the network has solved XOR, with a margin.

    parameters: [W1, b1, W2, b2]
    activation: of the hidden units, as above
    Returns True if all four corners have p > 0.9 for class 1 and p < 0.1 for class 0, else False.
    """
    p = probabilities(parameters, CORNERS, activation)
    return bool(np.all(np.where(XOR == 1, p > 0.9, p < 0.1)))


# %% train_xor_torch
def stack(networks: list[list[np.ndarray]]) -> list[np.ndarray]:
    """Many networks of one width as one set of arrays, with the network as the first axis.

    networks: S lists [W1 (D, 2), b1 (D,), W2 (1, D), b2 (1,)], as `init_xor` gives them
    Returns [W1 (S, D, 2), b1 (S, D), W2 (S, 1, D), b2 (S, 1)]; index s is network s. These are new
    arrays, which share no memory with the networks given, also for S = 1.
    """
    return [np.stack(arrays) for arrays in zip(*networks, strict=True)]


def train_xor_torch(
    parameters: list[np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    steps: int,
    learning_rate: float,
    activation: str = "tanh",
) -> tuple[list[np.ndarray], np.ndarray]:
    """Gradient descent on S networks at once, with PyTorch's autograd.

    parameters: [W1 (S, D, 2), b1 (S, D), W2 (S, 1, D), b2 (S, 1)], float64 arrays, as `stack` gives
        them; they are not changed
    x, y: points (N, 2) and targets 0 or 1 (N,), for all networks the same
    steps, learning_rate, activation: as for `train_xor_numpy`, 0 steps, the slope 0 of "relu" at
        the kink and logits of ±1000 included
    Each network learns as if it were alone: it follows the gradient of its own loss, the mean over
    the N samples, and takes the same steps as `train_xor_numpy` does from the same start.
    Returns (parameters, losses) as numpy arrays, float64: the four arrays in the same shapes, which
    share no memory with those given (not for 0 steps either), and each network's own loss before
    the first step and after each, shape (steps + 1, S).
    """
    functions = {"identity": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    W1, b1, W2, b2 = weights = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in parameters]
    inputs = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.float64).expand(len(W1), -1)
    losses = torch.empty(steps + 1, len(W1), dtype=torch.float64)
    for step in range(steps + 1):
        h = functions[activation](inputs @ W1.mT + b1[:, None])  # (S, N, D)
        logits = (h @ W2.mT).squeeze(2) + b2  # (S, N)
        loss = F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)
        losses[step] = loss.detach()
        if step == steps:
            break
        gradients = torch.autograd.grad(loss.sum(), weights)  # no network appears in another one's loss
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= learning_rate * gradient
    return [weight.detach().numpy() for weight in weights], losses.numpy()


# %% no_hidden_layer
def collapse_network(parameters: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """The one affine map w·x + b that a network with the activation "identity" is.

    parameters: [W1 (D, 2), b1 (D,), W2 (1, D), b2 (1,)]
    Returns (w, b), shape (2,) and a float, so that w·x + b is the network's logit for every x.
    """
    W1, b1, W2, b2 = parameters
    return W2[0] @ W1, float(W2[0] @ b1 + b2[0])


def most_corners_right(w: np.ndarray, b: float) -> int:
    """How many of the four corners the linear model with the logit w·x + b gets right for XOR.

    w, b: shape (2,) and a number
    A logit greater than 0 says class 1, one less than 0 says class 0, however little. A logit of
    exactly 0 says nothing, and is right for neither class. Returns an int.
    """
    logits = CORNERS @ w + b
    return int(np.sum(np.where(XOR == 1, logits > 0, logits < 0)))


def identity_solve_rate(
    seeds: Iterable[int],
    width: int = 8,
    steps: int = 500,
    learning_rate: float = 1.0,
) -> float:
    """The share of networks with the activation "identity" that have solved XOR after training.

    seeds: one network `init_xor(width, seed)` for each, at least one; any iterable, also one that
        can be walked through only once, such as a generator
    width, steps, learning_rate: hidden units, and how each network is trained
    Returns a float from 0 to 1, measured. If all networks are trained at once, 50 of them take
    under a second.
    """
    start = stack([init_xor(width, seed) for seed in seeds])
    end, _ = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, "identity")
    return float(np.mean([solved(list(network), "identity") for network in zip(*end, strict=True)]))


# %% stuck
def stuck_reason(parameters: list[np.ndarray], activation: str = "tanh") -> str:
    """How a training ended, read from the four probabilities at the corners.

    parameters: [W1, b1, W2, b2]
    activation: of the hidden units, as above
    A corner is right with the margin if p > 0.9 for class 1, or p < 0.1 for class 0.
    Returns the first of these that fits:
    "solved": all four corners are right with the margin
    "all undecided": every p is within 0.05 of ½
    "two undecided": two corners are right with the margin, the other two are within 0.05 of ½
    "three averaged": one corner is right with the margin, the other three are within 0.05 of the
        mean of their three targets
    "other": none of these
    Within 0.05 of a number means at most 0.05 away from it.
    """
    p = probabilities(parameters, CORNERS, activation)
    right = np.where(XOR == 1, p > 0.9, p < 0.1)
    if right.all():
        return "solved"
    count, rest = right.sum(), p[~right]
    if count in (0, 2) and np.all(np.abs(rest - 0.5) <= 0.05):
        return "two undecided" if count else "all undecided"
    if count == 1 and np.all(np.abs(rest - XOR[~right].mean()) <= 0.05):
        return "three averaged"
    return "other"


def solve_rate(
    width: int,
    activation: str,
    seeds: Iterable[int],
    steps: int = 1000,
    learning_rate: float = 1.0,
) -> float:
    """The share of networks that have solved XOR after training.

    width, activation: of the networks
    seeds: one network `init_xor(width, seed)` for each, at least one; any iterable, as above, and a
        seed that is there twice counts twice
    steps, learning_rate: how each network is trained
    Returns a float from 0 to 1. If all networks are trained at once, 50 of them take under a
    second.
    """
    start = stack([init_xor(width, seed) for seed in seeds])
    end, _ = train_xor_torch(start, CORNERS, XOR, steps, learning_rate, activation)
    return float(np.mean([solved(list(network), activation) for network in zip(*end, strict=True)]))


# %% continuous_xor
def noisy_xor(n: int, sigma: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points around the four corners, as a measurement would give them.

    n: how many points
    sigma: standard deviation of the normal noise that is added to each coordinate
    seed: the same seed gives the same points at each call, another seed gives others
    Returns (x, y), new arrays of shapes (n, 2) and (n,): each point belongs to a corner drawn at
    random, all four equally likely and whatever the others have drawn, and its y is the XOR of that
    corner, 0 or 1.
    """
    rng = np.random.default_rng(seed)
    corner = rng.integers(len(CORNERS), size=n)
    return CORNERS[corner] + rng.normal(0, sigma, (n, 2)), XOR[corner]


def decision_grid(
    parameters: list[np.ndarray],
    x1: np.ndarray,
    x2: np.ndarray,
    activation: str = "tanh",
) -> np.ndarray:
    """The network's probability of class 1 on a grid, ready for `plt.contourf(x1, x2, …)`.

    parameters: [W1, b1, W2, b2]
    x1: values of the first coordinate, along the horizontal axis, in any order, shape (A,)
    x2: values of the second coordinate, along the vertical axis, in any order, shape (B,)
    activation: of the hidden units
    Returns shape (B, A): row i, column j is the probability at the point (x1[j], x2[i]).
    """
    across, up = np.meshgrid(x1, x2)
    return probabilities(parameters, np.column_stack([across.ravel(), up.ravel()]), activation).reshape(across.shape)
