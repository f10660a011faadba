"""A batch: graded in processes of their own, several at a time, written by one; stopped, and gone on with."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

import small_course
from chainrule import cli
from chainrule.course.batch import Listener
from chainrule.course.grade import GradeInSandbox
from chainrule.course.opened import Course
from chainrule.engine.assignment import Assignment
from chainrule.engine.steps import Watch
from chainrule.workers.local import START, LocalGraders, close_local_graders, local_graders
from chainrule.workers.task import GradingError, Task

STUDENTS = ("ada", "bob", "cleo", "dan")


class Heard(Listener):
    """Remembers what a batch said."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.unchanged: list[str] = []

    def writing(self, student: str) -> None:
        self.written.append(student)

    def done(self, student: str, log: str | None) -> None:
        self.unchanged += [student] if log is None else []


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell starts what runs in its background with Ctrl-C ignored, and every process below inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = small_course.make(tmp_path)
    for student in STUDENTS:
        small_course.hand_in(made, student, small_course.WRONG if student == "bob" else None)
    return made


def scores(course: Course) -> dict[str, float | None]:
    """What the gradebook says."""
    with closing(sqlite3.connect(course.folder / "gradebook.db")) as gradebook:
        rows = gradebook.execute(
            "select submitted_assignment.student_id, grade.auto_score from grade "
            "join submitted_notebook on grade.notebook_id = submitted_notebook.id "
            "join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id"
        )
        return dict(rows.fetchall())


def test_each_submission_is_graded_once_and_written_once(course: Course) -> None:
    heard = Heard()
    graded = course.grade(small_course.NAME, listener=heard, graders=local_graders(2))
    assert sorted(heard.written) == list(STUDENTS)
    assert {one.student: one.results.score for one in graded if one.results} == scores(course)
    assert scores(course) == {"ada": 3.0, "bob": 2.0, "cleo": 3.0, "dan": 3.0}


def test_one_job_and_two_agree_to_the_last_digit(course: Course) -> None:
    found = []
    for jobs in (1, 2):
        graded = course.grade(small_course.NAME, force=True, graders=local_graders(jobs))
        found.append([list(one.results.exercises) for one in graded if one.results])
    assert found[0] == found[1]


def test_what_is_unchanged_is_not_graded_again(course: Course) -> None:
    course.grade(small_course.NAME)
    small_course.hand_in(course, "bob")
    heard = Heard()
    course.grade(small_course.NAME, listener=heard)
    assert heard.written == ["bob"]
    assert sorted(heard.unchanged) == ["ada", "cleo", "dan"]
    assert scores(course)["bob"] == 3.0


def test_another_grader_or_seed_grades_again(course: Course) -> None:
    course.grade(small_course.NAME, ["ada", "bob"])
    test = next((course.folder / "assignments" / small_course.NAME).glob("test_*.py"))
    test.write_text(test.read_text() + "\n")
    heard = Heard()
    course.grade(small_course.NAME, ["ada"], listener=heard)
    assert heard.written == ["ada"]
    (course.folder / ".chainrule" / "secret").write_text("f" * 64 + "\n")
    course.grade(small_course.NAME, ["ada"], listener=heard)
    assert heard.written == ["ada", "ada"]


def test_graders_start_without_the_grammar_that_jsonschema_would_build() -> None:
    asked = "print([name in sys.modules for name in ('jsonschema', 'lark')])"
    command = [sys.executable, "-P", "-c", f"{START}; {asked}"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "[True, False]"


def test_a_grader_that_is_killed_costs_its_own_submission_only(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    graders = LocalGraders(1)

    class KillsTheFirst:
        """Graders of which the first dies at work, as when the machine runs out of memory."""

        jobs = 1
        begin, end = graders.begin, graders.end
        killed = False

        def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
            answer = graders.submit(plan, task, watch)
            if not self.killed:
                self.killed = True
                _forked_grader(graders).kill()
            return answer

    with closing(graders):
        graded = course.grade(small_course.NAME, graders=KillsTheFirst())
    assert [one.student for one in graded if one.results is None] == ["ada"]
    assert "ended (status -9); grade again" in graded[0].log
    heard = Heard()
    course.grade(small_course.NAME, listener=heard)
    assert heard.written == ["ada"]
    assert set(scores(course).values()) == {2.0, 3.0}


def _forked_grader(graders: LocalGraders) -> psutil.Process:
    dispatcher = psutil.Process(graders._process.pid)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        # A fork of the dispatcher has its command line; the fork server has another.
        forks = [child for child in dispatcher.children() if child.cmdline() == dispatcher.cmdline()]
        if forks:
            return forks[0]
        time.sleep(0.001)
    raise AssertionError("no grader was forked")


def test_graders_that_are_gone_say_so(course: Course) -> None:
    graders = LocalGraders(1)
    with closing(graders):
        graders._process.kill()
        with pytest.raises(GradingError, match="The graders' dispatcher ended"):
            course.grade(small_course.NAME, graders=graders)
    assert not (course.folder / "autograded").exists()


@pytest.mark.usefixtures("interruptible")
def test_a_ctrl_c_leaves_what_is_done_and_the_next_call_goes_on(course: Course) -> None:
    for student in STUDENTS[1:]:
        small_course.hand_in(course, student, f"import time; time.sleep(2)\n{small_course.right(course)}")
    command = [sys.executable, "-m", "chainrule.cli", "grade", small_course.NAME, "--jobs", "1"]
    grading = subprocess.Popen(command, cwd=course.folder, stderr=subprocess.PIPE, start_new_session=True)
    first = course.folder / "autograded" / "ada" / small_course.NAME / "results.json"
    deadline = time.monotonic() + 120
    # It is written last of all.
    while not first.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(grading.pid).children(recursive=True)
    os.killpg(grading.pid, signal.SIGINT)
    _, said = grading.communicate(timeout=60)
    assert grading.returncode == 130, said.decode()[-3000:]
    assert "Interrupted" in said.decode()
    assert not psutil.wait_procs(children, timeout=20)[1]
    heard = Heard()
    course.grade(small_course.NAME, listener=heard)
    assert "ada" in heard.unchanged
    assert set(heard.written) | set(heard.unchanged) == set(STUDENTS)
    assert len(scores(course)) == len(STUDENTS)


class Swallowing(Heard):
    """Does what some libraries do: whatever is raised while it is at work is gone."""

    def done(self, student: str, log: str | None) -> None:
        super().done(student, log)
        with suppress(BaseException):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)


@pytest.mark.usefixtures("interruptible")
def test_a_ctrl_c_that_is_swallowed_ends_the_batch_too(course: Course) -> None:
    heard = Swallowing()
    with pytest.raises(KeyboardInterrupt):
        course.grade(small_course.NAME, listener=heard)
    assert len(heard.written) == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_jobs_are_a_number_from_one_or_auto(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("0", "-1", "two"):
        with pytest.raises(SystemExit) as ended:
            cli.main(["grade", small_course.NAME, "--course", str(course.folder), "--jobs", wrong])
        assert ended.value.code == 2
        assert "is not a whole number of 1 or more" in capsys.readouterr().err
    assert cli.main(["grade", small_course.NAME, "--course", str(course.folder), "--jobs", "auto", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["submissions"]) == len(STUDENTS)


def test_a_gradebook_that_is_locked_is_one_sentence_and_nothing_is_half_graded(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(course.folder / "gradebook.db", isolation_level=None)) as other:
        other.execute("begin exclusive")
        assert cli.main(["grade", small_course.NAME, "--course", str(course.folder)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "cannot be used (database is locked)" in said
    assert "Traceback" not in said
    assert not (course.folder / "autograded").exists()


def test_graders_are_kept_warm_and_end_with_their_process() -> None:
    first = local_graders(1)
    assert local_graders(1) is first
    process = psutil.Process(first._process.pid)
    assert local_graders(2) is not first
    assert not psutil.pid_exists(process.pid) or not process.is_running()
    close_local_graders()


def test_what_lies_in_a_submitted_folder_costs_nobody_else(course: Course) -> None:
    folders = {student: course.folder / "submitted" / student / small_course.NAME for student in STUDENTS}
    (folders["ada"] / "results.json").mkdir()
    (folders["ada"] / "results.json" / "x").write_text("in the way")
    (folders["ada"] / "results.partial").write_text("in the way")
    (folders["bob"] / "a\nb.ipynb").write_text("{}")
    assert all(one.results is not None for one in course.grade(small_course.NAME))
    (folders["cleo"] / "timestamp.txt").write_bytes(b"\xff\xfe no time")
    os.mkfifo(folders["dan"] / "timestamp.txt")
    small_course.hand_in(course, "ada", small_course.WRONG)
    assert course.grade(small_course.NAME, ["ada"])[0].results is not None
    assert scores(course)["ada"] == 2.0


def test_a_submission_that_cannot_be_read_fails_alone_and_leaves_no_score_standing(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.grade(small_course.NAME)
    task = GradeInSandbox.task

    def unreadable(step: GradeInSandbox, names: dict[str, str], assignment: Assignment) -> Task:
        if names["student"] == "bob":
            raise OSError("the disk has a hole")
        return task(step, names, assignment)

    monkeypatch.setattr(GradeInSandbox, "task", unreadable)
    graded = course.grade(small_course.NAME)
    assert [one.student for one in graded if one.results is None] == ["bob"]
    assert "the disk has a hole" in graded[1].log
    assert scores(course) == {"ada": 3.0, "bob": None, "cleo": 3.0, "dan": 3.0}


def test_graders_with_nothing_to_do_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "chainrule.workers.local.START",
        "from chainrule.workers import dispatcher; dispatcher.IDLE_SECONDS = 0.1; dispatcher.main",
    )
    first = local_graders(3)
    assert first._process.wait(timeout=60) == 0
    first._reader.join(timeout=10)
    assert not first.alive
    assert local_graders(3) is not first
    close_local_graders()
