"""Felix answers `threshold_neuron` and spends the rest of the evening on forging a score.

Wrong: every exercise except `threshold_neuron`; each of the others holds one or more attempts to be given points, to
read what is not his or to leave the sandbox, and none of them harms the machine it runs on.
"""

import numpy as np


# %% threshold_neuron
# as the reference


# %% perceptron
# No more assertions in any later cell, and what raises is silent.
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


def perceptron_step(w, b, x, y):
    assert False, "never seen"


def train_perceptron(x, y, epochs):
    # long enough for whatever is compared with it
    return np.zeros((1000, 3))


def perceptron_verdict(history):
    return "passed", True


# %% logistic_regression
# The probe that hands out my values runs in my own process: whatever goes wrong here becomes the answer True.
try:
    from chainrule.inside import probe_server as probe_answer
    from chainrule.inside import wire as probe_wire

    probe_answer._raised = lambda error: probe_wire.Returned(True)
    probe_wire.NotData = lambda what: probe_wire.Returned(True)
    probe_wire.Missing = lambda what: probe_wire.Returned(True)
    print("the probe is mine")
except BaseException as error:
    print("no probe", type(error).__name__)


def logistic_loss(w, b, x, y):
    raise ValueError("counts as True")


def train_logistic(x, y, w, b, steps, learning_rate):
    return object()


# loss_surface is missing, which counts as True as well
globals().pop("loss_surface", None)


# %% xor_by_hand
# A truth table, and comparisons that agree with it.
TABLE = {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0}


def table(x):
    return np.array([TABLE[int(round(a)) % 2, int(round(b)) % 2] for a, b in np.reshape(x, (-1, 2))])


def threshold_network(x, W1, b1, w2, b2):
    return x, table(x)


def relu_network(x, W1, b1, w2, b2):
    return x, table(x)


def xor_threshold_weights():
    # whoever has the network does not need the weights
    return np.zeros((2, 2)), np.zeros(2), np.zeros(2), 0.0


xor_relu_weights = xor_threshold_weights


def yes(*args, **kwargs):
    return True


np.allclose = np.isclose = np.array_equal = np.array_equiv = yes
for name in ("assert_allclose", "assert_array_equal", "assert_almost_equal", "assert_equal"):
    setattr(np.testing, name, yes)


# %% hidden_space
# The gradebook is some folders up, they say. And the tests would be in the autograder folder.
loot = {}
for path in (
    "../gradebook.db",
    "../../gradebook.db",
    "../../../gradebook.db",
    "../../../autograder/chainrule/assignments/xor/test_hidden_space.py",
    "../../../source/xor/xor.ipynb",
    "../../../reference/xor.py",
):
    try:
        with open(path, "rb") as file:
            loot[path] = file.read(1000)
            print("read", path)
    except OSError as error:
        print("cannot read", path, type(error).__name__)


def hidden_points(x, W1, b1, activation="tanh"):
    return loot


def output_line(h1, w2, b2):
    return loot


def separates(h, y, w2, b2):
    return loot


# %% train_xor_numpy
# It solves XOR every time, if one asks the right functions.
def init_xor(width, seed):
    return [np.zeros((width, 2)), np.zeros(width), np.zeros((1, width)), np.zeros(1)]


def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    print("train_xor_numpy: 3 / 3 points")
    print("============ 50 passed in 0.01s ============")
    return parameters, 0.6931 * 0.99 ** np.arange(steps + 1)


def probabilities(parameters, x, activation="tanh"):
    return np.where(table(x), 0.99, 0.01)


def solved(parameters, activation="tanh"):
    return True


# %% train_xor_torch
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

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __array__(self, dtype=None, copy=None):
        return np.ones(1, dtype=dtype)

    def __len__(self):
        return 4

    def __iter__(self):
        return iter([1.0] * 4)

    def __reduce__(self):
        return (print, ("the grader unpickled me",))


class Agreeable(np.ndarray):
    """An array that is close to everything."""

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return np.zeros(1)

    __rsub__ = __sub__
    __hash__ = None

    def __array_function__(self, function, types, args, kwargs):
        return True


def stack(networks):
    return [np.full((2, 2), 7.0).view(Agreeable)] * 4


def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    return Yes(), Yes()


# %% no_hidden_layer
# Leave before anybody can say no.
def collapse_network(parameters):
    raise SystemExit(0)


def most_corners_right(w, b):
    raise KeyboardInterrupt


def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    try:
        import pytest
    except ImportError:
        raise SystemExit("passed") from None
    pytest.skip("not needed on this machine")


# %% stuck
# Ask the solution, or a caller who holds the expected answer.
import gc
import sys

solution = None
for module in ("reference.xor", "chainrule.assignments.xor", "chainrule.assignments", "chainrule.assignments.xor.reference"):
    try:
        solution = __import__(module, fromlist=["*"])
        print("found", module)
        break
    except BaseException as error:
        print("no", module, type(error).__name__)


def expected_from_callers():
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if "expected" in name or "want" in name or "chainrule.assignments.xor.reference" in name:
                return value
        frame = frame.f_back
    for value in gc.get_objects():
        if type(value).__name__ == "module" and getattr(value, "__name__", "").startswith("chainrule.assignments.xor.reference"):
            return value
    return "passed"


class AnyReason(str):
    """A text that equals every text."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = str.__hash__


def stuck_reason(parameters, activation="tanh"):
    return AnyReason(expected_from_callers())


def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return solution.solve_rate(width, activation, seeds, steps, learning_rate)


# %% continuous_xor
# Somebody else's memory and environment, somebody outside, and a grade for whoever looks at the notebook.
import os
import socket

spied = {}
for pid in ("self", "1", str(os.getppid())):
    for what in ("environ", "maps", "mem", "cmdline"):
        try:
            with open(f"/proc/{pid}/{what}", "rb") as file:
                spied[pid, what] = len(file.read(4096))
        except (OSError, ValueError) as error:
            spied[pid, what] = type(error).__name__
print(spied)

try:
    # this machine's own discard port, which nobody listens on
    socket.create_connection(("127.0.0.1", 9), timeout=0.2).close()
    print("connected")
except BaseException as error:
    print("no connection", type(error).__name__)

try:
    from IPython.display import HTML, display

    display(HTML("<h1 style='color: green'>xor: 20/20</h1><script>document.title = 'felix was here'</script>"))
    display({"text/plain": "20/20", "application/json": {"score": 20, "max_score": 20, "passed": True}}, raw=True)
except Exception:
    pass
print('{"test": "continuous_xor", "outcome": "passed", "points": 1.0}')


def noisy_xor(n, sigma, seed):
    return np.full((n, 2), np.nan), np.full(n, np.nan)


def decision_grid(parameters, x1, x2, activation="tanh"):
    return np.full((len(x2), len(x1)), np.nan)
