"""A correct submission with all of torch.utils.data: datasets, subsets, samplers, a collate function; and transforms."""

import copy
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    random_split,
)
from torch.utils.tensorboard import SummaryWriter
from torchvision import transforms


# %% tensor_forward
def tensor_forward(x, parameters):
    # nn.Linear would make weights of its own, so its functional twin
    linear, relu = nn.functional.linear, nn.ReLU()
    W1, b1, W2, b2, W3, b3 = parameters
    out = relu(linear(x, W1, b1))
    out = relu(linear(out, W2, b2))
    out = linear(out, W3, b3)
    return out


# %% module
class MLP(nn.Module):
    def __init__(self, widths, activation="relu"):
        super(MLP, self).__init__()
        if len(widths) < 2:
            raise ValueError("widths should have at least two entries")
        allowed = ["identity", "sigmoid", "tanh", "relu"]
        if activation not in allowed:
            raise ValueError("activation should be one of %s" % allowed)
        self.flatten = nn.Flatten()
        self.fcs = nn.ModuleList()
        self.activations = nn.ModuleList()
        for i in range(len(widths) - 2):
            self.fcs.append(nn.Linear(widths[i], widths[i + 1]))
            if activation == "identity":
                self.activations.append(nn.Identity())
            if activation == "sigmoid":
                self.activations.append(nn.Sigmoid())
            if activation == "tanh":
                self.activations.append(nn.Tanh())
            if activation == "relu":
                self.activations.append(nn.ReLU())
        self.out = nn.Linear(widths[-2], widths[-1])

    def forward(self, x):
        x = self.flatten(x)
        for fc, act in zip(self.fcs, self.activations):
            x = act(fc(x))
        return self.out(x)


def count_parameters(model):
    trainable = [p for p in model.parameters() if p.requires_grad]
    return len(nn.utils.parameters_to_vector(trainable)) if trainable else 0


# %% autograd_parity
def load_weights(model, arrays):
    parameters = list(model.parameters())
    if len(parameters) != len(arrays):
        raise ValueError("expected %d arrays" % len(parameters))
    for i, (p, a) in enumerate(zip(parameters, arrays)):
        if tuple(p.shape) != a.shape:
            raise ValueError("array %d should have shape %s" % (i, tuple(p.shape)))
    state = model.state_dict()  # its tensors are those of the model
    for (name, p), a in zip(model.named_parameters(), arrays):
        state[name].copy_(torch.Tensor(a) if p.dtype == torch.float32 else torch.DoubleTensor(a))


def autograd_gradients(model, x, dy):
    dtype = next(model.parameters()).dtype
    x = torch.tensor(x, dtype=dtype, requires_grad=True)
    model.zero_grad()
    y = model(x)
    y.backward(torch.tensor(dy, dtype=dtype))
    result = y.detach().numpy(), x.grad.numpy(), [p.grad.numpy() for p in model.parameters()]
    model.zero_grad()  # sets them to None, the arrays above keep their numbers
    return result


# %% data
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, SequentialSampler, Subset, TensorDataset
from torch.utils.data import random_split
from torchvision import transforms


class Images(Dataset):
    """Bytes and labels, transformed one by one when they are taken out."""

    def __init__(self, images, labels, transform=None):
        self.images, self.labels, self.transform = images, labels, transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i].unsqueeze(0).float() / 255
        if self.transform is not None:
            image = self.transform(image)
        return image, int(self.labels[i])


def statistics(images):
    # in pieces, so that 60 000 images need not be floats at once
    n, total, squares = 0, 0.0, 0.0
    for part in DataLoader(images, batch_size=1000):
        pixels = part.double() / 255
        n += pixels.numel()
        total += pixels.sum().item()
        squares += pixels.pow(2).sum().item()
    mean = total / n
    return mean, (squares / n - mean**2) ** 0.5


def normalise(images, mean, std):
    transform = transforms.Compose([
        transforms.Lambda(lambda pixels: pixels.unsqueeze(1)),
        transforms.ConvertImageDtype(torch.float32),
        transforms.Normalize(mean=(mean,), std=(std,)),
    ])
    return transform(images)


def split(n, n_validation, seed=0):
    everything = TensorDataset(torch.arange(n))
    train, validation = random_split(
        everything, [n - n_validation, n_validation], generator=torch.Generator().manual_seed(seed)
    )
    return torch.LongTensor(train.indices), torch.LongTensor(validation.indices)


def all_of(dataset):
    """A whole dataset as one batch."""
    images, labels = next(iter(DataLoader(dataset, batch_size=len(dataset))))
    return images, labels


def prepare(images, labels, n_validation, seed=0):
    train, validation = split(len(images), n_validation, seed)
    mean, std = statistics(images[train])
    dataset = Images(images, labels, transforms.Normalize((mean,), (std,)))
    train_images, train_labels = all_of(Subset(dataset, train.tolist()))
    validation_images, validation_labels = all_of(Subset(dataset, validation.tolist()))
    return {
        "train_images": train_images,
        "train_labels": train_labels,
        "validation_images": validation_images,
        "validation_labels": validation_labels,
        "mean": mean,
        "std": std,
    }


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    dataset = TensorDataset(images, labels)
    if generator is not None:
        sampler = RandomSampler(dataset, generator=generator)
    else:
        sampler = SequentialSampler(dataset)
    # a list of indices at once instead of single samples that have to be stacked: much faster
    batches = BatchSampler(sampler, batch_size, drop_last)
    return DataLoader(dataset, sampler=batches, batch_size=None)


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return len(BatchSampler(range(n_samples), batch_size, drop_last))


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(model.parameters()).device
    criterion = nn.CrossEntropyLoss()

    X = images.to(device)
    y = labels.to(device)

    # forward
    pred = model(X)
    loss = criterion(pred, y)

    # backward
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    correct = (pred.argmax(1) == y).type(torch.float).sum().item()
    return loss.item(), int(correct)


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    seen = []
    for number, (X, y) in enumerate(batches):
        loss, correct = train_step(model, X, y, optimizer)
        seen.append((loss, correct, len(X)))
        if number > 0 and number % 200 == 0:
            print(f"batch {number}: loss {loss:.4f}")
    table = torch.tensor(seen, dtype=torch.float64)
    n = table[:, 2].sum()
    return (table[:, 0] @ table[:, 2] / n).item(), (table[:, 1].sum() / n).item()


# %% evaluate
def evaluate(model, batches):
    device = next(model.parameters()).device
    training = model.training
    criterion = nn.CrossEntropyLoss()  # the mean of a batch, weighted below
    test_loss, correct, size = 0, 0, 0
    model.eval()
    with torch.no_grad():
        for X, y in batches:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            test_loss += criterion(pred, y).item() * len(X)
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
            size += len(X)
    if training:
        model.train()
    return test_loss / size, correct / size


# %% train_mnist
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    train_set = TensorDataset(data["train_images"], data["train_labels"])
    validation_set = TensorDataset(data["validation_images"], data["validation_labels"])
    generator = torch.Generator()
    generator.manual_seed(seed)
    train_loader = DataLoader(train_set, batch_size=batch_size, shuffle=True, generator=generator)
    validation_loader = DataLoader(validation_set, batch_size=batch_size, shuffle=False)

    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    scheduler = torch.optim.lr_scheduler.MultiplicativeLR(optimizer, lr_lambda=lambda epoch: decay)

    if log_dir is not None:
        writer = SummaryWriter(log_dir)

    history = {
        "train_loss": [],
        "train_accuracy": [],
        "validation_loss": [],
        "validation_accuracy": [],
        "learning_rate": [],
    }
    for t in range(epochs):
        print(f"Epoch {t + 1}\n-------------------------------")
        history["learning_rate"].append(scheduler.get_last_lr()[0])
        train_loss, train_accuracy = train_epoch(model, train_loader, optimizer)
        validation_loss, validation_accuracy = evaluate(model, validation_loader)
        scheduler.step()
        history["train_loss"].append(train_loss)
        history["train_accuracy"].append(train_accuracy)
        history["validation_loss"].append(validation_loss)
        history["validation_accuracy"].append(validation_accuracy)
        print(f"Accuracy: {100 * validation_accuracy:>0.1f}%, average loss: {validation_loss:>8f}\n")
        if log_dir is not None:
            writer.add_scalar("loss/train", train_loss, t + 1)
            writer.add_scalar("accuracy/train", train_accuracy, t + 1)
            writer.add_scalar("loss/validation", validation_loss, t + 1)
            writer.add_scalar("accuracy/validation", validation_accuracy, t + 1)
            writer.add_scalar("learning_rate", history["learning_rate"][-1], t + 1)
            writer.flush()
    if log_dir is not None:
        writer.close()
    print("Done!")
    return history


def confusion_matrix(model, batches, classes=10):
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    with torch.no_grad():
        for X, y in batches:
            pred = model(X.to(device)).argmax(1)
            for t, p in zip(y.view(-1), pred.view(-1)):
                matrix[t.long(), p.long()] += 1
    model.train(training)
    return matrix


# %% device
def pick_device():
    device = (
        "cuda"
        if torch.cuda.is_available()
        else "mps"
        if torch.backends.mps.is_available()
        else "cpu"
    )
    print(f"Using {device} device")
    return torch.device(device)


from datetime import timedelta


def hardware_row(name, epoch_seconds, accuracy):
    times = torch.tensor(epoch_seconds, dtype=torch.float64)
    whole = timedelta(seconds=int(times.sum().round()))
    minutes = whole // timedelta(minutes=1)
    seconds = (whole - minutes * timedelta(minutes=1)).seconds
    return name, f"{times.mean():.1f} s", f"{minutes} min {seconds} s", f"{100 * accuracy:>0.2f} %"


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    train_set = TensorDataset(data["train_images"], data["train_labels"])
    validation_set = TensorDataset(data["validation_images"], data["validation_labels"])
    rows = []
    for batch_size in batch_sizes:
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        # without a generator of its own, the loader draws from torch's, which was seeded above
        loader = DataLoader(train_set, batch_size=batch_size, shuffle=True)
        start = time.time()
        for t in range(epochs):
            train_epoch(model, loader, optimizer)
        seconds = (time.time() - start) / epochs
        loss, accuracy = evaluate(model, DataLoader(validation_set, batch_size=1000))
        rows.append({"batch_size": batch_size, "steps": len(loader), "seconds": seconds, "accuracy": accuracy})
    return rows


def lecture_claims(rows):
    in_order = sorted(rows, key=lambda row: row["batch_size"])
    steps = torch.tensor([row["steps"] for row in in_order])
    fastest = sorted(rows, key=lambda row: row["seconds"])[0]
    best = sorted(rows, key=lambda row: row["accuracy"])[-1]
    return {
        "fewer_steps": bool((steps.diff() <= 0).all()),
        "fastest_128_256": fastest["batch_size"] in [128, 256],
        "small_most_accurate": best["batch_size"] <= 8,
    }


# %% capacity
def parameters_of(widths):
    pairs = torch.tensor(widths).unfold(0, 2, 1)
    return int((pairs.prod(dim=1) + pairs[:, 1]).sum())


def equal_width(budget, depth, n_in=784, n_out=10):
    # all widths that could fit, at once
    w = np.arange(1, max(2, budget), dtype=np.int64)
    total = (n_in + 1) * w + (depth - 1) * (w + 1) * w + (w + 1) * n_out
    fitting = w[total <= budget]
    if len(fitting) == 0:
        raise ValueError("the budget is too small")
    return int(fitting.max())


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        history = train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        rows.append({
            "widths": widths,
            "parameters": parameters_of(widths),
            "accuracy": history["validation_accuracy"][-1],
        })
    return rows


# %% checkpoint
def save_checkpoint(model, path):
    torch.save(model.state_dict(), path)
    print(f"Saved PyTorch model state to {path}")


def load_checkpoint(path, widths, activation="relu"):
    model = MLP(widths, activation).to("cpu")
    model.load_state_dict(torch.load(path, weights_only=True, map_location=torch.device("cpu")))
    model.eval()
    return model


def predict(model, images):
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    classes = []
    with torch.no_grad():
        for (X,) in DataLoader(TensorDataset(images), batch_size=64):
            classes += model(X.to(device)).argmax(1).tolist()
    model.train(training)
    return torch.tensor(classes, dtype=torch.int64, device=device)


# %% memory
def weight_bytes(n_weights, bits=32):
    return bits * n_weights // 8


def quantise(weight):
    scale = (weight.detach().abs().max() / 127).item()
    if scale == 0.0:
        scale = 1.0
    # PyTorch can do it too: scale, zero point, type
    q = torch.quantize_per_tensor(weight.detach().float(), scale, 0, torch.qint8)
    return q.int_repr(), scale


def dequantise(quantised, scale):
    return quantised.to(torch.float32) * scale


def quantised_copy(model):
    new_model = copy.deepcopy(model)
    with torch.no_grad():
        for p in new_model.parameters():
            q, scale = quantise(p)
            p.copy_(dequantise(q, scale))
    return new_model
