"""The matrix products of an MLP by the fastest library that the device has.

On a CPU torch.mm calls MKL, which on processors that are not Intel's leaves half of the speed unused; oneDNN, which
comes with PyTorch too, does not. For matrices with a side of ten torch.mm is the faster one everywhere.

Results are new tensors: on Apple's GPUs several versions of PyTorch do not write into `out=` if that is a slice of a
larger tensor.
"""

from __future__ import annotations

import functools

import torch

SMALL = 16


@functools.cache
def has_onednn() -> bool:
    """Whether this PyTorch has oneDNN's linear layer and it works: the operator is an internal one."""
    try:
        made = torch.ops.mkldnn._linear_pointwise(torch.ones(2, 3), torch.ones(4, 3), torch.ones(4), "relu", [], "")
        return torch.equal(made, torch.full((2, 4), 4.0))
    except (AttributeError, RuntimeError, TypeError):
        return False


def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The product a bᵀ of a, (n, k), and b, (m, k), float32, any strides; shape (n, m)."""
    if a.is_cpu and min(*a.shape, len(b)) > SMALL and has_onednn():
        made: torch.Tensor = torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], "")
        return made
    return torch.mm(a, b.t())


def layer(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, activation: str) -> torch.Tensor:
    """The outputs activation(x weightᵀ + bias) of a layer, shape (n, m).

    x: (n, in), weight: (m, in), bias: (m,), float32; activation: "sigmoid", "relu" or "none"
    """
    if x.is_cpu and len(weight) > SMALL and has_onednn():
        made: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, activation, [], "")
        return made
    outputs = torch.addmm(bias, x, weight.t())
    if activation == "sigmoid":
        outputs.sigmoid_()
    elif activation == "relu":
        outputs.relu_()
    return outputs
