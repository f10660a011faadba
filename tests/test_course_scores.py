"""After a teacher's correction all totals agree; a resubmission keeps a manual score, and says so, or voids it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

import small_course
from chainrule.course.opened import CONFIG, Course
from chainrule.engine import results as result_files

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a course with one small assignment of its own, and one wrong submission, graded."""
    course = small_course.make(tmp_path_factory.mktemp("graded") / "course")
    small_course.hand_in(course, "alice", small_course.WRONG)
    (graded,) = course.grade(small_course.NAME)
    assert graded.results is not None, graded.log
    return course.folder


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Course:
    """A copy of it for each test."""
    return Course(shutil.copytree(graded, tmp_path / "course"))


def correct_by_hand(course: Course, score: float, extra: float = 0.0) -> None:
    """What the formgrader writes for a teacher."""
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade(small_course.EXERCISE, small_course.NAME, small_course.NAME, "alice")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = score, extra, False
        gradebook.db.commit()


def in_gradebook(course: Course) -> float:
    with course.api.gradebook as gradebook:
        return float(gradebook.find_submission(small_course.NAME, "alice").score)


def page(course: Course) -> str:
    """The feedback page's text, made by the command that every nbgrader course uses."""
    command = [str(BIN / "nbgrader"), "generate_feedback", small_course.NAME]
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(course.folder)}
    done = subprocess.run(command, cwd=course.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    file = course.folder / "feedback" / "alice" / small_course.NAME / f"{small_course.NAME}.html"
    return " ".join(BeautifulSoup(file.read_text(), "html.parser").get_text(" ").split())


def totals(text: str) -> set[str]:
    """Every total of the whole submission on the page."""
    found = re.match(r"week1: ([\d.]+) of 3 points week1 Week1 ([\d.]+) of 3 points", text)
    assert found
    return set(found.groups())


def test_totals_agree_after_a_correction(course: Course) -> None:
    page(course)
    correct_by_hand(course, 1.25, extra=0.5)
    text = page(course)
    assert totals(text) == {f"{in_gradebook(course):g}"} == {"1.75"}
    assert "1.75 of 3 points (changed by a teacher; the hidden tests give 2)" in text


def test_late_penalty_is_in_every_total(course: Course) -> None:
    with course.api.gradebook as gradebook:
        gradebook.find_submission_notebook(small_course.NAME, small_course.NAME, "alice").late_submission_penalty = 0.25
        gradebook.db.commit()
    text = page(course)
    assert totals(text) == {"1.75"}
    assert "handed in late" in text


def resubmit(course: Course) -> result_files.Results:
    small_course.hand_in(course, "alice")
    (graded,) = course.grade(small_course.NAME, force=True)
    assert graded.results is not None, graded.log
    return graded.results


def test_a_manual_score_outlives_a_resubmission_and_the_report_says_so(course: Course) -> None:
    correct_by_hand(course, 1.25)
    assert resubmit(course).score == small_course.POINTS
    assert in_gradebook(course) == 1.25
    text = page(course)
    assert totals(text) == {"1.25"}
    assert "the hidden tests give 3)" in text
    assert "softmax has a score that a teacher gave to an earlier submission" in text
    course.grade(small_course.NAME, force=True)
    assert "gave to an earlier submission" in page(course)  # also when it is graded once more
    correct_by_hand(course, 2.5)
    course.grade(small_course.NAME, force=True)
    assert "gave to an earlier submission" not in page(course)  # this score was given to this submission


def test_a_manual_score_is_void_after_a_resubmission_where_so_configured(course: Course) -> None:
    config = course.folder / CONFIG
    config.write_text(config.read_text() + '\nc.Sanitize.manual_scores = "void"\n')
    configured = Course(course.folder)
    correct_by_hand(configured, 1.25)
    configured.grade(small_course.NAME, force=True)
    assert in_gradebook(configured) == 1.25  # the same file again
    assert resubmit(configured).score == small_course.POINTS
    assert in_gradebook(configured) == small_course.POINTS
    assert "changed by a teacher" not in page(configured)


def test_without_execution_no_hidden_test_gives_points(course: Course) -> None:
    file = course.folder / "submitted" / "alice" / small_course.NAME / f"{small_course.NAME}.ipynb"
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text="all points, please")]
    nbformat.write(notebook, file)
    command = [str(BIN / "nbgrader"), "autograde", small_course.NAME, "--no-execute", "--force"]
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(course.folder)}
    done = subprocess.run(command, cwd=course.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "a human must grade it" in done.stderr
    assert in_gradebook(course) == 0.0
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade(small_course.EXERCISE, small_course.NAME, small_course.NAME, "alice")
        assert (grade.auto_score, grade.needs_manual_grade) == (None, True)
    autograded = course.folder / "autograded" / "alice" / small_course.NAME / f"{small_course.NAME}.ipynb"
    assert "chainrule" not in nbformat.read(autograded, as_version=4).metadata.get("chainrule", {})
    assert "seed" not in autograded.read_text()


def test_two_graders_at_once_lose_nothing(course: Course) -> None:
    command = [str(BIN / "nbgrader"), "autograde", small_course.NAME, "--force"]
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(course.folder)}
    graders = [subprocess.Popen(command, cwd=course.folder, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    said = [grader.communicate(timeout=120)[1].decode() for grader in graders]
    assert [grader.returncode for grader in graders] == [0, 0], said
    assert any("waiting until it is done" in text for text in said)
    file = course.folder / "autograded" / "alice" / small_course.NAME / result_files.FILE_NAME
    assert result_files.read(file).score == 2.0
    assert in_gradebook(course) == 2.0
