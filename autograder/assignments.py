"""What the assignments' notebooks may import: each gets a fork of a warm process that holds these packages."""

from __future__ import annotations

from autograder.sandbox.server import NUMPY, TORCH, Preload

PRELOADS = {"numpy_mlp": NUMPY, "pytorch_mlp": TORCH, "xor": TORCH}


def preload_of(assignment: str) -> Preload:
    """The packages of an assignment; one that is not named above gets all that there are."""
    return PRELOADS.get(assignment, TORCH)
