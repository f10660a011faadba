"""Killed at each step of writing: the next grading makes of it what an undisturbed one would have made."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

import numbered_course
from chainrule.course.opened import Course
from chainrule.workers.local import LocalGraders
from disturbing import SECOND, AtStep, require_all_in_order
from numbered_course import NAME, Grade
from recorded_graders import Recorded, Recording

STUDENTS = 3

FIRST, AGAIN = "first", "again"

STEPS = (
    "chainrule.course.unfinished.begin",
    "chainrule.course.exporter.SubmissionExporter.from_filename",
    "chainrule.course.sanitize._void_scores",
    "chainrule.course.batch.Batch.begin_anew",
    "chainrule.course.graded_files.write",
    "chainrule.course.sanitize.Sanitize.preprocess",
    "nbgrader.converters.Autograde.write_single_notebook",
    "chainrule.course.grade.GradeInSandbox.__call__",
    "chainrule.course.save.SaveGrades._add_score",
    "chainrule.course.save.SaveGrades.preprocess",
    "nbgrader.converters.Autograde.set_permissions",
    "nbgrader.converters.Autograde.run_post_convert_hook",
    "chainrule.engine.results.write",
    "chainrule.course.unfinished.end",
)
"""What is called when a submission is written, in order."""


@dataclass(frozen=True)
class Courses:
    """Folders of courses to be copied, what grades their submissions, and the grades that must come of it."""

    folders: dict[str, Path]
    graders: Recorded
    grades: dict[str, Grade]


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Courses:
    """In one course nothing was graded; in the other each student has handed in something better since it was."""
    place = tmp_path_factory.mktemp("courses")
    course = numbered_course.make(place / FIRST, STUDENTS)
    before, undisturbed = (Course(Path(shutil.copytree(course.folder, place / name))) for name in (AGAIN, "whole"))
    graders = LocalGraders(2)
    recording = Recording(graders)
    for number in range(1, STUDENTS + 1):
        numbered_course.hand_in(before, number, earns=0)
    before.grade(NAME, graders=recording)
    for number in range(1, STUDENTS + 1):
        numbered_course.hand_in(before, number)
    undisturbed.grade(NAME, graders=recording)
    graders.close()
    found = numbered_course.grades(undisturbed)
    assert [grade.rows[0][1] for grade in found.values()] == [1.0, 2.0, 3.0]
    folders = {FIRST: course.folder, AGAIN: before.folder}
    return Courses(folders, recording.recorded(), found)


def end() -> None:
    """The end of this process, at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed(work: Callable[[], object]) -> bool:
    """Whether this work, done in a fork, was ended by SIGKILL."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("graded", [FIRST, AGAIN])
@pytest.mark.parametrize("step", STEPS)
def test_killed_after_a_step(
    courses: Courses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, graded: str
) -> None:
    folder = Path(shutil.copytree(courses.folders[graded], tmp_path / "course"))

    def grade() -> None:
        Course(folder).grade(NAME, graders=courses.graders, listener=AtStep(step, monkeypatch, end))

    assert killed(grade)
    course = Course(folder)
    assert numbered_course.grades(course)[numbered_course.student(1)] == courses.grades[numbered_course.student(1)]
    require_all_in_order(course, courses.graders, courses.grades)


@pytest.mark.parametrize("removed", ["notes.txt", "timestamp.txt", f"{NAME}.ipynb", "results.json"])
def test_killed_while_the_old_copy_is_removed(
    courses: Courses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, removed: str
) -> None:
    """Nothing has changed but that it was to be graded again: what is left of the copy looks as if it were whole."""
    folder = Path(shutil.copytree(courses.folders[FIRST], tmp_path / "course"))
    Course(folder).grade(NAME, graders=courses.graders)

    def end_in_the_middle() -> None:
        (folder / "autograded" / SECOND / NAME / removed).unlink()
        end()

    def grade() -> None:
        listener = AtStep("nbgrader.converters.base.rmtree", monkeypatch, end_in_the_middle, before=True)
        Course(folder).grade(NAME, force=True, graders=courses.graders, listener=listener)

    assert killed(grade)
    require_all_in_order(Course(folder), courses.graders, courses.grades)


def test_killed_while_the_gradebook_is_told_about_the_assignment(
    courses: Courses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(courses.folders[FIRST], tmp_path / "course"))
    (folder / "gradebook.db").unlink()

    def grade() -> None:
        AtStep("nbgrader.api.Gradebook.add_notebook", monkeypatch, end).arm()
        Course(folder).grade(NAME, graders=courses.graders)

    assert killed(grade)
    require_all_in_order(Course(folder), courses.graders, courses.grades)


def test_killed_where_there_are_no_hidden_tests(
    courses: Courses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but nbgrader's own folder says then what was graded."""
    folder = Path(shutil.copytree(courses.folders[FIRST], tmp_path / "course"))
    shutil.rmtree(folder / "assignments" / NAME)
    for file in folder.glob(f"*/{NAME}/{NAME}.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        notebook.metadata.pop("chainrule", None)
        nbformat.write(notebook, file)

    def grade() -> None:
        AtStep("chainrule.course.sanitize.Sanitize.preprocess", monkeypatch, end).arm()
        Course(folder).api.autograde(NAME, SECOND, force=False)

    assert killed(grade)
    course = Course(folder)
    assert numbered_course.scores(course)[SECOND] == (("digit", None, None, 1),)
    course.api.autograde(NAME, SECOND, force=False)
    assert numbered_course.scores(course)[SECOND] == (("digit", 0.0, None, 0),)
