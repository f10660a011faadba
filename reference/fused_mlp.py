"""A fast epoch of stochastic gradient descent for an MLP: forward, backward and optimizer step without autograd.

Nothing is allocated in a step: the parameters are views of one flat tensor and so are their gradients, activations
and their gradients have buffers, and a batch is a slice of images that were shuffled by one gather. On CUDA all steps
of an epoch are captured as one graph, which Python then starts with one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from reference.matrix_products import layer, product
from reference.pytorch_mlp import MLP

aten = torch.ops.aten


class Batch(NamedTuple):
    """The views that one step of n samples works on."""

    inputs: list[torch.Tensor]  # what each layer gets: images (n, in), then the activations (n, D1), (n, D2), ...
    deltas: list[torch.Tensor]  # gradients of the outputs of each layer, (n, D1), ..., (n, out)
    hidden_deltas: torch.Tensor  # those of all hidden layers side by side, (n, D1 + D2 + ...)
    logits: torch.Tensor  # (n, out)
    log_probabilities: torch.Tensor  # (n, out)
    upstream: torch.Tensor  # gradient of the loss by the log probabilities, (n, out)
    rate: torch.Tensor  # the learning rate of this step, ()


class FusedMLP:
    """Trains an MLP with sigmoid or ReLU on data that stays on the device.

    model: on the device; its parameters become views of one flat tensor, so it always shows the current weights
    activation: "sigmoid" or "relu", the model's
    make_optimizer: gets [flat parameter] and returns a torch optimizer; its learning rate is set for each step
    images: (N, in), float32; labels: (N,), int64; both on the device
    """

    def __init__(
        self,
        model: MLP,
        activation: str,
        make_optimizer: Callable[[list[nn.Parameter]], torch.optim.Optimizer],
        images: torch.Tensor,
        labels: torch.Tensor,
        batch_size: int,
        smoothing: float = 0.0,
        seed: int = 0,
    ) -> None:
        """Lay out parameters and buffers, and capture the epoch if the device is a CUDA one."""
        layers = [layer for layer in model.layers if isinstance(layer, nn.Linear)]
        self.images, self.labels, device = images, labels, images.device
        self.generator = torch.Generator(device).manual_seed(seed)
        classes = layers[-1].out_features
        self.targets = F.one_hot(labels, classes).float() * (1 - smoothing) + smoothing / classes
        self.activation = activation

        # All weights, then all biases: the gradients of the hidden biases are then one sum.
        tensors = [layer.weight for layer in layers] + [layer.bias for layer in layers]
        self.flat = nn.Parameter(torch.cat([tensor.detach().flatten() for tensor in tensors]))
        self.flat.grad = torch.zeros_like(self.flat)
        sizes = [tensor.numel() for tensor in tensors]
        gradients = torch.split(self.flat.grad, sizes)
        for tensor, part in zip(tensors, torch.split(self.flat.detach(), sizes), strict=True):
            tensor.data = part.view_as(tensor)
        self.weights = [layer.weight.detach() for layer in layers]
        self.biases = [layer.bias.detach() for layer in layers]
        self.weight_gradients = [g.view_as(w) for g, w in zip(gradients, self.weights, strict=False)]
        start = sum(sizes[: len(layers)])
        self.hidden_bias_gradients = self.flat.grad[start : self.flat.numel() - classes]
        self.output_bias_gradient = self.flat.grad[self.flat.numel() - classes :]
        self.optimizer = make_optimizer([self.flat])

        count = len(images)
        self.shuffled, self.upstream = torch.empty_like(images), torch.empty_like(self.targets)
        self.shuffled_labels, self.log_probabilities = torch.empty_like(labels), torch.empty_like(self.targets)
        starts = range(0, count, batch_size)
        self.rates = torch.zeros(len(starts), device=device)
        # Each sample weighs one part of its batch in the mean, and the last batch may be smaller.
        batch_sizes = torch.tensor([min(batch_size, count - s) for s in starts], device=device)
        self.scales = (-1.0 / batch_sizes).repeat_interleave(batch_sizes).unsqueeze(1)
        self.batches = self._lay_out([layer.out_features for layer in layers], starts, min(batch_size, count))
        self.graph = self._capture() if device.type == "cuda" else None

    def _lay_out(self, widths: list[int], starts: range, rows: int) -> list[Batch]:
        """The views for each step of an epoch; activations and their gradients share their buffers among all steps."""
        hidden = [torch.empty(rows, width, device=self.images.device) for width in widths[:-1]]
        deltas = torch.empty(rows, sum(widths[:-1]), device=self.images.device)
        logits, last_delta = (torch.empty(rows, widths[-1], device=self.images.device) for _ in range(2))
        batches = []
        for step, start in enumerate(starts):
            part = slice(start, start + rows)
            images = self.shuffled[part]
            n = len(images)
            batches.append(
                Batch(
                    [images, *(tensor[:n] for tensor in hidden)],
                    [*torch.split(deltas[:n], widths[:-1], dim=1), last_delta[:n]],
                    deltas[:n],
                    logits[:n],
                    self.log_probabilities[part],
                    self.upstream[part],
                    self.rates[step],
                )
            )
        return batches

    @torch.no_grad()
    def epoch(self, rates: torch.Tensor) -> torch.Tensor:
        """Train once on all images in a new order.

        rates: the learning rate of each step, shape (steps,)
        Returns the mean loss (cross-entropy with the hard labels), shape (), on the device.
        """
        self.rates.copy_(rates)
        self._shuffle()
        if self.graph is None:
            self._steps(self.batches)
        else:
            self.graph.replay()
        return F.nll_loss(self.log_probabilities, self.shuffled_labels)

    def _shuffle(self) -> None:
        """Gather images, labels and targets by one permutation."""
        order = torch.randperm(len(self.images), generator=self.generator, device=self.images.device)
        torch.index_select(self.images, 0, order, out=self.shuffled)
        torch.index_select(self.labels, 0, order, out=self.shuffled_labels)
        torch.index_select(self.targets, 0, order, out=self.upstream)
        self.upstream.mul_(self.scales)

    @torch.no_grad()
    def _steps(self, batches: list[Batch]) -> None:
        """One optimizer step for each batch."""
        group = self.optimizer.param_groups[0]
        last = len(self.weights) - 1
        for batch in batches:
            inputs, deltas = batch.inputs, batch.deltas
            for k in range(last):
                layer(inputs[k], self.weights[k], self.biases[k], self.activation, inputs[k + 1])
            layer(inputs[last], self.weights[last], self.biases[last], "none", batch.logits)
            aten._log_softmax.out(batch.logits, 1, False, out=batch.log_probabilities)
            aten._log_softmax_backward_data.out(
                batch.upstream, batch.log_probabilities, 1, torch.float32, out=deltas[last]
            )
            for k in range(last, -1, -1):
                product(deltas[k].t(), inputs[k].t(), self.weight_gradients[k])
                if k:
                    delta = deltas[k - 1]
                    product(deltas[k], self.weights[k].t(), delta)
                    if self.activation == "relu":
                        aten.threshold_backward.grad_input(delta, inputs[k], 0, grad_input=delta)
                    else:
                        aten.sigmoid_backward.grad_input(delta, inputs[k], grad_input=delta)
            if last:
                torch.sum(batch.hidden_deltas, 0, out=self.hidden_bias_gradients)
            torch.sum(deltas[last], 0, out=self.output_bias_gradient)
            group["lr"] = batch.rate
            self.optimizer.step()

    @torch.no_grad()
    def _capture(self) -> torch.cuda.CUDAGraph:
        """The steps of an epoch as one CUDA graph; parameters and optimizer are then as before."""
        before = self.flat.detach().clone()
        aside = torch.cuda.Stream(self.images.device)  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream(self.images.device))
        with torch.cuda.stream(aside):
            # Libraries and the optimizer allocate in their first steps, which a capture does not allow.
            self._shuffle()
            self._steps([self.batches[0], self.batches[-1]] * 2)
        torch.cuda.current_stream(self.images.device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._steps(self.batches)
        self.flat.copy_(before)
        for state in self.optimizer.state.values():
            for tensor in state.values():
                if isinstance(tensor, torch.Tensor):
                    tensor.zero_()
        self.generator.manual_seed(self.generator.initial_seed())
        return graph
