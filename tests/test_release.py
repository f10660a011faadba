"""reference/, source/ and release/ are in step, and what students get holds no solution and no hidden test."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from torchvision.datasets import MNIST

import scratch_course
from chainrule.assignments.pytorch_mlp.mnist_subset import HIDDEN_IMAGES
from chainrule.engine import solutions
from chainrule.engine.assignment import named
from chainrule.engine.hidden_tests import files_in
from scratch_course import REPO

ASSIGNMENTS = sorted(folder.name for folder in (REPO / "source").iterdir())


def read(room: str, assignment: str) -> NotebookNode:
    return NotebookNode(nbformat.read(REPO / room / assignment / f"{assignment}.ipynb", as_version=4))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_solution_regions_are_those_of_the_reference(assignment: str, tmp_path: Path) -> None:
    copy = shutil.copyfile(REPO / "source" / assignment / f"{assignment}.ipynb", tmp_path / "copy.ipynb")
    changed = solutions.write_solutions(copy, REPO / "reference" / f"{assignment}.py")
    assert not changed, "reference/ and source/ differ: run `make release`."


def test_release_is_what_nbgrader_generates_from_the_source(tmp_path: Path) -> None:
    course = scratch_course.make(tmp_path, ASSIGNMENTS)
    for assignment in ASSIGNMENTS:
        generated = sorted(path for path in (course.folder / "release" / assignment).rglob("*") if path.is_file())
        for path in generated:
            committed = REPO / path.relative_to(course.folder)
            assert committed.read_bytes() == path.read_bytes(), f"{committed} is out of date: run `make release`."
        assert len(generated) == sum(path.is_file() for path in (REPO / "release" / assignment).rglob("*"))


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_release_holds_no_solution(assignment: str) -> None:
    """No line of a reference body, however short the function, stands in what students get."""
    text = (REPO / "release" / assignment / f"{assignment}.ipynb").read_text()
    assert "BEGIN SOLUTION" not in text
    for code in solutions.exercise_sections((REPO / "reference" / f"{assignment}.py").read_text()).values():
        answer_cells = "\n".join(
            cell.source
            for cell in read("release", assignment).cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        )
        for function in ast.walk(ast.parse(code)):
            if isinstance(function, ast.FunctionDef):
                for statement in function.body:
                    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                        continue
                    assert (ast.get_source_segment(code, statement) or code) not in answer_cells


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_release_holds_no_hidden_test(assignment: str) -> None:
    everything = "".join(path.read_text() for path in (REPO / "release" / assignment).rglob("*.ipynb"))
    assert "HIDDEN TESTS" not in everything
    assert "autograder" not in everything
    assert "import chainrule" not in everything
    for file in files_in(named(assignment, None).folder):
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                assert f"def {function.name}(" not in everything
                for statement in function.body[1:]:
                    assert ast.unparse(statement) not in everything


@pytest.mark.parametrize("room", ["source", "release"])
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_notebooks_carry_no_outputs(room: str, assignment: str) -> None:
    assert not any(cell.get("outputs") for cell in read(room, assignment).cells)


DATA = {
    "numpy_mlp": set(),
    "pytorch_mlp": {
        "data/README.md",
        *(
            f"data/MNIST/raw/{part}-{kind}-ubyte"
            for part in ("train", "t10k")
            for kind in ("images-idx3", "labels-idx1")
        ),
    },
    "xor": set(),
}
"""The files that go to students beside the notebook."""


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_nothing_but_the_notebook_and_its_data_goes_to_students(assignment: str) -> None:
    released = REPO / "release" / assignment
    files = {path.relative_to(released).as_posix() for path in released.rglob("*") if path.is_file()}
    assert files == {f"{assignment}.ipynb", *DATA[assignment]}


def test_hidden_images_are_none_of_the_released_ones() -> None:
    """MNIST repeats no image, so one that students have would be found by its bytes."""
    seen = {
        image.numpy().tobytes()
        for train in (True, False)
        for image in MNIST(str(REPO / "release" / "pytorch_mlp" / "data"), train=train).data
    }
    with np.load(HIDDEN_IMAGES) as hidden:
        images, labels = hidden["images"], hidden["labels"]
    assert len(seen) == 12_000
    assert images.shape == (2000, 28, 28)
    assert set(labels) == set(range(10))
    assert not any(image.tobytes() in seen for image in images)
