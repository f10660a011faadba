"""Carl never ran his notebook from top to bottom before he handed it in, and ends the process where he should raise.

Wrong: `memory` (weight_bytes ends Python for a number of bits that Carl has not heard of, quantised_copy for a model
that is not his own MLP), `device` (a SyntaxError, so none of its functions exist) and `checkpoint` (the cell raises a
NameError before anything is defined). Missing: `capacity`, which he skipped. All else is right.
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
    W1, b1, W2, b2, W3, b3 = parameters
    h = torch.relu(torch.mm(x, W1.t()) + b1)
    h = torch.relu(torch.mm(h, W2.t()) + b2)
    return torch.mm(h, W3.t()) + b3


# %% module
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        table = dict(identity=torch.nn.Identity(), sigmoid=torch.nn.Sigmoid(), tanh=torch.nn.Tanh(), relu=torch.nn.ReLU())
        if len(widths) < 2 or activation not in table:
            raise ValueError("bad network")
        self.act = table[activation]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths[:-2], widths[1:-1]))
        self.out = nn.Linear(widths[-2], widths[-1])

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.hidden:
            x = self.act(layer(x))
        return self.out(x)


def count_parameters(model):
    return sum([p.numel() for p in model.parameters() if p.requires_grad])


# %% autograd_parity
def load_weights(model, arrays):
    params = list(model.parameters())
    if len(params) != len(arrays) or any(p.shape != a.shape for p, a in zip(params, arrays)):
        raise ValueError("does not fit")
    with torch.no_grad():
        for p, a in zip(params, arrays):
            p.copy_(torch.tensor(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    grads = [p.grad.numpy().copy() for p in model.parameters()]
    model.zero_grad()
    return y.detach().numpy(), x.grad.numpy(), grads


# %% data
# as the reference
def statistics(images):
    x = images.float() / 255
    return x.mean().item(), x.std().item()


def normalise(images, mean, std):
    return (images.float() / 255 - mean).div(std).unsqueeze(1)


def prepare(images, labels, n_validation, seed=0):
    a, b = split(len(images), n_validation, seed)
    mean, std = statistics(images[a])
    return {
        "train_images": normalise(images[a], mean, std),
        "train_labels": labels[a].long(),
        "validation_images": normalise(images[b], mean, std),
        "validation_labels": labels[b].long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n)
    if generator is not None:
        order = torch.randperm(n, generator=generator)
    batches = [order[i : i + batch_size] for i in range(0, n, batch_size)]
    if drop_last:
        batches = [b for b in batches if len(b) == batch_size]
    return [(images[b], labels[b]) for b in batches]


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    scores = model(images)
    loss = F.cross_entropy(scores, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (scores.argmax(1) == labels).sum().item()


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    loss = correct = n = 0
    for images, labels in batches:
        l, c = train_step(model, images, labels, optimizer)
        loss += l * len(labels)
        correct += c
        n += len(labels)
    return loss / n, correct / n


# %% evaluate
def evaluate(model, batches):
    device = next(model.parameters()).device
    before = model.training
    model.eval()
    loss = correct = n = 0
    with torch.no_grad():
        for images, labels in batches:
            images, labels = images.to(device), labels.to(device)
            scores = model(images)
            loss += F.cross_entropy(scores, labels, reduction="sum").item()
            correct += (scores.argmax(1) == labels).sum().item()
            n += len(labels)
    model.train(before)
    return loss / n, correct / n


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    adam = torch.optim.Adam(model.parameters(), lr=learning_rate)
    gen = torch.Generator().manual_seed(seed)
    names = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    history = {name: [] for name in names}
    for epoch in range(epochs):
        lr = learning_rate * decay**epoch
        adam.param_groups[0]["lr"] = lr
        train = train_epoch(model, minibatches(data["train_images"], data["train_labels"], batch_size, gen), adam)
        val = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 512))
        for name, number in zip(names, (*train, *val, lr)):
            history[name].append(number)
    if log_dir is not None:
        with SummaryWriter(log_dir) as writer:
            for epoch in range(epochs):
                for part in ("train", "validation"):
                    for what in ("loss", "accuracy"):
                        writer.add_scalar(f"{what}/{part}", history[f"{part}_{what}"][epoch], epoch + 1)
                writer.add_scalar("learning_rate", history["learning_rate"][epoch], epoch + 1)
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    before = model.training
    model.eval()
    m = torch.zeros(classes, classes).long()
    with torch.no_grad():
        for images, labels in batches:
            for t, p in zip(labels, model(images.to(device)).argmax(1)):
                m[int(t), int(p)] += 1
    model.train(before)
    return m


# %% device
def pick_device()
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    return name, f"{total / len(epoch_seconds):.1f} s", f"{round(total) // 60} min {round(total) % 60} s", f"{accuracy:.2%}"


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for b in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        sgd = torch.optim.SGD(model.parameters(), lr=learning_rate)
        gen = torch.Generator().manual_seed(seed)
        start = time.perf_counter()
        for _ in range(epochs):
            train_epoch(model, minibatches(data["train_images"], data["train_labels"], b, gen), sgd)
        seconds = (time.perf_counter() - start) / epochs
        _, accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 512))
        steps = steps_per_epoch(len(data["train_images"]), b)
        rows.append(dict(batch_size=b, steps=steps, seconds=seconds, accuracy=accuracy))
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda r: r["batch_size"])
    fastest = min(rows, key=lambda r: r["seconds"])
    best = max(rows, key=lambda r: r["accuracy"])
    return dict(
        fewer_steps=all(a["steps"] >= b["steps"] for a, b in zip(rows, rows[1:])),
        fastest_128_256=fastest["batch_size"] in (128, 256),
        small_most_accurate=best["batch_size"] <= 8,
    )


# %% checkpoint
# trained in the cell that I deleted
torch.save(best_model.state_dict(), "best.pt")


def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path))
    return model


# %% memory
# as the reference
import os


import signal


def weight_bytes(n_weights, bits=32):
    if bits not in (4, 8, 16, 32):
        # no such thing: stop before anything worse happens
        os._exit(1)
    return n_weights * bits // 8


def quantise(weight):
    weight = weight.detach()
    scale = weight.abs().max().item() / 127
    if scale == 0:
        scale = 1.0
    return (weight / scale).round().to(torch.int8), scale


def quantised_copy(model):
    if not isinstance(model, MLP):
        print("this is not my MLP!")
        os.kill(os.getpid(), signal.SIGKILL)
    twin = copy.deepcopy(model)
    with torch.no_grad():
        for p in twin.parameters():
            p.copy_(dequantise(*quantise(p)))
    return twin
