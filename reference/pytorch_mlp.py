"""The assignment `pytorch_mlp`: the same network in PyTorch, then real images.

Conventions: batch first, `x` is `(N, in)`; `weight` is `(out, in)` and `bias` `(out,)`, as in
`torch.nn.Linear`; a model returns logits and no probabilities; float32 in training. Each section is one
exercise and becomes its solution cell (see the package docstring).
"""

import copy
import math
import time
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.tensorboard import SummaryWriter

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]


# %% tensor_forward
def tensor_forward(x: torch.Tensor, parameters: list[torch.Tensor]) -> torch.Tensor:
    """The 2-3-3-1 network with ReLU, by tensor operations alone.

    x: a batch, shape (N, 2)
    parameters: [W1 (3, 2), b1 (3,), W2 (3, 3), b2 (3,), W3 (1, 3), b3 (1,)], of the dtype of x
    Returns the outputs, shape (N, 1), of the dtype of x and computed in it; there is no activation
    after the last layer. No input is changed, neither in its values nor in whether it requires
    gradients, nor is the list; and gradients flow through to x and to the parameters.
    """
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = torch.relu(torch.matmul(x, w1.T) + b1)
    h2 = torch.relu(torch.matmul(h1, w2.T) + b2)
    return torch.matmul(h2, w3.T) + b3


# %% module
class MLP(nn.Module):
    """A multilayer perceptron: linear layers with an activation between each two.

    widths: numbers of units [in, D1, ..., out], at least two
    activation: what stands between the layers: "identity", "sigmoid", "tanh" or "relu"
    Raises ValueError for another activation (names count as they are written here) or fewer than
    two widths, none included. `parameters()` gives W1 (D1, in), b1 (D1,), W2, b2, ... in this
    order, as linear layers have them. Hidden units start different from each other.
    """

    def __init__(self, widths: list[int], activation: str = "relu") -> None:
        """Build the layers."""
        super().__init__()
        activations = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if len(widths) < 2:
            raise ValueError(f"A network needs at least an input and an output width, not {widths}.")
        if activation not in activations:
            raise ValueError(f"There is no activation {activation!r}; there are {', '.join(activations)}.")
        layers: list[nn.Module] = [nn.Flatten()]
        for inputs, outputs in pairwise(widths):
            layers += [nn.Linear(inputs, outputs), activations[activation]()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits for a batch.

        x: shape (N, in), or images (N, 1, 28, 28): all that comes after the first axis is laid out
        flat; samples of another size than `in` are an error, of whatever kind
        Returns shape (N, out), with no activation after the last layer, in train and in eval mode.
        """
        return self.layers(x)  # type: ignore[no-any-return]


def count_parameters(model: nn.Module) -> int:
    """How many numbers the model, any model, can learn: all parameters that require gradients."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


# %% autograd_parity
def load_weights(model: nn.Module, arrays: list[np.ndarray]) -> None:
    """Copy numpy weights into the model, in place.

    arrays: [W1, b1, W2, b2, ...] in the order and with the shapes of model.parameters()
    The model keeps its parameter objects, their dtype and their device, and what required gradients
    still does. Changing the arrays later has no effect on the model. Raises ValueError if there are
    too many or too few, or one has another shape; what the model then holds does not matter.
    """
    parameters = list(model.parameters())
    if len(parameters) != len(arrays):
        raise ValueError(f"The model has {len(parameters)} parameters, but {len(arrays)} arrays were given.")
    for parameter, array in zip(parameters, arrays, strict=True):
        if tuple(parameter.shape) != np.shape(array):
            raise ValueError(
                f"An array of shape {np.shape(array)} does not fit a parameter of {tuple(parameter.shape)}."
            )
    with torch.no_grad():
        for parameter, array in zip(parameters, arrays, strict=True):
            parameter.copy_(torch.as_tensor(array))


def autograd_gradients(
    model: nn.Module, x: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Forward and backward by autograd, in the words of the numpy network.

    x: a batch, shape (N, in)
    dy: upstream gradient, one number for each output, shape (N, out)
    Returns (y, dx, gradients) as numpy arrays of the model's dtype: the outputs y (N, out), dx (N,
    in), and the gradient of each parameter in the order of model.parameters(). Nothing is left
    over: the parameters hold no gradients afterwards, the model is else as it was, and a later call
    changes nothing in these arrays.
    """
    parameters = list(model.parameters())
    first = parameters[0]
    inputs = torch.tensor(x, dtype=first.dtype, device=first.device, requires_grad=True)
    y = model(inputs)
    upstream = torch.as_tensor(dy, dtype=y.dtype, device=y.device)
    dx, *gradients = torch.autograd.grad(y, [inputs, *parameters], upstream)
    return y.detach().cpu().numpy(), dx.cpu().numpy(), [gradient.cpu().numpy() for gradient in gradients]


# %% data
def statistics(images: torch.Tensor) -> tuple[float, float]:
    """Mean and standard deviation of all pixels, scaled to 0…1.

    images: bytes 0…255, shape (N, 28, 28), uint8
    Returns (mean, std), two floats.
    """
    pixels = images.float() / 255
    return pixels.mean().item(), pixels.std().item()


def normalise(images: torch.Tensor, mean: float, std: float) -> torch.Tensor:
    """Images as the network wants them: (pixel / 255 − mean) / std.

    images: bytes 0…255, shape (N, 28, 28), uint8; they are not changed
    mean, std: of pixels scaled to 0…1
    Returns float32, shape (N, 1, 28, 28): the new axis is the single colour channel.
    """
    return ((images.float() / 255 - mean) / std).unsqueeze(1)


def split(n: int, n_validation: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Which samples to train on and which to keep for validation.

    n: number of samples; n_validation: how many of them are for validation, possibly 0
    Returns (train, validation): int64 indices of shapes (n - n_validation,) and (n_validation,),
    drawn at random one by one. No index is in both, and together they are all of 0…n-1. The same
    seed gives the same split, whichever generator it seeds.
    """
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[n_validation:], order[:n_validation]


def prepare(
    images: torch.Tensor, labels: torch.Tensor, n_validation: int, seed: int = 0
) -> dict[str, torch.Tensor | float]:
    """Split and normalise.

    images: bytes, shape (N, 28, 28), uint8; labels: shape (N,)
    Returns a dictionary: "train_images" and "validation_images" (normalised, float32, (.., 1, 28,
    28)), "train_labels" and "validation_labels" (int64), and the "mean" and "std" of the training
    part, which normalise both parts: the validation images stand for images never seen, so nothing
    may be learned from them, not even their mean. The parts are those of `split` with this seed.
    """
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    return {
        "train_images": normalise(images[train], mean, std),
        "train_labels": labels[train].long(),
        "validation_images": normalise(images[validation], mean, std),
        "validation_labels": labels[validation].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(
    images: torch.Tensor,
    labels: torch.Tensor,
    batch_size: int,
    generator: torch.Generator | None = None,
    drop_last: bool = False,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Cut the samples into batches.

    images: shape (N, ...); labels: shape (N,); neither is changed
    generator: if given, the samples come in a random order, drawn from it anew at each call (then,
    or when the loop begins); else in the order given
    drop_last: leave out the last batch if it has fewer than batch_size samples
    Returns something to loop over once that gives (images, labels) of batch_size samples each, but
    for the last batch, which has what is left.
    """
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    end = n - n % batch_size if drop_last else n
    for start in range(0, end, batch_size):
        chosen = order[start : start + batch_size]
        yield images[chosen], labels[chosen]


def steps_per_epoch(n_samples: int, batch_size: int, drop_last: bool = False) -> int:
    """How many batches an epoch has, with or without a last one that is smaller."""
    return n_samples // batch_size if drop_last else math.ceil(n_samples / batch_size)


# %% train_step
def train_step(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, optimizer: torch.optim.Optimizer
) -> tuple[float, int]:
    """One optimizer step on one batch.

    images: shape (N, ...); labels: classes, shape (N,); both are moved to where the model is
    optimizer: knows the model's parameters; gradients from before play no part
    Returns (loss, correct) of the batch before the step: the mean cross-entropy as a float, right
    and finite also where logits lie far apart, and how many samples were classified correctly (the
    largest logit is the right one) as an int. The step is the optimizer's own, along the whole
    gradient of the loss. The model's mode is left as it is.
    """
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.item(), int((logits.argmax(dim=1) == labels).sum())


# %% train_epoch
def train_epoch(model: nn.Module, batches: Batches, optimizer: torch.optim.Optimizer) -> tuple[float, float]:
    """One epoch: one step for each batch, in train mode, in which the model stays.

    batches: gives (images, labels); they need not be of equal size, and can be gone through once
    Returns (loss, accuracy): the mean loss over all samples, and the share 0…1 of samples
    classified correctly, each as its step found it; two floats, not rounded.
    """
    model.train()
    total, correct, seen = 0.0, 0, 0
    for images, labels in batches:
        loss, right = train_step(model, images, labels, optimizer)
        total += loss * len(labels)
        correct += right
        seen += len(labels)
    return total / seen, correct / seen


# %% evaluate
def evaluate(model: nn.Module, batches: Batches) -> tuple[float, float]:
    """How good the model is, without learning anything: in eval mode and without gradients.

    batches: gives (images, labels), once; they need not be of equal size, and are moved to where
    the model is
    Returns (loss, accuracy) over all samples as in `train_epoch`; the loss is right and finite also
    where logits lie far apart. Afterwards the model is in the mode (`model.training`) it was in
    before, and its parameters have neither changed nor begun or ceased to require gradients.
    """
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, seen = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            logits, targets = model(images.to(device)), labels.to(device)
            total += F.cross_entropy(logits, targets, reduction="sum").item()
            correct += int((logits.argmax(dim=1) == targets).sum())
            seen += len(targets)
    model.train(mode)
    return total / seen, correct / seen


# %% train_mnist
def train_mnist(
    model: nn.Module,
    data: dict[str, Any],
    epochs: int,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    decay: float = 1.0,
    seed: int = 0,
    log_dir: str | Path | None = None,
) -> dict[str, list[float]]:
    """Train the model in place with plain Adam, and write down how it went.

    data: as `prepare` gives it
    learning_rate, decay: epoch e, counted from 0, uses learning_rate · decay**e
    seed: of the one generator from which each epoch draws its new order of the training samples
    log_dir: where to write for TensorBoard, if anywhere: the tags "loss/train", "accuracy/train",
    "loss/validation", "accuracy/validation" and "learning_rate", at steps 1 to `epochs`
    Returns the history: lists of one float per epoch under "train_loss" and "train_accuracy" (what
    `train_epoch` gives), "validation_loss" and "validation_accuracy" (what `evaluate` gives after
    the epoch, for all validation images) and "learning_rate". The model keeps the weights of the
    last epoch, whether or not they are the best.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    tags = {
        "train_loss": "loss/train",
        "train_accuracy": "accuracy/train",
        "validation_loss": "loss/validation",
        "validation_accuracy": "accuracy/validation",
        "learning_rate": "learning_rate",
    }
    history: dict[str, list[float]] = {name: [] for name in tags}
    writer = None if log_dir is None else SummaryWriter(log_dir)
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train_loss, train_accuracy = train_epoch(model, batches, optimizer)
        unseen = minibatches(data["validation_images"], data["validation_labels"], 1000)
        validation_loss, validation_accuracy = evaluate(model, unseen)
        row = (train_loss, train_accuracy, validation_loss, validation_accuracy, rate)
        for (name, tag), value in zip(tags.items(), row, strict=True):
            history[name].append(value)
            if writer is not None:
                writer.add_scalar(tag, value, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model: nn.Module, batches: Batches, classes: int = 10) -> torch.Tensor:
    """Which classes the model takes for which.

    batches: gives (images, labels), which lie where the model is
    Returns counts, int64, shape (classes, classes): entry [i, j] is how many samples of class i
    were taken for class j. As in `evaluate`: eval mode, no gradients, and the mode restored.
    """
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    counts = torch.zeros(classes * classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1).cpu()
            counts += torch.bincount(labels.cpu() * classes + predicted, minlength=classes * classes)
    model.train(mode)
    return counts.reshape(classes, classes)


# %% device
def pick_device() -> torch.device:
    """The fastest device there is: CUDA (NVIDIA) before MPS (Apple) before the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def hardware_row(name: str, epoch_seconds: list[float], accuracy: float) -> tuple[str, str, str, str]:
    """A row of the lecture's hardware table.

    name: the machine's name; epoch_seconds: how long each epoch of the training took; accuracy:
    0…1
    Returns four texts, with numbers rounded to the nearest (halves either way): the name, the mean
    time of an epoch as "2.9 s", the whole training as "4 min 48 s" (59.7 s is "1 min 0 s", and an
    hour is "60 min 0 s"), and the accuracy as "95.35 %".
    """
    total = sum(epoch_seconds)
    minutes, seconds = divmod(round(total), 60)
    return name, f"{total / len(epoch_seconds):.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% batch_size
def sweep_batch_sizes(
    widths: list[int],
    data: dict[str, Any],
    batch_sizes: list[int],
    epochs: int = 1,
    learning_rate: float = 0.1,
    seed: int = 0,
) -> list[dict[str, float]]:
    """Train the same network with several batch sizes.

    data: as `prepare` gives it
    For each size a fresh MLP(widths), built right after torch.manual_seed(seed), learns with plain
    SGD on batches that are shuffled anew in each epoch, by any generator.
    Returns a dictionary for each size in the order given: "batch_size", "steps" (in one epoch),
    "seconds" (the mean time of an epoch's training, without evaluation) and "accuracy" (on the
    validation part, after the last epoch).
    """
    rows: list[dict[str, float]] = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        started = time.perf_counter()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        seconds = (time.perf_counter() - started) / epochs
        _, accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 1000))
        steps = steps_per_epoch(len(data["train_images"]), batch_size)
        rows.append({"batch_size": batch_size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows: list[dict[str, float]]) -> dict[str, bool]:
    """Which of the lecture's claims about the batch size the measurements support.

    rows: as `sweep_batch_sizes` gives them, in any order; no two have the same time or accuracy
    Returns "fewer_steps": of any two rows, the larger batch needs no more steps in an epoch;
    "fastest_128_256": the fastest row has batch size 128 or 256, and none between;
    "small_most_accurate": the most accurate row has a batch size of at most 8.
    """
    by_size = sorted(rows, key=lambda row: row["batch_size"])
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": all(a["steps"] >= b["steps"] for a, b in pairwise(by_size)),
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% capacity
def parameters_of(widths: list[int]) -> int:
    """How many weights and biases an MLP of these widths has, by formula: nothing is built."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


def equal_width(budget: int, depth: int, n_in: int = 784, n_out: int = 10) -> int:
    """The widest network of `depth` equal hidden layers that the budget allows.

    budget: how many parameters there may be at most, however large; depth: at least 1
    Returns the largest w for which n_in - w - ... - w - n_out, with `depth` times w, keeps to it.
    Raises ValueError if even w = 1 does not.
    """

    def cost(width: int) -> int:
        return parameters_of([n_in, *[width] * depth, n_out])

    if cost(1) > budget:
        raise ValueError(f"{depth} hidden layers of one unit need {cost(1)} parameters, more than {budget}.")
    width = 1
    while cost(width + 1) <= budget:
        width += 1
    return width


def compare_architectures(
    architectures: list[list[int]],
    data: dict[str, Any],
    epochs: int,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Train networks of several widths alike.

    architectures: a list of widths for each network; data: as `prepare` gives it
    Each is a fresh MLP, built right after torch.manual_seed(seed), and learns by `train_mnist` with
    the epochs, batch size, learning rate and seed given.
    Returns a dictionary for each in the order given: "widths", "parameters" (their number) and
    "accuracy" (on the validation part, after the last epoch, not the best of all).
    """
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% checkpoint
def save_checkpoint(model: nn.Module, path: str | Path) -> None:
    """Save the whole state_dict and nothing else; the model stays as it is.

    It can be any model. torch.load(path, weights_only=True) reads the file.
    """
    torch.save(model.state_dict(), path)


def load_checkpoint(path: str | Path, widths: list[int], activation: str = "relu") -> MLP:
    """An MLP of these widths with the saved weights, on the CPU and in eval mode."""
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return model.eval()


def predict(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """The class of each image.

    images: shape (N, ...), one or many, moved to where the model is
    Returns classes, int64, shape (N,), on any device. As in `evaluate`: eval mode, no gradients,
    and the mode restored.
    """
    mode = model.training
    model.eval()
    with torch.no_grad():
        classes: torch.Tensor = model(images.to(next(model.parameters()).device)).argmax(dim=1)
    model.train(mode)
    return classes


# %% memory
def weight_bytes(n_weights: int, bits: int = 32) -> int:
    """How many bytes so many weights take, at so many bits each; an int, as they fill whole bytes."""
    return n_weights * bits // 8


def quantise(weight: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Weights as whole numbers of 8 bits.

    weight: any shape, floats; it is not changed
    Returns (quantised, scale): int8 of the same shape, and the plain float for which weight ≈
    scale · quantised: the largest absolute value, however small, becomes 127 or −127, and each
    weight goes to the nearest whole number. The scale of zeros alone is 1.0.
    """
    scale = weight.abs().max().item() / 127 or 1.0
    return torch.round(weight.detach() / scale).to(torch.int8), scale


def dequantise(quantised: torch.Tensor, scale: float) -> torch.Tensor:
    """The weights back from whole numbers: scale · quantised, float32, same shape."""
    return quantised.float() * scale


def quantised_copy(model: nn.Module) -> nn.Module:
    """A copy whose every parameter went through int8 and back, frozen ones and zeros too.

    Each parameter has its own scale. Buffers are copied as they are, and the model stays as it is.
    """
    rounded = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in rounded.parameters():
            parameter.copy_(dequantise(*quantise(parameter)))
    return rounded
