"""Chloe follows the lecture carefully and makes the mistakes everybody makes.

Wrong: `autograd_parity` (load_weights puts new Parameter objects into the layers), `train_step` (the old gradients are
never cleared), `device` (minutes are split off before rounding, so 59.7 s is "0 min 60 s") and `checkpoint` (the
whole module is saved instead of its state_dict, and read back the same way).
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
    z1 = torch.matmul(x, W1.T) + b1
    h1 = torch.relu(z1)
    z2 = torch.matmul(h1, W2.T) + b2
    h2 = torch.relu(z2)
    y = torch.matmul(h2, W3.T) + b3
    return y


# %% module
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        if len(widths) < 2:
            raise ValueError("There must be at least two widths.")
        if activation == "identity":
            self.activation = nn.Identity()
        elif activation == "sigmoid":
            self.activation = nn.Sigmoid()
        elif activation == "tanh":
            self.activation = nn.Tanh()
        elif activation == "relu":
            self.activation = nn.ReLU()
        else:
            raise ValueError("Unknown activation: " + activation)
        self.layers = nn.ModuleList()
        for k in range(len(widths) - 1):
            self.layers.append(nn.Linear(widths[k], widths[k + 1]))

    def forward(self, x):
        x = x.view(x.size(0), -1)
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% autograd_parity
def load_weights(model, arrays):
    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    if len(arrays) != 2 * len(layers):
        raise ValueError("One weight and one bias for each layer, please.")
    for k, layer in enumerate(layers):
        W, b = arrays[2 * k], arrays[2 * k + 1]
        if W.shape != tuple(layer.weight.shape) or b.shape != tuple(layer.bias.shape):
            raise ValueError("The shapes of layer %d do not fit." % (k + 1))
    for k, layer in enumerate(layers):
        dtype = layer.weight.dtype
        layer.weight = nn.Parameter(torch.tensor(arrays[2 * k], dtype=dtype))
        layer.bias = nn.Parameter(torch.tensor(arrays[2 * k + 1], dtype=dtype))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    gradients = [p.grad.detach().clone().numpy() for p in model.parameters()]
    model.zero_grad()
    return y.detach().numpy(), x.grad.numpy(), gradients


# %% data
# as the reference
def statistics(images):
    scaled = images.float() / 255
    return scaled.mean().item(), scaled.std().item()


def normalise(images, mean, std):
    scaled = images.float() / 255
    return ((scaled - mean) / std).unsqueeze(1)


def split(n, n_validation, seed=0):
    generator = torch.Generator().manual_seed(seed)
    indices = torch.randperm(n, generator=generator)
    return indices[: n - n_validation], indices[n - n_validation :]


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    if generator is not None:
        indices = torch.randperm(n, generator=generator)
    else:
        indices = torch.arange(n)
    for start in range(0, n, batch_size):
        batch = indices[start : start + batch_size]
        if drop_last and len(batch) < batch_size:
            break
        yield images[batch], labels[batch]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    if drop_last:
        return math.floor(n_samples / batch_size)
    return math.ceil(n_samples / batch_size)


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images = images.to(device)
    labels = labels.to(device)
    # forward
    logits = model(images)
    loss = nn.CrossEntropyLoss()(logits, labels)
    # backward
    loss.backward()
    # update
    optimizer.step()
    correct = (logits.argmax(dim=1) == labels).sum().item()
    return loss.item(), correct


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    total_loss = 0.0
    total_correct = 0
    total = 0
    for images, labels in batches:
        loss, correct = train_step(model, images, labels, optimizer)
        total_loss += loss * len(images)
        total_correct += correct
        total += len(images)
    return total_loss / total, total_correct / total


# %% evaluate
def evaluate(model, batches):
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    total_loss = 0.0
    total_correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in batches:
            images = images.to(device)
            labels = labels.to(device)
            logits = model(images)
            total_loss += nn.CrossEntropyLoss()(logits, labels).item() * len(images)
            total_correct += (logits.argmax(dim=1) == labels).sum().item()
            total += len(images)
    model.train(was_training)
    return total_loss / total, total_correct / total


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)
    writer = None
    if log_dir is not None:
        writer = SummaryWriter(log_dir)
    history = {
        "train_loss": [],
        "train_accuracy": [],
        "validation_loss": [],
        "validation_accuracy": [],
        "learning_rate": [],
    }
    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        for group in optimizer.param_groups:
            group["lr"] = rate
        train = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        train_loss, train_accuracy = train_epoch(model, train, optimizer)
        validation = minibatches(data["validation_images"], data["validation_labels"], batch_size)
        validation_loss, validation_accuracy = evaluate(model, validation)
        history["train_loss"].append(train_loss)
        history["train_accuracy"].append(train_accuracy)
        history["validation_loss"].append(validation_loss)
        history["validation_accuracy"].append(validation_accuracy)
        history["learning_rate"].append(rate)
        if writer is not None:
            writer.add_scalar("loss/train", train_loss, epoch + 1)
            writer.add_scalar("accuracy/train", train_accuracy, epoch + 1)
            writer.add_scalar("loss/validation", validation_loss, epoch + 1)
            writer.add_scalar("accuracy/validation", validation_accuracy, epoch + 1)
            writer.add_scalar("learning_rate", rate, epoch + 1)
    if writer is not None:
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            predictions = model(images.to(device)).argmax(dim=1)
            for i in range(len(labels)):
                matrix[labels[i].item(), predictions[i].item()] += 1
    model.train(was_training)
    return matrix


# %% device
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    elif torch.backends.mps.is_available():
        return torch.device("mps")
    else:
        return torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    mean = total / len(epoch_seconds)
    minutes = int(total // 60)
    seconds = round(total % 60)
    return (name, f"{mean:.1f} s", f"{minutes} min {seconds} s", f"{accuracy * 100:.2f} %")


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        start = time.time()
        for epoch in range(epochs):
            train = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, train, optimizer)
        end = time.time()
        validation = minibatches(data["validation_images"], data["validation_labels"], 128)
        loss, accuracy = evaluate(model, validation)
        rows.append(
            {
                "batch_size": batch_size,
                "steps": steps_per_epoch(len(data["train_images"]), batch_size),
                "seconds": (end - start) / epochs,
                "accuracy": accuracy,
            }
        )
    return rows


def lecture_claims(rows):
    rows = sorted(rows, key=lambda row: row["batch_size"])
    fewer = True
    for k in range(len(rows) - 1):
        if rows[k + 1]["steps"] > rows[k]["steps"]:
            fewer = False
    fastest = min(rows, key=lambda row: row["seconds"])
    best = max(rows, key=lambda row: row["accuracy"])
    return {
        "fewer_steps": fewer,
        "fastest_128_256": fastest["batch_size"] == 128 or fastest["batch_size"] == 256,
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% capacity
def parameters_of(widths):
    return sum(widths[k] * widths[k + 1] + widths[k + 1] for k in range(len(widths) - 1))


def equal_width(budget, depth, n_in=784, n_out=10):
    w = 1
    if parameters_of([n_in] + [w] * depth + [n_out]) > budget:
        raise ValueError("The budget is too small.")
    while parameters_of([n_in] + [w + 1] * depth + [n_out]) <= budget:
        w += 1
    return w


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        rows.append(
            {
                "widths": widths,
                "parameters": parameters_of(widths),
                "accuracy": history["validation_accuracy"][-1],
            }
        )
    return rows


# %% checkpoint
def save_checkpoint(model, path):
    torch.save(model, path)


def load_checkpoint(path, widths, activation="relu"):
    model = torch.load(path, map_location="cpu", weights_only=False)
    model.eval()
    return model


def predict(model, images):
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    with torch.no_grad():
        classes = model(images.to(device)).argmax(dim=1)
    model.train(was_training)
    return classes


# %% memory
# as the reference
def quantise(weight):
    largest = weight.detach().abs().max().item()
    if largest == 0:
        scale = 1.0
    else:
        scale = largest / 127
    quantised = torch.round(weight.detach() / scale).to(torch.int8)
    return quantised, scale


def dequantise(quantised, scale):
    return quantised.to(torch.float32) * scale


def quantised_copy(model):
    model_copy = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in model_copy.parameters():
            quantised, scale = quantise(parameter)
            parameter.copy_(dequantise(quantised, scale))
    return model_copy
