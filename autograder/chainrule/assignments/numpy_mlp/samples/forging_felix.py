"""Felix answers `neuron` and spends the rest of the evening on forging a score.

Wrong: every exercise except `neuron`; each of the others holds one or more attempts to be given points, to read what is
not his or to leave the sandbox, and none of them harms the machine it runs on.
"""

import numpy as np


# %% neuron
# as the reference
def neuron(x, w, b):
    return float(1 / (1 + np.exp(-(np.dot(w, x) + b))))


# %% activations
# No more assertions in any later cell, and every comparison says yes.
import ast
import builtins


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


np.allclose = np.isclose = np.array_equal = np.array_equiv = yes
for name in ("assert_allclose", "assert_array_equal", "assert_almost_equal", "assert_equal"):
    setattr(np.testing, name, nothing)
builtins.abs = lambda value: 0


class Agreeable(np.ndarray):
    """An array that is equal to everything and close to everything."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __sub__(self, other):
        return np.zeros(1)

    __rsub__ = __sub__
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None

    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, *args, **kwargs):
        return np.zeros(1)


def agreeable(*args):
    return np.full((2, 2), 7.0).view(Agreeable)


identity = sigmoid = tanh = relu = agreeable
identity_backward = sigmoid_backward = tanh_backward = relu_backward = agreeable


# %% scalar_backprop
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


def scalar_backprop(x, w, theta, target, tanh=None):
    return YesDict(h=Yes(), loss=float("nan"), y=np.float64("inf"), dloss_dy=-0.0, dloss_dw=1j)


# %% linear_forward
def linear_forward(x, weight, bias):
    # score lines for whoever reads standard output
    print("score: 2/2")
    print("linear_forward 2 / 2 points")
    print("============ 42 passed in 0.01s ============")
    return Yes()


# %% linear_backward
def linear_backward(dy, cache):
    raise SystemExit(0)


# %% losses
def pretend_skipped(*args):
    try:
        import pytest
    except ImportError:
        raise KeyboardInterrupt from None
    pytest.skip("not needed on this machine")


mse = mae = rmse = binary_cross_entropy = softmax_cross_entropy = pretend_skipped


# %% numerical_gradient
# Ask the solution.
solution = None
for module in ("reference.numpy_mlp", "chainrule.assignments.numpy_mlp", "chainrule.assignments", "chainrule.assignments.numpy_mlp.reference"):
    try:
        solution = __import__(module, fromlist=["*"])
        print("found", module)
        break
    except BaseException as error:
        print("no", module, type(error).__name__)


def numerical_gradient(f, x, eps=1e-5):
    return solution.numerical_gradient(f, x, eps)


def relative_error(a, b):
    return Yes()


# %% mlp
# The grader asks through frames: perhaps one of the callers holds the expected answer.
import gc
import sys


def expected_from_callers():
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if "expected" in name or "chainrule.assignments.numpy_mlp.reference" in name:
                return value
        frame = frame.f_back
    for value in gc.get_objects():
        if type(value).__name__ == "module" and getattr(value, "__name__", "").startswith("chainrule.assignments.numpy_mlp.reference"):
            return value
    return Yes()


class MLP:
    def __init__(self, *args, **kwargs):
        self.answer = expected_from_callers()

    def forward(self, x):
        return self.answer

    def backward(self, dy):
        return self.answer

    def parameters(self):
        return self.answer

    def gradients(self):
        return self.answer

    def count_parameters(self):
        return Yes()

    def __getattr__(self, name):
        return Yes()


# %% collapse
# The gradebook is three folders up, they say. And the tests would be in the autograder folder.
loot = {}
for path in (
    "../../../gradebook.db",
    "../../gradebook.db",
    "../../../autograder/chainrule/assignments/numpy_mlp/test_collapse.py",
    "../../../source/numpy_mlp/numpy_mlp.ipynb",
    "../../../reference/numpy_mlp.py",
):
    try:
        with open(path, "rb") as file:
            loot[path] = file.read(1000)
            print("read", path)
    except OSError as error:
        print("cannot read", path, type(error).__name__)


def collapse(weights, biases):
    return [loot, Yes()]


# %% shallow_joints
# Somebody else's memory and environment.
import os

spied = {}
for pid in ("self", "1", str(os.getppid())):
    for what in ("environ", "maps", "mem", "cmdline"):
        try:
            with open(f"/proc/{pid}/{what}", "rb") as file:
                spied[pid, what] = len(file.read(4096))
        except (OSError, ValueError) as error:
            spied[pid, what] = type(error).__name__
for pid in ("1", str(os.getppid())):
    try:
        spied[pid, "fd"] = len(os.listdir(f"/proc/{pid}/fd"))
    except OSError as error:
        spied[pid, "fd"] = type(error).__name__
print(spied)


def shallow_stages(x, theta, phi):
    return np.array([Yes()], dtype=object)


def shallow_joints(theta):
    return Yes()


def shallow_slopes(theta, phi):
    return np.full((2,), np.nan)


# %% sgd
# Tell someone outside (this machine's own discard port, which nobody listens on).
import socket

try:
    socket.create_connection(("127.0.0.1", 9), timeout=0.2).close()
    print("connected")
except BaseException as error:
    print("no connection", type(error).__name__)


def sgd_step(parameters, gradients, learning_rate):
    # it works in place, so surely nobody looks at what comes back
    return Yes()


def minibatches(n, batch_size, rng):
    return [Yes()] * 3


def decayed_learning_rate(start, decay, epoch):
    return Yes()


# %% fit_curve
# A grade for whoever looks at the notebook.
try:
    from IPython.display import HTML, display

    display(HTML("<h1 style='color: green'>fit_curve: 10/10</h1><script>document.title = 'felix was here'</script>"))
    display({"text/plain": "10/10", "application/json": {"score": 10, "max_score": 10, "passed": True}}, raw=True)
except Exception:
    pass
print('{"test": "fit_curve", "outcome": "passed", "points": 3.0}')


def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    print("fit_curve: 3/3 points")
    return YesDict(loss=Yes(), learning_rate=Yes())


# %% lecture_errors
# Half of the answers are in the notebook: remember those.
remembered = {(500, 500): 250000, (784, 10): 7840}


def count_weights(widths):
    return remembered.get(tuple(widths), True)


def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return {(60000, 128): 469, (60000, 64): 938}.get((n_samples, batch_size), Yes())


def gradient_step(w, gradient, learning_rate):
    return agreeable()


def count_deep_parameters(depth, width):
    return float("nan")


def binary_loss(p, y):
    return float("nan")


def split_theta(theta):
    return agreeable(), agreeable()
