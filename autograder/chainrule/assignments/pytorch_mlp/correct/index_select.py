"""A correct submission of index arithmetic: index_select, narrow, chunk, scatter_add, einsum, addmm and baddbmm."""

import copy
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def tensor_forward(x, parameters):
    W1, b1, W2, b2, W3, b3 = parameters
    h1 = torch.einsum("ni,oi->no", x, W1).add(b1).clamp_min(0)
    h2 = torch.einsum("ni,oi->no", h1, W2).add(b2).clamp_min(0)
    return torch.addmm(b3.expand(len(x), 1), h2, W3.permute(1, 0))


# %% module
class Affine(nn.Module):
    """x Wᵀ + b as one batched product: every sample is a matrix of one row."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_out, n_in))
        self.bias = nn.Parameter(torch.empty(n_out))
        bound = n_in**-0.5
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x):
        return torch.baddbmm(self.bias.view(1, 1, -1), x[None], self.weight.mT[None]).squeeze(0)


class MLP(nn.Module):
    names = ("identity", "sigmoid", "tanh", "relu")

    def __init__(self, widths, activation="relu"):
        super().__init__()
        if len(widths) <= 1:
            raise ValueError(f"{len(widths)} widths make no layer")
        if activation not in self.names:
            raise ValueError(f"{activation!r} is not in {self.names}")
        self.activation = activation
        self.affines = nn.ModuleList(Affine(*widths[k : k + 2]) for k in range(len(widths) - 1))

    def forward(self, x):
        x = torch.flatten(x, start_dim=1)
        for k, affine in enumerate(self.affines):
            x = affine(x)
            if k + 1 == len(self.affines) or self.activation == "identity":
                continue
            # the other three are functions of torch with these very names
            x = getattr(torch, self.activation)(x)
        return x


def count_parameters(model):
    sizes = torch.tensor([p.numel() for p in model.parameters()], dtype=torch.int64)
    trainable = torch.tensor([p.requires_grad for p in model.parameters()], dtype=torch.bool)
    return sizes[trainable].sum().item()


# %% autograd_parity
def load_weights(model, arrays):
    parameters = list(model.parameters())
    if len(arrays) != len(parameters):
        raise ValueError("one array for each parameter")
    for k in range(len(arrays)):
        if arrays[k].shape != parameters[k].shape:
            raise ValueError(f"array {k}: {arrays[k].shape} is not {tuple(parameters[k].shape)}")
    with torch.no_grad():
        for k in range(len(arrays)):
            parameters[k][:] = torch.tensor(arrays[k])


def autograd_gradients(model, x, dy):
    some = next(model.parameters())
    x = torch.as_tensor(x, dtype=some.dtype).clone().requires_grad_()
    dy = torch.as_tensor(dy, dtype=some.dtype)
    y = model(x)
    # L = sum of y·dy has dy as its gradient with respect to y
    L = torch.einsum("no,no->", y, dy)
    gradients = torch.autograd.grad(L, [x] + list(model.parameters()))
    arrays = [g.numpy() for g in gradients]
    return y.detach().numpy(), arrays[0], arrays[1:]


# %% data
def statistics(images):
    # the mean of the images' means, which are all of one size; the same with the squares
    pixels = images.flatten(1).double() / 255
    mean = pixels.mean(dim=1).mean()
    std = (pixels - mean).square().mean(dim=1).mean().sqrt()
    return mean.item(), std.item()


def normalise(images, mean, std):
    out = torch.empty(images.shape[0], 1, *images.shape[1:], dtype=torch.float32)
    out.select(1, 0).copy_(images)
    return out.mul_(1 / 255).sub_(mean).div_(std)


def split(n, n_validation, seed=0):
    keys = torch.rand(n, generator=torch.Generator().manual_seed(seed))
    order = keys.argsort()
    return order.narrow(0, n_validation, n - n_validation), order.narrow(0, 0, n_validation)


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(images.size(0), n_validation, seed)
    train_bytes = images.index_select(0, train)
    mean, std = statistics(train_bytes)
    return {
        "train_images": normalise(train_bytes, mean, std),
        "train_labels": labels.index_select(0, train).long(),
        "validation_images": normalise(images.index_select(0, validation), mean, std),
        "validation_labels": labels.index_select(0, validation).long(),
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = labels.size(0)
    full = n // batch_size
    rest = n - full * batch_size
    if generator is None:
        order = torch.arange(n)
    else:
        order = torch.rand(n, generator=generator, dtype=torch.float64).sort().indices
    # the full batches are the rows of a matrix
    for row in order[: full * batch_size].view(full, batch_size):
        yield images.index_select(0, row), labels.index_select(0, row)
    if rest and not drop_last:
        row = order.narrow(0, full * batch_size, rest)
        yield images.index_select(0, row), labels.index_select(0, row)


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size + int(not drop_last and n_samples % batch_size > 0)


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    logits = model(images)
    log_sum = logits.logsumexp(dim=1)
    own = torch.take_along_dim(logits, labels.unsqueeze(1), dim=1).squeeze(1)
    loss = (log_sum - own).sum() / labels.shape[0]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    first = logits.detach().argsort(dim=1, descending=True).select(1, 0)
    return loss.item(), len(torch.nonzero(first == labels))


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    sums = np.zeros(3)
    for images, labels in batches:
        loss, correct = train_step(model, images, labels, optimizer)
        sums += len(labels) * loss, correct, len(labels)
    loss, accuracy, _ = (sums / sums[2]).tolist()
    return loss, accuracy


# %% evaluate
def logits_and_labels(model, batches):
    """The logits of all samples, below each other, and their labels, on the model's device."""
    device = next(model.parameters()).device
    was = model.training
    model.eval()
    logits, labels = [], []
    with torch.no_grad():
        for x, y in batches:
            logits.append(model(x.to(device)))
            labels.append(y.to(device))
    model.train(was)
    return torch.vstack(logits), torch.hstack(labels)


def evaluate(model, batches):
    logits, labels = logits_and_labels(model, batches)
    log_p = logits.log_softmax(dim=1)
    losses = -log_p[range(len(labels)), labels]
    # the place of the right class among all classes, from the best: 0 is a hit
    places = (logits > logits.gather(1, labels[:, None])).sum(dim=1)
    return losses.mean().item(), (places == 0).double().mean().item()


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    generator = torch.Generator().manual_seed(seed)
    rates = learning_rate * torch.full((epochs,), decay, dtype=torch.float64) ** torch.arange(epochs)
    optimizer = torch.optim.Adam(model.parameters())
    table = torch.zeros(5, epochs, dtype=torch.float64)
    for e in range(epochs):
        for group in optimizer.param_groups:
            group["lr"] = rates[e].item()
        batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
        table[0:2, e] = torch.tensor(train_epoch(model, batches, optimizer), dtype=torch.float64)
        n_chunks = max(1, len(data["validation_labels"]) // 500)
        unseen = zip(data["validation_images"].chunk(n_chunks), data["validation_labels"].chunk(n_chunks))
        table[2:4, e] = torch.tensor(evaluate(model, unseen), dtype=torch.float64)
        table[4, e] = rates[e]
    names = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    history = dict(zip(names, table.tolist()))
    if log_dir is not None:
        tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
        writer = SummaryWriter(log_dir)
        for name, tag in zip(names, tags):
            for e in range(epochs):
                writer.add_scalar(tag, history[name][e], e + 1)
        writer.close()
    return history


def confusion_matrix(model, batches, classes=10):
    logits, labels = logits_and_labels(model, batches)
    cell = (labels * classes + logits.argmax(dim=1)).cpu()
    counts = torch.zeros(classes**2, dtype=torch.int64)
    counts.scatter_add_(0, cell, torch.ones_like(cell))
    return counts.unflatten(0, (classes, classes))


# %% device
def pick_device():
    there = [torch.cuda.is_available(), torch.backends.mps.is_available(), True]
    return torch.device(["cuda", "mps", "cpu"][there.index(True)])


def hardware_row(name, epoch_seconds, accuracy):
    whole = round(sum(epoch_seconds))
    mean = torch.tensor(epoch_seconds, dtype=torch.float64).mean().item()
    return (name, f"{mean:.1f} s", f"{whole // 60} min {whole - whole // 60 * 60} s", f"{accuracy * 1e2:.2f} %")


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    n = data["train_labels"].size(0)
    rows = []
    for size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        generator = torch.Generator().manual_seed(seed)
        times = torch.zeros(epochs + 1, dtype=torch.float64)
        times[0] = time.perf_counter()
        for e in range(epochs):
            train_epoch(model, minibatches(data["train_images"], data["train_labels"], size, generator), optimizer)
            times[e + 1] = time.perf_counter()
        accuracy = evaluate(model, [(data["validation_images"], data["validation_labels"])])[1]
        rows.append(
            {
                "batch_size": size,
                "steps": steps_per_epoch(n, size),
                "seconds": times.diff().mean().item(),
                "accuracy": accuracy,
            }
        )
    return rows


def lecture_claims(rows):
    column = lambda key: torch.tensor([row[key] for row in rows], dtype=torch.float64)
    size = column("batch_size")
    order = size.argsort()
    steps = column("steps").index_select(0, order)
    never_more = torch.equal(steps.cummin(0).values, steps)
    return {
        "fewer_steps": never_more,
        "fastest_128_256": size[column("seconds").argmin()].item() in (128.0, 256.0),
        "small_most_accurate": size[column("accuracy").argmax()].item() <= 8,
    }


# %% capacity
def parameters_of(widths):
    w = torch.tensor(widths)
    return (w[:-1].dot(w[1:]) + w[1:].sum()).item()


def equal_width(budget, depth, n_in=784, n_out=10):
    if parameters_of([n_in] + [1] * depth + [n_out]) > budget:
        raise ValueError(f"a budget of {budget} is too small")
    # a table of the totals for w = 1, 2, ..., and where the budget would stand in it
    w = torch.arange(1, budget // n_in + 2)
    totals = n_in * w + w + (depth - 1) * (w * w + w) + n_out * w + n_out
    return torch.searchsorted(totals, budget, right=True).item()


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for index in range(len(architectures)):
        torch.manual_seed(seed)
        model = MLP(architectures[index])
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        rows.append({"widths": architectures[index]})
        rows[index]["parameters"] = parameters_of(architectures[index])
        rows[index]["accuracy"] = history["validation_accuracy"][epochs - 1]
    return rows


# %% checkpoint
def save_checkpoint(model, path):
    torch.save({key: value.clone() for key, value in model.state_dict().items()}, path)


def load_checkpoint(path, widths, activation="relu"):
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = MLP(widths, activation)
    with torch.no_grad():
        for key, value in model.state_dict().items():
            value.copy_(state[key])
    return model.train(False)


def predict(model, images):
    device = next(model.parameters()).device
    was = model.training
    model.eval()
    classes = torch.empty(len(images), dtype=torch.int64, device=device)
    with torch.no_grad():
        for index in torch.arange(len(images)).split(500):
            classes[index] = model(images[index].to(device)).argmax(dim=1)
    model.train(was)
    return classes


# %% memory
def weight_bytes(n_weights, bits=32):
    return (n_weights * bits + 7) // 8


def quantise(weight):
    flat = weight.detach().flatten()
    largest = flat[flat.abs().argmax()].abs().item()
    scale = largest / 127 if largest else 1.0
    return (flat / scale).round_().type(torch.int8).view(weight.shape), scale


def dequantise(quantised, scale):
    # all 255 values that there can be, and which of them it is
    values = torch.arange(-127, 128, dtype=torch.float32) * scale
    return values[quantised.long() + 127]


def quantised_copy(model):
    twin = copy.deepcopy(model)
    with torch.no_grad():
        for p in twin.parameters():
            p[:] = dequantise(*quantise(p))
    return twin
