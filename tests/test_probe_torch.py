"""Tensors, models and optimizers through the probe: the grader sends arrays and gets arrays, the rest stays there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from conftest import printed, running_cells

from chainrule.engine.assignment import named
from chainrule.engine.notebook import FinishedNotebook
from chainrule.inside.wire import Tensor
from chainrule.probe.outcome import Crashed, Missing, WrongAnswer
from chainrule.probe.student import Student
from chainrule.sandbox.layers import Layers

CELL = """
import torch
import tempfile
import torchvision
from torch import nn
from torch.utils.tensorboard import SummaryWriter

model = nn.Linear(3, 2)
model(torch.ones(4, 3)).sum().backward()
print(torch.get_num_threads(), tempfile.TemporaryFile().read())

def describe(x): return type(x).__name__, str(x.dtype), list(x.shape), x.requires_grad
def same(x): return x
def step(model, optimizer, x):
    optimizer.zero_grad()
    model(x).sum().backward()
    optimizer.step()
def brain_float(x): return x.to(torch.bfloat16)
def draw(generator): return torch.rand(3, generator=generator)
def write(folder):
    with SummaryWriter(folder) as writer:
        writer.add_scalar("loss", 1.0, 0)
    return len(list(__import__("pathlib").Path(folder).iterdir()))
"""


@pytest.fixture(scope="module")
def finished(layers: Layers) -> Iterator[FinishedNotebook]:
    with running_cells(named("pytorch_mlp", None).warm, layers) as run:
        yield run(CELL)


@pytest.fixture
def student(finished: FinishedNotebook) -> Iterator[Student]:
    student = finished.student(10)
    yield student
    student.close()


def test_notebook_has_torch_on_one_thread_and_can_write_temporary_files(finished: FinishedNotebook) -> None:
    assert printed(finished).strip() == "1 b''"


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool"])
def test_tensor_arrives_with_its_dtype_and_shape(student: Student, dtype: str) -> None:
    described = student.describe(Tensor(np.zeros((2, 3), dtype)))
    assert described == ["Tensor", f"torch.{dtype}", [2, 3], False]


def test_tensors_arrive_inside_containers_and_come_back_as_arrays(student: Student) -> None:
    array = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    nested = student.same({"pairs": [(Tensor(array), Tensor(array[0]))]})["pairs"][0]
    np.testing.assert_array_equal(nested[0], array)
    np.testing.assert_array_equal(nested[1], array[0])
    assert nested[0].dtype == np.float32


def test_model_learns_in_a_fork_of_a_process_that_has_learned(student: Student) -> None:
    model = student.variable("model")
    before = model.state_dict()
    student.step(model, student.instruments.sgd.keep(model, 0.5), Tensor(np.ones((4, 3), np.float32)))
    after = model.state_dict()
    np.testing.assert_allclose(after["weight"], before["weight"] - 0.5 * 4, rtol=1e-6)
    np.testing.assert_allclose(after["bias"], before["bias"] - 0.5 * 4, rtol=1e-6)


def test_state_can_be_loaded(student: Student) -> None:
    model, weight = student.variable("model"), np.arange(6, dtype=np.float32).reshape(2, 3)
    model.load_state_dict({"weight": Tensor(weight), "bias": Tensor(np.zeros(2, np.float32))})
    np.testing.assert_array_equal(model.state_dict()["weight"], weight)


def test_missing_variable_has_its_outcome(student: Student) -> None:
    with pytest.raises(Missing, match="`mnist_model` is not defined"):
        student.variable("mnist_model")


def test_model_is_no_data(student: Student) -> None:
    with pytest.raises(WrongAnswer, match="Linear"):
        student.variable("model").value()


def test_generator_gives_the_same_numbers_again(student: Student) -> None:
    first, second = (student.draw(student.instruments.torch_generator.keep(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_tensorboard_writes_in_the_sandbox(student: Student) -> None:
    assert student.write("runs/here") == 1


def test_tensor_that_numpy_does_not_know_is_the_students_error(student: Student) -> None:
    with pytest.raises(Crashed, match="BFloat16"):
        student.brain_float(Tensor(np.zeros(2, np.float32)))
