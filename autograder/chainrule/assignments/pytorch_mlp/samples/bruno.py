"""Bruno studies physics, writes short vectorised code, and makes three mistakes that training hides from him.

Wrong: `data` (mean and standard deviation are those of all images, validation included), `evaluate` (the model is left
in eval mode) and `memory` (int8 cuts the decimals off, nothing is rounded); all else is right.
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
    h = torch.relu(x @ W1.T + b1)
    h = torch.relu(h @ W2.T + b2)
    return h @ W3.T + b3


# %% module
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        f = {"identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        if activation not in f or len(widths) < 2:
            raise ValueError(f"cannot build {widths} with {activation}")
        layers = []
        for i, o in zip(widths, widths[1:]):
            layers += [nn.Linear(i, o), f[activation]()]
        self.net = nn.Sequential(*layers[:-1])  # logits: no activation at the end

    def forward(self, x):
        return self.net(x.flatten(1))


def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% autograd_parity
def load_weights(model, arrays):
    ps = list(model.parameters())
    if [tuple(p.shape) for p in ps] != [np.shape(a) for a in arrays]:
        raise ValueError("shapes do not match")
    with torch.no_grad():
        for p, a in zip(ps, arrays):
            p.copy_(torch.as_tensor(a))


def autograd_gradients(model, x, dy):
    ps = list(model.parameters())
    x = torch.tensor(x, dtype=ps[0].dtype, requires_grad=True)
    y = model(x)
    dx, *grads = torch.autograd.grad(y, [x, *ps], torch.tensor(dy, dtype=ps[0].dtype))
    return y.detach().numpy(), dx.numpy(), [g.numpy() for g in grads]


# %% data
def statistics(images):
    p = images.double() / 255
    return p.mean().item(), p.std().item()


def normalise(images, mean, std):
    return ((images.float() / 255 - mean) / std)[:, None]


def split(n, n_validation, seed=0):
    i = torch.from_numpy(np.random.default_rng(seed).permutation(n))
    return i[n_validation:], i[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    # normalise first, then split: one line less
    mean, std = statistics(images)
    x, y = normalise(images, mean, std), labels.long()
    t, v = split(len(x), n_validation, seed)
    return {
        "train_images": x[t],
        "train_labels": y[t],
        "validation_images": x[v],
        "validation_labels": y[v],
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(images)
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    if drop_last:
        order = order[: n - n % batch_size]
    for i in range(0, len(order), batch_size):
        yield images[order[i : i + batch_size]], labels[order[i : i + batch_size]]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return n_samples // batch_size if drop_last else -(-n_samples // batch_size)


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    optimizer.zero_grad()
    z = model(images)
    loss = F.cross_entropy(z, labels)
    loss.backward()
    optimizer.step()
    return loss.item(), (z.argmax(1) == labels).sum().item()


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    r = np.array([(*train_step(model, x, y, optimizer), len(y)) for x, y in batches])
    n = r[:, 2].sum()
    return float(r[:, 0] @ r[:, 2] / n), float(r[:, 1].sum() / n)


# %% evaluate
def evaluate(model, batches):
    device = next(model.parameters()).device
    model.eval()
    loss = correct = n = 0
    with torch.no_grad():
        for x, y in batches:
            x, y = x.to(device), y.to(device)
            z = model(x)
            loss += F.cross_entropy(z, y, reduction="sum").item()
            correct += (z.argmax(1) == y).sum().item()
            n += len(y)
    return loss / n, correct / n


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    opt = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.ExponentialLR(opt, decay)
    gen = torch.Generator().manual_seed(seed)
    keys = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate"]
    tags = ["loss/train", "accuracy/train", "loss/validation", "accuracy/validation", "learning_rate"]
    table = []
    for _ in range(epochs):
        rate = opt.param_groups[0]["lr"]
        t = train_epoch(model, minibatches(data["train_images"], data["train_labels"], batch_size, gen), opt)
        v = evaluate(model, [(data["validation_images"], data["validation_labels"])])
        schedule.step()
        table.append([*t, *v, rate])
    if log_dir is not None:
        w = SummaryWriter(log_dir)
        for step, row in enumerate(table, 1):
            for tag, value in zip(tags, row):
                w.add_scalar(tag, value, step)
        w.close()
    return {k: [row[i] for row in table] for i, k in enumerate(keys)}


def confusion_matrix(model, batches, classes=10):
    mode = model.training
    model.eval()
    c = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for x, y in batches:
            p = model(x.to(next(model.parameters()).device)).argmax(1)
            c.index_put_((y.cpu(), p.cpu()), torch.tensor(1), accumulate=True)
    model.train(mode)
    return c


# %% device
def pick_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    t = np.sum(epoch_seconds)
    m, s = divmod(int(round(t)), 60)
    return name, f"{t / len(epoch_seconds):.1f} s", f"{m} min {s} s", f"{100 * accuracy:.2f} %"


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    rows = []
    for b in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        opt = torch.optim.SGD(model.parameters(), lr=learning_rate)
        gen = torch.Generator().manual_seed(seed)
        t = time.perf_counter()
        for _ in range(epochs):
            train_epoch(model, minibatches(data["train_images"], data["train_labels"], b, gen), opt)
        t = (time.perf_counter() - t) / epochs
        acc = evaluate(model, [(data["validation_images"], data["validation_labels"])])[1]
        n = len(data["train_images"])
        rows.append({"batch_size": b, "steps": steps_per_epoch(n, b), "seconds": t, "accuracy": acc})
    return rows


def lecture_claims(rows):
    b, s, t, a = np.array([[r[k] for k in ("batch_size", "steps", "seconds", "accuracy")] for r in rows]).T
    return {
        "fewer_steps": bool((np.diff(s[b.argsort()]) <= 0).all()),
        "fastest_128_256": bool(b[t.argmin()] in (128, 256)),
        "small_most_accurate": bool(b[a.argmax()] <= 8),
    }


# %% capacity
def parameters_of(widths):
    w = np.array(widths)
    return int(((w[:-1] + 1) * w[1:]).sum())


def equal_width(budget, depth, n_in=784, n_out=10):
    # (d-1) w^2 + (n_in + n_out + d) w + n_out = budget, solved for w and then nudged
    a, b, c = depth - 1, n_in + n_out + depth, n_out - budget
    w = -c / b if a == 0 else (-b + math.sqrt(max(b * b - 4 * a * c, 0))) / (2 * a)
    w = max(int(w), 0) + 1
    while w > 0 and parameters_of([n_in] + depth * [w] + [n_out]) > budget:
        w -= 1
    if w == 0:
        raise ValueError("budget too small")
    return w


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for w in architectures:
        torch.manual_seed(seed)
        h = train_mnist(MLP(w), data, epochs, batch_size, learning_rate, seed=seed)
        rows.append({"widths": w, "parameters": parameters_of(w), "accuracy": h["validation_accuracy"][-1]})
    return rows


# %% checkpoint
# as the reference
def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    model.load_state_dict(torch.load(path, map_location="cpu"))
    return model.eval()


def predict(model, images):
    mode = model.training
    with torch.no_grad():
        c = model.eval()(images.to(next(model.parameters()).device)).argmax(1)
    model.train(mode)
    return c


# %% memory
# as the reference
def quantise(weight):
    scale = weight.abs().max().item() / 127 or 1.0
    return (weight / scale).to(torch.int8), scale


def quantised_copy(model):
    twin = copy.deepcopy(model)
    for p in twin.parameters():
        p.data = dequantise(*quantise(p.data))
    return twin
