"""The matrix products of an MLP by the fastest library that the device has.

On a CPU torch.mm calls MKL, which on processors that are not Intel's leaves half of the speed unused; oneDNN, which
comes with PyTorch too, does not. For matrices with a side of ten torch.mm is the faster one everywhere.
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


def _by_onednn(out: torch.Tensor) -> bool:
    """Whether oneDNN is the one for a product of this shape."""
    return out.is_cpu and out.shape[1] > SMALL and has_onednn()


def product(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor) -> None:
    """Write a bᵀ into out; a: (n, k), b: (m, k), out: (n, m), float32, any strides."""
    if _by_onednn(out) and a.shape[1] > SMALL and out.shape[0] > SMALL:
        out.copy_(torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], ""))
    else:
        torch.mm(a, b.t(), out=out)


def layer(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, activation: str, out: torch.Tensor) -> None:
    """Write activation(x weightᵀ + bias) into out.

    x: (n, in), weight: (m, in), bias: (m,), out: (n, m), float32; activation: "sigmoid", "relu" or "none"
    """
    if _by_onednn(out):
        out.copy_(torch.ops.mkldnn._linear_pointwise(x, weight, bias, activation, [], ""))
        return
    torch.addmm(bias, x, weight.t(), out=out)
    if activation == "sigmoid":
        out.sigmoid_()
    elif activation == "relu":
        out.relu_()
