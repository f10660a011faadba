"""Hidden tests of `checkpoint`: saving, loading and predicting."""

import numpy as np
import pytest
import torch

from chainrule.checks import expect
from chainrule.inside.wire import Tensor
from chainrule.probe.student import Student

from . import torch_draws
from .torch_draws import classifier, single

pytestmark = pytest.mark.exercise("checkpoint")

WIDTHS = [6, 8, 4]
MANY = 113
NAMES = ("1.weight", "1.bias", "3.weight", "3.bias")
"""What the state_dict of the nn.Sequential that these tests use is called: Flatten, Linear, ReLU, Linear."""


OF_BATCH_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def file_name(rng: np.random.Generator) -> str:
    """A name in the notebook's folder that nothing else has."""
    return f"hidden-{rng.integers(1_000_000_000)}.pt"


def check_loaded(student: Student, rng: np.random.Generator, activation: str, location: str, what: str) -> None:
    """The network that load_checkpoint makes of a file has the output of the saved one and is in eval mode."""
    widths, x, file = [6, 8, 5, 4], single(rng.normal(size=(7, 6))), file_name(rng)
    model = student.MLP.keep(widths, activation)
    start = expect.array(model.forward(x), "the output of MLP", (7, 4))
    torch_draws.shake(student, model, rng)
    student.instruments.save_state.keep(model, file, location)
    want = expect.array(model.forward(x), "the output of MLP", (7, 4))
    # A network that gives the same whatever its weights are would be restored by loading nothing.
    expect.that(not np.allclose(start, want), "The output of MLP does not hang on its weights.")
    loaded = student.load_checkpoint.keep(file, widths, activation)
    expect.that(student.instruments.is_module(loaded) is True, "load_checkpoint does not return a model.")
    expect.near(loaded.forward(x), want, f"the output of {what}, compared with that before,")
    expect.that(student.instruments.is_training(loaded) is False, "The loaded network is not in eval mode.")


@pytest.mark.points(0.5)
def test_save(student: Student, rng: np.random.Generator) -> None:
    """The file holds the whole state_dict alone, at a path given as text or as Path, and the model stays as it is"""
    drawn = classifier(rng, WIDTHS, 5)
    for kind in ("text", "Path"):
        model, file = drawn.remote(student), file_name(rng)
        # Numbers that half precision cannot hold, and a parameter that does not learn, which is part of the state too.
        values = [(parameter * rng.uniform(0.5, 1)).astype(np.float32) for parameter in drawn.parameters]
        student.instruments.set_parameters.keep(model, [Tensor(value) for value in values])
        student.instruments.freeze.keep(model, 1)
        student.save_checkpoint.keep(model, file if kind == "text" else student.instruments.path.keep(file))
        expect.that(student.instruments.exists(file) is True, f"There is no file at the path, given as {kind}.")
        state = student.instruments.saved_state(file)
        expect.that(
            isinstance(state, dict),
            "torch.load(path, weights_only=True) does not give a state_dict: save model.state_dict(), not the model.",
        )
        saved = expect.mapping(state, NAMES, "the file")
        expect.that(len(saved) == len(NAMES), "The file holds more than the model's state_dict.")
        for name, value in zip(NAMES, values, strict=True):
            expect.dtype(saved[name], "float32", f'"{name}" in the file')
            expect.near(saved[name], value, f'"{name}" in the file', 1e-6)
        expect.that(student.instruments.is_training(model) is True, "After save_checkpoint the model is in eval mode.")
    file = file_name(rng)
    student.save_checkpoint.keep(student.instruments.batch_norm.keep(3), file)
    state = student.instruments.saved_state(file)
    names = sorted(state) if isinstance(state, dict) else []
    expect.that(
        names == sorted(OF_BATCH_NORM),
        "Of a batch normalisation, the file should hold the buffers beside the parameters: all of its state_dict.",
    )


@pytest.mark.points(0.5)
def test_round_trip(student: Student, rng: np.random.Generator) -> None:
    """The loaded network gives the logits of the saved one, and is in eval mode"""
    for activation in ("relu", "tanh"):
        check_loaded(student, rng, activation, "cpu", f"a network with {activation} that was saved and loaded")


@pytest.mark.points(0.25)
def test_saved_on_a_gpu(student: Student, rng: np.random.Generator) -> None:
    """A network that was saved on a GPU can be loaded where there is only a CPU"""
    check_loaded(student, rng, "relu", "cuda:0", "a network that was saved on a GPU and loaded here")


@pytest.mark.points(0.5)
def test_predict(student: Student, rng: np.random.Generator) -> None:
    """predict gives the class with the largest logit for each image, as int64"""
    for n in (20, 4, 1):
        drawn = classifier(rng, WIDTHS, n)
        with torch.no_grad():
            want = drawn.reference()(drawn.batch()[0]).argmax(dim=1).numpy()
        got = student.predict(drawn.remote(student), single(drawn.x))
        what = f"the tensor of classes of {n} image{'s' if n > 1 else ''}"
        expect.dtype(got, "int64", what)
        expect.close(got, want, what)
        if n == 20:
            many = student.predict(drawn.remote(student), single(np.tile(drawn.x, (MANY, 1))))
            expect.close(many, np.tile(want, MANY), f"the tensor of classes of {MANY * n} images")


@pytest.mark.points(0.25)
def test_predict_does_not_learn(student: Student, rng: np.random.Generator) -> None:
    """predict works in eval mode and without gradients, and restores the mode"""
    drawn = classifier(rng, WIDTHS, 9)
    for training in (True, False):
        model = student.instruments.recorder.keep(drawn.remote(student))
        model.train.keep(training)
        student.predict.keep(model, single(drawn.x))
        calls = torch_draws.calls(model.calls())
        expect.that(not any(call.training for call in calls), "predict uses the model in train mode.")
        expect.that(not any(call.graph for call in calls), "predict builds a graph: use torch.no_grad().")
        expect.that(
            student.instruments.is_training(model) is training,
            f"A model that came in {'train' if training else 'eval'} mode is left in the other one.",
        )
