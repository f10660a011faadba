"""A correct submission with everything typed and named: ModuleDict, OrderedDict, an Enum, a TypedDict and match."""

import copy
import io
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.utils.tensorboard import SummaryWriter


# %% tensor_forward
from typing import NamedTuple

from torch import Tensor


class Layer(NamedTuple):
    """Weight and bias of a linear layer."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return torch.einsum("oi,ni->no", self.weight, x) + self.bias


def tensor_forward(x: Tensor, parameters: list[Tensor]) -> Tensor:
    first = Layer(parameters[0], parameters[1])
    second = Layer(parameters[2], parameters[3])
    output = Layer(parameters[4], parameters[5])
    return output(second(first(x).relu()).relu())


# %% module
from collections import OrderedDict
from enum import Enum


class Activation(Enum):
    """The activations that the course knows."""

    IDENTITY = "identity"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    RELU = "relu"

    def module(self) -> nn.Module:
        match self:
            case Activation.IDENTITY:
                return nn.Identity()
            case Activation.SIGMOID:
                return nn.Sigmoid()
            case Activation.TANH:
                return nn.Tanh()
            case Activation.RELU:
                return nn.ReLU(inplace=False)


class MLP(nn.Module):
    """Blocks by name: "flatten", "hidden1", "hidden2", ..., "output"."""

    blocks: nn.ModuleDict

    def __init__(self, widths: list[int], activation: str = "relu") -> None:
        super().__init__()
        kind = Activation(activation)  # an Enum raises ValueError by itself
        if not len(widths) >= 2:
            raise ValueError(f"expected at least two widths, got {len(widths)}")
        self.widths: tuple[int, ...] = tuple(widths)
        *hidden, (last_in, last_out) = zip(widths[:-1], widths[1:])
        blocks: OrderedDict[str, nn.Module] = OrderedDict()
        blocks["flatten"] = nn.Flatten()
        for k, (n_in, n_out) in enumerate(hidden, start=1):
            blocks[f"hidden{k}"] = self._hidden_block(n_in, n_out, kind)
        blocks["output"] = nn.Linear(last_in, last_out)
        self.blocks = nn.ModuleDict(blocks)

    @staticmethod
    def _hidden_block(n_in: int, n_out: int, kind: Activation) -> nn.Sequential:
        block = nn.Sequential()
        block.add_module("linear", nn.Linear(n_in, n_out))
        block.add_module(kind.value, kind.module())
        return block

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks.values():
            x = block(x)
        return x


def count_parameters(model: nn.Module) -> int:
    sizes: dict[str, int] = {}
    for name, parameter in model.named_parameters():
        sizes[name] = math.prod(parameter.shape) if parameter.requires_grad else 0
    return sum(sizes.values())


# %% autograd_parity
import numpy.typing as npt


def load_weights(model: nn.Module, arrays: list[npt.NDArray[np.floating]]) -> None:
    names: list[str] = [name for name, _ in model.named_parameters()]
    if len(names) != len(arrays):
        raise ValueError(f"{len(names)} arrays are needed for {names}, not {len(arrays)}")
    for name, array in zip(names, arrays):
        if model.get_parameter(name).shape != array.shape:
            raise ValueError(f"{name} does not have the shape {array.shape}")
    for name, array in zip(names, arrays):
        # detach() shares the memory, so this writes into the parameter and autograd does not see it
        target: Tensor = model.get_parameter(name).detach()
        target.copy_(torch.from_numpy(np.ascontiguousarray(array)))


class Gradients(NamedTuple):
    y: npt.NDArray[np.floating]
    dx: npt.NDArray[np.floating]
    of_parameters: list[npt.NDArray[np.floating]]


def autograd_gradients(model: nn.Module, x: np.ndarray, dy: np.ndarray) -> Gradients:
    parameters: dict[str, nn.Parameter] = dict(model.named_parameters())
    old: dict[str, Tensor | None] = {name: p.grad for name, p in parameters.items()}
    some: nn.Parameter = next(iter(parameters.values()))
    x_: Tensor = torch.tensor(x, dtype=some.dtype, device=some.device, requires_grad=True)
    model.zero_grad(set_to_none=True)
    y: Tensor = model(x_)
    y.backward(gradient=torch.tensor(dy, dtype=y.dtype, device=y.device))
    result = Gradients(
        y=y.detach().cpu().numpy(),
        dx=x_.grad.cpu().numpy(),
        of_parameters=[p.grad.cpu().numpy() for p in parameters.values()],
    )
    for name, p in parameters.items():  # as if nothing had happened
        p.grad = old[name]
    return result


# %% data
from collections.abc import Iterator, Sequence
from typing import TypedDict


class Data(TypedDict):
    """What `prepare` returns."""

    train_images: Tensor
    train_labels: Tensor
    validation_images: Tensor
    validation_labels: Tensor
    mean: float
    std: float


WHITE: float = 255.0


def statistics(images: Tensor) -> tuple[float, float]:
    variance, mean = torch.var_mean(images.to(torch.float64))
    return float(mean / WHITE), math.sqrt(float(variance)) / WHITE


def normalise(images: Tensor, mean: float, std: float) -> Tensor:
    # (p / 255 - m) / s = (p - 255 m) / (255 s)
    shifted: Tensor = images.to(torch.float32) - WHITE * mean
    return shifted.div_(WHITE * std)[:, None, :, :]


def split(n: int, n_validation: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    rng: np.random.RandomState = np.random.RandomState(seed)
    validation = np.sort(rng.choice(n, size=n_validation, replace=False))
    train = np.setdiff1d(np.arange(n), validation)
    return torch.as_tensor(train, dtype=torch.int64), torch.as_tensor(validation, dtype=torch.int64)


def prepare(images: Tensor, labels: Tensor, n_validation: int, seed: int = 0) -> Data:
    train, validation = split(n=len(images), n_validation=n_validation, seed=seed)
    mean, std = statistics(images[train])
    return Data(
        train_images=normalise(images[train], mean, std),
        train_labels=labels[train].to(dtype=torch.int64),
        validation_images=normalise(images[validation], mean, std),
        validation_labels=labels[validation].to(dtype=torch.int64),
        mean=mean,
        std=std,
    )


class Batch(NamedTuple):
    images: Tensor
    labels: Tensor


class BatchSequence(Sequence[Batch]):
    """Batches that are cut out when they are asked for, by number or one after the other."""

    def __init__(self, images: Tensor, labels: Tensor, order: Tensor, batch_size: int, n_batches: int) -> None:
        self._images, self._labels = images, labels
        self._order: Tensor = order
        self._size: int = batch_size
        self._n: int = n_batches

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, k: int) -> Batch:
        if not 0 <= k < self._n:
            raise IndexError(k)
        chosen: Tensor = self._order[k * self._size : (k + 1) * self._size]
        return Batch(self._images[chosen], self._labels[chosen])


def minibatches(
    images: Tensor,
    labels: Tensor,
    batch_size: int,
    generator: torch.Generator | None = None,
    drop_last: bool = False,
) -> BatchSequence:
    n: int = images.shape[0]
    order: Tensor
    match generator:
        case None:
            order = torch.arange(n)
        case torch.Generator():
            order = torch.randperm(n, generator=generator)
    return BatchSequence(images, labels, order, batch_size, steps_per_epoch(n, batch_size, drop_last))


def steps_per_epoch(n_samples: int, batch_size: int, drop_last: bool = False) -> int:
    match divmod(n_samples, batch_size):
        case (full, 0):
            return full
        case (full, _):
            return full if drop_last else full + 1


# %% train_step
from torch.optim import SGD, Adam, Optimizer


class StepResult(NamedTuple):
    loss: float
    correct: int


def train_step(model: nn.Module, images: Tensor, labels: Tensor, optimizer: Optimizer) -> StepResult:
    device: torch.device = next(model.parameters()).device
    images, labels = images.to(device), labels.to(device)
    kept: dict[str, Tensor] = {}

    def closure() -> Tensor:
        """What optimizers call that want to compute the loss themselves."""
        optimizer.zero_grad()
        logits: Tensor = model(images)
        kept["logits"] = logits.detach()
        loss: Tensor = F.cross_entropy(input=logits, target=labels, reduction="mean")
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    correct: int = int(torch.eq(kept["logits"].argmax(dim=-1), labels).sum().item())
    return StepResult(loss=float(loss.item()), correct=correct)


# %% train_epoch
from collections import Counter


class Measure(NamedTuple):
    loss: float
    accuracy: float


def train_epoch(model: nn.Module, batches: Iterable[Batch], optimizer: Optimizer) -> Measure:
    model.train(mode=True)
    sums: Counter[str] = Counter()
    for images, labels in batches:
        size: int = labels.shape[0]
        step: StepResult = train_step(model, images, labels, optimizer)
        sums.update(loss=step.loss * size, correct=step.correct, samples=size)
    return Measure(loss=sums["loss"] / sums["samples"], accuracy=sums["correct"] / sums["samples"])


# %% evaluate
class evaluation:
    """`with evaluation(model) as device:` eval mode and no gradients, and all as before afterwards."""

    def __init__(self, model: nn.Module) -> None:
        self.model: nn.Module = model

    def __enter__(self) -> torch.device:
        self.training: bool = self.model.training
        self.grad: bool = torch.is_grad_enabled()
        self.model.eval()
        torch.set_grad_enabled(False)
        return next(self.model.parameters()).device

    def __exit__(self, *_: object) -> None:
        torch.set_grad_enabled(self.grad)
        self.model.train(self.training)


def evaluate(model: nn.Module, batches: Iterable[Batch]) -> Measure:
    criterion: nn.Module = nn.CrossEntropyLoss(reduction="sum")
    sums: Counter[str] = Counter()
    with evaluation(model) as device:
        for images, labels in batches:
            logits: Tensor = model(images.to(device))
            target: Tensor = labels.to(device)
            sums["loss"] += criterion(logits, target).item()
            sums["correct"] += int(torch.eq(logits.argmax(dim=-1), target).sum().item())
            sums["samples"] += target.shape[0]
    return Measure(loss=sums["loss"] / sums["samples"], accuracy=sums["correct"] / sums["samples"])


# %% train_mnist
class History(TypedDict):
    train_loss: list[float]
    train_accuracy: list[float]
    validation_loss: list[float]
    validation_accuracy: list[float]
    learning_rate: list[float]


TAG: dict[str, str] = {
    "train_loss": "loss/train",
    "train_accuracy": "accuracy/train",
    "validation_loss": "loss/validation",
    "validation_accuracy": "accuracy/validation",
    "learning_rate": "learning_rate",
}


def train_mnist(
    model: nn.Module,
    data: Data,
    epochs: int,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    decay: float = 1.0,
    seed: int = 0,
    log_dir: str | Path | None = None,
) -> History:
    history = History(
        train_loss=[], train_accuracy=[], validation_loss=[], validation_accuracy=[], learning_rate=[]
    )
    optimizer: Optimizer = Adam(params=model.parameters(), lr=learning_rate)
    generator: torch.Generator = torch.Generator(device="cpu")
    generator.manual_seed(seed)
    writer: SummaryWriter | None = None if log_dir is None else SummaryWriter(log_dir=str(log_dir))
    try:
        for epoch in range(epochs):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * decay**epoch
            train: Measure = train_epoch(
                model=model,
                batches=minibatches(data["train_images"], data["train_labels"], batch_size, generator),
                optimizer=optimizer,
            )
            validation: Measure = evaluate(
                model=model,
                batches=minibatches(data["validation_images"], data["validation_labels"], batch_size),
            )
            history["train_loss"].append(train.loss)
            history["train_accuracy"].append(train.accuracy)
            history["validation_loss"].append(validation.loss)
            history["validation_accuracy"].append(validation.accuracy)
            history["learning_rate"].append(optimizer.param_groups[0]["lr"])
            if writer is not None:
                for name, tag in TAG.items():
                    writer.add_scalar(tag=tag, scalar_value=history[name][-1], global_step=epoch + 1)
    finally:
        if writer is not None:
            writer.close()
    return history


def confusion_matrix(model: nn.Module, batches: Iterable[Batch], classes: int = 10) -> Tensor:
    pairs: Counter[tuple[int, int]] = Counter()
    with evaluation(model) as device:
        for images, labels in batches:
            taken: list[int] = model(images.to(device)).argmax(dim=-1).tolist()
            pairs.update(zip(labels.tolist(), taken))
    return torch.tensor([[pairs[i, j] for j in range(classes)] for i in range(classes)], dtype=torch.int64)


# %% device
def pick_device() -> torch.device:
    match torch.cuda.is_available(), torch.backends.mps.is_available():
        case (True, _):
            return torch.device("cuda")
        case (False, True):
            return torch.device("mps")
        case _:
            return torch.device("cpu")


class HardwareRow(NamedTuple):
    name: str
    per_epoch: str
    in_all: str
    accuracy: str


def hardware_row(name: str, epoch_seconds: list[float], accuracy: float) -> HardwareRow:
    total: float = math.fsum(epoch_seconds)
    minutes, seconds = divmod(int(round(total, 0)), 60)
    return HardwareRow(
        name=name,
        per_epoch=f"{total / len(epoch_seconds):.1f} s",
        in_all=f"{minutes} min {seconds} s",
        accuracy=f"{100.0 * accuracy:.2f} %",
    )


# %% batch_size
from collections.abc import Callable


class Row(TypedDict):
    batch_size: int
    steps: int
    seconds: float
    accuracy: float


def sweep_batch_sizes(
    widths: list[int],
    data: Data,
    batch_sizes: list[int],
    epochs: int = 1,
    learning_rate: float = 0.1,
    seed: int = 0,
) -> list[Row]:
    table: OrderedDict[int, Row] = OrderedDict()
    for number, batch_size in enumerate(batch_sizes):
        torch.manual_seed(seed)
        model: MLP = MLP(widths)
        optimizer: Optimizer = SGD(params=model.parameters(), lr=learning_rate)
        generator: torch.Generator = torch.Generator()
        generator.manual_seed(seed)
        nanoseconds: int = -time.perf_counter_ns()
        for _ in range(epochs):
            batches = minibatches(data["train_images"], data["train_labels"], batch_size, generator)
            train_epoch(model, batches, optimizer)
        nanoseconds += time.perf_counter_ns()
        validation = minibatches(data["validation_images"], data["validation_labels"], 1024)
        table[number] = Row(
            batch_size=batch_size,
            steps=steps_per_epoch(len(data["train_images"]), batch_size),
            seconds=nanoseconds / 1e9 / epochs,
            accuracy=evaluate(model, validation).accuracy,
        )
    return list(table.values())


def lecture_claims(rows: list[Row]) -> dict[str, bool]:
    def batch_size_of(best: Callable[..., Row], key: str) -> int:
        return best(rows, key=lambda row: row[key])["batch_size"]

    steps: dict[int, int] = {row["batch_size"]: row["steps"] for row in rows}
    sizes: list[int] = sorted(steps)
    return {
        "fewer_steps": not any(steps[small] < steps[large] for small, large in zip(sizes, sizes[1:])),
        "fastest_128_256": batch_size_of(min, "seconds") in {128, 256},
        "small_most_accurate": batch_size_of(max, "accuracy") in range(9),
    }


# %% capacity
from bisect import bisect_right


def parameters_of(widths: Sequence[int]) -> int:
    return sum(n_in * n_out for n_in, n_out in zip(widths[:-1], widths[1:])) + sum(widths[1:])


def equal_width(budget: int, depth: int, n_in: int = 784, n_out: int = 10) -> int:
    def cost(width: int) -> int:
        return parameters_of([n_in, *([width] * depth), n_out])

    # the first layer alone has n_in + 1 parameters for each unit
    candidates: range = range(1, max(budget, 0) // (n_in + 1) + 1)
    fitting: int = bisect_right(candidates, budget, key=cost)
    if fitting == 0:
        raise ValueError(f"no width keeps to {budget} parameters")
    return candidates[fitting - 1]


class Comparison(TypedDict):
    widths: list[int]
    parameters: int
    accuracy: float


def compare_architectures(
    architectures: list[list[int]],
    data: Data,
    epochs: int,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> list[Comparison]:
    rows: list[Comparison] = []
    for widths in architectures:
        torch.manual_seed(seed)
        model: MLP = MLP(widths)
        history: History = train_mnist(
            model=model,
            data=data,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
        )
        *_, accuracy = history["validation_accuracy"]
        rows.append(Comparison(widths=widths, parameters=parameters_of(widths), accuracy=accuracy))
    return rows


# %% checkpoint
import io


def save_checkpoint(model: nn.Module, path: str | Path) -> None:
    state: OrderedDict[str, Tensor] = OrderedDict(
        (name, tensor.detach().to("cpu", copy=True)) for name, tensor in model.state_dict().items()
    )
    buffer = io.BytesIO()
    torch.save(state, buffer)
    Path(path).write_bytes(buffer.getvalue())


def load_checkpoint(path: str | Path, widths: list[int], activation: str = "relu") -> MLP:
    buffer = io.BytesIO(Path(path).read_bytes())
    state: dict[str, Tensor] = torch.load(buffer, map_location=torch.device("cpu"), weights_only=True)
    model: MLP = MLP(widths=widths, activation=activation)
    missing, unexpected = model.load_state_dict(state)
    assert not missing and not unexpected
    return model.eval()


def predict(model: nn.Module, images: Tensor) -> Tensor:
    with evaluation(model) as device:
        classes: Tensor = model(images.to(device)).argmax(dim=-1)
    return classes


# %% memory
BITS_PER_BYTE: int = 8
LEVELS: int = torch.iinfo(torch.int8).max


def weight_bytes(n_weights: int, bits: int = 32) -> int:
    return n_weights * bits // BITS_PER_BYTE


class Quantised(NamedTuple):
    numbers: Tensor
    scale: float


def quantise(weight: Tensor) -> Quantised:
    peak: float = weight.detach().abs().amax().item()
    scale: float = peak / LEVELS if peak > 0.0 else 1.0
    numbers: Tensor = torch.clamp(torch.round(weight.detach() / scale), min=-LEVELS, max=LEVELS)
    return Quantised(numbers.to(dtype=torch.int8), scale)


def dequantise(quantised: Tensor, scale: float) -> Tensor:
    return torch.mul(quantised, scale).to(torch.float32)


def quantised_copy(model: nn.Module) -> nn.Module:
    twin: nn.Module = copy.deepcopy(model)
    for name, parameter in model.named_parameters():
        twin.get_parameter(name).data.copy_(dequantise(*quantise(parameter)))
    return twin
