"""A correct submission in as few lines as will do."""

import copy, math, time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def tensor_forward(x, parameters):
    a, b, c, d, e, f = parameters
    return F.linear(F.linear(F.linear(x, a, b).relu(), c, d).relu(), e, f)


# %% module
class MLP(nn.Module):
    f = dict(identity=lambda z: z, sigmoid=torch.sigmoid, tanh=torch.tanh, relu=torch.relu)

    def __init__(self, widths, activation="relu"):
        super().__init__()
        if activation not in self.f or len(widths) < 2:
            raise ValueError(widths, activation)
        self.a = self.f[activation]
        self.p = nn.ParameterList()
        for i, o in zip(widths, widths[1:]):
            self.p += [torch.randn(o, i) / i**0.5, torch.zeros(o)]

    def forward(self, x):
        x = x.flatten(1)
        for k in range(0, len(self.p), 2):
            x = F.linear(self.a(x) if k else x, self.p[k], self.p[k + 1])
        return x


count_parameters = lambda model: sum(p.numel() * p.requires_grad for p in model.parameters())


# %% autograd_parity
def load_weights(model, arrays):
    ps = [*model.parameters()]
    if [p.shape for p in ps] != [np.shape(a) for a in arrays]:
        raise ValueError("these arrays are not of the shapes " + str([tuple(p.shape) for p in ps]))
    with torch.no_grad():
        [p.copy_(torch.tensor(a)) for p, a in zip(ps, arrays)]


def autograd_gradients(model, x, dy):
    ps = [*model.parameters()]
    t = lambda a: torch.tensor(a, dtype=ps[0].dtype)
    x = t(x).requires_grad_()
    y = model(x)
    dx, *g = [d.numpy() for d in torch.autograd.grad(y, [x] + ps, t(dy))]
    return y.detach().numpy(), dx, g


# %% data
statistics = lambda images: tuple(s.item() for s in reversed(torch.std_mean(images / 255)))
normalise = lambda images, mean, std: (images[:, None] / 255 - mean) / std


def split(n, n_validation, seed=0):
    i = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return i[n_validation:], i[:n_validation]


def prepare(images, labels, n_validation, seed=0):
    t, v = split(len(images), n_validation, seed)
    m, s = statistics(images[t])
    keys = "train_images train_labels validation_images validation_labels mean std".split()
    n = lambda i: normalise(images[i], m, s)
    return dict(zip(keys, (n(t), labels[t].long(), n(v), labels[v].long(), m, s)))


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(labels)
    i = torch.randperm(n, generator=generator) if generator else torch.arange(n)
    return [(images[j], labels[j]) for j in i.split(batch_size) if not drop_last or len(j) == batch_size]


steps_per_epoch = lambda n_samples, batch_size, drop_last=False: (
    n_samples // batch_size if drop_last else -(-n_samples // batch_size)
)

# %% train_step
device_of = lambda model: next(model.parameters()).device


def train_step(model, images, labels, optimizer):
    x, t = (v.to(device_of(model)) for v in (images, labels))
    z = model(x)
    loss = (z.logsumexp(1) - z[torch.arange(len(t)), t]).mean()
    optimizer.zero_grad(), loss.backward(), optimizer.step()
    return loss.item(), (z.argmax(1) == t).sum().item()


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    r = [(*train_step(model, x, t, optimizer), len(t)) for x, t in batches]
    n = sum(k for *_, k in r)
    return sum(l * k for l, _, k in r) / n, sum(c for _, c, _ in r) / n


# %% evaluate
@torch.no_grad()
def evaluate(model, batches):
    mode = model.training
    model.eval()
    z, t = zip(*[(model(x.to(device_of(model))), t.to(device_of(model))) for x, t in batches])
    z, t = torch.cat(z), torch.cat(t)
    model.train(mode)
    return F.cross_entropy(z, t).item(), (z.argmax(1) == t).sum().item() / len(t)


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    opt, g = torch.optim.Adam(model.parameters()), torch.Generator().manual_seed(seed)
    ti, tl, vi, vl = (data[f"{p}_{k}"] for p in ("train", "validation") for k in ("images", "labels"))
    keys = "train_loss train_accuracy validation_loss validation_accuracy learning_rate".split()
    tags = "loss/train accuracy/train loss/validation accuracy/validation learning_rate".split()
    rows = []
    for e in range(epochs):
        opt.param_groups[0]["lr"] = lr = learning_rate * decay**e
        rows.append((*train_epoch(model, minibatches(ti, tl, batch_size, g), opt), *evaluate(model, [(vi, vl)]), lr))
    if log_dir:
        with SummaryWriter(log_dir) as w:
            [w.add_scalar(t, v, e) for e, row in enumerate(rows, 1) for t, v in zip(tags, row)]
    return {k: [row[j] for row in rows] for j, k in enumerate(keys)}


@torch.no_grad()
def confusion_matrix(model, batches, classes=10):
    mode, model = model.training, model.eval()
    hot = lambda c: F.one_hot(c.cpu(), classes)
    m = sum(hot(t).T @ hot(model(x.to(device_of(model))).argmax(1)) for x, t in batches)
    model.train(mode)
    return m


# %% device
pick_device = lambda: torch.device(
    "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
)


def hardware_row(name, epoch_seconds, accuracy):
    s = sum(epoch_seconds)
    m, r = divmod(round(s), 60)
    return name, f"{s / len(epoch_seconds):.1f} s", f"{m} min {r} s", f"{accuracy * 100:.2f} %"


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    ti, tl, vi, vl = (data[f"{p}_{k}"] for p in ("train", "validation") for k in ("images", "labels"))
    rows = []
    for b in batch_sizes:
        torch.manual_seed(seed)
        m = MLP(widths)
        o, g = torch.optim.SGD(m.parameters(), learning_rate), torch.Generator().manual_seed(seed)
        t = time.time()
        [train_epoch(m, minibatches(ti, tl, b, g), o) for _ in range(epochs)]
        t = (time.time() - t) / epochs
        rows += [dict(batch_size=b, steps=-(-len(tl) // b), seconds=t, accuracy=evaluate(m, [(vi, vl)])[1])]
    return rows


def lecture_claims(rows):
    by = lambda key, f: f(rows, key=lambda r: r[key])["batch_size"]
    steps = [r["steps"] for r in sorted(rows, key=lambda r: r["batch_size"])]
    return dict(
        fewer_steps=steps == sorted(steps)[::-1],
        fastest_128_256=by("seconds", min) in (128, 256),
        small_most_accurate=by("accuracy", max) <= 8,
    )


# %% capacity
import bisect

parameters_of = lambda widths: sum((i + 1) * o for i, o in zip(widths, widths[1:]))


def equal_width(budget, depth, n_in=784, n_out=10):
    cost = lambda w: parameters_of([n_in] + depth * [w] + [n_out])
    if cost(1) > budget:
        raise ValueError(budget)
    return bisect.bisect(range(budget), budget, key=cost) - 1


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for w in architectures:
        torch.manual_seed(seed)
        h = train_mnist(MLP(w), data, epochs, batch_size, learning_rate, seed=seed)
        rows += [dict(widths=w, parameters=parameters_of(w), accuracy=h["validation_accuracy"][-1])]
    return rows


# %% checkpoint
save_checkpoint = lambda model, path: torch.save(model.state_dict(), path)


def load_checkpoint(path, widths, activation="relu"):
    (m := MLP(widths, activation)).load_state_dict(torch.load(path, "cpu"))
    return m.eval()


def predict(model, images):
    mode = model.training
    with torch.no_grad():
        c = model.eval()(images.to(device_of(model))).argmax(1)
    model.train(mode)
    return c


# %% memory
weight_bytes = lambda n_weights, bits=32: n_weights * bits // 8


def quantise(weight):
    w = weight.detach()
    s = w.abs().max().item() / 127 or 1.0
    return (w / s).round().to(torch.int8), s


dequantise = lambda quantised, scale: quantised.float() * scale


@torch.no_grad()
def quantised_copy(model):
    m = copy.deepcopy(model)
    [p.copy_(dequantise(*quantise(p))) for p in m.parameters()]
    return m
