"""A correct submission by somebody who thinks in pure functions: F.linear on bare parameters, torch.func for gradients."""

import copy
import time
from functools import partial, reduce
from itertools import count, pairwise, takewhile

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
from functools import reduce


def tensor_forward(x, parameters):
    pairs = list(zip(parameters[0::2], parameters[1::2]))

    def hidden(values, pair):
        return F.relu(F.linear(values, *pair))

    return F.linear(reduce(hidden, pairs[:-1], x), *pairs[-1])


# %% module
# Pure functions of a number; the network looks its own up by name.
ACTIVATION = {
    "identity": torch.clone,
    "sigmoid": lambda z: 1 / (1 + torch.exp(-z)),
    "tanh": F.tanh,
    "relu": F.relu,
}


def uniform(shape, bound):
    """Numbers between -bound and bound."""
    return bound * (2 * torch.rand(shape) - 1)


def mlp_forward(x, parameters, activation):
    """The network as a function of its input and of a flat list of parameters."""
    *first, (weight, bias) = zip(parameters[0::2], parameters[1::2])
    values = x.flatten(start_dim=1)
    for w, b in first:
        values = activation(F.linear(values, w, b))
    return F.linear(values, weight, bias)


class MLP(nn.Module):
    """A thin shell around `mlp_forward`."""

    def __init__(self, widths, activation="relu"):
        super().__init__()
        if len(widths) < 2 or activation not in ACTIVATION:
            raise ValueError(f"no network for widths={widths}, activation={activation!r}")
        self.activation = activation
        for k, (fan_in, fan_out) in enumerate(zip(widths, widths[1:]), start=1):
            bound = (6 / fan_in) ** 0.5 if activation == "relu" else (3 / fan_in) ** 0.5
            setattr(self, f"W{k}", nn.Parameter(uniform((fan_out, fan_in), bound)))
            setattr(self, f"b{k}", nn.Parameter(torch.zeros(fan_out)))

    def forward(self, x):
        return mlp_forward(x, list(self.parameters()), ACTIVATION[self.activation])


def count_parameters(model):
    return sum(map(torch.numel, filter(lambda p: p.requires_grad, model.parameters())))


# %% autograd_parity
def load_weights(model, arrays):
    want = [tuple(p.shape) for p in model.parameters()]
    got = [tuple(np.shape(a)) for a in arrays]
    if want != got:
        raise ValueError(f"shapes {got} instead of {want}")
    parameters = list(model.parameters())
    flat = torch.cat([torch.tensor(a, dtype=parameters[0].dtype).reshape(-1) for a in arrays])
    # vector_to_parameters cuts the long vector up again and puts the pieces into the parameters
    nn.utils.vector_to_parameters(flat.to(parameters[0].device), parameters)


def autograd_gradients(model, x, dy):
    names = [name for name, _ in model.named_parameters()]
    values = tuple(p.detach() for p in model.parameters())
    like = values[0]

    def f(inputs, *weights):
        return torch.func.functional_call(model, dict(zip(names, weights)), inputs)

    point = (torch.tensor(x).to(like), *values)
    y, (dx, *gradients) = torch.autograd.functional.vjp(f, point, torch.tensor(dy).to(like))
    return y.detach().numpy(), dx.numpy(), [g.numpy() for g in gradients]


# %% data
scaled = lambda images: images.to(torch.float32) / 255


def statistics(images):
    # E[x²] - E[x]², in double precision
    pixels = scaled(images).double()
    mean = torch.mean(pixels)
    variance = torch.mean(torch.square(pixels)) - torch.square(mean)
    return float(mean), float(torch.sqrt(variance))


def normalise(images, mean, std):
    return torch.unsqueeze(scaled(images).sub(mean).mul(1 / std), 1)


def split(n, n_validation, seed=0):
    generator = torch.Generator()
    generator.manual_seed(seed)
    # n draws without putting back: a permutation
    order = torch.multinomial(torch.ones(n), n, replacement=False, generator=generator)
    return torch.tensor_split(order, [n - n_validation])


def prepare(images, labels, n_validation, seed=0):
    parts = dict(zip(("train", "validation"), split(images.size(0), n_validation, seed)))
    mean, std = statistics(images[parts["train"]])
    ready = partial(normalise, mean=mean, std=std)
    return (
        {f"{part}_images": ready(images[index]) for part, index in parts.items()}
        | {f"{part}_labels": labels[index].to(torch.long) for part, index in parts.items()}
        | {"mean": mean, "std": std}
    )


from functools import partial


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = images.size(0)
    stop = steps_per_epoch(n, batch_size, drop_last) * batch_size
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    indices = filter(len, order[:stop].split(batch_size))
    return map(lambda index: (images[index], labels[index]), indices)


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return (n_samples if drop_last else n_samples + batch_size - 1) // batch_size


# %% train_step
def device_of(model):
    return next(model.parameters()).device


def loss_of(parameters, model, images, labels):
    """The loss as a function of the parameters; the logits come along."""
    logits = torch.func.functional_call(model, parameters, (images,))
    return F.cross_entropy(logits, labels), logits


def train_step(model, images, labels, optimizer):
    images, labels = images.to(device_of(model)), labels.to(device_of(model))
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    gradient = torch.func.grad_and_value(loss_of, has_aux=True)
    gradients, (loss, logits) = gradient(parameters, model, images, labels)
    for name, p in model.named_parameters():
        p.grad = gradients[name]  # put there, not added
    optimizer.step()
    return loss.item(), torch.sum(logits.argmax(1) == labels).item()


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()

    def add(sums, batch):
        images, labels = batch
        loss, correct = train_step(model, images, labels, optimizer)
        n = labels.size(0)
        return sums[0] + n * loss, sums[1] + correct, sums[2] + n

    loss, correct, n = reduce(add, batches, (0.0, 0, 0))
    return loss / n, correct / n


# %% evaluate
def in_eval_mode(function):
    """A decorator: the function's model is in eval mode, without gradients, and gets its mode back."""

    def wrapped(model, *arguments, **options):
        mode = model.training
        model.eval()
        try:
            with torch.no_grad():
                return function(model, *arguments, **options)
        finally:
            model.train(mode)

    return wrapped


@in_eval_mode
def evaluate(model, batches):
    device = device_of(model)

    def measured(batch):
        logits, labels = model(batch[0].to(device)), batch[1].to(device)
        loss = F.cross_entropy(logits, labels, reduction="sum").item()
        return loss, torch.count_nonzero(logits.argmax(1) == labels).item(), labels.numel()

    loss, correct, n = map(sum, zip(*map(measured, batches)))
    return loss / n, correct / n


# %% train_mnist
MEASURED = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate")
TAGS = ("loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate")


def epochs_of_training(model, data, epochs, batch_size, learning_rate, decay, seed):
    """A generator: trains for an epoch and gives its five numbers, epoch by epoch."""
    generator = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for e in range(epochs):
        adam.param_groups[0].update(lr=learning_rate * decay**e)
        training = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        result = train_epoch(model, training, adam)
        validation = minibatches(data["validation_images"], data["validation_labels"], 512)
        yield *result, *evaluate(model, validation), learning_rate * decay**e


def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    rows = list(epochs_of_training(model, data, epochs, batch_size, learning_rate, decay, seed))
    if log_dir is not None:
        with SummaryWriter(log_dir) as writer:
            for step, row in enumerate(rows, start=1):
                for tag, value in zip(TAGS, row):
                    writer.add_scalar(tag, value, step)
    return {name: [row[k] for row in rows] for k, name in enumerate(MEASURED)}


@in_eval_mode
def confusion_matrix(model, batches, classes=10):
    def counted(batch):
        predicted = model(batch[0].to(device_of(model))).argmax(1)
        true = batch[1].to(predicted.device)
        # (classes, N) against (classes, N): which sample is of class i and taken for class j
        is_true = true == torch.arange(classes, device=true.device)[:, None]
        is_taken = predicted == torch.arange(classes, device=true.device)[:, None]
        return (is_true[:, None] & is_taken[None]).sum(dim=-1)

    return reduce(torch.add, map(counted, batches), torch.zeros(classes, classes, dtype=torch.int64))


# %% device
def pick_device():
    there = [("cuda", torch.cuda.is_available), ("mps", torch.backends.mps.is_available)]
    names = [name for name, ask in there if ask()] + ["cpu"]
    return torch.device(names[0])


def hardware_row(name, epoch_seconds, accuracy):
    total = sum(epoch_seconds)
    whole = format(total, ".0f")  # rounded
    return (
        name,
        format(total / len(epoch_seconds), ".1f") + " s",
        "{} min {} s".format(*divmod(int(whole), 60)),
        format(100 * accuracy, ".2f") + " %",
    )


# %% batch_size
def timed(function, *arguments):
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    def row(batch_size):
        torch.manual_seed(seed)
        model = MLP(widths)
        sgd = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)

        def epoch():
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            return train_epoch(model, batches, sgd)

        seconds = [timed(epoch)[0] for _ in range(epochs)]
        validation = minibatches(data["validation_images"], data["validation_labels"], 512)
        return {
            "batch_size": batch_size,
            "steps": steps_per_epoch(data["train_images"].size(0), batch_size),
            "seconds": sum(seconds) / epochs,
            "accuracy": evaluate(model, validation)[1],
        }

    return list(map(row, batch_sizes))


def lecture_claims(rows):
    size_of = {
        "fastest": min((row["seconds"], row["batch_size"]) for row in rows)[1],
        "best": max((row["accuracy"], -row["batch_size"]) for row in rows)[1] * -1,
    }
    steps = [row["steps"] for row in sorted(rows, key=lambda row: row["batch_size"])]
    return {
        "fewer_steps": all(small >= large for small, large in zip(steps, steps[1:])),
        "fastest_128_256": size_of["fastest"] in (128, 256),
        "small_most_accurate": size_of["best"] <= 8,
    }


# %% capacity
from itertools import count, takewhile


def parameters_of(widths):
    return reduce(lambda total, pair: total + pair[0] * pair[1] + pair[1], zip(widths, widths[1:]), 0)


def equal_width(budget, depth, n_in=784, n_out=10):
    cost = lambda w: parameters_of((n_in,) + (w,) * depth + (n_out,))
    allowed = takewhile(lambda w: cost(w) <= budget, count(1))
    widest = reduce(lambda _, w: w, allowed, None)
    if widest is None:
        raise ValueError(f"{cost(1)} parameters are the least, {budget} are not enough")
    return widest


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    def trained(widths):
        torch.manual_seed(seed)
        model = MLP(widths)
        return train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)

    return [
        {
            "widths": widths,
            "parameters": parameters_of(widths),
            "accuracy": trained(widths)["validation_accuracy"][-1],
        }
        for widths in architectures
    ]


# %% checkpoint
def save_checkpoint(model, path):
    torch.save(dict(model.state_dict()), path)


def load_checkpoint(path, widths, activation="relu"):
    network = MLP(widths, activation)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.requires_grad_(True).eval()


@in_eval_mode
def predict(model, images):
    logits = model(images.to(device_of(model)))
    return logits.topk(1, dim=1).indices[:, 0]


# %% memory
weight_bytes = lambda n_weights, bits=32: (n_weights * bits) >> 3


def quantise(weight):
    w = weight.detach()
    largest = torch.linalg.vector_norm(w, ord=float("inf")).item()
    scale = largest / 127 if largest > 0 else 1.0
    return torch.round(w / scale).to(dtype=torch.int8), scale


def dequantise(quantised, scale):
    return scale * quantised.to(dtype=torch.float32)


def quantised_copy(model):
    rounded = {name: dequantise(*quantise(p)) for name, p in model.named_parameters()}
    twin = copy.deepcopy(model)
    twin.load_state_dict(twin.state_dict() | rounded)
    return twin
