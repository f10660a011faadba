"""Aino programs for a living, has met PyTorch only at work meetings, and writes everything out so that she believes it.

Everything she hands in is right, in a style far from the reference: one Linear at a time, small classes, cross-entropy
from its definition, and counting by hand.
"""

import copy
import math
import time

import numpy as np
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def one_layer(x, weight, bias):
    # x is (N, in), weight is (out, in): turn the weight around so that the "in" meet in the middle
    return torch.matmul(x, weight.transpose(0, 1)) + bias


def only_positive(z):
    # ReLU by hand: multiply by 1 where z > 0 and by 0 elsewhere
    is_on = (z > 0).to(z.dtype)
    return z * is_on


def tensor_forward(x, parameters):
    W1, b1, W2, b2, W3, b3 = parameters
    first = only_positive(one_layer(x, W1, b1))
    second = only_positive(one_layer(first, W2, b2))
    return one_layer(second, W3, b3)  # nothing after the last one


# %% module
class MLP(nn.Module):
    known = ("identity", "sigmoid", "tanh", "relu")

    def __init__(self, widths, activation="relu"):
        if activation not in self.known:
            raise ValueError("I do not know the activation %r, only %s" % (activation, ", ".join(self.known)))
        if len(widths) < 2:
            raise ValueError("a network needs at least an input width and an output width")
        super().__init__()
        self.activation = activation
        self.how_many = len(widths) - 1
        for number in range(self.how_many):
            # setattr and not a plain list: PyTorch only finds layers that are attributes
            setattr(self, "linear%d" % number, nn.Linear(widths[number], widths[number + 1]))

    def bend(self, z):
        if self.activation == "sigmoid":
            return 1.0 / (1.0 + torch.exp(-z))
        if self.activation == "tanh":
            return torch.tanh(z)
        if self.activation == "relu":
            return torch.clamp(z, min=0.0)
        return z

    def forward(self, x):
        # (N, 1, 28, 28) -> (N, 784); (N, 784) stays what it is
        x = x.reshape(x.shape[0], -1)
        for number in range(self.how_many):
            if number > 0:
                x = self.bend(x)
            linear = getattr(self, "linear%d" % number)
            x = linear(x)
        return x


def count_parameters(model):
    total = 0
    for parameter in model.parameters():
        if parameter.requires_grad:
            total += parameter.numel()
    return total


# %% autograd_parity
def load_weights(model, arrays):
    parameters = list(model.parameters())
    if len(arrays) != len(parameters):
        raise ValueError("the model has %d parameters, you gave me %d arrays" % (len(parameters), len(arrays)))
    # first look at all of them, then write: nothing half loaded
    for number, parameter in enumerate(parameters):
        if tuple(parameter.shape) != tuple(arrays[number].shape):
            raise ValueError(
                "array %d has shape %s and should have %s" % (number, arrays[number].shape, tuple(parameter.shape))
            )
    with torch.no_grad():
        for number, parameter in enumerate(parameters):
            # torch.tensor copies, torch.from_numpy would not
            parameter[:] = torch.tensor(arrays[number]).to(parameter.dtype)


def autograd_gradients(model, x, dy):
    parameters = list(model.parameters())
    dtype = parameters[0].dtype
    x_tensor = torch.tensor(x).to(dtype)
    dy_tensor = torch.tensor(dy).to(dtype)
    x_tensor.requires_grad = True

    # What was there before must not be added to what comes now.
    for parameter in parameters:
        parameter.grad = None
    y = model(x_tensor)
    y.backward(gradient=dy_tensor)

    gradients = []
    for parameter in parameters:
        gradients.append(parameter.grad.numpy().copy())
        parameter.grad = None  # nothing is left over
    return y.detach().numpy(), x_tensor.grad.numpy().copy(), gradients


# %% data
def zero_to_one(images):
    return images.to(torch.float32) / 255.0


def statistics(images):
    pixels = zero_to_one(images).to(torch.float64)
    mean = pixels.sum() / pixels.numel()
    variance = ((pixels - mean) ** 2).sum() / pixels.numel()
    return mean.item(), math.sqrt(variance.item())


def normalise(images, mean, std):
    pixels = zero_to_one(images)
    pixels = (pixels - mean) / std
    # one colour channel
    return pixels.reshape(len(images), 1, 28, 28)


def split(n, n_validation, seed=0):
    # like shuffling a deck of cards and cutting it once
    generator = torch.Generator()
    generator.manual_seed(seed)
    deck = torch.randperm(n, generator=generator)
    validation = deck[:n_validation]
    train = deck[n_validation:]
    return train, validation


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])  # not of `images`! validation stands for the unknown
    result = {"mean": mean, "std": std}
    for name, chosen in [("train", train), ("validation", validation)]:
        result[name + "_images"] = normalise(images[chosen], mean, std)
        result[name + "_labels"] = labels[chosen].to(torch.int64)
    return result


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    if generator is None:
        order = torch.arange(n)
    else:
        order = torch.randperm(n, generator=generator)

    batches = []
    for start in range(0, n, batch_size):
        chosen = order[start : start + batch_size]
        too_small = len(chosen) < batch_size
        if too_small and drop_last:
            continue
        batches.append((images[chosen], labels[chosen]))
    return batches


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    full = n_samples // batch_size
    something_left = n_samples % batch_size > 0
    if something_left and not drop_last:
        return full + 1
    return full


# %% train_step
def where_is(model):
    for parameter in model.parameters():
        return parameter.device


def losses_of(logits, labels):
    """-ln p(right class) for each sample: log-sum-exp minus the right logit."""
    right = logits.gather(1, labels.reshape(-1, 1)).reshape(-1)
    return torch.logsumexp(logits, dim=1) - right


def how_many_right(logits, labels):
    return int((torch.argmax(logits, dim=1) == labels).sum().item())


def train_step(model, images, labels, optimizer):
    device = where_is(model)
    images = images.to(device)
    labels = labels.to(device)

    # the five steps from the lecture
    optimizer.zero_grad()
    logits = model(images)
    loss = losses_of(logits, labels).mean()
    loss.backward()
    optimizer.step()

    return float(loss.item()), how_many_right(logits, labels)


# %% train_epoch
class Score:
    """Collects the results of batches of different sizes."""

    def __init__(self):
        self.sum_of_losses = 0.0
        self.right = 0
        self.seen = 0

    def add(self, sum_of_losses, right, seen):
        self.sum_of_losses += sum_of_losses
        self.right += right
        self.seen += seen

    def loss_and_accuracy(self):
        return self.sum_of_losses / self.seen, self.right / self.seen


def train_epoch(model, batches, optimizer):
    model.train()
    score = Score()
    for images, labels in batches:
        mean_loss, right = train_step(model, images, labels, optimizer)
        score.add(mean_loss * len(labels), right, len(labels))
    return score.loss_and_accuracy()


# %% evaluate
def evaluate(model, batches):
    was_training = model.training
    device = where_is(model)
    model.eval()
    score = Score()
    with torch.no_grad():
        for images, labels in batches:
            labels = labels.to(device)
            logits = model(images.to(device))
            score.add(losses_of(logits, labels).sum().item(), how_many_right(logits, labels), len(labels))
    model.train(was_training)
    return score.loss_and_accuracy()


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator()
    generator.manual_seed(seed)
    validation = minibatches(data["validation_images"], data["validation_labels"], 250)

    history = {}
    for key in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"):
        history[key] = []

    for epoch in range(epochs):
        rate = learning_rate * decay**epoch
        optimizer.param_groups[0]["lr"] = rate

        # called again in every epoch, so shuffled again in every epoch
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        loss, accuracy = train_epoch(model, batches, optimizer)
        history["train_loss"].append(loss)
        history["train_accuracy"].append(accuracy)

        loss, accuracy = evaluate(model, validation)
        history["validation_loss"].append(loss)
        history["validation_accuracy"].append(accuracy)
        history["learning_rate"].append(rate)

    if log_dir is not None:
        write_down(history, log_dir)
    return history


def write_down(history, log_dir):
    writer = SummaryWriter(log_dir)
    for index in range(len(history["learning_rate"])):
        step = index + 1
        writer.add_scalar("loss/train", history["train_loss"][index], step)
        writer.add_scalar("accuracy/train", history["train_accuracy"][index], step)
        writer.add_scalar("loss/validation", history["validation_loss"][index], step)
        writer.add_scalar("accuracy/validation", history["validation_accuracy"][index], step)
        writer.add_scalar("learning_rate", history["learning_rate"][index], step)
    writer.close()


def confusion_matrix(model, batches, classes=10):
    was_training = model.training
    device = where_is(model)
    model.eval()
    counts = torch.zeros((classes, classes), dtype=torch.int64)
    with torch.no_grad():
        for images, labels in batches:
            guesses = torch.argmax(model(images.to(device)), dim=1)
            for label, guess in zip(labels.tolist(), guesses.tolist()):
                counts[label, guess] += 1
    model.train(was_training)
    return counts


# %% device
def pick_device():
    if torch.cuda.is_available():
        kind = "cuda"
    elif torch.backends.mps.is_available():
        kind = "mps"
    else:
        kind = "cpu"
    return torch.device(kind)


def hardware_row(name, epoch_seconds, accuracy):
    total = 0.0
    for seconds in epoch_seconds:
        total += seconds
    mean = total / len(epoch_seconds)
    # round first, split then: otherwise 59.7 s turns into "0 min 60 s"
    whole = round(total)
    minutes = whole // 60
    seconds = whole - 60 * minutes
    return name, "%.1f s" % mean, "%d min %d s" % (minutes, seconds), "%.2f %%" % (accuracy * 100)


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for batch_size in batch_sizes:
        # everything new for each size, or the comparison is not fair
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator()
        generator.manual_seed(seed)

        seconds = 0.0
        for epoch in range(epochs):
            started = time.perf_counter()
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
            seconds += time.perf_counter() - started

        validation = minibatches(data["validation_images"], data["validation_labels"], 250)
        loss, accuracy = evaluate(model, validation)
        rows.append(
            {
                "batch_size": batch_size,
                "steps": steps_per_epoch(len(data["train_images"]), batch_size),
                "seconds": seconds / epochs,
                "accuracy": accuracy,
            }
        )
    return rows


def lecture_claims(rows):
    by_size = sorted(rows, key=lambda row: row["batch_size"])
    never_more = True
    for smaller, larger in zip(by_size[:-1], by_size[1:]):
        if larger["steps"] > smaller["steps"]:
            never_more = False

    fastest = by_size[0]
    best = by_size[0]
    for row in by_size[1:]:
        if row["seconds"] < fastest["seconds"]:
            fastest = row
        if row["accuracy"] > best["accuracy"]:
            best = row

    return {
        "fewer_steps": never_more,
        "fastest_128_256": fastest["batch_size"] in (128, 256),
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% capacity
def parameters_of(widths):
    total = 0
    for left, right in zip(widths[:-1], widths[1:]):
        total += left * right  # every unit on the left is connected to every unit on the right
        total += right  # and each unit on the right has a bias
    return total


def equal_width(budget, depth, n_in=784, n_out=10):
    def price(width):
        return parameters_of([n_in] + depth * [width] + [n_out])

    if price(1) > budget:
        raise ValueError("not even one unit per layer: that needs %d parameters" % price(1))
    width = 1
    while price(width + 1) <= budget:
        width += 1
    return width


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed)
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
    state = model.state_dict()
    torch.save(state, path)


def load_checkpoint(path, widths, activation="relu"):
    # wherever it was saved, it comes to the CPU
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = MLP(widths, activation)
    model.load_state_dict(state)
    model.eval()
    return model


def predict(model, images):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = model(images.to(where_is(model)))
    model.train(was_training)
    return torch.argmax(logits, dim=1)


# %% memory
# as the reference
def quantise(weight):
    weight = weight.detach()
    largest = weight.abs().max().item()
    if largest == 0:
        scale = 1.0
    else:
        scale = largest / 127
    steps = torch.round(weight / scale)
    return steps.to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.to(torch.float32) * scale


def quantised_copy(model):
    other = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in other.parameters():
            steps, scale = quantise(parameter)
            parameter[:] = dequantise(steps, scale)
    return other
