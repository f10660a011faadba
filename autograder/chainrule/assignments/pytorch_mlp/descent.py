"""SGD and Adam by their formulas, for the reference: torch.optim would load torch's compiler into the grader, for 3 s.

Both are used as optimizers of `reference.pytorch_mlp`, on models in float64.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import nn

from . import reference

BETAS, EPSILON = (0.9, 0.999), 1e-8
"""Adam's defaults, in torch too."""


class Sgd:
    """Gradient descent, v ← momentum · v + g and p ← p − rate · v, on all parameters but the first `leave_out`."""

    def __init__(self, model: nn.Module, rate: float, momentum: float = 0.0, leave_out: int = 0) -> None:
        """Start at rest."""
        self._parameters = list(model.parameters())[leave_out:]
        self._velocities = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._rate, self._momentum = rate, momentum

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        for parameter, velocity in zip(self._parameters, self._velocities, strict=True):
            if parameter.grad is not None:
                velocity.mul_(self._momentum).add_(parameter.grad)
                parameter.sub_(self._rate * velocity)


class Adam:
    """Adam (Kingma and Ba, 2015): steps along the mean gradient, divided by the root of the mean squared one."""

    def __init__(self, model: nn.Module, rate: float) -> None:
        """Start without memory."""
        self.rate = rate
        self._parameters = list(model.parameters())
        self._means = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._steps = 0

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient."""
        self._steps += 1
        corrections = [1 - beta**self._steps for beta in BETAS]
        for parameter, mean, square in zip(self._parameters, self._means, self._squares, strict=True):
            if parameter.grad is not None:
                mean.lerp_(parameter.grad, 1 - BETAS[0])
                square.lerp_(parameter.grad**2, 1 - BETAS[1])
                root = (square / corrections[1]).sqrt() + EPSILON
                parameter.sub_(self.rate * mean / corrections[0] / root)


Descent = Sgd | Adam
Batch = tuple[torch.Tensor, torch.Tensor]


def train(model: nn.Module, batches: Iterable[Batch], descent: Descent) -> tuple[float, float]:
    """One epoch of the reference in place: its loss and accuracy."""
    return reference.train_epoch(model, batches, cast(torch.optim.Optimizer, descent))
