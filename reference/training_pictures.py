"""The pictures of a training: its learning curves and its confusion matrix."""

from __future__ import annotations

from pathlib import Path

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

BLUE, ORANGE = "#2f6db5", "#d9822b"


def learning_curves(losses: list[float], accuracies: list[float], title: str, path: Path) -> None:
    """Draw the training loss (left axis) and the validation accuracy (right axis) of each epoch into a PNG.

    losses, accuracies: one number an epoch; accuracies are 0…1
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    left = figure.subplots()
    right = left.twinx()
    epochs = range(1, len(losses) + 1)
    marker = "o" if len(losses) == 1 else None
    left.plot(epochs, losses, color=BLUE, marker=marker)
    right.plot(epochs, [100 * accuracy for accuracy in accuracies], color=ORANGE, marker=marker)
    left.set(xlabel="epoch", title=title)
    left.set_ylabel("training loss", color=BLUE)
    right.set_ylabel("validation accuracy in %", color=ORANGE)
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.grid(alpha=0.3)
    figure.savefig(path, dpi=150, format="png")


def confusion_picture(counts: torch.Tensor, classes: tuple[str, ...], title: str, path: Path) -> None:
    """Draw a confusion matrix into a PNG; the colours show the errors, as the diagonal would outshine them.

    counts: int64, shape (classes, classes): entry [i, j] is how many samples of class i were taken for class j
    """
    errors = counts.clone().fill_diagonal_(0)
    figure = Figure(figsize=(6.5, 6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(errors, cmap="Oranges", vmin=0, vmax=max(1, int(errors.max())))
    ticks = range(len(classes))
    axes.set(xlabel="taken for", ylabel="class", title=title)
    axes.set_xticks(ticks, classes, rotation=45 if max(map(len, classes)) > 2 else 0)
    axes.set_yticks(ticks, classes)
    for row in ticks:
        for column in ticks:
            count, dark = int(counts[row, column]), int(errors[row, column]) > int(errors.max()) / 2
            axes.text(
                column,
                row,
                str(count) if count else "",
                ha="center",
                va="center",
                fontsize=9,
                weight="bold" if row == column else "normal",
                color="white" if dark else "black",
            )
    figure.savefig(path, dpi=150, format="png")
