"""Cuts the MNIST files that ship with `pytorch_mlp` out of the full set: `python mnist_subset.py FULL_ROOT`.

Students get 10 000 training and 2 000 test images, in the layout that `torchvision.datasets.MNIST` reads. 2 000 other
test images stay with the graders. Which ones is drawn with a fixed seed, so the files come out the same each time.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torchvision.datasets import MNIST

TRAINING, TEST, HIDDEN = 10_000, 2_000, 2_000
SEED = 1998

FOLDER = Path(__file__).resolve().parent
RELEASED = FOLDER / "source" / "data" / "MNIST" / "raw"
HIDDEN_IMAGES = FOLDER / "hidden_images.npz"

Bytes = NDArray[np.uint8]


def write_idx(path: Path, array: Bytes) -> None:
    """Write unsigned bytes of any shape as an IDX file: magic number, sides as big-endian int32, values row by row."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 0x08, array.ndim, *array.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + np.ascontiguousarray(array, np.uint8).tobytes())


def make(root: Path) -> None:
    """Write the released files and the hidden images from the full set below `root`.

    Raises:
        RuntimeError: torchvision does not find the full set there.
    """
    rng = np.random.default_rng(SEED)
    images, labels = _full(root, train=True)
    chosen = np.sort(rng.permutation(len(images))[:TRAINING])
    write_idx(RELEASED / "train-images-idx3-ubyte", images[chosen])
    write_idx(RELEASED / "train-labels-idx1-ubyte", labels[chosen])

    images, labels = _full(root, train=False)
    order = rng.permutation(len(images))
    test, hidden = np.sort(order[:TEST]), np.sort(order[TEST : TEST + HIDDEN])
    write_idx(RELEASED / "t10k-images-idx3-ubyte", images[test])
    write_idx(RELEASED / "t10k-labels-idx1-ubyte", labels[test])
    np.savez_compressed(HIDDEN_IMAGES, images=images[hidden], labels=labels[hidden].astype(np.int64))


def _full(root: Path, train: bool) -> tuple[Bytes, Bytes]:
    dataset = MNIST(str(root), train=train, download=False)
    return dataset.data.numpy(), dataset.targets.numpy().astype(np.uint8)


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python mnist_subset.py FULL_ROOT (with FULL_ROOT/MNIST/raw in it)", file=sys.stderr)  # noqa: T201
        return 2
    make(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
