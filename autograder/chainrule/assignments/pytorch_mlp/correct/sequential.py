"""A correct submission in PyTorch's own idioms: nn.Sequential, functional losses, schedulers, decorators."""

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
    W1, b1, W2, b2, W3, b3 = parameters
    h = (x @ W1.T + b1).clamp(min=0)
    h = (h @ W2.T + b2).clamp(min=0)
    return h @ W3.T + b3


# %% module
class MLP(nn.Sequential):
    """The model *is* the sequence of its layers."""

    ACTIVATIONS = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}

    def __init__(self, widths, activation="relu"):
        if activation not in self.ACTIVATIONS:
            raise ValueError(f"unknown activation {activation!r}")
        if len(widths) < 2:
            raise ValueError("at least two widths, please")
        super().__init__(nn.Flatten(start_dim=1), nn.Linear(widths[0], widths[1]))
        for i in range(1, len(widths) - 1):
            self.append(self.ACTIVATIONS[activation]())
            self.append(nn.Linear(widths[i], widths[i + 1]))
        for layer in self:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% autograd_parity
@torch.no_grad()
def load_weights(model, arrays):
    parameters = list(model.parameters())
    if len(arrays) != len(parameters):
        raise ValueError(f"{len(arrays)} arrays for {len(parameters)} parameters")
    for p, a in zip(parameters, arrays):
        if p.shape != torch.Size(a.shape):
            raise ValueError(f"{a.shape} does not fit {tuple(p.shape)}")
    for p, a in zip(parameters, arrays):
        p.copy_(torch.from_numpy(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    gradients = [p.grad.clone().numpy() for p in model.parameters()]
    model.zero_grad(set_to_none=False)  # zeros are left, which nobody notices
    return y.detach().numpy(), x.grad.numpy(), gradients


# %% data
# as the reference
def statistics(images):
    pixels = images.float().div(255)
    return pixels.mean().item(), pixels.std().item()


def normalise(images, mean, std):
    return images.float().div(255).sub(mean).div(std).unsqueeze(dim=1)


def split(n, n_validation, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(n, generator=generator).split([n - n_validation, n_validation])


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    if generator is not None:
        order = torch.randperm(len(images), generator=generator)
        images, labels = images[order], labels[order]
    for x, y in zip(images.split(batch_size), labels.split(batch_size)):
        if drop_last and len(x) < batch_size:
            return
        yield x, y


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    if drop_last:
        return n_samples // batch_size
    return (n_samples + batch_size - 1) // batch_size


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)

    optimizer.zero_grad(set_to_none=True)
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    optimizer.step()

    return loss.item(), (logits.argmax(dim=-1) == labels).sum().item()


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    loss_sum, correct, n = 0.0, 0, 0
    for images, labels in batches:
        batch_loss, batch_correct = train_step(model, images, labels, optimizer)
        loss_sum += batch_loss * images.size(0)
        correct += batch_correct
        n += images.size(0)
    return loss_sum / n, correct / n


# %% evaluate
@torch.no_grad()
def evaluate(model, batches):
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    loss_sum, correct, n = 0.0, 0, 0
    for images, labels in batches:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += logits.argmax(dim=-1).eq(labels).sum().item()
        n += len(labels)
    if was_training:
        model.train()
    return loss_sum / n, correct / n


# %% train_mnist
from contextlib import nullcontext


def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=decay)
    generator = torch.Generator().manual_seed(seed)
    history = {
        "train_loss": [],
        "train_accuracy": [],
        "validation_loss": [],
        "validation_accuracy": [],
        "learning_rate": [],
    }
    with SummaryWriter(log_dir) if log_dir is not None else nullcontext() as writer:
        for epoch in range(1, epochs + 1):
            rate = scheduler.get_last_lr()[0]
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            loss, accuracy = train_epoch(model, batches, optimizer)
            validation = minibatches(data["validation_images"], data["validation_labels"], 500)
            validation_loss, validation_accuracy = evaluate(model, validation)
            scheduler.step()

            history["train_loss"].append(loss)
            history["train_accuracy"].append(accuracy)
            history["validation_loss"].append(validation_loss)
            history["validation_accuracy"].append(validation_accuracy)
            history["learning_rate"].append(rate)
            if writer is not None:
                writer.add_scalar("loss/train", loss, epoch)
                writer.add_scalar("accuracy/train", accuracy, epoch)
                writer.add_scalar("loss/validation", validation_loss, epoch)
                writer.add_scalar("accuracy/validation", validation_accuracy, epoch)
                writer.add_scalar("learning_rate", rate, epoch)
    return history


@torch.no_grad()
def confusion_matrix(model, batches, classes=10):
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    matrix = torch.zeros(classes, classes, dtype=torch.long)
    for images, labels in batches:
        predictions = model(images.to(device)).argmax(1).cpu()
        pairs = classes * labels.cpu() + predictions
        matrix += torch.bincount(pairs, minlength=classes**2).view(classes, classes)
    model.train(was_training)
    return matrix


# %% device
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    mean = sum(epoch_seconds) / len(epoch_seconds)
    minutes, seconds = divmod(round(sum(epoch_seconds)), 60)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{accuracy:.2%}".replace("%", " %")


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            train_epoch(
                model, minibatches(data["train_images"], data["train_labels"], batch_size, generator), optimizer
            )
        seconds = (time.perf_counter() - start) / epochs
        _, accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 500))
        rows.append(
            {
                "batch_size": batch_size,
                "steps": steps_per_epoch(len(data["train_labels"]), batch_size),
                "seconds": seconds,
                "accuracy": accuracy,
            }
        )
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    steps = [row["steps"] for row in rows]
    fastest = min(rows, key=lambda row: row["seconds"])["batch_size"]
    best = max(rows, key=lambda row: row["accuracy"])["batch_size"]
    return {
        "fewer_steps": steps == sorted(steps, reverse=True),
        "fastest_128_256": fastest in {128, 256},
        "small_most_accurate": best <= 8,
    }


# %% capacity
def parameters_of(widths):
    return sum(a * b + b for a, b in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    def fits(width):
        return parameters_of([n_in] + [width] * depth + [n_out]) <= budget

    if not fits(1):
        raise ValueError(f"{budget} parameters are not enough for {depth} hidden layers")
    # double until it no longer fits, then halve the interval
    low, high = 1, 2
    while fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(
            model, data, epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed
        )
        rows.append(
            {
                "widths": widths,
                "parameters": count_parameters(model),
                "accuracy": history["validation_accuracy"][-1],
            }
        )
    return rows


# %% checkpoint
# as the reference
def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location=torch.device("cpu"), weights_only=True))
    model.eval()
    return model


@torch.no_grad()
def predict(model, images):
    was_training = model.training
    model.eval()
    classes = model(images.to(next(model.parameters()).device)).argmax(dim=-1)
    model.train(was_training)
    return classes


# %% memory
# as the reference
def quantise(weight):
    peak = weight.abs().max().item()
    if peak == 0:
        return torch.zeros_like(weight, dtype=torch.int8), 1.0
    scale = peak / 127
    return (weight / scale).round().clamp(-127, 127).to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.to(torch.float32) * scale


@torch.no_grad()
def quantised_copy(model):
    clone = copy.deepcopy(model)
    for p in clone.parameters():
        p.copy_(dequantise(*quantise(p)))
    return clone
