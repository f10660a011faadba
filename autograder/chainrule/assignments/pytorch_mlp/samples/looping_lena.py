"""Lena counts with while loops, and one of them never ends.

Wrong: `train_epoch` (it asks the same batch again and again whether it was the last), and with it `train_mnist`, which
calls it, and the comparison in `capacity`, which calls that; her sweep in `batch_size` has a loop of its own and is
right, as is everything else.
"""

import copy
import math
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def tensor_forward(x, parameters):
    i = 0
    while i < len(parameters):
        if i > 0:
            x = torch.relu(x)
        x = x @ parameters[i].T + parameters[i + 1]
        i += 2
    return x


# %% module
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        if len(widths) < 2:
            raise ValueError("widths is too short")
        if activation == "identity":
            self.act = lambda z: z
        elif activation == "sigmoid":
            self.act = torch.sigmoid
        elif activation == "tanh":
            self.act = torch.tanh
        elif activation == "relu":
            self.act = torch.relu
        else:
            raise ValueError("activation must be identity, sigmoid, tanh or relu")
        self.layers = nn.ModuleList()
        i = 1
        while i < len(widths):
            self.layers.append(nn.Linear(widths[i - 1], widths[i]))
            i += 1

    def forward(self, x):
        x = torch.flatten(x, start_dim=1)
        i = 0
        while i < len(self.layers):
            if i > 0:
                x = self.act(x)
            x = self.layers[i](x)
            i += 1
        return x


def count_parameters(model):
    return sum([p.numel() for p in model.parameters() if p.requires_grad])


# %% autograd_parity
def load_weights(model, arrays):
    ps = list(model.parameters())
    if len(ps) != len(arrays):
        raise ValueError(f"{len(arrays)} arrays for {len(ps)} parameters")
    i = 0
    while i < len(ps):
        if list(ps[i].shape) != list(arrays[i].shape):
            raise ValueError(f"array {i} does not fit")
        i += 1
    with torch.no_grad():
        while i > 0:
            i -= 1
            ps[i].copy_(torch.tensor(arrays[i]))


def autograd_gradients(model, x, dy):
    ps = list(model.parameters())
    x = torch.tensor(x, dtype=ps[0].dtype, requires_grad=True)
    y = model(x)
    grads = torch.autograd.grad(y, [x] + ps, grad_outputs=torch.tensor(dy, dtype=ps[0].dtype))
    return y.detach().numpy(), grads[0].numpy(), [g.numpy() for g in grads[1:]]


# %% data
# as the reference
def statistics(images):
    x = images.float() / 255
    return x.mean().item(), x.std().item()


def normalise(images, mean, std):
    x = images.float() / 255
    return ((x - mean) / std)[:, None, :, :]


def split(n, n_validation, seed=0):
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[: n - n_validation], order[n - n_validation :]


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    order = torch.arange(len(images))
    if generator is not None:
        order = torch.randperm(len(images), generator=generator)
    batches = []
    at = 0
    while at < len(order):
        part = order[at : at + batch_size]
        if len(part) == batch_size or not drop_last:
            batches.append((images[part], labels[part]))
        at += batch_size
    return batches


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    steps = n_samples // batch_size
    if steps * batch_size < n_samples and not drop_last:
        steps += 1
    return steps


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    out = model(images)
    loss = F.cross_entropy(out, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (out.argmax(dim=1) == labels).sum().item()


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    total, correct, n = 0.0, 0, 0
    for images, labels in batches:
        done = False
        while not done:
            loss, c = train_step(model, images, labels, optimizer)
            total += loss * len(labels)
            correct += c
            n += len(labels)
            done = n == 0  # should be something else
    return total / n, correct / n


# %% evaluate
def evaluate(model, batches):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    total, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            out = model(images)
            total += F.cross_entropy(out, labels, reduction="sum").item()
            correct += (out.argmax(dim=1) == labels).sum().item()
            n += len(labels)
    model.train(mode)
    return total / n, correct / n


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    history = {
        "train_loss": [],
        "train_accuracy": [],
        "validation_loss": [],
        "validation_accuracy": [],
        "learning_rate": [],
    }
    while len(history["learning_rate"]) < epochs:
        rate = learning_rate * decay ** len(history["learning_rate"])
        optimizer.param_groups[0]["lr"] = rate
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        loss, accuracy = train_epoch(model, batches, optimizer)
        history["train_loss"].append(loss)
        history["train_accuracy"].append(accuracy)
        loss, accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 500))
        history["validation_loss"].append(loss)
        history["validation_accuracy"].append(accuracy)
        history["learning_rate"].append(rate)
    if log_dir is not None:
        writer = SummaryWriter(log_dir)
        step = 1
        while step <= epochs:
            writer.add_scalar("loss/train", history["train_loss"][step - 1], step)
            writer.add_scalar("accuracy/train", history["train_accuracy"][step - 1], step)
            writer.add_scalar("loss/validation", history["validation_loss"][step - 1], step)
            writer.add_scalar("accuracy/validation", history["validation_accuracy"][step - 1], step)
            writer.add_scalar("learning_rate", history["learning_rate"][step - 1], step)
            step += 1
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    mode = model.training
    model.eval()
    matrix = torch.zeros((classes, classes), dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            guess = model(images.to(device)).argmax(dim=1).tolist()
            true = labels.tolist()
            while true:
                matrix[true.pop(), guess.pop()] += 1
    model.train(mode)
    return matrix


# %% device
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    seconds = round(sum(epoch_seconds))
    minutes = 0
    while seconds >= 60:
        seconds -= 60
        minutes += 1
    mean = sum(epoch_seconds) / len(epoch_seconds)
    return name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:.2f} %"


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    while len(rows) < len(batch_sizes):
        size = batch_sizes[len(rows)]
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        epoch = 0
        while epoch < epochs:
            # without train_epoch, which takes very long on my laptop
            for images, labels in minibatches(data["train_images"], data["train_labels"], size, generator):
                train_step(model, images, labels, optimizer)
            epoch += 1
        seconds = (time.perf_counter() - start) / epochs
        loss, accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 500))
        steps = steps_per_epoch(len(data["train_images"]), size)
        rows.append({"batch_size": size, "steps": steps, "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fewer = True
    i = 1
    while i < len(rows):
        fewer = fewer and rows[i]["steps"] <= rows[i - 1]["steps"]
        i += 1
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": fewer,
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% capacity
def parameters_of(widths):
    total = 0
    i = 1
    while i < len(widths):
        total += widths[i - 1] * widths[i] + widths[i]
        i += 1
    return total


def equal_width(budget, depth, n_in=784, n_out=10):
    w = 0
    while parameters_of([n_in] + [w + 1] * depth + [n_out]) <= budget:
        w += 1
    if w == 0:
        raise ValueError("too little for one unit per layer")
    return w


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    while len(rows) < len(architectures):
        widths = architectures[len(rows)]
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        accuracy = history["validation_accuracy"][-1]
        rows.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return rows


# %% checkpoint
# as the reference
def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    model.eval()
    return model


def predict(model, images):
    mode = model.training
    model.eval()
    with torch.no_grad():
        out = model(images.to(next(model.parameters()).device))
    model.train(mode)
    return out.argmax(dim=1)


# %% memory
# as the reference
def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return torch.round(weight / scale).to(torch.int8), scale


def quantised_copy(model):
    new = copy.deepcopy(model)
    ps = list(new.parameters())
    with torch.no_grad():
        while ps:
            p = ps.pop()
            p.copy_(dequantise(*quantise(p)))
    return new
