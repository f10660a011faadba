"""MNIST and Fashion-MNIST as tensors: reads the IDX files, downloads missing ones, and says what is wrong with them.

An IDX file is four magic bytes (two zeros, 8 for unsigned bytes, the number of axes), the length of each axis as
four big-endian bytes, then the data.
"""

from __future__ import annotations

import contextlib
import errno
import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

FOLDERS = {"mnist": "MNIST", "fashion": "FashionMNIST"}
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
CLASSES = {
    "mnist": tuple("0123456789"),
    "fashion": tuple("T-shirt Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Boot".split()),
}


class SetupError(Exception):
    """What keeps the training from going on, and what to do about it, in one sentence."""


def load(dataset: str, root: Path) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The four files of a dataset, downloaded first if one is missing.

    dataset: "mnist" or "fashion"; root: the files lie in root/MNIST/raw or root/FashionMNIST/raw
    Returns (train_images (N, 28, 28), train_labels (N,), test_images (M, 28, 28), test_labels (M,)), all uint8.
    Raises SetupError for files that cannot be had or used.
    """
    folder = root / FOLDERS[dataset] / "raw"
    if not all((folder / name).is_file() for name in FILES):
        _download(dataset, folder)
    arrays = [read_idx(folder / name) for name in FILES]
    for part in (0, 2):
        images, labels = arrays[part], arrays[part + 1]
        _check(
            images.dim() == 3 and images.shape[1:] == (28, 28), folder / FILES[part], "has no images of 28 × 28 pixels"
        )
        _check(labels.dim() == 1, folder / FILES[part + 1], "has no labels")
        _check(
            len(images) == len(labels) > 0,
            folder / FILES[part + 1],
            f"has {len(labels)} labels for {len(images)} images",
        )
        _check(int(labels.max()) < 10, folder / FILES[part + 1], "has labels above 9")
    return arrays[0], arrays[1], arrays[2], arrays[3]


def read_idx(path: Path) -> torch.Tensor:
    """An IDX file of unsigned bytes as a uint8 tensor of the shape in its header; SetupError if it is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}): check its permissions.") from None
    _check(content[:2] != b"\x1f\x8b", path, "is still gzipped")
    _check(len(content) >= 4 and content[:3] == b"\0\0\x08" and content[3] > 0, path, "is no IDX file of bytes")
    start = 4 + 4 * content[3]
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    expected = start + math.prod(shape)
    _check(len(content) >= start, path, "is truncated in its header")
    _check(
        len(content) == expected,
        path,
        f"{'is truncated' if len(content) < expected else 'is too long'}: {len(content)} bytes, not {expected}",
    )
    # A bytearray is writable, which is what torch wants under a tensor.
    return (
        torch.frombuffer(bytearray(content[start:]), dtype=torch.uint8).reshape(shape)
        if expected > start
        else (torch.empty(shape, dtype=torch.uint8))
    )


@contextlib.contextmanager
def made_folder(folder: Path) -> Iterator[None]:
    """Make the folder and its parents; if what is done inside fails, those made are removed if they are empty."""
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for place in made:
            with contextlib.suppress(OSError):
                place.rmdir()  # which only an empty folder lets happen
        raise


def _check(fine: bool, path: Path, what: str) -> None:
    """Raise SetupError with what is wrong about the file, unless it is fine."""
    if not fine:
        raise SetupError(f"{path} {what}: delete it and run again to download it, or put the right file there.")


def _download(dataset: str, folder: Path) -> None:
    """Have torchvision download the dataset, and put those of its files into the folder that are missing there."""
    by_hand = f"put {', '.join(FILES[:3])} and {FILES[3]}, unpacked, into {folder}"
    try:
        # Downloaded aside and renamed: an interrupted download leaves nothing that looks like a dataset.
        with (
            made_folder(folder),
            tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as aside,
            contextlib.redirect_stdout(sys.stderr),
        ):
            from torchvision import datasets

            kind = datasets.MNIST if dataset == "mnist" else datasets.FashionMNIST
            kind(aside, train=True, download=True)
            for name in FILES:
                if not (folder / name).is_file():
                    (Path(aside) / FOLDERS[dataset] / "raw" / name).replace(folder / name)
    except (OSError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise SetupError(f"The disk is full: make room in {folder}, or choose another --root.") from None
        raise SetupError(f"The {dataset} files are missing and cannot be downloaded: {by_hand}.") from None
