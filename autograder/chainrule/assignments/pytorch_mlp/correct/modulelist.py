"""A correct submission in small pieces: a ModuleList, dataclasses, context managers, NLLLoss, and numpy for counting."""

import copy
import math
import time
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def affine(x, weight, bias):
    return torch.matmul(weight, x.mT).mT + bias


def tensor_forward(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    first = torch.maximum(affine(x, w1, b1), torch.tensor(0, dtype=x.dtype))
    second = torch.maximum(affine(first, w2, b2), torch.tensor(0, dtype=x.dtype))
    return affine(second, w3, b3)


# %% module
def activation_function(name):
    functions = {
        "identity": lambda z: z,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": F.relu,
    }
    if name not in functions:
        raise ValueError("choose one of " + ", ".join(sorted(functions)))
    return functions[name]


class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        if len(widths) < 2:
            raise ValueError(f"two widths at least, not {len(widths)}")
        activation_function(activation)  # raises when there is none
        super().__init__()
        self.widths = list(widths)
        self.activation = activation
        self.layers = nn.ModuleList(self._make_layers())

    def _make_layers(self):
        for i, o in zip(self.widths[:-1], self.widths[1:]):
            layer = nn.Linear(i, o)
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            yield layer

    def forward(self, x):
        f = activation_function(self.activation)
        x = x.view(len(x), -1) if x.is_contiguous() else x.flatten(1)
        *hidden, output = self.layers
        for layer in hidden:
            x = f(layer(x))
        return output(x)


def count_parameters(model):
    return sum(math.prod(p.size()) for p in model.parameters() if p.requires_grad)


# %% autograd_parity
def check_fit(parameters, arrays):
    if len(parameters) != len(arrays):
        raise ValueError("wrong number of arrays")
    for number, (parameter, array) in enumerate(zip(parameters, arrays)):
        if parameter.detach().cpu().numpy().shape != array.shape:
            raise ValueError(f"array {number} has the wrong shape")


def load_weights(model, arrays):
    parameters = list(model.parameters())
    check_fit(parameters, arrays)
    for parameter, array in zip(parameters, arrays):
        parameter.data.copy_(torch.from_numpy(np.array(array)))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    twin = copy.deepcopy(model)  # gradients pile up in the twin, which is thrown away
    twin.zero_grad(set_to_none=True)
    x = torch.from_numpy(x.copy()).to(dtype).requires_grad_()
    y = twin(x)
    torch.autograd.backward(y, torch.from_numpy(dy.copy()).to(dtype))
    to_numpy = lambda tensor: tensor.detach().numpy()
    return to_numpy(y), to_numpy(x.grad), [to_numpy(p.grad) for p in twin.parameters()]


# %% data
def statistics(images):
    pixels = images.numpy() / 255.0
    return float(pixels.mean()), float(pixels.std())


def normalise(images, mean, std):
    pixels = (images.numpy() / 255.0 - mean) / std
    return torch.from_numpy(pixels.astype(np.float32)).reshape(-1, 1, 28, 28)


def split(n, n_validation, seed=0):
    order = np.random.default_rng(seed).permutation(n)
    return torch.from_numpy(order[: n - n_validation]), torch.from_numpy(order[n - n_validation :])


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    part = lambda chosen: (normalise(images[chosen], mean, std), labels[chosen].type(torch.LongTensor))
    train_images, train_labels = part(train)
    validation_images, validation_labels = part(validation)
    return {
        "train_images": train_images,
        "train_labels": train_labels,
        "validation_images": validation_images,
        "validation_labels": validation_labels,
        "mean": mean,
        "std": std,
    }


class MiniBatches:
    """Goes over the samples in batches; may be gone over again, in the same order."""

    def __init__(self, images, labels, batch_size, order):
        self.images, self.labels, self.batch_size, self.order = images, labels, batch_size, order

    def __len__(self):
        return math.ceil(len(self.order) / self.batch_size)

    def __iter__(self) -> Iterator:
        for chosen in torch.split(self.order, self.batch_size):
            if len(chosen):
                yield self.images[chosen], self.labels[chosen]


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    if drop_last:
        order = order[: n // batch_size * batch_size]
    return MiniBatches(images, labels, batch_size, order)


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    exact = n_samples / batch_size
    return math.floor(exact) if drop_last else math.ceil(exact)


# %% train_step
nll = nn.NLLLoss()


def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    optimizer.zero_grad(set_to_none=False)
    log_probabilities = F.log_softmax(model(images.to(device)), dim=1)
    loss = nll(log_probabilities, labels.to(device))
    loss.backward()
    optimizer.step()
    predicted = log_probabilities.detach().cpu().numpy().argmax(axis=1)
    correct = np.count_nonzero(predicted == labels.cpu().numpy())
    return loss.item(), int(correct)


# %% train_epoch
from dataclasses import dataclass


@dataclass
class Tally:
    """Sums over the samples seen so far."""

    loss: float = 0.0
    correct: int = 0
    samples: int = 0

    def add(self, mean_loss, correct, samples):
        self.loss += mean_loss * samples
        self.correct += correct
        self.samples += samples

    def result(self):
        return self.loss / self.samples, self.correct / self.samples


def train_epoch(model, batches, optimizer):
    model.train()
    tally = Tally()
    for images, labels in batches:
        tally.add(*train_step(model, images, labels, optimizer), len(images))
    return tally.result()


# %% evaluate
from contextlib import contextmanager


@contextmanager
def evaluating(model):
    """Eval mode and no gradients inside the block; the mode as it was after it."""
    mode = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield next(model.parameters()).device
    finally:
        model.train(mode)


def evaluate(model, batches):
    loss, correct, samples = 0.0, 0, 0
    with evaluating(model) as device:
        for images, labels in batches:
            log_probabilities = torch.log_softmax(model(images.to(device)), dim=1)
            loss += F.nll_loss(log_probabilities, labels.to(device), reduction="sum").item()
            correct += (log_probabilities.argmax(dim=1).cpu() == labels.cpu()).sum().item()
            samples += labels.numel()
    return loss / samples, correct / samples


# %% train_mnist
from dataclasses import asdict, dataclass, field


@dataclass
class History:
    train_loss: list = field(default_factory=list)
    train_accuracy: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    learning_rate: list = field(default_factory=list)

    TAGS = {
        "train_loss": "loss/train",
        "train_accuracy": "accuracy/train",
        "validation_loss": "loss/validation",
        "validation_accuracy": "accuracy/validation",
        "learning_rate": "learning_rate",
    }

    def log_last(self, writer):
        for name, values in asdict(self).items():
            writer.add_scalar(self.TAGS[name], values[-1], len(values))


def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    history = History()
    writer = SummaryWriter(log_dir=log_dir) if log_dir is not None else None
    for epoch in range(epochs):
        rate = learning_rate * math.pow(decay, epoch)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss, accuracy = train_epoch(
            model, minibatches(data["train_images"], data["train_labels"], batch_size, generator), optimizer
        )
        history.train_loss.append(loss)
        history.train_accuracy.append(accuracy)
        loss, accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], batch_size))
        history.validation_loss.append(loss)
        history.validation_accuracy.append(accuracy)
        history.learning_rate.append(rate)
        if writer:
            history.log_last(writer)
    if writer:
        writer.close()
    return asdict(history)


def confusion_matrix(model, batches, classes=10):
    counts = np.zeros((classes, classes), dtype=np.int64)
    with evaluating(model) as device:
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(dim=1)
            np.add.at(counts, (labels.cpu().numpy(), predicted.cpu().numpy()), 1)
    return torch.from_numpy(counts)


# %% device
def pick_device():
    for name, is_there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available())):
        if is_there:
            return torch.device(name)
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    mean = np.mean(epoch_seconds)
    total = round(math.fsum(epoch_seconds))
    return str(name), f"{mean:.1f} s", f"{total // 60:d} min {total % 60:d} s", f"{accuracy * 100:.2f} %"


# %% batch_size
@dataclass
class Row:
    batch_size: int
    steps: int
    seconds: float
    accuracy: float


class Stopwatch:
    def __enter__(self):
        self.start = time.monotonic()
        return self

    def __exit__(self, *exception):
        self.seconds = time.monotonic() - self.start


def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    n = len(data["train_images"])
    for size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed + size)
        with Stopwatch() as watch:
            for _ in range(epochs):
                batches = minibatches(data["train_images"], data["train_labels"], size, generator)
                train_epoch(model, batches, optimizer)
        accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 64))[1]
        rows.append(asdict(Row(size, steps_per_epoch(n, size), watch.seconds / epochs, accuracy)))
    return rows


def lecture_claims(rows):
    rows = [Row(**row) for row in rows]
    fastest = min(rows, key=lambda row: row.seconds)
    best = max(rows, key=lambda row: row.accuracy)
    pairs = [(a, b) for a in rows for b in rows if a.batch_size < b.batch_size]
    return {
        "fewer_steps": all(b.steps <= a.steps for a, b in pairs),
        "fastest_128_256": fastest.batch_size in [128, 256],
        "small_most_accurate": best.batch_size <= 8,
    }


# %% capacity
def parameters_of(widths):
    total = 0
    for position, width in enumerate(widths[1:]):
        total += width * (widths[position] + 1)
    return total


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in, *depth * [1], n_out]) > budget:
        raise ValueError("no width fits")
    width = 0
    step = 1 << 20  # from large steps to small ones
    while step:
        if parameters_of([n_in, *depth * [width + step], n_out]) <= budget:
            width += step
        else:
            step //= 2
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    def accuracy_of(widths):
        torch.manual_seed(seed)
        history = train_mnist(MLP(widths), data, epochs, batch_size, learning_rate, seed=seed)
        return history["validation_accuracy"][-1]

    return [
        {"widths": list(widths), "parameters": parameters_of(widths), "accuracy": accuracy_of(widths)}
        for widths in architectures
    ]


# %% checkpoint
def save_checkpoint(model, path):
    torch.save(obj=model.state_dict(), f=str(path))


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    state = torch.load(str(path), map_location=lambda storage, location: storage)
    model.load_state_dict(state, strict=True)
    for module in model.modules():
        module.eval()
    return model


def predict(model, images):
    with evaluating(model) as device:
        probabilities = torch.softmax(model(images.to(device)), dim=1)
        return probabilities.max(dim=1)[1]


# %% memory
def weight_bytes(n_weights, bits=32):
    bytes_, rest = divmod(n_weights * bits, 8)
    return bytes_ + (rest > 0)


LEVELS = 127


def quantise(weight):
    array = weight.detach().cpu().numpy().astype(np.float64)
    scale = np.abs(array).max() / LEVELS
    if scale == 0:
        scale = 1.0
    return torch.from_numpy(np.rint(array / scale).astype(np.int8)), float(scale)


def dequantise(quantised, scale):
    return (quantised.double() * scale).float()


def quantised_copy(model):
    result = copy.deepcopy(model)
    with torch.no_grad():
        for new, old in zip(result.parameters(), model.parameters()):
            quantised, scale = quantise(old)
            new[...] = dequantise(quantised, scale)
    return result
