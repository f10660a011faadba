"""Hidden tests, reference, source notebook and points belong together by one name, and messages give nothing away."""

from functools import cache

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.grading import observe, session
from autograder.grading.hidden_tests import HiddenTests
from autograder.grading.notebook import FinishedNotebook
from autograder.grading.results import ExerciseResult
from autograder.solutions import ANSWER
from submissions import ASSIGNMENT, EXERCISES, REFERENCE, ROOT, grade, lean_notebook, long_numbers


def run_nothing() -> FinishedNotebook:
    raise AssertionError("collecting the hidden tests runs no notebook")


@cache
def collected() -> HiddenTests:
    """The hidden tests, not run."""
    tests = HiddenTests(run_nothing, seed="", test_seconds=1)
    options = [str(session.graders_of(ASSIGNMENT)), *session.PYTEST_OPTIONS, "--collect-only"]
    assert pytest.main(options, plugins=[tests]) == pytest.ExitCode.OK
    return tests


def declared() -> dict[str, ExerciseResult]:
    """What the hidden tests say of themselves, by exercise."""
    return {exercise.name: exercise for exercise in collected().exercises}


@cache
def cells() -> dict[str, NotebookNode]:
    """The source notebook's nbgrader cells by grade_id."""
    path = ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    marked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    return {cell.metadata.nbgrader.grade_id: cell for cell in marked}


@cache
def grade_cells() -> dict[str, NotebookNode]:
    """The check cells by exercise: those that carry points."""
    return {name: cell for name, cell in cells().items() if cell.metadata.nbgrader.grade}


def test_exercises_have_one_name_everywhere() -> None:
    assert set(declared()) == set(EXERCISES)
    assert tuple(grade_cells()) == EXERCISES
    assert tuple(name.removesuffix(ANSWER) for name in cells() if name.endswith(ANSWER)) == EXERCISES
    assert {file.stem for file in session.graders_of(ASSIGNMENT).glob("test_*.py")} == {f"test_{e}" for e in EXERCISES}


def test_hidden_test_belongs_to_the_exercise_of_its_file() -> None:
    assert {(node.partition("::")[0].split("test_")[-1], name) for node, name in collected().exercise_of.items()} == {
        (f"{exercise}.py", exercise) for exercise in EXERCISES
    }


@pytest.mark.parametrize("exercise", EXERCISES)
def test_points_are_those_of_the_grade_cell(exercise: str) -> None:
    assert declared()[exercise].max_score == grade_cells()[exercise].metadata.nbgrader.points


def test_points_add_up() -> None:
    assert sum(exercise.max_score for exercise in declared().values()) == 40


@pytest.mark.parametrize("exercise", EXERCISES)
def test_hidden_tests_have_points_and_a_title_of_their_own(exercise: str) -> None:
    tests = declared()[exercise].tests
    assert all(test.points > 0 for test in tests)
    assert all(test.title != test.name and 15 <= len(test.title) <= 120 for test in tests)
    assert len({test.title for test in tests}) == len(tests)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_titles_give_no_number_away(exercise: str) -> None:
    assert not [test.title for test in declared()[exercise].tests if long_numbers(test.title) not in ([], ["1000"])]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_check_cell_is_locked_and_answer_cell_is_not(exercise: str) -> None:
    check, answer = grade_cells()[exercise].metadata.nbgrader, cells()[exercise + ANSWER].metadata.nbgrader
    assert (check.locked, check.solution) == (True, False)
    assert (answer.locked, answer.solution, answer.grade) == (False, True, False)


def test_given_away_value_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check behind `revealing`: a grader that prints what it expects is found out."""
    monkeypatch.setattr(observe, "difference", lambda got, want, *rest: f"should be {want.ravel()[0]:.5f}")
    wrong = {**REFERENCE, "collapse": "def collapse(weights, biases):\n    return 0 * weights[0], 0 * biases[0]"}
    graded = grade(lean_notebook(wrong), exercises=["collapse"])
    assert graded.revealing
