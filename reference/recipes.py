"""The two ways to train the lecture's network, and the training itself, on data that lie on the device."""

from __future__ import annotations

import io
import math
import os
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from reference.fused_mlp import FusedMLP
from reference.mnist_files import SetupError, load
from reference.pytorch_mlp import MLP, normalise, statistics

WIDTHS = [784, 256, 128, 10]
Parameters = list[nn.Parameter]


@dataclass(frozen=True)
class Recipe:
    """How to train: what differs between the recipes."""

    activation: str
    epochs: int
    learning_rate: float  # the highest, if there is a schedule
    one_cycle: bool
    smoothing: float
    optimizer: Callable[[Parameters], torch.optim.Optimizer]

    def rates(self, steps: int) -> torch.Tensor:
        """The learning rate of each step, shape (steps,): constant, or up for a fifth and down along a cosine."""
        if not self.one_cycle:
            return torch.full((steps,), self.learning_rate)
        done = (torch.arange(steps) + 0.5) / steps
        down = 0.5 + 0.5 * torch.cos(math.pi * (done - 0.2) / 0.8)
        return self.learning_rate * torch.where(done < 0.2, done / 0.2, down)


RECIPES = {
    "lecture": Recipe("sigmoid", 100, 0.01, False, 0.0, lambda p: torch.optim.SGD(p, fused=True)),
    "best": Recipe(
        "relu",
        20,
        0.1,
        True,
        0.1,
        lambda p: torch.optim.SGD(p, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True),
    ),
}


@dataclass(frozen=True)
class Data:
    """Normalised images (N, 784), float32, and labels (N,), int64, on the device."""

    images: torch.Tensor
    labels: torch.Tensor
    validation_images: torch.Tensor
    validation_labels: torch.Tensor

    @classmethod
    def load(cls, dataset: str, root: Path, device: torch.device) -> Data:
        """Read the files; both parts are normalised by the statistics of the training part."""
        images, labels, validation_images, validation_labels = load(dataset, root)
        mean, std = statistics(images)
        parts = (normalise(part, mean, std or 1.0).flatten(1).to(device) for part in (images, validation_images))
        return cls(next(parts), labels.long().to(device), next(parts), validation_labels.long().to(device))


def set_up(device: torch.device, threads: int) -> None:
    """Set how PyTorch computes, for the whole process."""
    torch.set_num_threads(threads)
    if device.type == "cuda":
        # cuBLAS gives the same sums each time only with a workspace of this size.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.set_float32_matmul_precision("high")  # products of TF32 numbers, summed in float32


def initial_model(activation: str, seed: int) -> MLP:
    """The network before the first step: Glorot's weights for sigmoid, Kaiming's for ReLU; biases are zero."""
    torch.manual_seed(seed)
    model = MLP(WIDTHS, activation)
    for layer in model.layers:
        if isinstance(layer, nn.Linear):
            (nn.init.kaiming_uniform_ if activation == "relu" else nn.init.xavier_uniform_)(layer.weight)
            nn.init.zeros_(layer.bias)
    return model


def train(
    model: MLP,
    recipe: Recipe,
    data: Data,
    epochs: int,
    batch_size: int = 128,
    seed: int = 0,
    after_epoch: Callable[[float, float], None] = lambda loss, accuracy: None,
) -> dict[str, list[float]]:
    """Train the model where the data are.

    after_epoch: called with the training loss and the validation accuracy (0…1)
    Returns "train_loss", "validation_accuracy" and "epoch_seconds" (validation included), a number for each epoch.
    """
    started = time.perf_counter()  # the first epoch pays for the preparation
    trainer = FusedMLP(
        model, recipe.activation, recipe.optimizer, data.images, data.labels, batch_size, recipe.smoothing, seed
    )
    rates = recipe.rates(epochs * len(trainer.batches)).view(epochs, -1).to(data.images.device)
    history: dict[str, list[float]] = {"train_loss": [], "validation_accuracy": [], "epoch_seconds": []}
    for epoch in range(epochs):
        loss = trainer.epoch(rates[epoch])
        with torch.no_grad():
            hits = (model(data.validation_images).argmax(1) == data.validation_labels).float().mean()
        row = (loss.item(), hits.item())  # waits for the device
        finished = time.perf_counter()
        for values, value in zip(history.values(), (*row, finished - started), strict=True):
            values.append(value)
        started = finished
        after_epoch(*row)
    return history


def save_checkpoint(model: MLP, activation: str, path: Path) -> None:
    """Write {"state_dict", "widths", "activation"}, which torch.load(path, weights_only=True) reads."""
    state = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
    content = io.BytesIO()
    torch.save({"state_dict": state, "widths": WIDTHS, "activation": activation}, content)
    # Written by Python, a full disk is an OSError that says so.
    path.write_bytes(content.getvalue())


def load_checkpoint(path: Path, model: MLP, activation: str) -> None:
    """Copy the weights of a checkpoint of this program into the model; SetupError if they do not fit."""
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        widths, other = list(checkpoint["widths"]), checkpoint["activation"]
        if (widths, other) == (WIDTHS, activation):
            model.load_state_dict(checkpoint["state_dict"])
            return
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}): check the path of --start-from.") from None
    except (RuntimeError, EOFError, pickle.UnpicklingError, LookupError, TypeError, ValueError, AttributeError):
        raise SetupError(f"{path} is no checkpoint of this program: give --start-from a checkpoint.pt.") from None
    ours, theirs = ("-".join(map(str, shape)) for shape in (WIDTHS, widths))
    raise SetupError(f"{path} holds a {other} network {theirs}, not a {activation} one {ours}: start from another.")
