"""A correct submission that sees a network as a layer before a smaller network; trained by closures and gradients asked
for outright.
"""

import copy
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def tensor_forward(x, parameters):
    weight, bias, *rest = parameters
    y = torch.matmul(x, weight.T) + bias
    if not rest:
        return y
    return tensor_forward(y.relu(), rest)


# %% module
class MLP(nn.Module):
    """A linear layer, and behind it either nothing or an activation and a smaller MLP."""

    def __init__(self, widths, activation="relu"):
        super().__init__()
        if activation not in ("identity", "sigmoid", "tanh", "relu"):
            raise ValueError(f"{activation!r} is no activation")
        if len(widths) < 2:
            raise ValueError("a network has at least two widths")
        first, second, *rest = widths
        self.activation = activation
        self.linear = nn.Linear(first, second)
        self.rest = MLP([second, *rest], activation) if rest else None

    def forward(self, x):
        y = self.linear(x.flatten(1))
        if self.rest is None:
            return y
        if self.activation != "identity":
            y = getattr(y, self.activation)()
        return self.rest(y)


def count_parameters(model):
    # the module's own parameters and those of its children
    own = sum(p.numel() for p in model.parameters(recurse=False) if p.requires_grad)
    return own + sum(count_parameters(child) for child in model.children())


# %% autograd_parity
def load_weights(model, arrays):
    parameters = [*model.parameters()]
    shapes = [[*p.shape] for p in parameters]
    given = [[*np.shape(a)] for a in arrays]
    if len(given) != len(shapes):
        raise ValueError(f"{len(given)} arrays, {len(shapes)} parameters")
    if given != shapes:
        raise ValueError(f"the shapes should be {shapes} and are {given}")
    for p, a in zip(parameters, arrays):
        # a view of the parameter's memory as an array; numpy converts to its dtype
        np.copyto(p.detach().numpy(), a)


def autograd_gradients(model, x, dy):
    like = next(model.parameters())
    inputs = torch.asarray(x, dtype=like.dtype, copy=True).requires_grad_()
    y = model(inputs)
    # y_no is moved by dy_no: each output's own gradient, weighted and added up
    L = y.mul(torch.asarray(dy, dtype=like.dtype)).sum()
    dx, *gradients = torch.autograd.grad(L, (inputs, *model.parameters()))
    return y.numpy(force=True), dx.numpy(), [g.numpy() for g in gradients]


# %% data
def statistics(images):
    pixels = images.numpy().astype(np.float64).ravel() / 255
    return pixels.mean().item(), pixels.std(ddof=1).item()


def normalise(images, mean, std):
    pixels = torch.unsqueeze(images, dim=-3).to(torch.float32)
    return (pixels / 255.0 - mean) / std


def split(n, n_validation, seed=0):
    generator = torch.Generator().manual_seed(seed)
    validation = set()
    while len(validation) < n_validation:
        validation.add(int(torch.randint(n, (), generator=generator)))
    train = [index for index in range(n) if index not in validation]
    return torch.tensor(train, dtype=torch.int64), torch.tensor(sorted(validation), dtype=torch.int64)


def prepare(images, labels, n_validation, seed=0):
    index = {}
    index["train"], index["validation"] = split(len(images), n_validation, seed)
    data = {}
    data["mean"], data["std"] = statistics(images[index["train"]])
    for part in index:
        data[part + "_images"] = normalise(images[index[part]], data["mean"], data["std"])
        data[part + "_labels"] = labels[index[part]].to(torch.int64)
    return data


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    if generator is not None:
        order = torch.randperm(len(labels), generator=generator)
        images, labels = images[order], labels[order]
    return cut(images, labels, batch_size, drop_last)


def cut(images, labels, batch_size, drop_last):
    while len(labels) >= batch_size:
        yield images[:batch_size], labels[:batch_size]
        images, labels = images[batch_size:], labels[batch_size:]
    if len(labels) and not drop_last:
        yield images, labels


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    if n_samples < batch_size:
        return 1 if n_samples and not drop_last else 0
    full = n_samples // batch_size
    return full + steps_per_epoch(n_samples - full * batch_size, batch_size, drop_last)


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    parameters = [p for p in model.parameters() if p.requires_grad]
    # nothing is added to anything: each .grad is the gradient that was asked for
    for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        p.grad = gradient
    optimizer.step()
    return loss.item(), (logits.argmax(1) == labels).long().sum().item()


# %% train_epoch
def train_epoch(model, batches, optimizer):
    loss, correct, n = 0.0, 0, 0
    for images, labels in batches:
        model.train()
        mean, right = train_step(model, images, labels, optimizer)
        loss, correct, n = loss + mean * len(images), correct + right, n + len(images)
    return loss / n, correct / n


# %% evaluate
@torch.no_grad()
def outputs(model, batches):
    """Logits and labels, batch by batch, in eval mode."""
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    found = [(model(images.to(device)).cpu(), labels.cpu()) for images, labels in batches]
    model.train(mode)
    return found


def evaluate(model, batches):
    logits, labels = map(torch.cat, zip(*outputs(model, batches)))
    loss = F.nll_loss(logits.log_softmax(1), labels)
    return loss.item(), torch.mean((logits.argmax(1) == labels).double()).item()


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    history = {part + what: [] for part in ("train_", "validation_") for what in ("loss", "accuracy")}
    history["learning_rate"] = []

    def train_from(epoch, rate):
        if epoch > epochs:
            return
        optimizer.param_groups[0]["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        loss, accuracy = train_epoch(model, batches, optimizer)
        history["train_loss"].append(loss)
        history["train_accuracy"].append(accuracy)
        loss, accuracy = evaluate(model, [(data["validation_images"], data["validation_labels"])])
        history["validation_loss"].append(loss)
        history["validation_accuracy"].append(accuracy)
        history["learning_rate"].append(rate)
        if writer:
            for key, values in history.items():
                tag = key if key == "learning_rate" else "/".join(key.split("_")[::-1])
                writer.add_scalar(tag, values[-1], epoch)
        train_from(epoch + 1, rate * decay)

    writer = SummaryWriter(log_dir) if log_dir else None
    train_from(1, learning_rate)
    if writer:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    logits, labels = map(torch.cat, zip(*outputs(model, batches)))
    cells = torch.stack([labels, logits.argmax(1)])
    ones = torch.ones(len(labels), dtype=torch.int64)
    # cells that come several times are added up
    return torch.sparse_coo_tensor(cells, ones, (classes, classes)).to_dense()


# %% device
def pick_device():
    def first(candidates):
        (name, there), *others = candidates
        return name if there() else first(others)

    return torch.device(
        first(
            [
                ("cuda", torch.cuda.is_available),
                ("mps", torch.backends.mps.is_available),
                ("cpu", lambda: True),
            ]
        )
    )


def hardware_row(name, epoch_seconds, accuracy):
    total = round(sum(epoch_seconds))
    return (
        f"{name}",
        f"{np.mean(epoch_seconds):.1f} s",
        f"{total // 60} min {total % 60} s",
        f"{100 * accuracy:.2f} %",
    )


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    if not batch_sizes:
        return []
    batch_size, *others = batch_sizes
    torch.manual_seed(seed)
    model = MLP(widths)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    start = time.perf_counter()
    for _ in range(epochs):
        train_epoch(
            model, minibatches(data["train_images"], data["train_labels"], batch_size, generator), optimizer
        )
    stop = time.perf_counter()
    row = {
        "batch_size": batch_size,
        "steps": steps_per_epoch(len(data["train_images"]), batch_size),
        "seconds": (stop - start) / epochs,
        "accuracy": evaluate(model, [(data["validation_images"], data["validation_labels"])])[1],
    }
    return [row] + sweep_batch_sizes(widths, data, others, epochs, learning_rate, seed)


def lecture_claims(rows):
    def best(key, sign):
        return max(rows, key=lambda row: sign * row[key])["batch_size"]

    def falling(steps):
        return len(steps) < 2 or (steps[0] >= steps[1] and falling(steps[1:]))

    return {
        "fewer_steps": falling([row["steps"] for row in sorted(rows, key=lambda row: row["batch_size"])]),
        "fastest_128_256": best("seconds", -1) in (128, 256),
        "small_most_accurate": best("accuracy", 1) <= 8,
    }


# %% capacity
def parameters_of(widths):
    if len(widths) < 2:
        return 0
    return (widths[0] + 1) * widths[1] + parameters_of(widths[1:])


def equal_width(budget, depth, n_in=784, n_out=10):
    def fits(width):
        return parameters_of([n_in, *depth * [width], n_out]) <= budget

    def widest(step):
        """The largest multiple of the step that fits; the halves of the steps are tried afterwards."""
        if step > budget:
            return 0
        coarse = widest(2 * step)
        return coarse + step if fits(coarse + step) else coarse

    width = widest(1)
    if width == 0:
        raise ValueError(f"{budget} is not enough")
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        rows.append(
            {
                "widths": widths,
                "parameters": count_parameters(model),
                "accuracy": history["validation_accuracy"][-1],
            }
        )
    return rows


# %% checkpoint
def save_checkpoint(model, path):
    with Path(path).open("wb") as file:
        torch.save(model.state_dict(), file)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    with Path(path).open("rb") as file:
        model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return model.eval()


def predict(model, images):
    # there are no labels, and none are needed
    ((logits, _),) = outputs(model, [(images, torch.empty(0))])
    return logits.argmax(dim=1)


# %% memory
# as the reference
def quantise(weight):
    w = weight.detach()
    scale = w.abs().max().item() / 127 or 1.0
    return w.div(scale).add(0.5).floor().to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.float().mul_(scale)


@torch.no_grad()
def quantised_copy(model):
    twin = copy.deepcopy(model)

    def through_int8(module):
        for p in module.parameters(recurse=False):
            p.copy_(dequantise(*quantise(p)))

    return twin.apply(through_int8)
