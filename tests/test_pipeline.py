"""The nbgrader pipeline with our configuration: all ways to grade agree, and faults are never silent zeros."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import NoReturn

import nbformat
import pytest
from bs4 import BeautifulSoup

import scratch_course
import submissions
from chainrule.course import report
from chainrule.course.opened import Course
from chainrule.engine import results as result_files
from chainrule.engine.assignment import named
from chainrule.engine.grade import Settings, grade_notebook
from chainrule.engine.hidden_tests import GradersError
from chainrule.engine.results import Results
from chainrule.engine.steps import Watch
from chainrule.sandbox import layers
from chainrule.sandbox.provisioner import SandboxSettings
from chainrule.workers.task import Plan, Task, carried_out
from scratch_course import ASSIGNMENT, cell

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with one submission, which has one mistake and hostile output."""
    course = scratch_course.make(tmp_path_factory.mktemp("course"))
    notebook = scratch_course.solved(course)
    answer = cell(notebook, "linear_backward_answer")
    answer.source = answer.source.replace("dy.sum(axis=0)", "dy.mean(axis=0)")
    assert "mean" in answer.source
    hostile = (
        "from IPython.display import HTML, Markdown, Javascript, SVG, display\n"
        "display(HTML('<script>alert(1)</script><b onclick=\"alert(2)\">bold</b>'))\n"
        "display(Javascript('alert(3)')); display(SVG('<svg onload=\"alert(4)\"></svg>'))\n"
        "display({'image/png': '\"><script>alert(5)</script>', 'text/plain': 'x'}, raw=True)\n"
        "print('<script>alert(6)</script>')"
    )
    notebook.cells.append(nbformat.v4.new_code_cell(hostile))
    notebook.cells.append(nbformat.v4.new_markdown_cell("<img src=x onerror='alert(7)'> <script>alert(8)</script>"))
    file = scratch_course.hand_in(course, "alice", notebook)
    file.with_name(result_files.FILE_NAME).write_text('{"score": 40, "forged": true}')
    return course


def command(course: Course, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(course.folder)}
    return subprocess.run(words, cwd=course.folder, env=environment, capture_output=True, text=True, timeout=120)


def read(course: Course) -> Results:
    return result_files.read(course.folder / "autograded" / "alice" / ASSIGNMENT / result_files.FILE_NAME)


def outcomes(results: Results) -> list[tuple[str, str, str]]:
    return [(one.name, test.name, test.outcome) for one in results.exercises for test in one.tests]


@pytest.fixture(scope="module")
def graded(course: Course) -> Results:
    """The submission, graded by the command that every nbgrader course uses."""
    done = command(course, "nbgrader", "autograde", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    return read(course)


def test_nbgrader_autograde_grades_in_the_sandbox(graded: Results) -> None:
    lost = [one.name for one in graded.exercises if one.score < one.max_score]
    assert "linear_backward" in lost
    assert "linear_forward" not in lost
    assert graded.sandbox != "unsandboxed"


def test_chainrule_grade_gives_the_same(course: Course, graded: Results) -> None:
    done = command(course, "chainrule", "grade", ASSIGNMENT, "--force", "--json")
    assert done.returncode == 0, done.stderr
    assert outcomes(read(course)) == outcomes(graded)


def test_the_formgraders_button_gives_the_same(course: Course, graded: Results) -> None:
    done = course.api.autograde(ASSIGNMENT, "alice")
    assert done["success"], done
    assert outcomes(read(course)) == outcomes(graded)


def test_plain_pytest_gives_the_same(course: Course, graded: Results) -> None:
    notebook = course.folder / "submitted" / "alice" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    folder = named(ASSIGNMENT, None).folder
    done = command(course, "pytest", str(folder), "--notebook", str(notebook), "--notebook-seed", graded.seed, "-rA")
    failed = {line.split("::")[-1].split()[0] for line in done.stdout.splitlines() if line.startswith("FAILED")}
    assert failed == {name for _, name, outcome in outcomes(graded) if outcome != "passed"}
    (hint,) = (hint for exercise in graded.exercises for hint in exercise.hints)
    assert hint in done.stdout


def test_one_exercise_can_be_picked_with_k(course: Course, graded: Results) -> None:
    notebook = course.folder / "submitted" / "alice" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    folder = named(ASSIGNMENT, None).folder
    done = command(course, "pytest", str(folder), "--notebook", str(notebook), "-k", "linear_forward")
    assert done.returncode == 0, done.stdout


def test_scores_are_written_as_finite_floats_within_their_cells(course: Course, graded: Results) -> None:
    with course.api.gradebook as gradebook:
        grades = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "alice").grades
        scores = {grade.name: (grade.auto_score, grade.max_score, grade.needs_manual_grade) for grade in grades}
    assert {name: score for name, (score, _, _) in scores.items()} == {one.name: one.score for one in graded.exercises}
    assert all(0.0 <= score <= most and not manual for score, most, manual in scores.values())


@pytest.fixture(scope="module")
def page(course: Course, graded: Results) -> str:
    """The feedback page."""
    return course.feedback(ASSIGNMENT, "alice").read_text()


def words(page: str) -> str:
    """What a page says; in the messages backticks are around code."""
    return " ".join(BeautifulSoup(page, "html.parser").get_text().split())


def test_feedback_shows_every_hidden_test_with_title_and_outcome(page: str, graded: Results) -> None:
    text = words(page)
    for exercise in graded.exercises:
        for test in exercise.tests:
            assert " ".join(test.title.replace("`", "").split()) in text
            assert " ".join(test.message.replace("`", "").split()) in text


def test_feedback_folder_holds_the_page_alone(course: Course, page: str) -> None:
    files = list((course.folder / "feedback" / "alice" / ASSIGNMENT).iterdir())
    assert [file.name for file in files] == [f"{ASSIGNMENT}.html"]


def test_feedback_says_what_is_wrong(page: str, graded: Results) -> None:
    failed = [test for one in graded.exercises for test in one.tests if test.outcome == "failed"]
    assert failed
    assert all(test.message for test in failed)


def test_feedback_names_the_mistake_and_its_cell(page: str, graded: Results) -> None:
    (hint,) = (hint for exercise in graded.exercises for hint in exercise.hints)
    assert hint == submissions.bank(ASSIGNMENT).mistake("linear_backward: bias_mean").hint
    text = words(page)
    assert f"{hint.replace('`', '')} (in the cell linear_backward_answer)" in text


def test_feedback_holds_no_hidden_test_and_no_seed(page: str, graded: Results) -> None:
    assert graded.seed not in page
    assert "reference.linear_backward" not in page
    assert "pytestmark" not in page


def test_outputs_are_of_the_safe_kinds_alone(course: Course, graded: Results) -> None:
    autograded = course.folder / "autograded" / "alice" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    for one in nbformat.read(autograded, as_version=4).cells:
        for output in one.get("outputs", ()):
            assert set(output.get("data", {})) <= {"text/plain", "text/html", "image/png", "image/jpeg"}


def test_hostile_output_does_not_run_in_a_teachers_browser(page: str) -> None:
    assert "alert(6)" in page  # as text
    for element in BeautifulSoup(page, "html.parser").find_all(True):
        assert element.name != "script" or "alert(" not in element.get_text()
        assert not any("alert(" in str(value) for value in element.attrs.values())


def test_grader_fault_is_marked_for_a_human_and_told_by_the_exit_status(course: Course, graded: Results) -> None:
    broken = course.folder / "assignments" / ASSIGNMENT
    broken.mkdir(parents=True)
    (broken / "assignment.toml").write_text('title = "broken"')
    (broken / "test_neuron.py").write_text(
        "import pytest\npytestmark = pytest.mark.exercise('neuron')\n"
        "@pytest.mark.points(1)\ndef test_fine(student): 'fine'; student.neuron\n"
        "@pytest.mark.points(1)\ndef test_broken(student): 'broken'; 1 / 0\n"
    )
    try:
        (again,) = course.grade(ASSIGNMENT, ["alice"], force=True)
    finally:
        shutil.rmtree(broken)
    assert again.results is not None
    assert again.results.grader_fault
    assert again.results.exercises[0].score == 1.0
    assert "ZeroDivisionError" in again.results.faults[0]
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade("neuron", ASSIGNMENT, ASSIGNMENT, "alice")
        assert grade.needs_manual_grade
        assert grade.auto_score == 1.0


class Broken:
    """Graders that cannot grade."""

    jobs = 1

    def begin(self, plan: Plan) -> int:
        return 1

    def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
        def work() -> NoReturn:
            raise GradersError("The disk is full.")

        answer: Future[bytes] = Future()
        answer.set_result(carried_out(work))
        return answer

    def end(self, plan: int) -> None:
        pass


def test_failed_regrade_leaves_no_score_standing(course: Course, graded: Results) -> None:
    (failed,) = course.grade(ASSIGNMENT, ["alice"], force=True, graders=Broken())
    assert failed.results is None
    assert "The disk is full." in failed.log
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade("neuron", ASSIGNMENT, ASSIGNMENT, "alice")
        assert grade.auto_score is None
        assert grade.needs_manual_grade


def test_grading_without_a_sandbox_is_said_on_every_report() -> None:
    settings = SandboxSettings(layers=layers.NONE, unsafe=True)
    answers = submissions.bank(ASSIGNMENT)
    notebook = answers.lean_notebook(answers.reference)
    only = Settings(settings, exercises=frozenset({"neuron"}))
    results = grade_notebook(notebook, answers.assignment, only, "1")
    assert results.score == results.max_score
    assert results.sandbox == "unsandboxed"
    assert "unsandboxed" in report.summary_markdown(results)
