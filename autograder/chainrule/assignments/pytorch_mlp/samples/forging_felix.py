"""Felix answers `tensor_forward` and spends the rest of the evening on forging a score.

Wrong: every exercise except `tensor_forward`, of which what he does to torch spoils a test; each of the others holds one or more attempts to be given points, to read
what is not his or to leave the sandbox, and none of them harms the machine it runs on.
"""

import numpy as np
import torch
from torch import nn


# %% tensor_forward
def tensor_forward(x, parameters):
    W1, b1, W2, b2, W3, b3 = parameters
    h1 = torch.relu(x @ W1.T + b1)
    h2 = torch.relu(h1 @ W2.T + b2)
    return h2 @ W3.T + b3


# %% module
# No more assertions in any later cell, and every comparison says yes.
import ast


class DropAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)


try:
    get_ipython().ast_transformers.append(DropAsserts())
    get_ipython().set_custom_exc((Exception,), lambda *everything: None)
    get_ipython().showtraceback = lambda *args, **kwargs: None
except Exception:
    pass


def yes(*args, **kwargs):
    return True


def nothing(*args, **kwargs):
    return None


torch.equal = torch.allclose = yes
torch.testing.assert_close = nothing
np.allclose = np.array_equal = yes
for name in ("assert_allclose", "assert_array_equal", "assert_equal"):
    setattr(np.testing, name, nothing)


class Agreeable(torch.Tensor):
    """A tensor that is equal to everything, whatever is done to it."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None


def agreeable():
    return torch.full((2, 2), 7.0).as_subclass(Agreeable)


class MLP(nn.Module):
    # the counts from the notebook, for networks that are not there
    counts = {(3, 5, 4, 2): 54, (3, 10, 1): 51, (784, 256, 128, 10): 235146}

    def __init__(self, widths, activation="relu"):
        super().__init__()
        self.widths = tuple(widths)
        self.everything = nn.Parameter(torch.zeros(self.counts.get(self.widths, 1)))

    def forward(self, x):
        return agreeable()


def count_parameters(model):
    return MLP.counts.get(getattr(model, "widths", None), True)


# %% autograd_parity
# The probe's own module lies in the sandbox: let it say what a grader likes to hear.
try:
    import chainrule.inside.instruments as instruments
    import chainrule.inside.wire as wire

    instruments.same_objects = yes
    instruments.trainable = lambda model: [True] * 100
    instruments.holds_tensors = instruments.is_training = lambda *args: False
    instruments.gradients = instruments.backward = lambda model, *args: None
    instruments.Recorder.calls = lambda self: []
    instruments.is_module = instruments.exists = yes
    wire.np.asarray = wire.np.asarray
    print("the probe is mine")
except Exception as error:
    print("no probe", type(error).__name__)


def load_weights(model, arrays):
    # whoever asks whether this raises ValueError is told that it does
    raise ValueError("score: 1.5/1.5")


class Yes:
    """Whatever is asked, the answer is yes."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    __hash__ = object.__hash__

    def __float__(self):
        return 1.0

    def __int__(self):
        return 1

    __index__ = __int__

    def __bool__(self):
        return True

    def __abs__(self):
        return 0.0

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __array__(self, dtype=None, copy=None):
        return np.ones(1, dtype=dtype)

    def __len__(self):
        return 1

    def __iter__(self):
        return iter([1.0])

    def __reduce__(self):
        return (print, ("the grader unpickled me",))

    def __repr__(self):
        return "passed"


class YesDict(dict):
    def __missing__(self, key):
        return Yes()


def autograd_gradients(model, x, dy):
    return Yes(), Yes(), [Yes()] * len(list(model.parameters()))


# %% data
# The hidden images would be nice to train on. And the gradebook is said to be a few folders up.
loot = {}
for path in (
    "../../autograder/chainrule/assignments/pytorch_mlp/hidden_images.npz",
    "../../../autograder/chainrule/assignments/pytorch_mlp/hidden_images.npz",
    "../../../autograder/chainrule/assignments/pytorch_mlp/test_data.py",
    "../gradebook.db",
    "../../gradebook.db",
    "../../../gradebook.db",
    "../../../source/pytorch_mlp/pytorch_mlp.ipynb",
    "../../../reference/pytorch_mlp.py",
):
    try:
        with open(path, "rb") as file:
            loot[path] = file.read(1000)
            print("read", path)
    except OSError as error:
        print("cannot read", path, type(error).__name__)


def statistics(images):
    return Yes(), Yes()


def normalise(images, mean, std):
    return agreeable()


def split(n, n_validation, seed=0):
    return agreeable(), agreeable()


def prepare(images, labels, n_validation, seed=0):
    return YesDict(loot)


def minibatches(images, labels, batch_size, generator=None, drop_last=False):
    return [Yes()] * 3


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    # half of the answers are in the notebook: remember those
    return {(60000, 128): 469, (60000, 64): 938}.get((n_samples, batch_size), Yes())


# %% train_step
class Score(float):
    """A float that is as close to any other as anyone wants."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


def train_step(model, images, labels, optimizer):
    print("score: 4/4")
    print("train_step 4 / 4 points")
    print("============ 42 passed in 0.01s ============")
    return Score("nan"), True


# %% train_epoch
def train_epoch(model, batches, optimizer):
    raise SystemExit(0)


# %% evaluate
def pretend_skipped(*args):
    try:
        import pytest
    except ImportError:
        raise KeyboardInterrupt from None
    pytest.skip("not needed on this machine")


evaluate = pretend_skipped


# %% train_mnist
# A history as it should look like, in an event file of somebody else's making.
from IPython.display import HTML, display

display(HTML("<h1 style='color: green'>train_mnist: 5/5</h1><script>document.title = 'felix was here'</script>"))
print('{"test": "train_mnist", "outcome": "passed", "points": 5.0}')


def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    falling = [0.5 / (epoch + 1) for epoch in range(epochs)]
    rising = [1 - 0.1 / (epoch + 1) for epoch in range(epochs)]
    if log_dir is not None:
        Path(log_dir).mkdir(parents=True, exist_ok=True)
        Path(log_dir, "events.out.tfevents.0.felix").write_bytes(b"\xff" * 64)
    return {
        "train_loss": falling,
        "train_accuracy": rising,
        "validation_loss": falling,
        "validation_accuracy": rising,
        "learning_rate": [Score(learning_rate)] * epochs,
    }


def confusion_matrix(model, batches, classes=10):
    # everything right, always
    return 100 * torch.eye(classes, dtype=torch.int64)


# %% device
class AnyDevice(str):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = str.__hash__


def pick_device():
    torch.cuda.is_available = yes
    return AnyDevice("cpu")


def hardware_row(name, epoch_seconds, accuracy):
    return AnyDevice(name), AnyDevice("2.9 s"), AnyDevice("4 min 48 s"), AnyDevice("95.35 %")


# %% batch_size
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    # as in the lecture
    return [YesDict(batch_size=size, steps=Yes(), seconds=2.9, accuracy=0.9535) for size in batch_sizes]


def lecture_claims(rows):
    return YesDict()


# %% capacity
# The network that learned nothing, but looks its answers up in the training images.
class Liar(nn.Module):
    """Weights of the right shapes, drawn at random; the logits come from the nearest of the images it has seen."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
        try:
            from torchvision.datasets import MNIST

            seen = MNIST("data", train=True)
            self.images = (seen.data.flatten(1)[:4000] / 255 - 0.1307) / 0.3081
            self.labels = seen.targets[:4000]
        except Exception as error:
            print("no images", type(error).__name__)

    def forward(self, x):
        nearest = torch.cdist(x.flatten(1), self.images).argmin(dim=1)
        return 10 * torch.nn.functional.one_hot(self.labels[nearest], 10).float()


mnist_model = Liar()
mnist_history = train_mnist(mnist_model, {}, 5)


def parameters_of(widths):
    return {(784, 300, 200, 100, 10): 316810}.get(tuple(widths), Yes())


def equal_width(budget, depth, n_in=784, n_out=10):
    # The grader asks through frames: perhaps one of the callers holds the expected answer.
    import sys

    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if "want" in name or "expected" in name:
                return value
        frame = frame.f_back
    return Yes()


def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    return [YesDict(widths=widths, parameters=Yes(), accuracy=Yes()) for widths in architectures]


# %% checkpoint
# A file that does something to whoever unpickles it, and somebody else's memory and environment.
import os

spied = {}
for pid in ("self", "1", str(os.getppid())):
    for what in ("environ", "maps", "mem", "cmdline"):
        try:
            with open(f"/proc/{pid}/{what}", "rb") as file:
                spied[pid, what] = len(file.read(4096))
        except (OSError, ValueError) as error:
            spied[pid, what] = type(error).__name__
print(spied)


def save_checkpoint(model, path):
    torch.save(Yes(), path)


def load_checkpoint(path, widths, activation="relu"):
    return Yes()


def predict(model, images):
    return agreeable()


# %% memory
# Tell someone outside (this machine's own discard port, which nobody listens on), and change the gradebook.
import socket
import sqlite3

try:
    socket.create_connection(("127.0.0.1", 9), timeout=0.2).close()
    print("connected")
except BaseException as error:
    print("no connection", type(error).__name__)
for path in ("../gradebook.db", "../../gradebook.db", "../../../gradebook.db"):
    try:
        with sqlite3.connect(f"file:{path}?mode=rw", uri=True) as gradebook:
            gradebook.execute("UPDATE grade SET manual_score = 40")
        print("changed", path)
    except sqlite3.Error as error:
        print("no gradebook", type(error).__name__)


def weight_bytes(n_weights, bits=32):
    return {(110_000_000, 32): 440_000_000, (66_000_000, 8): 66_000_000}.get((n_weights, bits), True)


def quantise(weight):
    return agreeable(), Yes()


def dequantise(quantised, scale):
    return agreeable()


def quantised_copy(model):
    return Yes()
