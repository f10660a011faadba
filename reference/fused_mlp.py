"""A fast epoch of stochastic gradient descent for an MLP: forward, backward and optimizer step without autograd.

A batch is a slice of images that were shuffled by one gather. On CUDA all steps of an epoch are captured as one graph,
which Python then starts with one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from reference.matrix_products import layer, product
from reference.pytorch_mlp import MLP

# What one step of n samples works on: images (n, in); the gradient of the loss by the log probabilities (n, out);
# the learning rate ().
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
aten = torch.ops.aten


class FusedMLP:
    """Trains an MLP with sigmoid or ReLU, in place, on data that stays on the device.

    model: on the device
    activation: "sigmoid" or "relu", the model's
    make_optimizer: gets the model's parameters and returns a torch optimizer; its learning rate is set for each step
    images: (N, in), float32; labels: (N,), int64; both on the device
    smoothing: the share of a target that is spread over all classes
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
        """Lay out the data, and capture the epoch if the device is a CUDA one."""
        layers = [module for module in model.layers if isinstance(module, nn.Linear)]
        self.weights, self.biases = [part.weight for part in layers], [part.bias for part in layers]
        self.activation = activation
        self.optimizer = make_optimizer(list(model.parameters()))

        self.images, self.labels, device = images, labels, images.device
        self.generator = torch.Generator(device).manual_seed(seed)
        classes = layers[-1].out_features
        self.targets = F.one_hot(labels, classes).float() * (1 - smoothing) + smoothing / classes
        self.shuffled, self.upstream = torch.empty_like(images), torch.empty_like(self.targets)
        self.shuffled_labels, self.log_probabilities = torch.empty_like(labels), torch.empty_like(self.targets)
        # Each sample weighs one part of its batch in the mean, and the last batch may be smaller.
        self.scales = torch.cat(
            [part.new_full((len(part), 1), -1 / len(part)) for part in torch.split(self.upstream, batch_size)]
        )
        parts = list(zip(torch.split(self.shuffled, batch_size), torch.split(self.upstream, batch_size), strict=True))
        self.rates = torch.zeros(len(parts), device=device)
        self.batches: list[Batch] = [(*part, rate) for part, rate in zip(parts, self.rates, strict=True)]
        self.graph = self._capture() if device.type == "cuda" else None

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
    def _steps(self, batches: Sequence[Batch]) -> None:
        """One optimizer step for each batch; what the network said to each is left in log_probabilities."""
        said = []
        for images, upstream, rate in batches:
            inputs, log_probabilities = self._forward(images)
            said.append(log_probabilities)
            self._backward(inputs, log_probabilities, upstream)
            self.optimizer.param_groups[0]["lr"] = rate
            self.optimizer.step()
        torch.cat(said, out=self.log_probabilities)

    def _forward(self, images: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """What each layer gets, [images (n, in), activations (n, D1), …], and the log probabilities (n, out)."""
        inputs = [images]
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            inputs.append(layer(inputs[-1], weight, bias, self.activation))
        logits = layer(inputs[-1], self.weights[-1], self.biases[-1], "none")
        return inputs, torch.log_softmax(logits, 1)

    def _backward(self, inputs: list[torch.Tensor], log_probabilities: torch.Tensor, upstream: torch.Tensor) -> None:
        """Fill the gradients of the parameters; upstream: of the loss by the log probabilities, (n, out)."""
        delta = aten._log_softmax_backward_data(upstream, log_probabilities, 1, torch.float32)
        for k in range(len(inputs) - 1, -1, -1):
            self.weights[k].grad, self.biases[k].grad = product(delta.t(), inputs[k].t()), delta.sum(0)
            if k:
                delta = product(delta, self.weights[k].t())
                if self.activation == "relu":
                    delta = aten.threshold_backward(delta, inputs[k], 0)
                else:
                    delta = aten.sigmoid_backward(delta, inputs[k])

    @torch.no_grad()
    def _capture(self) -> torch.cuda.CUDAGraph:
        """The steps of an epoch as one CUDA graph; parameters and optimizer are then as before."""
        with torch.cuda.device(self.images.device):
            aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                # Libraries and the optimizer allocate in their first steps, which a capture does not allow. All
                # learning rates are still zero, so the weights stay.
                self._shuffle()
                self._steps(self.batches)
            torch.cuda.current_stream().wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._steps(self.batches)
            for state in self.optimizer.state.values():
                for tensor in state.values():
                    if isinstance(tensor, torch.Tensor):
                        tensor.zero_()
            self.generator.manual_seed(self.generator.initial_seed())
        return graph
