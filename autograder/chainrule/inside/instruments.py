"""What graders put into the student's process beside plain data: models, optimizers, probes that record, and readers.

It runs there, readable by everyone and holding no secret. What it reports is as trustworthy as any other value from
there: the verdict is made outside, from values. Each hidden test has a process of its own, so what is patched here
for one test is never taken back.
"""

from __future__ import annotations

import functools
import time
import timeit
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.overrides import TorchFunctionMode

Array = np.ndarray[Any, Any]
Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "identity": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}

MOST_BATCHES = 2_000
MOST_FILES = 32
MOST_BYTES = 2 << 20
"""Batches taken from an iterable, files read from a folder, bytes read of all of them."""


# Models.
def network(parameters: list[torch.Tensor], activation: str = "relu") -> nn.Sequential:
    """Flatten, then linear layers with these parameters [W1, b1, W2, b2, ...] and the activation between them."""
    layers: list[nn.Module] = [nn.Flatten()]
    for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
        if len(layers) > 1:
            layers.append(ACTIVATIONS[activation]())
        layer = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
        layer.weight.data.copy_(weight)
        layer.bias.data.copy_(bias)
        layers.append(layer)
    return nn.Sequential(*layers)


class Bare(nn.Module):
    """The same network with its parameters directly in it and no module inside."""

    def __init__(self, parameters: list[torch.Tensor], activation: str) -> None:
        """Take [W1, b1, W2, b2, ...]."""
        super().__init__()
        self.activation = (ACTIVATIONS[activation](),)  # in a tuple, where nn.Module does not look
        for index, value in enumerate(parameters):
            self.register_parameter(f"value{index}", nn.Parameter(value.clone()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits."""
        values = list(self.parameters())
        x = x.flatten(1)
        for index in range(0, len(values), 2):
            x = F.linear(self.activation[0](x) if index else x, values[index], values[index + 1])
        return x


def bare(parameters: list[torch.Tensor], activation: str = "relu") -> Bare:
    """The network of these parameters as a single module, which has them all itself."""
    return Bare(parameters, activation)


class Record(list[dict[str, Any]]):
    """A list that stays the same one in a deep copy of its owner."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Record:
        """Itself."""
        return self


class Recorder(nn.Module):
    """Passes images on to a network and keeps how each forward pass was made."""

    def __init__(self, model: nn.Module) -> None:
        """Record what is done with `model`."""
        super().__init__()
        self.model = model
        self.record = Record()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The network's logits."""
        entry = {**_described(self.model, images), "outermost": self.training}
        self.record.append(entry)
        logits: torch.Tensor = self.model(images)
        entry["graph"] = logits.requires_grad
        return logits

    def calls(self) -> list[dict[str, Any]]:
        """One dict per forward pass, as `watch` has them."""
        return self.record


def recorder(model: nn.Module) -> Recorder:
    """`model` with a record of its forward passes: `calls()`."""
    return Recorder(model)


def watch(kind: type[nn.Module]) -> Record:
    """Record from now on every forward pass of a `kind`, a class of models; not those of a model inside another.

    Each is a dict: "training" (the mode), "graph" (the output requires gradients), "device" of the input, and
    "first": the first number of each sample.
    """
    record, forward, depth = Record(), kind.forward, 0

    @functools.wraps(forward)
    def watched(model: nn.Module, images: torch.Tensor, *args: Any, **named: Any) -> Any:
        nonlocal depth
        depth += 1
        try:
            logits = forward(model, images, *args, **named)
        finally:
            depth -= 1
        if depth == 0:
            record.append({**_described(model, images), "graph": logits.requires_grad})
        return logits

    # No hook: a training that calls model.forward itself is as right.
    setattr(kind, "forward", watched)  # noqa: B010
    return record


def _described(model: nn.Module, images: torch.Tensor) -> dict[str, Any]:
    first = images.detach().reshape(len(images), -1)[:, 0].tolist()
    return {"training": model.training, "device": images.device.type, "first": first}


def batch_norm(features: int) -> nn.BatchNorm1d:
    """A module with buffers beside its parameters, as they are after some batches; none would survive eight bits."""
    model = nn.BatchNorm1d(features)
    for name, value in (("running_mean", 1 / 3), ("running_var", 2 / 3), ("num_batches_tracked", 5)):
        model.get_buffer(name).fill_(value)
    model.running_mean[0] = 1.0  # type: ignore[index]
    return model


class Slowed:
    """What a slowed training took, by the clocks that go on with its steps."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.learning = self.looking = 0.0

    def seconds(self) -> float:
        """What all steps took together."""
        return self.learning

    def ahead(self) -> float:
        """How far the clocks are ahead."""
        return self.learning + self.looking


def slowed(kind: type[nn.Module], step: float, look: float) -> Slowed:
    """From now on Python's clocks go on by `step` seconds with each batch that a `kind` learns from.

    And by `look` with each forward pass in eval mode. A batch that goes through the model twice counts once.
    """
    took, forward, last = Slowed(), kind.forward, [-1.0]

    @functools.wraps(forward)
    def passes(model: nn.Module, images: torch.Tensor, *args: Any, **named: Any) -> Any:
        nonlocal last
        logits = forward(model, images, *args, **named)
        first = _described(model, images)["first"]
        if not model.training:
            took.looking += look
        elif logits.requires_grad and first != last:
            took.learning += step
            last = first
        return logits

    setattr(kind, "forward", passes)  # noqa: B010
    for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time"):
        clock, clock_ns = getattr(time, name), getattr(time, f"{name}_ns")
        setattr(time, name, lambda clock=clock: clock() + took.ahead())
        setattr(time, f"{name}_ns", lambda clock=clock_ns: clock() + int(1e9 * took.ahead()))
    timeit.default_timer = time.perf_counter
    return took


# Optimizers, generators, batches and paths.
def sgd(model: nn.Module, learning_rate: float, momentum: float = 0.0, leave_out: int = 0) -> torch.optim.Optimizer:
    """Stochastic gradient descent over the model's parameters but the first `leave_out`."""
    return torch.optim.SGD(list(model.parameters())[leave_out:], lr=learning_rate, momentum=momentum)


def adam(model: nn.Module) -> torch.optim.Optimizer:
    """Adam over the model's parameters."""
    return torch.optim.Adam(model.parameters())


def set_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Go on with this learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate


def torch_generator(seed: int) -> torch.Generator:
    """A torch generator seeded with `seed`."""
    return torch.Generator().manual_seed(seed)


def seed_everything(seed: int) -> None:
    """Seed torch's global generator."""
    torch.manual_seed(seed)


def one_pass(batches: Batches) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The batches as a generator: no length, no index, no second pass."""
    yield from batches


def batches(iterable: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """The items of an iterable of batches, each as a list; only the first of very many."""
    return [list(batch) for batch in islice(iterable, MOST_BATCHES)]


def path(text: str) -> Path:
    """A path in the notebook's folder."""
    return Path(text)


# Readers.
def is_training(model: nn.Module) -> bool:
    """The model's mode."""
    return bool(model.training)


def gradients_enabled() -> bool:
    """Whether autograd takes notes, as it does unless somebody has switched it off."""
    return torch.is_grad_enabled()


def is_module(value: object) -> bool:
    """Whether it is a model at all."""
    return isinstance(value, nn.Module)


def gradients(model: nn.Module) -> list[Array | None]:
    """The `.grad` of each parameter, None where there is none."""
    return [None if p.grad is None else p.grad.detach().cpu().numpy() for p in model.parameters()]


def parameters(model: nn.Module) -> list[Array]:
    """The values of the parameters."""
    return [parameter.detach().cpu().numpy().copy() for parameter in model.parameters()]


def shapes(model: nn.Module) -> list[list[int]]:
    """The shape of each parameter."""
    return [list(parameter.shape) for parameter in model.parameters()]


def is_all(model: nn.Module, dtype: str) -> bool:
    """Whether every parameter is of this dtype ("float32")."""
    return all(parameter.dtype is getattr(torch, dtype) for parameter in model.parameters())


def is_trainable(model: nn.Module) -> bool:
    """Whether every parameter learns."""
    return all(trainable(list(model.parameters())))


def trainable(tensors: list[torch.Tensor] | nn.Module) -> list[bool]:
    """Which of these tensors, or of a model's parameters, require gradients."""
    return [tensor.requires_grad for tensor in (tensors.parameters() if isinstance(tensors, nn.Module) else tensors)]


def devices(model: nn.Module) -> list[str]:
    """Where each parameter lies."""
    return [parameter.device.type for parameter in model.parameters()]


def buffers(model: nn.Module) -> list[Array]:
    """The values of the buffers."""
    return [buffer.detach().cpu().numpy().copy() for buffer in model.buffers()]


def parameter_objects(model: nn.Module) -> list[nn.Parameter]:
    """The Parameter objects themselves, to be compared with those of another time."""
    return list(model.parameters())


def same_objects(model: nn.Module, earlier: list[nn.Parameter]) -> bool:
    """Whether the model has these very Parameter objects."""
    now = list(model.parameters())
    return len(now) == len(earlier) and all(one is other for one, other in zip(now, earlier, strict=True))


def holds_tensors(value: object) -> bool:
    """Whether a torch tensor is in it, at any depth of lists, tuples and dicts."""
    if isinstance(value, Mapping):
        return any(map(holds_tensors, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(holds_tensors, value))
    return isinstance(value, torch.Tensor)


def device_of(value: object) -> str | None:
    """The type of a torch.device ("cuda"); None for anything else."""
    return value.type if isinstance(value, torch.device) else None


def logits(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """The model's output in eval mode."""
    with torch.no_grad():
        output: torch.Tensor = model.eval()(images)
    return output


# Writers.
def set_parameters(model: nn.Module, values: list[torch.Tensor]) -> None:
    """Write `values` into the parameters in place."""
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), values, strict=True):
            parameter.copy_(value)


def set_gradients(model: nn.Module, value: float) -> None:
    """Leave this value in every entry of every `.grad`, as after an earlier batch."""
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, value)


def freeze(model: nn.Module, count: int) -> None:
    """Let the first `count` parameters learn no more."""
    for parameter in islice(model.parameters(), count):
        parameter.requires_grad_(False)


# Passes through a student's model or function.
def backward(model: nn.Module, x: torch.Tensor, dy: torch.Tensor) -> list[Array | None]:
    """The parameters' gradients after a forward pass and a backward pass from the upstream gradient `dy`."""
    output: torch.Tensor = model(x)
    _backward(output, dy)
    return gradients(model)


def gradients_through(
    function: Callable[..., torch.Tensor], x: torch.Tensor, values: list[torch.Tensor], dy: torch.Tensor
) -> list[Array | None]:
    """The gradients of x and of each of the values after a backward pass through `function(x, values)`."""
    leaves = [value.requires_grad_() for value in (x, *values)]
    _backward(function(leaves[0], leaves[1:]), dy)
    return [None if leaf.grad is None else leaf.grad.numpy() for leaf in leaves]


def _backward(output: torch.Tensor, dy: torch.Tensor) -> None:
    if output.requires_grad:
        output.backward(dy)  # type: ignore[no-untyped-call]


def learn(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, steps: int, learning_rate: float
) -> list[float]:
    """Train with Adam on one batch; the cross-entropy before the first and after the last step."""
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    first = F.cross_entropy(model(images), labels).item()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return [first, F.cross_entropy(model(images), labels).item()]


# Devices that this machine does not have.
class Accelerator(TorchFunctionMode):
    """From now on the device "meta" plays an accelerator, and what happens with its tensors is recorded.

    A meta tensor has no numbers; where numbers are asked for (`item()`, `cpu()`) there are zeros. So code that moves
    its data works to its end, and code that mixes devices is noticed at the function that got both.
    """

    READ = frozenset({"item", "tolist", "cpu", "__float__", "__int__", "__bool__", "__index__"})
    MAY_MIX = frozenset({"to", "type_as", "copy_", "__getitem__", "__get__", "__set__", "__format__", "__repr__"})
    MAY_MIX |= {"_has_compatible_shallow_copy_type"}  # as model.to asks

    def __init__(self) -> None:
        """Nothing has met yet."""
        super().__init__()
        self.mixed: list[str] = []
        self.replaced: list[str] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Every call of a torch function or a tensor's method comes through here."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name == "to" and _is_meta(args[0]) and _device_asked(*args[1:], **kwargs) == "cpu":
            args, name = (torch.zeros(args[0].shape, dtype=args[0].dtype), *args[1:]), ""
        elif name in self.READ and args and _is_meta(args[0]):
            args = (torch.zeros(args[0].shape, dtype=args[0].dtype), *args[1:])
        elif name not in self.MAY_MIX:
            # A single number may be anywhere.
            places = {tensor.device.type for tensor in _tensors((args, kwargs)) if tensor.dim()}
            if {"cpu", "meta"} <= places:
                self.mixed.append(name)
        elif name == "__set__" and _is_meta(args[0]) and isinstance(args[1], torch.Tensor) and not _is_meta(args[1]):
            self.replaced.append(name)
        return func(*args, **kwargs)

    def mixed_in(self) -> list[str]:
        """The functions that got tensors of both devices."""
        return self.mixed

    def replaced_in(self) -> list[str]:
        """Where a tensor there was given the data of one on the CPU."""
        return self.replaced


def accelerator() -> Accelerator:
    """Start the recording and return it."""
    mode = Accelerator()
    mode.__enter__()  # type: ignore[no-untyped-call]
    return mode


def on_accelerator(model: nn.Module) -> nn.Module:
    """The model, moved to the pretended device."""
    return model.to("meta")


def _is_meta(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.device.type == "meta"


def _device_asked(*args: Any, **kwargs: Any) -> str | None:
    """The device type that the arguments of `Tensor.to` ask for."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, torch.Tensor):
            return value.device.type
        if isinstance(value, (str, torch.device)):
            return torch.device(value).type
    return None


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def pretend(cuda: bool, mps: bool) -> None:
    """Let torch say from now on that there is CUDA, or Apple's MPS; none of them could be used."""
    kinds = [kind for kind, there in (("cuda", cuda), ("mps", mps)) if there]
    found: Any = torch
    found.cuda.is_available = lambda: cuda
    found.cuda.device_count = lambda: int(cuda)
    for place in (found.backends.mps, found.mps):
        place.is_available = place.is_built = lambda: mps
    found.mps.device_count = lambda: int(mps)
    found.accelerator.is_available = lambda: bool(kinds)
    found.accelerator.device_count = lambda: len(kinds[:1])
    found.accelerator.current_accelerator = lambda check_available=False: torch.device(kinds[0]) if kinds else None


# Files.
def save_state(model: nn.Module, name: str, location: str = "cpu") -> None:
    """Save the state_dict as if its tensors lay on `location` ("cuda:0")."""
    serialization: Any = torch.serialization
    serialization.location_tag = lambda storage: location
    torch.save(model.state_dict(), name)


def exists(name: str) -> bool:
    """Whether there is a file of this name."""
    return Path(name).is_file()


def saved_state(name: str) -> dict[str, Any] | str:
    """What torch.load(…, weights_only=True) reads from a file, if it is a dict; else what is wrong with it."""
    try:
        value = torch.load(name, weights_only=True)
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    return dict(value) if isinstance(value, Mapping) else type(value).__name__


def _event_files(folder: str) -> list[Path]:
    return sorted(file for file in Path(folder).rglob("*tfevents*") if file.is_file())


def event_file_names() -> list[str]:
    """TensorBoard's event files in the notebook's folder."""
    return [str(file) for file in _event_files(".")]


def event_files(folder: str) -> list[tuple[int, bytes]]:
    """The size and the bytes of each of TensorBoard's event files below a folder; cut off where there is too much."""
    found, room = [], MOST_BYTES
    for file in _event_files(folder)[:MOST_FILES]:
        with file.open("rb") as content:
            found.append((file.stat().st_size, content.read(room)))
        room -= len(found[-1][1])
    return found
