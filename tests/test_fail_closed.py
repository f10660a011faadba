"""Where hidden tests cannot be asked nobody gets points, and where a package is missing nobody is blamed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import notebook_of, printed

import small_course
from chainrule.course.opened import Course
from chainrule.course.report import summary_markdown
from chainrule.engine import assignment as assignments
from chainrule.engine.grade import Settings, grade_notebook
from chainrule.engine.notebook import running
from chainrule.probe.outcome import Outcome
from chainrule.sandbox.kernel import GUARD_VANISHED, SandboxLostError
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings
from submissions import ROOT, bank

SHIPPED = assignments.shipped_names()


@pytest.mark.parametrize("assignment", SHIPPED)
@pytest.mark.parametrize("graded", ["by another nbgrader", "by chainrule", "not at all"])
def test_visible_checks_give_no_points_where_no_hidden_test_follows(assignment: str, graded: str) -> None:
    """nbgrader gives full points for a check that prints nothing to stderr, and none for one that does."""
    notebook = nbformat.read(ROOT / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
    check = '@course.check("always right")\ndef _():\n    """always right"""\n'
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "MPLCONFIGDIR": "/tmp", "OMP_NUM_THREADS": "1"}
    if graded != "not at all":
        environment["NBGRADER_EXECUTION"] = "autograde"
    if graded == "by chainrule":
        environment["CHAINRULE_GRADING"] = "1"
    program = "\n".join([cells["setup"].split("class course:")[0], "class course:" + _course(cells["setup"]), check])
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if graded == "by another nbgrader":
        assert "no points: this nbgrader is not configured for chainrule" in " ".join(done.stderr.split())
        assert done.stdout == ""
    else:
        assert done.stderr == ""
        assert "✓ always right" in done.stdout


def _course(setup: str) -> str:
    """The class alone: what the set-up cell does with data comes after it."""
    body = setup.split("class course:", 1)[1].split("\n")
    end = next((i for i, line in enumerate(body) if i and line and not line.startswith((" ", "#"))), len(body))
    return "\n".join(body[:end])


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return small_course.make(tmp_path_factory.mktemp("course"))


IMPORTING = """
import pandas

def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return pandas.DataFrame(powers).div(powers.sum(axis=1), axis=0).to_numpy()
"""
IMPORTING_LATE = IMPORTING.replace("import pandas\n", "").replace("    powers =", "    import pandas\n    powers =", 1)
IMPORTING_WITH_CARE = "try:\n    import pandas\nexcept ImportError:\n    pass\n" + small_course.WRONG


@pytest.mark.parametrize("answer", [IMPORTING, IMPORTING_LATE])
def test_an_installed_package_that_is_not_listed_goes_to_a_human(course: Course, answer: str) -> None:
    small_course.hand_in(course, "alice", answer)
    (graded,) = course.grade(small_course.NAME, ["alice"], force=True)
    assert graded.results is not None, graded.log
    assert graded.results.grader_fault
    assert set(graded.results.outcomes) == {"grader fault"}
    assert any('packages = ["pandas"]' in fault for fault in graded.results.faults)
    assert "imports `pandas`" in summary_markdown(graded.results)
    with course.api.gradebook as gradebook:
        assert gradebook.find_submission(small_course.NAME, "alice").needs_manual_grade


@pytest.mark.parametrize("answer", [IMPORTING, IMPORTING_LATE])
def test_a_listed_package_is_there(course: Course, answer: str) -> None:
    toml = course.folder / "assignments" / small_course.NAME / "assignment.toml"
    before = toml.read_text()
    toml.write_text(before.replace("packages = []", 'packages = ["pandas"]'))
    try:
        small_course.hand_in(course, "bob", answer)
        (graded,) = course.grade(small_course.NAME, ["bob"], force=True)
    finally:
        toml.write_text(before)
    assert graded.results is not None, graded.log
    assert graded.results.score == small_course.POINTS


@pytest.mark.parametrize(
    "answer",
    [
        IMPORTING_WITH_CARE,
        "import nothing_of_this_name\n" + small_course.WRONG,
        "import matplotlib.pylot\n" + small_course.WRONG,
        "import PIL.Imag\n" + small_course.WRONG,
        "import chainrule.assignments\n" + small_course.WRONG,
        "raise ModuleNotFoundError('No module named \\'os.path\\'')",
    ],
)
def test_what_is_not_installed_or_is_not_needed_is_the_students_own(course: Course, answer: str) -> None:
    small_course.hand_in(course, "carol", answer)
    (graded,) = course.grade(small_course.NAME, ["carol"], force=True)
    assert graded.results is not None, graded.log
    assert not graded.results.grader_fault


def test_all_hidden_tests_together_have_a_limit() -> None:
    numpy_mlp = bank("numpy_mlp")
    slow = "import time\n\ndef collapse(weights, biases):\n    time.sleep(60)\n"
    answers = {
        **numpy_mlp.reference,
        "collapse": slow,
        "neuron": slow.replace("collapse(weights, biases)", "neuron(*x)"),
    }
    exercises = frozenset({"neuron", "collapse"})
    settings = Settings(numpy_mlp.sandbox(Limits(hidden_tests_seconds=2.0)), exercises=exercises)
    results = grade_notebook(numpy_mlp.lean_notebook(answers, exercises), numpy_mlp.assignment, settings, "1")
    messages = [test.message for exercise in results.exercises for test in exercise.tests]
    assert any(message == "Together, the hidden tests waited for 2 s without doing anything." for message in messages)
    assert Outcome.GRADER_FAULT not in {test.outcome for one in results.exercises for test in one.tests}
    assert results.seconds < 30


def test_a_forbidden_package_is_the_students_own_mistake() -> None:
    numpy_mlp = bank("numpy_mlp")
    answers = {**numpy_mlp.reference, "collapse": "import torch\n\ndef collapse(weights, biases):\n    return torch\n"}
    results = numpy_mlp.graded(numpy_mlp.lean_notebook(answers, ["collapse"]), ["collapse"])
    assert results.score == 0
    assert not results.grader_fault


def test_a_notebook_without_hidden_tests_is_not_told_that_some_follow() -> None:
    notebook = notebook_of("import os; print(sorted(name for name in os.environ if 'GRAD' in name))")
    with running(notebook, SandboxSettings()) as finished:
        assert printed(finished).strip() == "['NBGRADER_EXECUTION']"


def test_a_guard_that_vanishes_costs_nobody_points() -> None:
    """The machine ran out of memory, say: no outcome of the student's, so the submission is graded again."""
    with running(notebook_of("import os", "def end():\n    os._exit(1)"), SandboxSettings()) as finished:
        assert finished.kernel is not None
        student = finished.student(5.0)
        finished.kernel.exit_status = GUARD_VANISHED
        with pytest.raises(SandboxLostError, match="ended from outside"):
            student.end()


@pytest.fixture(scope="module")
def untested(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course whose assignment has no hidden tests, as courses have that knew nbgrader alone."""
    course = small_course.make(tmp_path_factory.mktemp("untested"))
    shutil.rmtree(course.folder / "assignments" / small_course.NAME)
    for file in course.folder.glob("*/*/week1.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        notebook.metadata.pop("chainrule", None)
        nbformat.write(notebook, file)
    return course


def by_nbgrader(course: Course, student: str) -> tuple[float | None, bool, str]:
    """The score of the only grade cell, whether a human must look, and what nbgrader said."""
    command = [str(Path(sys.executable).parent / "nbgrader"), "autograde", small_course.NAME, "--student", student]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(course.folder)}
    done = subprocess.run([*command, "--force"], cwd=course.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade(small_course.EXERCISE, small_course.NAME, small_course.NAME, student)
        return grade.auto_score, grade.needs_manual_grade, done.stderr


def test_without_hidden_tests_a_missing_package_goes_to_a_human_too(untested: Course) -> None:
    notebook = nbformat.read(untested.folder / "release" / small_course.NAME / "week1.ipynb", as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import pandas"))
    target = untested.folder / "submitted" / "ada" / small_course.NAME / "week1.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)
    score, human, said = by_nbgrader(untested, "ada")
    assert (score, human) == (None, True)
    assert 'packages = ["pandas"]' in said
    room = untested.folder / "assignments" / small_course.NAME
    room.mkdir()
    (room / "assignment.toml").write_text('title = "week1"\npackages = ["pandas"]\n')
    score, human, said = by_nbgrader(untested, "ada")
    assert (score, human) == (0.0, False)
    assert "nbgrader scores what its cells print" in said
