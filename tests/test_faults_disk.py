"""A full or read-only disk, wherever it is: a sentence, no wrong grade, and all is graded when there is room again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import numbered_course
from chainrule.course.loaded import CONFIG
from chainrule.course.opened import Course
from chainrule.sandbox.kept_process import IDLE_VARIABLE
from chainrule.workers.local import LocalGraders
from disturbing import Disturbing, require_all_in_order
from numbered_course import NAME, Grade, student
from recorded_graders import Recorded, Recording
from small_disk import Disk, small_disk

STUDENTS = 4

WRITES = """
import os, time
open("ready", "w").close()
while {waits} and os.statvfs(".").f_bavail:
    time.sleep(0.01)
open("data", "wb").write(bytes(2**20))
"""
"""What a notebook does that needs the disk; where it `waits`, once that is full."""

LIMITS = "\nc.GradeInSandbox.scratch_size = 2\nc.GradeInSandbox.notebook_seconds = 30.0\n"


@dataclass(frozen=True)
class Undisturbed:
    """A course with nothing graded, what comes of it, and graders that remember it."""

    folder: Path
    graders: Recorded
    grades: dict[str, Grade]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("course") / "course"
    numbered_course.make(folder, STUDENTS)
    (folder / CONFIG).write_text((folder / CONFIG).read_text() + LIMITS)
    fresh = Path(shutil.copytree(folder, folder.with_name("fresh")))
    with closing(LocalGraders(2)) as graders:
        recording = Recording(graders)
        course = Course(folder)
        course.grade(NAME, graders=recording)
        return Undisturbed(fresh, recording.recorded(), numbered_course.grades(course))


@pytest.fixture
def course(undisturbed: Undisturbed, tmp_path: Path) -> Course:
    return Course(Path(shutil.copytree(undisturbed.folder, tmp_path / "course")))


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """The disk of temporary files, which has room for a few submissions."""
    # Short, for unix sockets.
    with (
        tempfile.TemporaryDirectory(prefix="chainrule-", dir="/tmp") as place,
        small_disk(Path(place) / "t", 16) as disk,
    ):
        monkeypatch.setenv("TMPDIR", str(disk.folder))
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        monkeypatch.setenv(IDLE_VARIABLE, "0")
        yield disk


def test_a_submission_that_finds_the_disk_full_is_graded_again(course: Course, temporary: Disk) -> None:
    """The code is right, and where it fails that is no fault of its."""
    numbered_course.hand_in(course, 1, before=WRITES.format(waits=True))
    with closing(LocalGraders(1)) as graders:

        def fill_when_it_runs() -> None:
            while not list(temporary.folder.glob("chainrule-server-*/runs/*/scratch/ready")):
                time.sleep(0.01)
            temporary.fill()

        filling = threading.Thread(target=fill_when_it_runs)
        filling.start()
        (graded,) = course.grade(NAME, [student(1)], graders=graders)
        filling.join()
        assert graded.results is None
        assert "was full while a submission ran there: make room and grade again" in graded.log
        assert numbered_course.scores(course)[student(1)] == (("digit", None, None, 1),)
        temporary.clear()
        numbered_course.hand_in(course, 1, before=WRITES.format(waits=False))
        (graded,) = course.grade(NAME, [student(1)], graders=graders)
        assert graded.results is not None, graded.log
        assert graded.results.score == 1.0


def test_the_disk_of_temporary_files_fills_up(course: Course, undisturbed: Undisturbed, temporary: Disk) -> None:
    with closing(LocalGraders(2)) as graders:
        graded = course.grade(NAME, graders=graders, listener=Disturbing(temporary.fill))
        assert [one for one in graded if one.results is None]
        for one in graded:
            assert one.results is not None or "make room" in one.log, one.log
        temporary.clear()
        require_all_in_order(course, graders, undisturbed.grades)


def test_a_temporary_folder_that_is_full_from_the_start_is_not_used(
    course: Course, undisturbed: Undisturbed, temporary: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary.fill()
    assert said(course) == (0, "")
    assert numbered_course.grades(course) == undisturbed.grades


def said(course: Course) -> tuple[int, str]:
    """The exit status of `chainrule grade`, and what it said on stderr in one line."""
    command = [sys.executable, "-m", "chainrule.cli", "grade", NAME, "--jobs", "1"]
    done = subprocess.run(command, cwd=course.folder, capture_output=True, text=True)
    return done.returncode, " ".join(done.stderr.split())


def test_the_disk_of_the_course_fills_up(course: Course, undisturbed: Undisturbed, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        autograded = disk.folder / "autograded"
        autograded.mkdir()
        (course.folder / "autograded").symlink_to(autograded)
        graded = course.grade(NAME, graders=undisturbed.graders, listener=Disturbing(disk.fill))
        assert [one.student for one in graded if one.results is None] == [student(n) for n in range(2, STUDENTS + 1)]
        assert all("No space left on device" in one.log for one in graded[1:])
        disk.clear()
        require_all_in_order(course, undisturbed.graders, undisturbed.grades)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that nobody can write to, root neither."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a folder read-only")
    for options in (["--bind", str(folder), str(folder)], ["-o", "remount,bind,ro", str(folder)]):
        if subprocess.run(["mount", *options], capture_output=True).returncode:
            pytest.skip("a folder cannot be mounted read-only here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("place", [".", ".chainrule"])
def test_a_course_that_cannot_be_written_to_is_one_sentence(
    course: Course, undisturbed: Undisturbed, place: str
) -> None:
    with read_only(course.folder / place):
        status, words = said(course)
    assert status == 2, words
    assert "Read-only file system" in words or "readonly database" in words
    assert "Traceback" not in words
    require_all_in_order(course, undisturbed.graders, undisturbed.grades)
