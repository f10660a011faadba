"""The assignment `numpy_mlp`: a neural network in numpy, forward and backward by hand.

Conventions: batch first, `x` is `(N, in)`; `weight` is `(out, in)` and `bias` `(out,)`, as in `torch.nn.Linear`;
float64. A name with a `d` in front is the gradient of the loss with respect to that array and has its shape:
`dy` is ∂loss/∂y. Each section is one exercise and becomes its solution cell (see the package docstring).
"""

# mypy: no-warn-return-any
# (numpy's ufuncs are typed as returning Any)

from collections.abc import Callable

import numpy as np


# %% neuron
def neuron(x: np.ndarray, w: np.ndarray, b: float) -> float:
    """One neuron: weigh the inputs, add the bias, squash the sum into (0, 1) with the sigmoid.

    x: inputs, shape (in,)
    w: one weight per input, shape (in,)
    b: bias, a number
    Returns σ(w·x + b), one float. The sum stays moderate here (between about -50 and 50).
    """
    return float(1 / (1 + np.exp(-(w @ x + b))))


def layer(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """A layer: `out` neurons that all look at the same inputs.

    x: inputs, shape (in,)
    weight: row i holds the weights of neuron i, shape (out, in)
    bias: one bias per neuron, shape (out,)
    Returns the outputs of the neurons, shape (out,), floats for whole-number arguments too.
    """
    return 1 / (1 + np.exp(-(weight @ x + bias)))


def layer_batch(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The same layer for N samples at once.

    x: one sample per row, shape (N, in)
    weight: shape (out, in)
    bias: shape (out,)
    Returns one row of outputs per sample, shape (N, out); row n equals `layer(x[n], weight, bias)`.
    No argument is changed.
    """
    return 1 / (1 + np.exp(-(x @ weight.T + bias)))


# %% activations
def identity(z: np.ndarray) -> np.ndarray:
    """No activation at all: the value itself, in the shape of z; z itself will do, or a copy."""
    return z


def identity_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Gradient through the identity.

    da: upstream gradient ∂loss/∂a, any shape
    z: the pre-activation that went in, same shape
    Returns dz = ∂loss/∂z, same shape. Neither input is changed.
    """
    return da


def sigmoid(z: np.ndarray) -> np.ndarray:
    """The logistic function 1 / (1 + e⁻ᶻ), elementwise, between 0 and 1.

    z: any shape, floats or whole numbers; the result is float64 in the same shape
    Exact and silent for large arguments too: z = 1000 gives 1 and z = -1000 gives 0, without an
    overflow warning. z is not changed.
    """
    e = np.exp(-np.abs(z))  # the exponent is never positive, so nothing overflows
    return np.where(z >= 0, 1.0, e) / (1 + e)


def sigmoid_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Gradient through the sigmoid.

    da: upstream gradient ∂loss/∂a, any shape
    z: the pre-activation that went in (not the output a), same shape
    Returns dz = ∂loss/∂z, same shape. Neither input is changed.
    """
    a = sigmoid(z)
    return da * a * (1 - a)


def tanh(z: np.ndarray) -> np.ndarray:
    """The hyperbolic tangent, elementwise: any shape in, the same shape out, in [-1, 1].

    z: floats or whole numbers, so large too that e^z does not fit into a float
    """
    return np.tanh(z)


def tanh_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Gradient through the hyperbolic tangent.

    da: upstream gradient ∂loss/∂a, any shape
    z: the pre-activation that went in (not the output a), same shape
    Returns dz = ∂loss/∂z, same shape. Neither input is changed.
    """
    return da * (1 - np.tanh(z) ** 2)


def relu(z: np.ndarray) -> np.ndarray:
    """The rectified linear unit max(0, z), elementwise: any shape in, the same shape out.

    z holds floats or whole numbers and is not changed.
    """
    return np.maximum(z, 0)


def relu_backward(da: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Gradient through the rectified linear unit.

    da: upstream gradient ∂loss/∂a, any shape
    z: the pre-activation that went in, same shape
    Returns dz = ∂loss/∂z, same shape. At z = 0, where the function has a kink, the slope counts
    as 0. Neither input is changed.
    """
    return da * (z > 0)


# %% scalar_backprop
def scalar_backprop(
    x: float,
    w: float,
    theta: float,
    target: float,
    tanh: Callable[[float], float] = np.tanh,
) -> dict[str, float]:
    """Forward and backward through h = tanh(w·x), y = θ·h², loss = (y - target)².

    x, w, theta, target: numbers, whole or not, and any of them may be 0
    tanh: the function to use for tanh, numpy's if none is given; think of it as expensive and
        call it exactly once, in every call of scalar_backprop
    Returns a dictionary of floats: the values "h", "y", "loss" and the derivatives
    "dloss_dy", "dloss_dtheta", "dloss_dh", "dloss_dw", "dloss_dx".
    """
    h = tanh(w * x)
    y = theta * h**2
    dloss_dy = 2 * (y - target)
    dloss_dh = dloss_dy * 2 * theta * h
    dloss_du = dloss_dh * (1 - h**2)  # u = w·x, the argument of tanh
    return {
        "h": float(h),
        "y": float(y),
        "loss": float((y - target) ** 2),
        "dloss_dy": float(dloss_dy),
        "dloss_dtheta": float(dloss_dy * h**2),
        "dloss_dh": float(dloss_dh),
        "dloss_dw": float(dloss_du * x),
        "dloss_dx": float(dloss_du * w),
    }


# %% linear_forward
def linear_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """The linear block, forward: y = x Wᵀ + b.

    x: a batch, shape (N, in)
    weight: shape (out, in)
    bias: shape (out,)
    All three hold floats or whole numbers; N, in and out may be 1, or equal to each other.
    Returns (y, cache): y has shape (N, out); cache is the tuple (x, weight), or copies of the two,
    which is what the backward pass will need. No input is changed.
    """
    return x @ weight.T + bias, (x, weight)


# %% linear_backward
def linear_backward(
    dy: np.ndarray,
    cache: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The linear block, backward: from ∂loss/∂y to the gradients of everything that went in.

    dy: upstream gradient, shape (N, out), floats or whole numbers
    cache: the tuple (x, weight) from `linear_forward`
    Returns (dx, dweight, dbias) with the shapes of x (N, in), weight (out, in) and bias (out,).
    The parameters are shared by all samples, so their gradients are sums over the batch. There is
    no 1/N here: if the loss is a mean, dy carries the 1/N already. No input is changed, and no
    later call changes these gradients or adds to them.
    """
    x, weight = cache
    return dy @ weight, dy.T @ x, dy.sum(axis=0)


# %% losses
def mse(prediction: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean squared error and its gradient.

    prediction, target: any shape, the same for both, for example (N, outputs) or (N,); floats or
        whole numbers
    Returns (loss, dprediction): the mean over all elements, N·outputs of them, and its gradient
    in the shape of prediction, float64. No input is changed.
    Raises ValueError if the shapes differ in any way, also where numpy would stretch one to the
    other: of (N, 1) and (N,) it would make (N, N).
    """
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {prediction.shape}, target {target.shape}")
    error = prediction - target
    return float(np.mean(error**2)), 2 * error / error.size


def mae(prediction: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean absolute error and its gradient.

    prediction, target: any shape, the same for both; floats or whole numbers
    Returns (loss, dprediction): the mean over all elements and its gradient in the shape of
    prediction. Where prediction equals target, at the kink, the slope counts as 0. No input is
    changed.
    Raises ValueError if the shapes differ in any way, as mse does.
    """
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {prediction.shape}, target {target.shape}")
    error = prediction - target
    return float(np.mean(np.abs(error))), np.sign(error) / error.size


def rmse(prediction: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Root mean squared error, in the units of the target, and its gradient.

    prediction, target: any shape, the same for both; floats or whole numbers
    Returns (loss, dprediction): the root of the mean over all elements and its gradient in the
    shape of prediction. If the loss is exactly 0 the gradient is all zeros; a loss that is only
    small has its own. No input is changed.
    Raises ValueError if the shapes differ in any way, as mse does.
    """
    if prediction.shape != target.shape:
        raise ValueError(f"prediction has shape {prediction.shape}, target {target.shape}")
    error = prediction - target
    loss = float(np.sqrt(np.mean(error**2)))
    return loss, error / (error.size * loss) if loss > 0 else np.zeros(error.shape)


def binary_cross_entropy(logits: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Binary cross-entropy from logits, in nats, and its gradient.

    logits: floats or whole numbers; the probability of class 1 is sigmoid(logits); any shape
    target: 0, 1 or a probability in between, same shape
    Returns (loss, dlogits): the mean over all elements and its gradient in the shape of logits.
    Both are exact and finite for logits of ±1000, without warnings. No input is changed.
    Raises ValueError if the shapes differ in any way, as mse does.
    """
    if logits.shape != target.shape:
        raise ValueError(f"logits have shape {logits.shape}, target {target.shape}")
    # -ln σ(z) = ln(1 + e⁻ᶻ) and -ln(1 - σ(z)) = ln(1 + eᶻ); logaddexp(0, z) is ln(1 + eᶻ)
    loss = np.mean(np.logaddexp(0, logits) - target * logits)
    probability = np.exp(-np.logaddexp(0, -logits))
    return float(loss), (probability - target) / logits.size


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Cross-entropy of a softmax over classes, in nats, and its gradient.

    logits: one row per sample, one column per class, shape (N, C)
    labels: the right class of each sample, integers 0 … C-1, shape (N,); a batch need not have
        all classes
    Returns (loss, dlogits): the mean over the batch and its gradient, shape (N, C).
    Adding a constant to a row of logits changes nothing, and logits of ±1000 are no problem. No
    input is changed.
    Raises ValueError if labels is of any other shape than (N,): (N, 1), shorter, longer.
    """
    if labels.shape != logits.shape[:1]:
        raise ValueError(f"labels must have shape {logits.shape[:1]}, not {labels.shape}")
    n = len(labels)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probability = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_probability)
    gradient[np.arange(n), labels] -= 1
    return float(-log_probability[np.arange(n), labels].mean()), gradient / n


# %% numerical_gradient
def numerical_gradient(
    f: Callable[[np.ndarray], float],
    x: np.ndarray,
    eps: float = 1e-5,
) -> np.ndarray:
    """The gradient of f at x by central differences, one element of x at a time.

    f: takes an array like x and returns one number
    x: any shape, a view such as w.T as well; integers are treated as floats
    eps: half the distance between the two points of a difference, in the units of x, the same
        for every element
    Returns ∂f/∂x, the shape of x, float64. x may be moved meanwhile, but has exactly its old
    values afterwards.
    """
    x = np.array(x, dtype=np.float64)  # a copy, so the caller's x stays as it is
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        x[index] = value + eps
        above = f(x)
        x[index] = value - eps
        below = f(x)
        x[index] = value
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """How far apart two arrays are, compared with how large they are.

    a, b: same shape
    Returns max|a - b| / (max|a| + max|b|), one number for the whole arrays: each maximum is that
    of its own array. A denominator below 1e-12 counts as 1e-12, so that two arrays of zeros give 0.
    """
    size = np.max(np.abs(a)) + np.max(np.abs(b))
    return float(np.max(np.abs(a - b)) / max(size, 1e-12))


# %% mlp
class MLP:
    """A multilayer perceptron: linear blocks with an activation between them."""

    def __init__(self, widths: list[int], activation: str = "relu", seed: int = 0) -> None:
        """Make the parameters.

        widths: [in, D1, …, DK, out], the number of values at each stage; two or more
        activation: "identity", "sigmoid", "tanh" or "relu", used after each layer but the last
        seed: the same seed gives the same network
        Start values are up to you, as long as the hidden units start different from each other
        and the network can learn: weights of about 0.01 or larger will do, but tiny ones let
        hardly any gradient through. Biases of different sizes put the joints in different places.
        Raises ValueError for fewer than two widths, [] included, or for any other text as
        activation ("ReLU", "", "mse"), with hidden layers or without.
        """
        functions = {
            "identity": (identity, identity_backward),
            "sigmoid": (sigmoid, sigmoid_backward),
            "tanh": (tanh, tanh_backward),
            "relu": (relu, relu_backward),
        }
        if len(widths) < 2:
            raise ValueError(f"a network needs an input and an output width, got {widths}")
        if activation not in functions:
            raise ValueError(f"unknown activation {activation!r}, choose from {list(functions)}")
        self.activate, self.activate_backward = functions[activation]
        rng = np.random.default_rng(seed)
        self.weights, self.biases = [], []
        for depth, width in enumerate(widths[1:]):
            bound = 1 / np.sqrt(widths[depth])  # keeps the sums about as large at every depth
            self.weights.append(rng.uniform(-bound, bound, (width, widths[depth])))
            self.biases.append(rng.uniform(-bound, bound, width))
        self.last_gradients: list[np.ndarray] = []

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The network's output for a batch, and a note of what `backward` will need.

        x: shape (N, in)
        Returns shape (N, out). There is no activation after the last layer.
        """
        self.steps = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            z, cache = linear_forward(x, weight, bias)
            self.steps.append((cache, z))
            x = self.activate(z)
        return z

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Walk back through the last `forward` and find the gradient of every parameter.

        dy: upstream gradient ∂loss/∂output, shape (N, out)
        Returns dx, shape (N, in). `gradients()` gives the rest; each call replaces the gradients
        of the call before. Uses the inputs and pre-activations that this network's `forward`
        stored, also if parameters have changed since, and runs no linear block forward again.
        (The activations' own backward functions may find f(z) once more.)
        """
        self.last_gradients = []
        for depth, (cache, z) in reversed(list(enumerate(self.steps))):
            if depth < len(self.steps) - 1:
                dy = self.activate_backward(dy, z)
            dy, dweight, dbias = linear_backward(dy, cache)
            self.last_gradients = [dweight, dbias, *self.last_gradients]
        return dy

    def parameters(self) -> list[np.ndarray]:
        """The parameter arrays themselves, [W1, b1, W2, b2, …] from input to output.

        W has shape (out, in) and b (out,) of its layer. Writing into an array of the list changes
        the network.
        """
        return [array for pair in zip(self.weights, self.biases, strict=True) for array in pair]

    def gradients(self) -> list[np.ndarray]:
        """The gradients of the last `backward`, in the order and shapes of `parameters()`.

        What it gives before the first `backward` is up to you.
        """
        return self.last_gradients

    def count_parameters(self) -> int:
        """The number of weights and biases together."""
        return sum(array.size for array in self.parameters())


# %% collapse
def collapse(weights: list[np.ndarray], biases: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """One affine map that does what L linear layers without activations do.

    weights: L arrays in the order in which the layers are applied, layer l of shape (out_l, in_l)
    biases: L arrays, layer l of shape (out_l,)
    There is one layer or more; some arrays may hold whole numbers and others floats.
    Returns (weight, bias) of shapes (out_L, in_1) and (out_L,), so that x Wᵀ + b is the output of
    the last layer for every x. No input is changed, neither the lists nor the arrays; of a single
    layer its own arrays may be returned.
    """
    weight = np.eye(weights[0].shape[1])
    bias = np.zeros(weights[0].shape[1])
    for w, b in zip(weights, biases, strict=True):
        weight, bias = w @ weight, w @ bias + b
    return weight, bias


# %% shallow_joints
def shallow_stages(
    x: np.ndarray,
    theta: np.ndarray,
    phi: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A 1-D-1 ReLU network, with every stage on the way.

    x: inputs, shape (N,)
    theta: row i is [θ_i0, θ_i1], bias and weight of hidden unit i, shape (D, 2)
    phi: [φ_0, φ_1, …, φ_D], output bias and one weight per hidden unit, shape (D + 1,)
    Each holds floats or whole numbers, and N and D may be equal.
    Returns (pre_activations, activations, weighted, y): three arrays of shape (N, D) and the
    output of shape (N,).
    """
    pre_activations = theta[:, 0] + x[:, None] * theta[:, 1]
    activations = np.maximum(pre_activations, 0)
    weighted = activations * phi[1:]
    return pre_activations, activations, weighted, phi[0] + weighted.sum(axis=1)


def shallow_joints(theta: np.ndarray) -> np.ndarray:
    """Where the output can bend: the x at which a hidden unit switches on or off.

    theta: shape (D, 2), as above
    Returns the joints in ascending order, shape (number of joints,). A unit with weight θ_i1 = 0
    never switches and has no joint; any other has one, with a small weight as well, and if two
    units have the same joint it is there twice.
    """
    bending = theta[theta[:, 1] != 0]
    return np.sort(-bending[:, 0] / bending[:, 1])


def shallow_slopes(theta: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """The slope dy/dx in each linear region, from left to right.

    theta, phi: shapes (D, 2) and (D + 1,), as above; no two joints coincide, but they may be close
        together or far away
    Returns one slope per region, shape (number of joints + 1,): without a joint, one region.
    """
    weight, phi = theta[:, 1], phi[1:]
    leftmost = np.sum(phi * np.minimum(weight, 0))  # far left, the units with θ_i1 < 0 are on
    bends = weight != 0
    order = np.argsort(-theta[bends, 0] / weight[bends])
    # at its joint a unit switches on (weight > 0) or off (weight < 0): both add φ_i·|θ_i1|
    changes = (phi * np.abs(weight))[bends][order]
    return leftmost + np.concatenate([[0.0], np.cumsum(changes)])


# %% sgd
def sgd_step(
    parameters: list[np.ndarray],
    gradients: list[np.ndarray],
    learning_rate: float,
) -> None:
    """One step of gradient descent, in place.

    parameters: list of arrays, changed in place; whoever else holds them sees the new values. An
        array may be a view, such as w.T
    gradients: their gradients, in the same order and shapes, of any size
    learning_rate: the step size η
    Returns nothing, and keeps nothing for the next step.
    """
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter -= learning_rate * gradient


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Cut a random order of n samples into batches.

    n: number of samples
    batch_size: samples per batch
    rng: where the randomness comes from; draw the order of 0 … n-1 from it, for example with
        rng.permutation
    Returns a list of index arrays. Each sample is in exactly one of them; all have batch_size
    elements, except the last one, which holds what is left, be it a single sample.
    """
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


def decayed_learning_rate(start: float, decay: float, epoch: int) -> float:
    """The learning rate of an epoch when each epoch multiplies it by `decay`.

    start: the learning rate of epoch 0
    decay: factor per epoch; 1 keeps the learning rate as it is
    epoch: counted from 0; there can be thousands
    Returns start · decay^epoch, one number, however small.
    """
    return start * decay**epoch


# %% fit_curve
def fit_curve(
    model: MLP,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    decay: float = 1.0,
    seed: int = 0,
) -> dict[str, list[float]]:
    """Train a network on (x, y) with mini-batch gradient descent on the mean squared error.

    model: an `MLP`, trained in place
    x, y: the data, shapes (N, in) and (N, out)
    epochs: how many times to go through all the data, in a new random order each time, whatever
        the loss does; 0 is no training
    batch_size: samples per step; the last batch of an epoch may be smaller and counts as well
    learning_rate, decay: epoch e uses decayed_learning_rate(learning_rate, decay, e)
    seed: of the generator that shuffles; one generator for the whole training, not one for each
        epoch, so that the same seed gives the same orders and each epoch a new one
    Returns the history, a dictionary of two lists of floats:
    "loss": the loss over all data before the first step, then after each epoch: epochs + 1 values
    "learning_rate": the one used in each epoch: epochs values
    The gradient of a batch is that of the mean over that batch. The model stays as the last step
    leaves it, also if it was better before.
    """
    rng = np.random.default_rng(seed)
    losses = [mse(model.forward(x), y)[0]]
    rates = []
    for epoch in range(epochs):
        rates.append(decayed_learning_rate(learning_rate, decay, epoch))
        for batch in minibatches(len(x), batch_size, rng):
            _, dy = mse(model.forward(x[batch]), y[batch])
            model.backward(dy)
            sgd_step(model.parameters(), model.gradients(), rates[-1])
        losses.append(mse(model.forward(x), y)[0])
    return {"loss": losses, "learning_rate": rates}


# %% lecture_errors
def count_weights(widths: list[int]) -> int:
    """The number of weights, without biases, between consecutive layers of the given widths.

    widths: neurons per layer, for example [400, 300, 200, 100]; a single layer has no weights
    """
    return int(np.dot(widths[:-1], widths[1:]))


def steps_per_epoch(n_samples: int, batch_size: int, drop_last: bool = False) -> int:
    """The number of gradient steps in one epoch.

    n_samples, batch_size: whole numbers, 1 or more
    drop_last: whether a last batch that is not full is left out; by default it counts
    """
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


def gradient_step(w: np.ndarray, gradient: np.ndarray, learning_rate: float) -> np.ndarray:
    """The weights after one step that makes the loss smaller.

    w, gradient: same shape, floats or whole numbers; gradient is ∂loss/∂w
    learning_rate: the step size, positive
    Returns a new array of the same shape; w is not changed.
    """
    return w - learning_rate * gradient


def count_deep_parameters(depth: int, width: int) -> int:
    """The number of weights and biases of `depth` layers, each from `width` to `width` values.

    That makes `depth` weight matrices, each with its biases.
    """
    return depth * (width * width + width)


def binary_loss(p: np.ndarray, y: np.ndarray) -> float:
    """Binary cross-entropy of probabilities, summed over the samples, in nats.

    p: predicted probabilities of class 1, strictly between 0 and 1 but perhaps very near to them,
        shape (N,)
    y: labels 0 or 1, shape (N,)
    Returns one float, never negative and not bounded. No input is changed.
    """
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def split_theta(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two columns of theta under their right names.

    theta: row i is [θ_i0, θ_i1]; hidden unit i computes θ_i0 + θ_i1·x; shape (D, 2)
    Returns (biases, weights), each of shape (D,).
    """
    return theta[:, 0], theta[:, 1]
