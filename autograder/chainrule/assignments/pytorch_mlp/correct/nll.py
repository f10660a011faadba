"""A correct submission that writes its loss itself: log-softmax, negative log-likelihood, and their derivative by hand."""

import copy
import time
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
def tensor_forward(x, parameters):
    W1, b1, W2, b2, W3, b3 = parameters
    z1 = x.mm(W1.t()).add(b1)
    h1 = z1 * (z1 > 0)
    z2 = h1.mm(W2.t()).add(b2)
    h2 = z2 * (z2 > 0)
    return h2.mm(W3.t()).add(b3)


# %% module
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
        self.n_layers = len(widths) - 1
        if self.n_layers < 1:
            raise ValueError("an input and an output are needed")
        if activation == "relu":
            self.act, gain = nn.ReLU(), 2.0
        elif activation == "tanh":
            self.act, gain = nn.Tanh(), 1.0
        elif activation == "sigmoid":
            self.act, gain = nn.Sigmoid(), 4.0
        elif activation == "identity":
            self.act, gain = nn.Identity(), 1.0
        else:
            raise ValueError(f"no such activation: {activation}")
        for k in range(self.n_layers):
            layer = nn.Linear(widths[k], widths[k + 1])
            with torch.no_grad():
                layer.weight.normal_(0, (gain / widths[k]) ** 0.5)
                layer.bias.fill_(0)
            setattr(self, f"linear{k}", layer)

    def forward(self, x):
        out = x.reshape(x.size(0), -1)
        for k in range(self.n_layers):
            if k > 0:
                out = self.act(out)
            out = getattr(self, f"linear{k}")(out)
        return out

    # the course wants logits; these two are for myself
    def log_probabilities(self, x):
        return F.log_softmax(self(x), dim=1)

    def probabilities(self, x):
        return self.log_probabilities(x).exp()


def count_parameters(model):
    n = 0
    for name, p in model.named_parameters():
        if p.requires_grad:
            n += p.nelement()
    return n


# %% autograd_parity
def load_weights(model, arrays):
    parameters = list(model.parameters())
    if len(arrays) != len(parameters):
        raise ValueError("the number of arrays is wrong")
    tensors = [torch.tensor(a) for a in arrays]
    for p, t in zip(parameters, tensors):
        if p.size() != t.size():
            raise ValueError(f"{tuple(t.size())} where {tuple(p.size())} belongs")
    with torch.no_grad():
        for p, t in zip(parameters, tensors):
            p.zero_()
            p.add_(t.to(p.device, p.dtype))


def autograd_gradients(model, x, dy):
    p0 = next(model.parameters())
    xt = torch.tensor(x, dtype=p0.dtype, device=p0.device).requires_grad_(True)
    dyt = torch.tensor(dy, dtype=p0.dtype, device=p0.device)
    y = model(xt)
    # one parameter after the other, through the same graph
    dx = torch.autograd.grad(y, xt, dyt, retain_graph=True)[0]
    gradients = []
    for p in model.parameters():
        (g,) = torch.autograd.grad(outputs=y, inputs=p, grad_outputs=dyt, retain_graph=True)
        gradients.append(g.numpy(force=True))
    return y.numpy(force=True), dx.numpy(force=True), gradients


# %% data
def statistics(images):
    # there are only 256 different pixels: count them
    counts = torch.bincount(images.reshape(-1).long(), minlength=256).double()
    values = torch.arange(256, dtype=torch.float64) / 255
    share = counts / counts.sum()
    mean = (share * values).sum()
    variance = (share * (values - mean) ** 2).sum()
    return mean.item(), variance.sqrt().item()


def normalise(images, mean, std):
    # the same idea: a table with the 256 results
    table = (torch.arange(256, dtype=torch.float64) / 255 - mean) / std
    return table.float()[images.long()].view(-1, 1, 28, 28)


def split(n, n_validation, seed=0):
    torch_rng = torch.Generator().manual_seed(seed)
    is_validation = torch.zeros(n, dtype=torch.bool)
    is_validation[torch.randperm(n, generator=torch_rng)[:n_validation]] = True
    # in rising order, that is fine: what is drawn is who is where
    return (~is_validation).nonzero().flatten(), is_validation.nonzero().flatten()


def prepare(images, labels, n_validation, seed=0):
    i_train, i_valid = split(len(labels), n_validation, seed)
    x_train, x_valid = images[i_train], images[i_valid]
    y_train, y_valid = labels[i_train], labels[i_valid]
    mean, std = statistics(x_train)
    return dict(
        train_images=normalise(x_train, mean, std),
        train_labels=y_train.to(torch.int64),
        validation_images=normalise(x_valid, mean, std),
        validation_labels=y_valid.to(torch.int64),
        mean=mean,
        std=std,
    )


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    n = len(labels)
    if generator is None:
        waiting = list(range(n))
    else:
        waiting = torch.randperm(n, generator=generator).tolist()
    while waiting:
        now, waiting = waiting[:batch_size], waiting[batch_size:]
        if len(now) < batch_size and drop_last:
            break
        yield images[now], labels[now]


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    steps = n_samples // batch_size
    if not drop_last and steps * batch_size < n_samples:
        steps += 1
    return steps


# %% train_step
class MeanNLL(torch.autograd.Function):
    """The mean cross-entropy of logits, with its own backward: (softmax - one-hot) / N."""

    @staticmethod
    def forward(ctx, logits, labels):
        log_p = logits - torch.logsumexp(logits, dim=1, keepdim=True)
        ctx.save_for_backward(log_p, labels)
        return -log_p.gather(1, labels[:, None]).mean()

    @staticmethod
    def backward(ctx, upstream):
        log_p, labels = ctx.saved_tensors
        gradient = log_p.exp()
        gradient -= F.one_hot(labels, gradient.size(1))
        return upstream * gradient / gradient.size(0), None


def train_step(model, images, labels, optimizer):
    where = next(model.parameters()).device
    images, labels = images.to(where), labels.to(where).long()
    logits = model(images)
    loss = MeanNLL.apply(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    right = logits.detach().max(dim=1).indices.eq(labels)
    return loss.item(), right.sum().item()


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    loss, accuracy, n = 0.0, 0.0, 0
    for images, labels in batches:
        batch_loss, batch_correct = train_step(model, images, labels, optimizer)
        k = images.size(0)
        n += k
        # running means: move them towards the batch by its share of what has been seen
        loss += (batch_loss - loss) * k / n
        accuracy += (batch_correct / k - accuracy) * k / n
    return loss, accuracy


# %% evaluate
class NLL(nn.Module):
    """-log p of the right class, summed over the samples."""

    def __init__(self):
        super().__init__()
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, logits, labels):
        one_hot = F.one_hot(labels, logits.size(1)).to(logits.dtype)
        return -torch.sum(one_hot * self.log_softmax(logits))


def evaluate(model, batches):
    was_training = model.training
    model.eval()
    where = next(model.parameters()).device
    criterion = NLL()
    loss, right, n = 0.0, 0, 0
    for images, labels in batches:
        with torch.no_grad():
            logits = model(images.to(where)).double()  # many small numbers are added up
            labels = labels.to(where)
            loss += criterion(logits, labels).item()
            # right if no class has a larger logit than the right one
            own = logits.gather(1, labels[:, None])
            right += (logits > own).any(dim=1).logical_not().sum().item()
        n += labels.size(0)
    model.train(was_training)
    return loss / n, right / n


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    x, y = data["train_images"], data["train_labels"]
    valid = [(data["validation_images"], data["validation_labels"])]
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, betas=(0.9, 0.999), eps=1e-8)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=decay)
    generator = torch.Generator().manual_seed(seed)
    log = SummaryWriter(log_dir) if log_dir is not None else None

    history = {}

    def note(name, tag, value, step):
        history.setdefault(name, []).append(value)
        if log is not None:
            log.add_scalar(tag, value, step)

    for step in range(1, epochs + 1):
        rate = optimizer.param_groups[0]["lr"]
        loss, accuracy = train_epoch(model, minibatches(x, y, batch_size, generator), optimizer)
        note("train_loss", "loss/train", loss, step)
        note("train_accuracy", "accuracy/train", accuracy, step)
        loss, accuracy = evaluate(model, valid)
        note("validation_loss", "loss/validation", loss, step)
        note("validation_accuracy", "accuracy/validation", accuracy, step)
        note("learning_rate", "learning_rate", rate, step)
        scheduler.step()

    if log is not None:
        log.close()
    return history


def confusion_matrix(model, batches, classes=10):
    was_training = model.training
    model.eval()
    where = next(model.parameters()).device
    true, taken = [], []
    with torch.no_grad():
        for images, labels in batches:
            log_p = F.log_softmax(model(images.to(where)), dim=1)
            true.append(labels.cpu())
            taken.append(log_p.argmax(dim=1).cpu())
    model.train(was_training)
    pairs = torch.stack([torch.cat(true), torch.cat(taken)], dim=1)
    found, counts = torch.unique(pairs, dim=0, return_counts=True)
    matrix = torch.zeros((classes, classes), dtype=torch.int64)
    matrix[found[:, 0], found[:, 1]] = counts
    return matrix


# %% device
def pick_device():
    if torch.cuda.is_available():
        name = "cuda"
    elif torch.backends.mps.is_available():
        name = "mps"
    else:
        name = "cpu"
    return torch.device(name)


from decimal import ROUND_HALF_UP, Decimal


def written(number, places):
    """As one rounds at school."""
    return str(Decimal(repr(number)).quantize(Decimal(places), ROUND_HALF_UP))


def hardware_row(name, epoch_seconds, accuracy):
    total = float(sum(epoch_seconds))
    seconds = int(written(total, "1"))
    return (
        name,
        written(total / len(epoch_seconds), "0.1") + " s",
        f"{seconds // 60} min {seconds % 60} s",
        written(round(100.0 * accuracy, 9), "0.01") + " %",
    )


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    x, y = data["train_images"], data["train_labels"]
    valid = [(data["validation_images"], data["validation_labels"])]
    rows = []
    for size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        seconds = 0.0
        for epoch in range(epochs):
            # another order in each epoch, the same for each size
            generator = torch.Generator().manual_seed(1000 * seed + epoch)
            start = time.perf_counter()
            train_epoch(model, minibatches(x, y, size, generator), optimizer)
            seconds += time.perf_counter() - start
        row = {"batch_size": size, "steps": steps_per_epoch(len(x), size)}
        row["seconds"] = seconds / epochs
        row["accuracy"] = evaluate(model, valid)[1]
        rows.append(row)
    return rows


def lecture_claims(rows):
    columns = {key: torch.tensor([float(row[key]) for row in rows]) for key in rows[0]}
    size, steps = columns["batch_size"], columns["steps"]
    larger = size[:, None] > size[None, :]
    more = steps[:, None] > steps[None, :]
    fastest = size[columns["seconds"].argmin()].item()
    best = size[columns["accuracy"].argmax()].item()
    return {
        "fewer_steps": not (larger & more).any().item(),
        "fastest_128_256": fastest == 128 or fastest == 256,
        "small_most_accurate": best <= 8,
    }


# %% capacity
def parameters_of(widths):
    total = 0
    before = widths[0]
    for width in widths[1:]:
        total += before * width + width
        before = width
    return total


def equal_width(budget, depth, n_in=784, n_out=10):
    def total(w):
        return parameters_of([n_in] + depth * [w] + [n_out])

    if total(1) > budget:
        raise ValueError("not even one unit per layer")
    # (depth - 1) w² + (n_in + depth + n_out) w + n_out = budget, first with decimals
    a, b, c = depth - 1, n_in + depth + n_out, n_out - budget
    w = -c / b if a == 0 else (-b + (b * b - 4 * a * c) ** 0.5) / (2 * a)
    w = int(w)
    # rounding may have been unkind
    while total(w) > budget:
        w -= 1
    while total(w + 1) <= budget:
        w += 1
    return w


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    results = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        # what is right is on the diagonal
        matrix = confusion_matrix(model, [(data["validation_images"], data["validation_labels"])], widths[-1])
        accuracy = matrix.diagonal().sum().item() / matrix.sum().item()
        results.append({"widths": widths, "parameters": parameters_of(widths), "accuracy": accuracy})
    return results


# %% checkpoint
def save_checkpoint(model, path):
    with open(path, "wb") as f:
        torch.save(model.state_dict(), f)


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation)
    state = torch.load(path, map_location={"cuda:0": "cpu", "mps:0": "cpu"}, weights_only=True)
    print(model.load_state_dict(state))
    model.eval()
    return model


def predict(model, images):
    was_training = model.training
    model.eval()
    where = next(model.parameters()).device
    classes = []
    with torch.no_grad():
        for part in images.split(256):
            classes.append(F.log_softmax(model(part.to(where)), dim=1).argmax(dim=1))
    model.train(was_training)
    return torch.cat(classes)


# %% memory
def weight_bytes(n_weights, bits=32):
    return int(n_weights * (bits / 8))


def quantise(weight):
    smallest, largest = torch.aminmax(weight.detach())
    reach = max(-smallest.item(), largest.item())
    if reach == 0:
        return weight.detach().to(torch.int8), 1.0
    scale = reach / 127
    return weight.detach().div(scale).round().to(torch.int8), scale


def dequantise(quantised, scale):
    return quantised.to(torch.float32).mul(scale)


def quantised_copy(model):
    other = copy.deepcopy(model)
    for (_, p), (_, q) in zip(model.named_parameters(), other.named_parameters()):
        numbers, scale = quantise(p)
        q.data = dequantise(numbers, scale)
    return other
