"""What an epoch of the reference training costs, against a DataLoader loop as a student would write it.

    python benchmarks/training.py [--root DIR] [--json]

Prints figures and asserts nothing. `ratio` is how many times faster per epoch the reference is than the plain loop:
same network, images, batch size and optimizer, same run, epochs by turns, one thread; the plain loop's epoch over the
reference's, as medians. `of_matrix_products` is the reference's epoch over that of its matrix products alone. Without
--root the images are noise of MNIST's size. With an NVIDIA GPU there are also figures of its own: the plain loop on
it, and 100 epochs of the reference.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch.utils.data import DataLoader, Dataset
from torchvision import datasets, transforms

from reference.fused_mlp import FusedMLP
from reference.matrix_products import product
from reference.mnist_files import FILES
from reference.pytorch_mlp import MLP
from reference.recipes import RECIPES, Data, initial_model, set_up, train

BATCH_SIZE = 128
LECTURE = RECIPES["lecture"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What an epoch of the reference training costs.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", type=Path, help="folder with MNIST/raw; noise of its size without")
    parser.add_argument("--epochs", type=int, default=5, help="how many of each kind to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.root is None:
            make_data(Path(folder))
        root = options.root or Path(folder)
        figures = measured(root, torch.device("cpu"), options.epochs)
        if torch.cuda.is_available():
            gpu = measured(root, torch.device("cuda"), options.epochs)
            figures |= {f"cuda_{name}": value for name, value in gpu.items() if name != "of_matrix_products"}
            figures |= hundred_epochs(root, torch.device("cuda"))
    figures |= {"data": "MNIST" if options.root else "noise", "torch": torch.__version__}
    figures["python"] = sys.version.split()[0]
    if options.json:
        print(json.dumps(figures))  # noqa: T201
        return
    for name, value in figures.items():
        print(f"{name:28} {value}")  # noqa: T201


def make_data(root: Path) -> None:
    """Write IDX files of noise, as many images as MNIST has."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    generator = torch.Generator().manual_seed(0)
    for count, images, labels in ((60_000, *FILES[:2]), (10_000, *FILES[2:])):
        for name, shape, top in ((images, (count, 28, 28), 256), (labels, (count,), 10)):
            lengths = b"".join(length.to_bytes(4, "big") for length in shape)
            values = torch.randint(0, top, shape, dtype=torch.uint8, generator=generator)
            (raw / name).write_bytes(bytes([0, 0, 8, len(shape)]) + lengths + values.numpy().tobytes())


def measured(root: Path, device: torch.device, epochs: int) -> dict[str, Any]:
    """The median seconds of an epoch of each kind on the device, and their ratios."""
    set_up(device, threads=1)
    data = Data.load("mnist", root, device)
    model = initial_model(LECTURE.activation, 0).to(device)
    trainer = FusedMLP(model, LECTURE.activation, LECTURE.optimizer, data.images, data.labels, BATCH_SIZE)
    rates = LECTURE.rates(len(trainer.batches)).to(device)
    kinds: dict[str, Callable[[], object]] = {
        "plain": plain_loop(root, device),
        "reference": lambda: trainer.epoch(rates).item(),
        "matrix_products": matrix_products(model, data.images),
    }
    wall: dict[str, list[float]] = {kind: [] for kind in kinds}
    processor: dict[str, list[float]] = {kind: [] for kind in kinds}
    kinds["reference"]()
    for _ in range(epochs):
        for kind, epoch in kinds.items():
            started, busy = time.perf_counter(), time.process_time()
            epoch()
            wall[kind].append(time.perf_counter() - started)
            processor[kind].append(time.process_time() - busy)
    seconds = {kind: statistics.median(times) for kind, times in wall.items()}
    busy_seconds = {kind: statistics.median(times) for kind, times in processor.items()}
    return {
        "ratio": round(seconds["plain"] / seconds["reference"], 2),
        "of_matrix_products": round(seconds["reference"] / seconds["matrix_products"], 2),
        **{f"{kind}_seconds_per_epoch": round(value, 4) for kind, value in seconds.items()},
        **{f"{kind}_processor_seconds": round(value, 4) for kind, value in busy_seconds.items()},
    }


def plain_loop(root: Path, device: torch.device) -> Callable[[], None]:
    """An epoch as tutorials have it: torchvision's dataset, its transforms, a DataLoader, autograd, torch.optim."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    images: Dataset[Any] = datasets.MNIST(str(root), train=True, transform=transform)
    loader = DataLoader(images, batch_size=BATCH_SIZE, shuffle=True)
    model = initial_model(LECTURE.activation, 0).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=LECTURE.learning_rate)

    def epoch() -> None:
        for inputs, labels in loader:
            loss = F.cross_entropy(model(inputs.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return epoch


def matrix_products(model: MLP, images: torch.Tensor) -> Callable[[], None]:
    """The matrix products of an epoch and nothing else: for each layer forward, its weights' and its inputs' gradient.

    They are the trainer's own, by the same library, with the same shapes and strides.
    """
    weights = [parameter.detach() for parameter in model.parameters() if parameter.dim() == 2]
    deltas = [torch.randn(BATCH_SIZE, len(weight), device=images.device) for weight in weights]

    def epoch() -> None:
        for batch in torch.split(images, BATCH_SIZE):
            inputs = [batch]
            for weight in weights:
                inputs.append(product(inputs[-1], weight))
            for k in range(len(weights) - 1, -1, -1):
                delta = deltas[k][: len(batch)]
                product(delta.t(), inputs[k].t())
                if k:
                    product(delta, weights[k].t())
        if images.is_cuda:
            torch.cuda.synchronize()

    return epoch


def hundred_epochs(root: Path, device: torch.device) -> dict[str, Any]:
    """The lecture's training, all of it: data loading, capture and validation of each epoch included."""
    started = time.perf_counter()
    data = Data.load("mnist", root, device)
    loaded = time.perf_counter() - started
    history = train(initial_model(LECTURE.activation, 0).to(device), LECTURE, data, LECTURE.epochs, BATCH_SIZE)
    total = time.perf_counter() - started
    return {
        "cuda_100_epochs_seconds": round(total - loaded, 3),
        "cuda_loading_seconds": round(loaded, 3),
        "cuda_validation_accuracy": round(history["validation_accuracy"][-1], 4),
        "cuda_device": torch.cuda.get_device_name(device),
    }


if __name__ == "__main__":
    main()
