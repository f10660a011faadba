"""An answer that computes nothing earns nothing, alone and where functions that it builds on compute nothing either."""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest

import empty_answers
from chainrule.diagnosis.mistakes import Mistake
from chainrule.diagnosis.stand_in import StandIns
from chainrule.engine import hidden_tests
from chainrule.engine.assignment import named
from chainrule.engine.hidden_tests import HiddenTests
from chainrule.proof import quick
from sampling import sample
from submissions import ASSIGNMENTS, bank

Case = tuple[str, str, str]
"""Assignment, exercise, kind of nothing."""

EVERY = int(os.environ.get("CHAINRULE_EVERY", "1"))
"""One of so many answers is tried: make verify EVERY=10"""

SEED = "1"
EXERCISES = [(assignment, exercise) for assignment in ASSIGNMENTS for exercise in bank(assignment).exercises]
CASES: list[Case] = [(*one, kind) for one in EXERCISES for kind in empty_answers.KINDS]

EASY: list[Case] = [
    ("numpy_mlp", "activations", "zeros"),
    ("numpy_mlp", "linear_forward", "what came in"),
    ("numpy_mlp", "linear_backward", "zeros"),
    ("numpy_mlp", "numerical_gradient", "ones"),
    ("numpy_mlp", "mlp", "zeros"),
    ("numpy_mlp", "collapse", "what came in"),
    ("numpy_mlp", "sgd", "zeros"),
    ("numpy_mlp", "fit_curve", "zeros"),
    ("pytorch_mlp", "module", "halves"),
    ("pytorch_mlp", "train_step", "(1.0, 0)"),
    ("xor", "threshold_neuron", "ones"),
    ("xor", "perceptron", "as many arguments as results"),
    ("xor", "hidden_space", "a ValueError"),
    ("xor", "train_xor_torch", "what came in"),
    ("xor", "no_hidden_layer", "0"),
]
"""What a test that compares shapes, or looks whether arguments stay what they are, is easily satisfied with."""

WRITTEN = {
    ("numpy_mlp", "fit_curve", "noise"): """
def fit_curve(model, x, y, epochs, batch_size, learning_rate, decay=1.0, seed=0):
    rng = np.random.default_rng(seed)
    for parameter in model.parameters():
        parameter += rng.normal(size=parameter.shape)
    return {"loss": [0.0] * (epochs + 1), "learning_rate": [learning_rate] * epochs}
""",
    ("pytorch_mlp", "train_epoch", "train_step"): """
def train_step(model, images, labels, optimizer):
    return 1.0, 0
def train_epoch(model, batches, optimizer):
    return 1.0, 0.0
""",
    ("pytorch_mlp", "train_mnist", "train_epoch and evaluate"): """
def train_epoch(model, batches, optimizer):
    for parameter in model.parameters():
        parameter.data += 1
    return 1.0, 0.0
def evaluate(model, batches):
    return 1.0, 0.0
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    for parameter in model.parameters():
        parameter.data += epochs
    ones, zeros = [1.0] * epochs, [0.0] * epochs
    losses = {"train_loss": ones, "validation_loss": ones}
    return {**losses, "train_accuracy": zeros, "validation_accuracy": zeros, "learning_rate": [learning_rate] * epochs}
def confusion_matrix(model, batches, classes=10):
    return torch.zeros((classes, classes), dtype=torch.int64)
""",
    ("pytorch_mlp", "batch_size", "steps_per_epoch and evaluate"): """
def steps_per_epoch(n_samples, batch_size, drop_last=False):
    return batch_size
def train_epoch(model, batches, optimizer):
    return 1.0, 0.5
def evaluate(model, batches):
    return 1.0, 0.5
def sweep_batch_sizes(widths, data, batch_sizes, epochs=1, learning_rate=0.1, seed=0):
    return [{"batch_size": size, "steps": size, "seconds": 1e-9, "accuracy": 0.5} for size in batch_sizes]
def lecture_claims(rows):
    return dict.fromkeys(("fewer_steps", "fastest_128_256", "small_most_accurate"), True)
""",
    ("pytorch_mlp", "capacity", "parameters_of and train_mnist"): """
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    return {"validation_accuracy": [0.5] * epochs}
def parameters_of(widths):
    return 0 if widths[1] == 1 else 10**12
def equal_width(budget, depth, n_in=784, n_out=10):
    return 1
def compare_architectures(architectures, data, epochs, batch_size=128, learning_rate=1e-3, seed=0):
    return [{"widths": widths, "parameters": 10**12, "accuracy": 0.5} for widths in architectures]
""",
    ("pytorch_mlp", "checkpoint", "MLP"): """
class MLP(torch.nn.Module):
    def __init__(self, widths, activation="relu"):
        super().__init__()
    def forward(self, x):
        return torch.zeros(len(x), 4)
def save_checkpoint(model, path):
    pass
def load_checkpoint(path, widths, activation="relu"):
    return MLP(widths, activation).eval()
def predict(model, images):
    return torch.zeros(len(images), dtype=torch.int64)
""",
    ("pytorch_mlp", "memory", "quantise and dequantise"): """
def weight_bytes(n_weights, bits=32):
    return 0
def quantise(weight):
    return weight, 1.0
def dequantise(quantised, scale):
    return quantised
def quantised_copy(model):
    return copy.deepcopy(model)
""",
    ("pytorch_mlp", "device", "always the CPU"): """
def pick_device():
    return torch.device("cpu")
def hardware_row(name, epoch_seconds, accuracy):
    return "", "1.0 s", "1 min 0 s", "100.00 %"
""",
    ("xor", "logistic_regression", "the known end"): """
def logistic_loss(w, b, x, y):
    return 0.0, np.zeros(2), 0.0
def train_logistic(x, y, w, b, steps, learning_rate):
    return np.zeros(2), 0.0, np.full(steps + 1, np.log(2))
def loss_surface(w1, w2, b, x, y):
    return np.zeros((len(w2), len(w1)))
""",
    ("xor", "train_xor_torch", "one network for all"): """
end = train_xor_numpy(init_xor(8, 0), CORNERS, XOR, 2000, 1.0)
def stack(networks):
    return []
def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    count = len(parameters[0])
    return [np.stack([array] * count) for array in end[0]], np.full((steps + 1, count), end[1][-1])
""",
    ("xor", "perceptron", "never moves"): """
def perceptron_step(w, b, x, y):
    return w, b
def train_perceptron(x, y, epochs):
    return np.zeros((epochs * len(x) + 1, 3))
def perceptron_verdict(history):
    return "undecided", 0
""",
    ("xor", "no_hidden_layer", "0 of all"): """
def collapse_network(parameters):
    return np.zeros(2), 0.0
def most_corners_right(w, b):
    return 2
def identity_solve_rate(seeds, width=8, steps=500, learning_rate=1.0):
    return 0.0
""",
    ("xor", "stuck", "train_xor_torch"): """
def train_xor_numpy(parameters, x, y, steps, learning_rate, activation="tanh"):
    return parameters, np.zeros(steps + 1)
def train_xor_torch(parameters, x, y, steps, learning_rate, activation="tanh"):
    return parameters, np.zeros((steps + 1, len(parameters[0])))
def stuck_reason(parameters, activation="tanh"):
    return "solved"
def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return 0.0
""",
    ("xor", "stuck", "no network that could be trained"): """
def init_xor(width, seed):
    return [np.zeros(shape) for shape in ((width, 2), (width,), (1, width), (1,))]
def stuck_reason(parameters, activation="tanh"):
    return "other"
def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return 0.0
""",
    ("xor", "stuck", "networks that nobody has to train"): """
def init_xor(width, seed):
    sides = np.resize([1.0, -1.0], width)
    signs = np.where(np.arange(width) < 2, sides, 0.0)
    return [np.outer(signs, [6.0, 6.0]), np.resize([-3.0, 9.0], width), 12 * abs(signs)[None], np.array([-18.0])]
def stuck_reason(parameters, activation="tanh"):
    return "other"
def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return 1.0
""",
    ("xor", "stuck", "a usual share"): """
def stuck_reason(parameters, activation="tanh"):
    return "other"
def solve_rate(width, activation, seeds, steps=1000, learning_rate=1.0):
    return 0.6
""",
    ("xor", "continuous_xor", "probabilities"): """
def probabilities(parameters, x, activation="tanh"):
    return np.full(len(x), 0.5)
def noisy_xor(n, sigma, seed):
    return np.zeros((n, 2)), np.zeros(n)
def decision_grid(parameters, x1, x2, activation="tanh"):
    return np.full((len(x2), len(x1)), 0.5)
""",
}
"""Answers that agree with functions that they build on, where neither computes anything; others know what is usual."""

NOT_TRAINED = """
def train_mnist(model, data, epochs, batch_size=128, learning_rate=1e-3, decay=1.0, seed=0, log_dir=None):
    return {}
def confusion_matrix(model, batches, classes=10):
    return None
"""

FEW = ("None", "(1.0, 0)", "zeros", "halves", "what came in")
"""Kinds that a comparison with the student's own functions is most easily satisfied with."""


@cache
def asked(assignment: str) -> tuple[HiddenTests, StandIns]:
    found = named(assignment, None)
    return hidden_tests.load(found), quick.stand_ins(found)


def names_in(code: str) -> list[str]:
    """The functions and classes of an answer."""
    return [node.name for node in ast.parse(code).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]


def empty(assignment: str, exercise: str, kind: str, before: str | None = None) -> str:
    """An answer of this kind to an exercise, and to all that come before it if that is given."""
    reference, exercises = bank(assignment).reference, bank(assignment).exercises
    answers = [(name, kind) for name in names_in(reference[exercise])]
    if before is not None:
        earlier = exercises[: exercises.index(exercise)]
        answers += [(name, before) for one in earlier for name in names_in(reference[one])]
    return installing(assignment, answers)


def installing(assignment: str, answers: Collection[tuple[str, str]]) -> str:
    """Code that puts these kinds of nothing in the place of these functions."""
    source = bank(assignment).assignment.reference.read_text(encoding="utf-8")
    ours = Path(empty_answers.__file__).read_text(encoding="utf-8")
    return f"_empty = {{}}\nexec({ours!r}, _empty)\n_empty['install'](globals(), {source!r}, {answers!r})\n"


def mistakes_below(assignment: str, exercise: str) -> Iterator[Mistake]:
    """The mistakes of all exercises whose functions this one's answer uses, by whatever way."""
    reference = bank(assignment).reference
    owner = {name: one for one, code in reference.items() for name in names_in(code)}
    found, new = set[str](), {exercise}
    while new:
        found |= new
        used = {name.id for one in new for name in ast.walk(ast.parse(reference[one])) if isinstance(name, ast.Name)}
        new = {owner[name] for name in used & set(owner)} - found
    return (mistake for mistake in bank(assignment).mistakes if mistake.exercise in found - {exercise})


def earned(assignment: str, exercise: str, code: str) -> list[str]:
    """The hidden tests of an exercise that are passed with this code over the reference."""
    tests, others = asked(assignment)
    answers = [quick.answered(test, tests, others, code, SEED) for test in tests.of(exercise)]
    assert not any(answer.fault for answer in answers)
    assert not any("`become`" in answer.result.message for answer in answers)
    return [answer.result.name for answer in answers if quick.passed(answer)]


@pytest.mark.parametrize(("assignment", "exercise", "kind"), EASY + sample(CASES, 9, "empty answers"))
def test_an_empty_answer_earns_nothing_in_a_sample(assignment: str, exercise: str, kind: str) -> None:
    assert not earned(assignment, exercise, empty(assignment, exercise, kind))


@pytest.mark.whole
@pytest.mark.parametrize(("assignment", "exercise", "kind"), CASES[::EVERY])
def test_an_empty_answer_earns_nothing_alone_or_after_others(assignment: str, exercise: str, kind: str) -> None:
    for before in (None, kind):
        assert not earned(assignment, exercise, empty(assignment, exercise, kind, before)), before


@pytest.mark.whole
@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES[::EVERY])
def test_an_empty_answer_earns_nothing_after_empty_answers_of_another_kind(assignment: str, exercise: str) -> None:
    for kind in FEW:
        for before in set(FEW) - {kind}:
            assert not earned(assignment, exercise, empty(assignment, exercise, kind, before)), (kind, before)


@pytest.mark.parametrize(("assignment", "exercise", "what"), WRITTEN)
def test_what_is_written_down_or_agreed_upon_earns_nothing(assignment: str, exercise: str, what: str) -> None:
    assert not earned(assignment, exercise, WRITTEN[assignment, exercise, what])


@pytest.mark.whole
@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES[::EVERY])
def test_an_empty_answer_earns_nothing_with_a_mistake_in_what_it_builds_on(assignment: str, exercise: str) -> None:
    for mistake in mistakes_below(assignment, exercise):
        for kind in FEW:
            code = f"{cell(mistake)}\n{empty(assignment, exercise, kind)}"
            assert not earned(assignment, exercise, code), (str(mistake), kind)


def cell(mistake: Mistake) -> str:
    """A mistake as a cell of a notebook: where it imports what is not there, its functions are missing."""
    missing = f"for _name in {names_in(mistake.code)}: globals().pop(_name, None)"
    return f"{missing}\ntry:\n    exec({mistake.code!r}, globals())\nexcept ImportError:\n    pass"


def test_a_network_that_was_not_trained_earns_nothing() -> None:
    answers = {**bank("pytorch_mlp").reference, "train_mnist": NOT_TRAINED}
    graded = bank("pytorch_mlp").grade_answers(answers, ["train_mnist"])
    assert graded.results.score == 0
    assert not graded.results.faults


def test_what_is_put_in_the_place_of_an_answer_is_asked() -> None:
    """The proof of the proof: the right values, given by the same way, earn all."""
    tests, _ = asked("numpy_mlp")
    right = [(name, empty_answers.RIGHT) for name in names_in(bank("numpy_mlp").reference["losses"])]
    assert earned("numpy_mlp", "losses", installing("numpy_mlp", right)) == [test.name for test in tests.of("losses")]
