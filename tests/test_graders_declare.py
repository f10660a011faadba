"""Hidden tests, reference, source notebook and points belong together by one name, and messages give nothing away."""

import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from chainrule.checks import observe
from chainrule.engine import hidden_tests
from chainrule.engine.assignment import named
from chainrule.engine.hidden_tests import HiddenTest, HiddenTests
from chainrule.engine.solutions import ANSWER
from chainrule.proof.giveaway import long_numbers
from submissions import ASSIGNMENTS, POINTS, ROOT, bank

EXERCISES = [(assignment, exercise) for assignment in ASSIGNMENTS for exercise in bank(assignment).exercises]


@cache
def loaded(assignment: str) -> HiddenTests:
    """The hidden tests, not run."""
    return hidden_tests.load(named(assignment, None))


def points(tests: Iterable[HiddenTest]) -> float:
    """What they are worth together."""
    return math.fsum(test.points for test in tests)


@cache
def cells(assignment: str) -> dict[str, NotebookNode]:
    """The source notebook's nbgrader cells by grade_id."""
    path = ROOT / "source" / assignment / f"{assignment}.ipynb"
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    marked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    return {cell.metadata.nbgrader.grade_id: cell for cell in marked}


@cache
def grade_cells(assignment: str) -> dict[str, NotebookNode]:
    """The check cells by exercise: those that carry points."""
    return {name: cell for name, cell in cells(assignment).items() if cell.metadata.nbgrader.grade}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_exercises_have_one_name_everywhere(assignment: str) -> None:
    exercises = bank(assignment).exercises
    assert set(loaded(assignment).exercises) == set(exercises)
    assert tuple(grade_cells(assignment)) == exercises
    assert tuple(name.removesuffix(ANSWER) for name in cells(assignment) if name.endswith(ANSWER)) == exercises
    files = {file.stem for file in hidden_tests.files_in(named(assignment, None).folder)}
    assert files == {f"test_{exercise}" for exercise in exercises}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_hidden_test_belongs_to_the_exercise_of_its_file(assignment: str) -> None:
    for test in loaded(assignment).tests:
        assert Path(test.function.__code__.co_filename).name == f"test_{test.exercise}.py"


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_points_are_those_of_the_grade_cell(assignment: str, exercise: str) -> None:
    assert points(loaded(assignment).of(exercise)) == grade_cells(assignment)[exercise].metadata.nbgrader.points


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_points_add_up(assignment: str) -> None:
    assert points(loaded(assignment).tests) == POINTS[assignment]


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_hidden_tests_have_points_and_a_title_of_their_own(assignment: str, exercise: str) -> None:
    tests = loaded(assignment).of(exercise)
    assert all(test.points > 0 for test in tests)
    assert all(test.title != test.name and 15 <= len(test.title) <= 120 for test in tests)
    assert len({test.title for test in tests}) == len(tests)


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_titles_give_no_number_away(assignment: str, exercise: str) -> None:
    tests = loaded(assignment).of(exercise)
    assert not [test.title for test in tests if long_numbers(test.title) not in ([], ["1000"])]


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_check_cell_is_locked_and_answer_cell_is_not(assignment: str, exercise: str) -> None:
    check = grade_cells(assignment)[exercise].metadata.nbgrader
    answer = cells(assignment)[exercise + ANSWER].metadata.nbgrader
    assert (check.locked, check.solution) == (True, False)
    assert (answer.locked, answer.solution, answer.grade) == (False, True, False)


def test_given_away_value_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check behind `revealing`: a grader that prints what it expects is found out."""
    monkeypatch.setattr(observe, "difference", lambda got, want, *rest: f"should be {want.ravel()[0]:.5f}")
    numpy_mlp = bank("numpy_mlp")
    wrong = {"collapse": "def collapse(weights, biases):\n    return 0 * weights[0], 0 * biases[0]"}
    assert numpy_mlp.grade_answers({**numpy_mlp.reference, **wrong}, ["collapse"]).revealing
