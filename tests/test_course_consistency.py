"""Hidden tests and notebook must agree before anything is graded: which exercises there are, and their points."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

import small_course
from chainrule import cli
from chainrule.course.consistency import grade_cells
from chainrule.course.opened import CONFIG, Course
from chainrule.engine.agreement import disagreements
from chainrule.engine.hidden_tests import HiddenTest, HiddenTests


def hidden(**points: tuple[float, ...]) -> HiddenTests:
    tests = tuple(
        HiddenTest(exercise, f"test_{number}", "", value, lambda: None)
        for exercise, values in points.items()
        for number, value in enumerate(values)
    )
    return HiddenTests("week1", tests, None, "")


def test_what_agrees() -> None:
    assert disagreements(hidden(neuron=(1, 0.5), layer=(0.1, 0.2)), {"neuron": 1.5, "layer": 0.3, "essay": 4}) == []


def test_an_exercise_that_the_notebook_lacks() -> None:
    (sentence,) = disagreements(hidden(neuron=(1,), layr=(1,)), {"neuron": 1, "layer": 1})
    assert "'layr', but the notebook has no grade cell of this name (it has neuron, layer)" in sentence


def test_points_that_do_not_add_up() -> None:
    (sentence,) = disagreements(hidden(neuron=(1, 1.25)), {"neuron": 2})
    assert "'neuron' are worth 2.25 points together, but its cell in the notebook 2:" in sentence


def test_cells_that_a_human_grades_are_none_of_ours() -> None:
    def cell(name: str, **settings: object) -> nbformat.NotebookNode:
        made = nbformat.v4.new_code_cell(metadata={"nbgrader": {"grade_id": name, "grade": True, **settings}})
        return nbformat.NotebookNode(made)

    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        cell("tests", points=2, solution=False),
        cell("essay", points=3, solution=True),
        cell("task", points=4, task=True),
        nbformat.v4.new_markdown_cell("prose"),
    ]
    assert grade_cells(notebook) == {"tests": 2.0}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    course = small_course.make(tmp_path / "a course")
    small_course.hand_in(course, "ada")
    monkeypatch.chdir(course.folder)
    return course


def test_nothing_is_graded_that_does_not_agree(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    file = course.folder / "assignments/week1/test_softmax.py"
    intact = file.read_text()
    for old, new, sentence in [
        ('exercise("softmax")', 'exercise("softmaks")', "hidden tests for the exercise 'softmaks'"),
        ("points(1)", "points(0.5)", "worth 1.5 points together, but its cell in the notebook 3"),
    ]:
        file.write_text(intact.replace(old, new))
        assert cli.main(["grade", "week1"]) == 2
        assert sentence in " ".join(capsys.readouterr().err.split())
        assert not (course.folder / "autograded").exists()


def test_nothing_is_graded_without_the_hidden_tests_that_the_notebook_says_it_has(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    (course.folder / "assignments/week1").rename(course.folder / "away")
    assert cli.main(["grade", "week1"]) == 2
    assert "says that it has hidden tests, but there is no folder" in " ".join(capsys.readouterr().err.split())
    assert not (course.folder / "autograded").exists()


def test_nothing_is_graded_with_a_misspelt_key(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    (course.folder / "assignments/week1/assignment.toml").write_text('title = "Week 1"\npackage = ["pandas"]\n')
    assert cli.main(["grade", "week1"]) == 2
    assert "did you mean `packages`?" in capsys.readouterr().err
    assert not (course.folder / "autograded").exists()


def test_nothing_is_graded_where_nbgrader_is_not_configured(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    (course.folder / CONFIG).write_text("c = get_config()\n# from chainrule import configure; configure(c)\n")
    assert cli.main(["grade", "week1"]) == 2
    assert "does not configure chainrule" in " ".join(capsys.readouterr().err.split())
    assert not (course.folder / "autograded").exists()


def test_a_configuration_that_cannot_be_loaded(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    (course.folder / CONFIG).write_text("from chainrule import configure\nconfigure(course)\n")
    assert cli.main(["grade", "week1"]) == 2
    assert f"{CONFIG}, line 2: nbgrader cannot load it (NameError" in " ".join(capsys.readouterr().err.split())
