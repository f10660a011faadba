"""Train the lecture's network 784-256-128-10 on MNIST or Fashion-MNIST, fast, and compare with the lecture's machines.

    python -m reference.train [--dataset mnist|fashion] [--recipe lecture|best] [--device auto] [--json]

`lecture` is the setting of the lecture, `best` the one that we found most accurate. Written into the folder --out:
checkpoint.pt, learning_curves.png, confusion_matrix.png and tensorboard/.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from torch.utils.tensorboard import SummaryWriter

from reference.hardware_table import hardware_table
from reference.mnist_files import CLASSES, FOLDERS, SetupError, made_folder
from reference.pytorch_mlp import MLP, confusion_matrix, pick_device
from reference.recipes import RECIPES, Data, initial_model, load_checkpoint, save_checkpoint, set_up, train
from reference.training_pictures import confusion_picture, learning_curves

PICTURES = ("learning_curves.png", "confusion_matrix.png")


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns its exit status, 2 after a sentence on stderr about what was wrong."""
    options = parsed(arguments)
    try:
        figures = run(options)
    except (SetupError, RuntimeError, OSError) as error:
        # Of what PyTorch raises only too little memory is not a fault of this program; it has no class on all devices.
        if isinstance(error, RuntimeError) and not re.search("out of memory|allocate memory", str(error)):
            raise
        print(sentence(error, options.out), file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)  # noqa: T201
        return 130
    table = figures.pop("table")
    print(json.dumps(figures) if options.json else table)  # noqa: T201
    return 0


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The options, with the defaults that depend on others filled in."""

    def positive(text: str) -> int:
        if int(text) < 1:
            raise argparse.ArgumentTypeError(f"{text} is not at least 1")
        return int(text)

    parser = argparse.ArgumentParser(prog="python -m reference.train", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--dataset", choices=list(FOLDERS), default="mnist")
    parser.add_argument("--root", type=Path, default=Path("data"), help="where the dataset is or will be downloaded to")
    parser.add_argument("--recipe", choices=list(RECIPES), default="lecture")
    parser.add_argument("--epochs", type=positive, help="100 for the lecture's recipe, 20 for the best")
    parser.add_argument("--batch-size", type=positive, default=128)
    parser.add_argument("--device", default="auto", help="cuda, mps or cpu; the fastest there is by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=positive, default=1, help="on the CPU; for matrices this small, 1 is best")
    parser.add_argument("--out", type=Path, help="folder for the results, runs/DATASET-RECIPE by default")
    parser.add_argument(
        "--start-from", type=Path, metavar="CHECKPOINT", help="go on from the weights of a checkpoint.pt"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of the table")
    options = parser.parse_args(arguments)
    if not 0 <= options.seed < 2**63:
        parser.error("argument --seed: it is from 0 to 2^63 - 1")
    options.out = options.out or Path("runs") / f"{options.dataset}-{options.recipe}"
    options.epochs = options.epochs or RECIPES[options.recipe].epochs
    return options


def sentence(error: Exception, out: Path) -> str:
    """What went wrong and what to do, on one line."""
    if isinstance(error, RuntimeError):
        return "The device has too little free memory: end other programs on it, or use --device cpu."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"The disk is full: make room for {out}, or choose another folder with --out."
    if isinstance(error, OSError):
        return (
            f"{error.filename or out} cannot be written ({error.strerror or error}): choose another folder with --out."
        )
    return str(error)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Train and write the results; returns the figures for --json, and the hardware table as "table"."""
    device, recipe = choose_device(options.device), RECIPES[options.recipe]
    set_up(device, options.threads)
    model = initial_model(recipe.activation, options.seed)
    if options.start_from:
        load_checkpoint(options.start_from, model, recipe.activation)
    data = Data.load(options.dataset, options.root, device)
    model.to(device)
    columns = (TextColumn("epoch {task.completed}/{task.total}"), BarColumn(), TextColumn("{task.description}"))
    console = Console(stderr=True)
    with results_folder(options.out) as folder:
        with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=options.epochs)

            def show(loss: float, accuracy: float) -> None:
                progress.update(task, advance=1, description=f"loss {loss:.4f}, accuracy {100 * accuracy:.2f} %")

            history = train(model, recipe, data, options.epochs, options.batch_size, options.seed, show)
        files = write(folder, model, history, data, options)
    seconds, accuracy = history["epoch_seconds"], history["validation_accuracy"][-1]
    return {
        "device": str(device),
        "dataset": options.dataset,
        "recipe": options.recipe,
        "epochs": options.epochs,
        "seconds": round(sum(seconds), 3),
        "seconds_per_epoch": round(sum(seconds) / len(seconds), 5),
        "train_loss": history["train_loss"][-1],
        "validation_accuracy": accuracy,
        "seed": options.seed,
        "files": [str(options.out / name) for name in files],
        "table": hardware_table(device, seconds, accuracy),
    }


@contextlib.contextmanager
def results_folder(out: Path) -> Iterator[Path]:
    """A temporary folder whose files move to `out` when all are written; otherwise nothing is left of them."""
    with made_folder(out), tempfile.TemporaryDirectory(prefix=".unfinished-", dir=out) as folder:
        yield Path(folder)
        for old in out.glob("tensorboard/events.out.tfevents.*"):
            old.unlink()  # or TensorBoard would draw both trainings as one
        for file in [path for path in Path(folder).rglob("*") if path.is_file()]:
            place = out / file.relative_to(folder)
            place.parent.mkdir(exist_ok=True)
            file.replace(place)


def write(
    folder: Path, model: MLP, history: dict[str, list[float]], data: Data, options: argparse.Namespace
) -> list[str]:
    """Write checkpoint, pictures and TensorBoard's file into the folder; returns their paths inside of it."""
    save_checkpoint(model, RECIPES[options.recipe].activation, folder / "checkpoint.pt")
    losses, accuracies = history["train_loss"], history["validation_accuracy"]
    title = f"{options.dataset}, recipe {options.recipe}: {100 * accuracies[-1]:.2f} % after {len(losses)} epochs"
    learning_curves(losses, accuracies, title, folder / PICTURES[0])
    counts = confusion_matrix(model, [(data.validation_images, data.validation_labels)])
    confusion_picture(counts, CLASSES[options.dataset], title, folder / PICTURES[1])
    with SummaryWriter(str(folder / "tensorboard")) as writer:
        for epoch, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), 1):
            writer.add_scalar("loss/train", loss, epoch)
            writer.add_scalar("accuracy/validation", accuracy, epoch)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def choose_device(name: str) -> torch.device:
    """The device of this name, or the fastest for "auto"; SetupError if this machine has none such."""
    if name == "auto":
        return pick_device()
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).add_(1).item()
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, AssertionError, NotImplementedError):
        raise SetupError(f"There is no device {name!r} here: try --device auto or --device cpu.") from None
    return device


if __name__ == "__main__":
    sys.exit(main())
