"""A correct submission built on torch.utils.data, loss and activation objects, and state_dicts."""

import copy
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]


# %% tensor_forward
def tensor_forward(x: torch.Tensor, parameters: list[torch.Tensor]) -> torch.Tensor:
    relu = torch.nn.functional.relu
    *hidden, last_weight, last_bias = parameters
    for weight, bias in zip(hidden[::2], hidden[1::2]):
        x = relu(torch.addmm(bias, x, weight.t()))
    return torch.addmm(last_bias, x, last_weight.t())


# %% module
class MLP(nn.Module):
    """Layers in a ModuleDict, so that state_dict has readable names."""

    def __init__(self, widths: list[int], activation: str = "relu") -> None:
        super().__init__()
        n_layers = len(widths) - 1
        if n_layers < 1:
            raise ValueError("widths needs an input and an output")
        try:
            self.activation = {
                "identity": nn.Identity(),
                "sigmoid": nn.Sigmoid(),
                "tanh": nn.Tanh(),
                "relu": nn.ReLU(),
            }[activation]
        except KeyError:
            raise ValueError(f"activation {activation!r} is not known") from None
        self.fc = nn.ModuleDict()
        for k in range(n_layers):
            self.fc[f"layer{k + 1}"] = nn.Linear(in_features=widths[k], out_features=widths[k + 1])
        self.last = f"layer{n_layers}"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.flatten(x, 1)
        for name, layer in self.fc.items():
            x = layer(x)
            if name != self.last:
                x = self.activation(x)
        return x

    def extra_repr(self) -> str:
        return f"trainable={count_parameters(self)}"


def count_parameters(model: nn.Module) -> int:
    trainable = filter(lambda p: p.requires_grad, model.parameters())
    return int(sum(np.prod(p.shape) for p in trainable))


# %% autograd_parity
def load_weights(model: nn.Module, arrays: list[np.ndarray]) -> None:
    named = dict(model.named_parameters())
    if len(named) != len(arrays):
        raise ValueError(f"expected {len(named)} arrays, got {len(arrays)}")
    new = {}
    for (name, parameter), array in zip(named.items(), arrays):
        if list(parameter.shape) != list(np.shape(array)):
            raise ValueError(f"{name}: expected {list(parameter.shape)}, got {list(np.shape(array))}")
        new[name] = torch.tensor(array)
    # strict=False, because buffers are not in it
    model.load_state_dict(new, strict=False)


def autograd_gradients(model: nn.Module, x: np.ndarray, dy: np.ndarray):
    # the functional way: a vector-Jacobian product of (x, parameters) -> y
    weights = {name: p.detach() for name, p in model.named_parameters()}
    any_weight = next(iter(weights.values()))
    inputs = torch.as_tensor(x).to(any_weight)
    upstream = torch.as_tensor(dy).to(any_weight)

    def network(inputs, weights):
        return torch.func.functional_call(model, weights, (inputs,))

    y, pull_back = torch.func.vjp(network, inputs, weights)
    dx, dweights = pull_back(upstream)
    return y.detach().numpy(), dx.numpy(), [dweights[name].numpy() for name in weights]


# %% data
from torch.utils.data import DataLoader, TensorDataset, random_split
from torchvision.transforms.functional import normalize


def statistics(images: torch.Tensor) -> tuple[float, float]:
    std, mean = torch.std_mean(images.double() / 255, correction=0)
    return float(mean), float(std)


def normalise(images: torch.Tensor, mean: float, std: float) -> torch.Tensor:
    return normalize(images[:, None].to(torch.float32) / 255, [mean], [std])


def split(n: int, n_validation: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    parts = random_split(range(n), [n - n_validation, n_validation], torch.Generator().manual_seed(seed))
    train, validation = (torch.tensor(list(part), dtype=torch.int64) for part in parts)
    return train, validation


def prepare(images: torch.Tensor, labels: torch.Tensor, n_validation: int, seed: int = 0) -> dict:
    indices = dict(zip(("train", "validation"), split(len(labels), n_validation, seed)))
    mean, std = statistics(images[indices["train"]])
    data = {"mean": mean, "std": std}
    for part, chosen in indices.items():
        data[f"{part}_images"] = normalise(images[chosen], mean, std)
        data[f"{part}_labels"] = labels[chosen].to(torch.int64)
    return data


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    return DataLoader(
        TensorDataset(images, labels),
        batch_size=batch_size,
        shuffle=generator is not None,
        generator=generator,
        drop_last=drop_last,
    )


def steps_per_epoch(n_samples: int, batch_size: int, drop_last: bool = False) -> int:
    indices = range(0, n_samples, batch_size)
    if drop_last:
        indices = range(0, n_samples - batch_size + 1, batch_size)
    return len(indices)


# %% train_step
def train_step(model, images, labels, optimizer):
    device = next(iter(model.parameters())).device
    images = images.to(device, non_blocking=True)
    labels = labels.to(device, non_blocking=True)
    criterion = nn.CrossEntropyLoss()
    output = model(images)
    loss = criterion(output, labels)
    optimizer.zero_grad()
    loss.backward()
    # counted before the step or after: `output` stays what it was
    optimizer.step()
    _, predicted = torch.max(output.detach(), 1)
    return float(loss.detach()), int((predicted == labels).sum())


# %% train_epoch
def train_epoch(model, batches, optimizer):
    model.train()
    results = []
    for images, labels in batches:
        loss, correct = train_step(model, images, labels, optimizer)
        results.append((loss, correct, len(labels)))
    losses, corrects, sizes = map(np.array, zip(*results))
    return float(np.average(losses, weights=sizes)), float(corrects.sum() / sizes.sum())


# %% evaluate
def evaluate(model, batches):
    criterion = nn.CrossEntropyLoss(reduction="none")
    device = next(iter(model.parameters())).device
    before = model.training
    model.eval()
    try:
        all_losses, all_hits = [], []
        with torch.inference_mode():
            for images, labels in batches:
                labels = labels.to(device)
                output = model(images.to(device))
                all_losses.append(criterion(output, labels).cpu())
                all_hits.append((output.argmax(1) == labels).cpu())
        losses, hits = torch.cat(all_losses), torch.cat(all_hits)
    finally:
        model.train(before)
    return losses.mean().item(), hits.float().mean().item()


# %% train_mnist
from collections import defaultdict


def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    generator = torch.Generator().manual_seed(seed)
    # one loader for the whole training: it draws a new order every time it is gone through
    train_loader = minibatches(data["train_images"], data["train_labels"], batch_size, generator=generator)
    validation_loader = minibatches(data["validation_images"], data["validation_labels"], 256)
    optimizer = torch.optim.Adam(model.parameters(), learning_rate)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: decay**epoch)

    history = defaultdict(list)
    for _ in range(epochs):
        history["learning_rate"].append(optimizer.param_groups[0]["lr"])
        loss, accuracy = train_epoch(model, train_loader, optimizer)
        history["train_loss"].append(loss)
        history["train_accuracy"].append(accuracy)
        loss, accuracy = evaluate(model, validation_loader)
        history["validation_loss"].append(loss)
        history["validation_accuracy"].append(accuracy)
        scheduler.step()

    if log_dir is not None:
        with SummaryWriter(log_dir) as writer:
            for key, values in history.items():
                part, _, what = key.partition("_")
                tag = key if key == "learning_rate" else f"{what}/{part}"
                for step, value in enumerate(values, start=1):
                    writer.add_scalar(tag, value, step)
    return dict(history)


def confusion_matrix(model, batches, classes=10):
    device = next(iter(model.parameters())).device
    before = model.training
    model.eval()
    counts = torch.zeros((classes, classes), dtype=torch.int64)
    one = torch.tensor(1)
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images.to(device)).argmax(1)
            counts.index_put_((labels.cpu(), predicted.cpu()), one, accumulate=True)
    model.train(before)
    return counts


# %% device
def pick_device() -> torch.device:
    candidates = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available, "cpu": lambda: True}
    return next(torch.device(name) for name, available in candidates.items() if available())


def hardware_row(name: str, epoch_seconds: list[float], accuracy: float) -> tuple[str, str, str, str]:
    seconds = np.asarray(epoch_seconds, dtype=float)
    total = int(np.rint(seconds.sum()))
    return (
        name,
        "{:.1f} s".format(seconds.mean()),
        "{} min {} s".format(total // 60, total % 60),
        "{:.2f} %".format(100 * accuracy),
    )


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    def one(batch_size):
        torch.manual_seed(seed)
        model = MLP(widths)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.0)
        loader = minibatches(
            data["train_images"], data["train_labels"], batch_size, torch.Generator().manual_seed(seed)
        )
        start = time.perf_counter()
        for _ in range(epochs):
            train_epoch(model, loader, optimizer)
        stop = time.perf_counter()
        accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 256))[1]
        return {
            "batch_size": batch_size,
            "steps": len(loader),
            "seconds": (stop - start) / epochs,
            "accuracy": accuracy,
        }

    return [one(batch_size) for batch_size in batch_sizes]


def lecture_claims(rows):
    size = np.array([row["batch_size"] for row in rows])
    steps = np.array([row["steps"] for row in rows])
    seconds = np.array([row["seconds"] for row in rows])
    accuracy = np.array([row["accuracy"] for row in rows])
    return {
        "fewer_steps": bool(np.all(np.diff(steps[np.argsort(size)]) <= 0)),
        "fastest_128_256": bool(size[seconds.argmin()] in (128, 256)),
        "small_most_accurate": bool(size[accuracy.argmax()] <= 8),
    }


# %% capacity
def parameters_of(widths: list[int]) -> int:
    w = np.array(widths, dtype=np.int64)
    return int(np.dot(w[:-1], w[1:]) + w[1:].sum())


def equal_width(budget: int, depth: int, n_in: int = 784, n_out: int = 10) -> int:
    def cost(w):
        first = n_in * w + w
        between = (depth - 1) * (w * w + w)
        last = w * n_out + n_out
        return first + between + last

    w = 0
    while cost(w + 1) <= budget:
        w += 1
    if w == 0:
        raise ValueError("the budget is too small for even one unit per layer")
    return w


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    rows = []
    for widths in architectures:
        torch.manual_seed(seed)
        model = MLP(widths)
        train_mnist(model, data, epochs, batch_size, learning_rate, seed=seed)
        # measured again here, which gives the same as the last entry of the history
        _, accuracy = evaluate(model, minibatches(data["validation_images"], data["validation_labels"], 256))
        rows.append(dict(widths=widths, parameters=parameters_of(widths), accuracy=accuracy))
    return rows


# %% checkpoint
def save_checkpoint(model: nn.Module, path: str | Path) -> None:
    state = {name: tensor.cpu() for name, tensor in model.state_dict().items()}
    torch.save(state, Path(path))


def load_checkpoint(path: str | Path, widths: list[int], activation: str = "relu") -> MLP:
    with torch.device("cpu"):
        model = MLP(widths, activation=activation)
    state = torch.load(Path(path), map_location="cpu", weights_only=True)
    model.load_state_dict(state)
    return model.eval()


def predict(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    before = model.training
    model.eval()
    device = next(iter(model.parameters())).device
    loader = DataLoader(images, batch_size=100)
    with torch.no_grad():
        predicted = torch.cat([model(batch.to(device)).argmax(1) for batch in loader])
    model.train(before)
    return predicted


# %% memory
def weight_bytes(n_weights: int, bits: int = 32) -> int:
    return int(n_weights) * int(bits) // 8


def quantise(weight: torch.Tensor) -> tuple[torch.Tensor, float]:
    scale = float(weight.detach().abs().max()) / 127
    if scale == 0:
        scale = 1.0
    quantised = torch.round(weight.detach() / scale).char()
    return quantised, scale


def dequantise(quantised: torch.Tensor, scale: float) -> torch.Tensor:
    return torch.mul(quantised.float(), scale)


def quantised_copy(model: nn.Module) -> nn.Module:
    state = copy.deepcopy(model.state_dict())
    for name, parameter in model.named_parameters():
        state[name] = dequantise(*quantise(parameter))
    twin = copy.deepcopy(model)
    twin.load_state_dict(state)
    return twin
