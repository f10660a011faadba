"""What lies in a submitted folder, however it came there: each oddity gets a name, and the work what it earned."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

import small_course
from chainrule.course import timestamps
from chainrule.course.opened import CONFIG, Course, Graded
from chainrule.engine.results import Results
from chainrule.engine.submission import read_submission
from chainrule.sandbox import beneath
from chainrule.sandbox.entry import MOUNTED, Entry
from chainrule.sandbox.files import contents, lay_in, too_large
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.walk import entries

NAME = small_course.NAME
NOTEBOOK = f"{NAME}.ipynb"
FULL = small_course.POINTS
HIDDEN = "def test_hidden(): 'what no student may see'"

Make = Callable[[Path, Course], None]
"""Puts something into a submitted folder that has a right notebook in it already."""


def answered(*cell: str) -> Make:
    """The right answer, and then this in the same cell."""

    def make(folder: Path, course: Course) -> None:
        answer = "\n".join([small_course.right(course), *cell])
        small_course.hand_in(course, folder.parent.name, answer)

    return make


def forged_while_running(count: str) -> Make:
    """The kernel tells this as the number of the cell."""
    return answered(
        "kernel = get_ipython().kernel",
        f"forged = dict(code='', execution_count={count})",
        "kernel.session.send(kernel.iopub_socket, 'execute_input', forged, parent=kernel.get_parent())",
    )


def forged_in_the_file(count: str) -> Make:
    """The file says this, in JSON, as the number of every cell and output."""

    def make(folder: Path, course: Course) -> None:
        notebook = json.loads((folder / NOTEBOOK).read_text())
        output = {"output_type": "execute_result", "execution_count": "HERE", "data": {}, "metadata": {}}
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"execution_count": "HERE", "outputs": [output]}
        (folder / NOTEBOOK).write_text(json.dumps(notebook).replace('"HERE"', count))

    return make


def written(name: str, content: bytes = b"x") -> Make:
    def make(folder: Path, course: Course) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return make


def linked(name: str, to: str) -> Make:
    return lambda folder, course: (folder / name).symlink_to(course.folder / to)


def piped(name: str) -> Make:
    return lambda folder, course: os.mkfifo(folder / name)


def bound(folder: Path, course: Course) -> None:
    with socket.socket(socket.AF_UNIX) as one, chdir(folder):
        one.bind("socket")


def notebook_is_a_folder(folder: Path, course: Course) -> None:
    (folder / NOTEBOOK).rename(folder / "kept")
    (folder / NOTEBOOK).mkdir()
    (folder / "kept").rename(folder / NOTEBOOK / NOTEBOOK)


def notebook_is_a_link(folder: Path, course: Course) -> None:
    (folder / NOTEBOOK).rename(course.folder / "elsewhere.ipynb")
    (folder / NOTEBOOK).symlink_to(course.folder / "elsewhere.ipynb")


def notebook_is_a_pipe(folder: Path, course: Course) -> None:
    (folder / NOTEBOOK).unlink()
    os.mkfifo(folder / NOTEBOOK)


def sparse(folder: Path, course: Course) -> None:
    (folder / "large").touch()
    os.truncate(folder / "large", 2**40)


LEFT_OUT = "was left out: it is"
NO_TIME = "`timestamp.txt` is not believed, because it"

ODD: dict[str, tuple[Make, float, str]] = {
    # Who: what lies there, what it earns, and what the report says.
    "forged_running_text": (forged_while_running("'<b>'"), FULL, ""),
    "forged_running_negative": (forged_while_running("-5"), FULL, ""),
    "forged_running_huge": (forged_while_running("10**30"), FULL, ""),
    "forged_running_nested": (forged_while_running("{'a': [[[1]]]}"), FULL, ""),
    "forged_shell": (answered("type(get_ipython()).execution_count = -7"), FULL, ""),
    "forged_file_text": (forged_in_the_file('"<b>"'), FULL, ""),
    "forged_file_negative": (forged_in_the_file("-5"), FULL, ""),
    "forged_file_huge": (forged_in_the_file("9" * 6000), FULL, ""),
    "forged_file_nested": (forged_in_the_file('{"a": [[[1]]]}'), FULL, ""),
    "notebook_folder": (notebook_is_a_folder, 0.0, "could not be read as a notebook: it is a folder"),
    "notebook_link": (notebook_is_a_link, 0.0, "could not be read as a notebook: it is a link"),
    "notebook_pipe": (notebook_is_a_pipe, 0.0, "could not be read as a notebook: it is a pipe"),
    "other_folder": (lambda folder, course: (folder / "other.ipynb").mkdir(), FULL, ""),
    "pipe": (piped("pipe"), FULL, f"`pipe` {LEFT_OUT} a pipe"),
    "socket": (bound, FULL, f"`socket` {LEFT_OUT} a socket"),
    "dangling": (linked("dangling", "nowhere"), FULL, f"`dangling` {LEFT_OUT} a link"),
    "link": (linked("link", "hidden.py"), FULL, f"`link` {LEFT_OUT} a link"),
    "link_to_folder": (linked("folder", "reference"), FULL, f"`folder` {LEFT_OUT} a link"),
    "deep": (written("/".join(["d"] * 300)), FULL, "more than 32 folders deep"),
    "large": (sparse, FULL, "are too many or too large"),
    "newline": (written("a\nb"), FULL, "`a\\nb` was left out: its name has characters"),
    "no_text": (written(os.fsdecode(b"\xff\xfe")), FULL, "was left out: its name has characters"),
    "partial_folder": (written("results.partial/x"), FULL, ""),
    "results_folder": (written("results.json/x"), FULL, ""),
    "results_link": (linked("results.json", "hidden.py"), FULL, ""),
    "partial_link": (linked("results.partial", "hidden.py"), FULL, f"`results.partial` {LEFT_OUT} a link"),
    "folder_for_file": (written("data/values.csv/x"), FULL, "in the place of something that was released"),
    "file_for_folder": (written("data"), FULL, "in the place of something that was released"),
    "time_garbage": (written("timestamp.txt", b"\xff\xfe"), FULL, f"{NO_TIME} says no time"),
    "time_text": (written("timestamp.txt", b"dear teacher"), FULL, f"{NO_TIME} says no time"),
    "time_year_0": (written("timestamp.txt", b"0000-01-01 00:00:00 UTC"), FULL, f"{NO_TIME} says no time"),
    "time_future": (written("timestamp.txt", b"9999-12-31 23:59:59 UTC"), FULL, "which has not come yet"),
    "time_beyond": (written("timestamp.txt", b"9999-12-31 23:59:59 -2300"), FULL, f"{NO_TIME} says no time"),
    "time_digits": (written("timestamp.txt", b"9" * 5000), FULL, f"{NO_TIME} says no time"),
    "time_path": (written("timestamp.txt", b"2024-01-01 00:00:00 ../../hidden"), FULL, f"{NO_TIME} says no time"),
    "time_empty": (written("timestamp.txt", b""), FULL, f"{NO_TIME} says no time"),
    "time_folder": (written("timestamp.txt/x"), FULL, f"{NO_TIME} is a folder"),
    "time_link": (linked("timestamp.txt", "hidden.py"), FULL, f"{NO_TIME} is a link"),
    "time_pipe": (piped("timestamp.txt"), FULL, f"{NO_TIME} is a pipe"),
}
HONEST = "zz_honest"
ON_TIME = "yy_on_time"


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, dict[str, Graded]]:
    """One class with all this in it, graded in one go."""
    course = small_course.make(tmp_path_factory.mktemp("course"))
    (course.folder / "hidden.py").write_text(HIDDEN)
    (course.folder / "reference").mkdir()
    (course.folder / "reference" / "solution.py").write_text(HIDDEN)
    (course.folder / "source" / NAME / "data").mkdir()
    (course.folder / "source" / NAME / "data" / "values.csv").write_text("1,2")
    for student, (make, _, _) in ODD.items():
        make(small_course.hand_in(course, student).parent, course)
    small_course.hand_in(course, HONEST)
    on_time = small_course.hand_in(course, ON_TIME)
    on_time.with_name("timestamp.txt").write_text("2024-05-01 12:00:00.000000 UTC")
    on_time.with_name("notes.txt").write_text("mine")
    return course, {one.student: one for one in course.grade(NAME)}


def results_of(batch: tuple[Course, dict[str, Graded]], student: str) -> Results:
    graded = batch[1][student]
    assert graded.results is not None, graded.log
    return graded.results


@pytest.mark.parametrize("student", ODD)
def test_the_work_gets_what_it_earned(batch: Any, student: str) -> None:
    assert results_of(batch, student).score == ODD[student][1]


@pytest.mark.parametrize("student", ODD)
def test_what_is_odd_is_named_in_the_report(batch: Any, student: str) -> None:
    notes = results_of(batch, student).notes
    wanted = ODD[student][2]
    assert any(wanted in note for note in notes) if wanted else notes == []


@pytest.mark.parametrize("student", [HONEST, ON_TIME])
def test_an_honest_neighbour_keeps_the_score(batch: Any, student: str) -> None:
    results = results_of(batch, student)
    assert (results.score, results.notes) == (FULL, [])


def test_the_gradebook_says_the_same(batch: Any) -> None:
    course, graded = batch
    with course.api.gradebook as gradebook:
        for student in graded:
            assert gradebook.find_submission(NAME, student).score == results_of(batch, student).score


def test_only_a_time_that_is_believed_is_in_the_gradebook(batch: Any) -> None:
    course, graded = batch
    with course.api.gradebook as gradebook:
        times = {student: gradebook.find_submission(NAME, student).timestamp for student in graded}
    assert {student for student, time in times.items() if time is not None} == {ON_TIME}


def test_nothing_that_a_link_leads_to_is_copied_anywhere(batch: Any) -> None:
    course, _ = batch
    assert course.api.generate_feedback(NAME, force=True)["success"]
    for room in ("autograded", "feedback"):
        for place in (course.folder / room).rglob("*"):
            assert not place.is_symlink()
            assert not place.is_file() or HIDDEN not in place.read_text(errors="replace")


def test_files_beside_the_notebook_are_kept_with_the_graded_copy(batch: Any) -> None:
    course, _ = batch
    assert (course.folder / "autograded" / ON_TIME / NAME / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("student", ["folder_for_file", "file_for_folder", HONEST])
def test_released_files_are_in_their_place(batch: Any, student: str) -> None:
    course, _ = batch
    assert (course.folder / "autograded" / student / NAME / "data" / "values.csv").read_text() == "1,2"


def test_the_formgrader_lists_the_whole_class(batch: Any) -> None:
    course, graded = batch
    assert course.api.get_autograded_students(NAME) == set(graded)


def test_nothing_odd_is_graded_twice(batch: Any) -> None:
    course, graded = batch
    before = {student: (course.folder / "autograded" / student / NAME).stat().st_ino for student in graded}
    course.grade(NAME)
    assert {student: (course.folder / "autograded" / student / NAME).stat().st_ino for student in graded} == before


@pytest.mark.parametrize("where", ["student", "assignment"])
def test_a_link_in_the_place_of_the_folder_is_no_submission(tmp_path: Path, where: str) -> None:
    """Bob's folder leads to Ada's: nothing of hers is his, and no score of his stands."""
    course = small_course.make(tmp_path)
    for student in ("ada", "bob"):
        small_course.hand_in(course, student)
    course.grade(NAME)
    link, to = {
        "student": (tmp_path / "submitted" / "bob", "ada"),
        "assignment": (tmp_path / "submitted" / "bob" / NAME, f"../ada/{NAME}"),
    }[where]
    shutil.rmtree(link)
    link.symlink_to(to)
    ada, bob = course.grade(NAME, force=True)
    assert ada.results is not None
    assert ada.results.score == FULL
    assert bob.results is None
    assert f"{link} is a link" in bob.log
    with course.api.gradebook as gradebook:
        assert gradebook.find_submission(NAME, "bob").score == 0.0
        assert all(grade.needs_manual_grade for grade in gradebook.find_submission_notebook(NAME, NAME, "bob").grades)
    assert not (tmp_path / "autograded" / "bob" / NAME / NOTEBOOK).exists()


def test_a_link_in_the_place_of_the_folder_is_not_read_where_nothing_is_run(tmp_path: Path) -> None:
    course = small_course.make(tmp_path)
    small_course.hand_in(course, "ada", "hers = 'alone'")
    (tmp_path / "submitted" / "bob").symlink_to("ada")
    (tmp_path / CONFIG).write_text((tmp_path / CONFIG).read_text() + "\nc.GradeInSandbox.enabled = False\n")
    done = Course(tmp_path).api.autograde(NAME, "bob")
    assert not done["success"]
    assert "The submission of bob was not graded" in done["log"]
    copied = tmp_path / "autograded" / "bob" / NAME / NOTEBOOK
    assert not copied.exists() or "hers" not in copied.read_text()


# How a folder is read


def test_a_folder_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "solution.py").write_text(HIDDEN)
    folder = tmp_path / "submitted"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "solution.py").write_text("mine")
    found = entries(folder)
    assert next(found).path == "data"
    (folder / "data").rename(tmp_path / "moved")
    (folder / "data").symlink_to(tmp_path / "reference")
    with next(found).opened() as file:
        assert file.read() == b"mine"


def swapped(monkeypatch: pytest.MonkeyPatch, name: str, swap: Callable[[], None]) -> None:
    """Do this between the moment in which a file is looked at and that in which it is opened."""
    opened = Entry.opened

    def after_a_swap(entry: Entry) -> Any:
        if entry.path == name:
            swap()
        return opened(entry)

    monkeypatch.setattr(Entry, "opened", after_a_swap)


@pytest.mark.parametrize("becomes", ["a link", "a pipe", "another file"])
def test_a_file_that_is_replaced_before_it_is_opened_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, becomes: str
) -> None:
    (tmp_path / "hidden.py").write_text(HIDDEN)
    submitted, empty = tmp_path / "submitted", tmp_path / "empty"
    for folder in (submitted, empty):
        folder.mkdir()
    (submitted / "notes.txt").write_text("mine")
    (submitted / "other.txt").write_text("mine")

    def swap() -> None:
        (submitted / "notes.txt").rename(tmp_path / "kept")
        if becomes == "a link":
            (submitted / "notes.txt").symlink_to(tmp_path / "hidden.py")
        elif becomes == "a pipe":
            os.mkfifo(submitted / "notes.txt")
        else:
            os.link(tmp_path / "hidden.py", submitted / "notes.txt")

    swapped(monkeypatch, "notes.txt", swap)
    lay_in((empty, submitted), tmp_path / "scratch")
    assert [one.name for one in (tmp_path / "scratch").iterdir()] == ["other.txt"]


def test_what_was_released_and_cannot_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "released").mkdir()
    (tmp_path / "released" / "data.csv").write_text("1")
    swapped(monkeypatch, "data.csv", lambda: (tmp_path / "released" / "data.csv").unlink())
    with pytest.raises(OSError, match=r"data\.csv: it cannot be read"):
        lay_in((tmp_path / "released",), tmp_path / "scratch")


def test_what_travels_to_a_cluster_follows_no_link(tmp_path: Path) -> None:
    folder = tmp_path / "submitted"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "link").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
    assert contents(folder, ours=False) == {"notes.txt": b"mine"}


def test_of_a_folder_with_too_many_files_the_notebooks_are_seen(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"a{number}").touch()
    (tmp_path / NOTEBOOK).touch()
    found = list(entries(tmp_path, most=10))
    assert found[0].path == NOTEBOOK
    assert found[-1].reason == "there are more than 10 files and folders"
    assert len(found) == 12


def test_folders_count_among_what_is_too_many(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / str(number)).mkdir()
    assert too_large((tmp_path,), Limits(scratch_files=10))
    assert not too_large((tmp_path,), Limits(scratch_files=20))


def test_numbers_of_thousands_of_digits_cost_no_answer() -> None:
    raw = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"n": "HERE"}, "cells": []})
    assert read_submission(raw.replace('"HERE"', "9" * 6000).encode()).notes == []


CLONE_NEWNS = 0x20000
MOUNT_TMPFS = ("mount", "-t", "tmpfs", "none")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")
@pytest.mark.parametrize("openat2", [True, False])
def test_what_was_mounted_is_not_entered_where_students_may_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openat2: bool
) -> None:
    (tmp_path / "mounted").mkdir()
    if not openat2:
        monkeypatch.setattr(beneath, "OPENAT2", 10**6)
    child = os.fork()
    if child == 0:
        # The mount is seen in this process alone, and goes with it.
        status = 3
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            private = libc.unshare(CLONE_NEWNS) == 0 and libc.mount(None, b"/", None, 0x44000, None) == 0
            if private and subprocess.run([*MOUNT_TMPFS, tmp_path / "mounted"], check=False).returncode == 0:
                (tmp_path / "mounted" / "notes.txt").touch()
                found = [(one.path, one.reason, one.status is None) for one in entries(tmp_path, mounts=False)]
                entered = [one.path for one in entries(tmp_path)]
                # With openat2 it is not even asked what it is.
                refused = found == [("mounted", MOUNTED, openat2)]
                status = 0 if refused and entered == ["mounted", "mounted/notes.txt"] else 1
        finally:
            os._exit(status)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended == 3:
        pytest.skip("nothing can be mounted here")
    assert ended == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="root reads everything, and only root can become somebody else")
def test_what_cannot_be_read_is_named_and_stops_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="chainrule-closed-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        (folder / "unsearchable").mkdir(mode=0o744)
        (folder / "unsearchable" / "notes.txt").touch()
        (folder / "closed.txt").touch(mode=0o600)
        (folder / "open.txt").write_text("mine")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.setuid(12345)
                reasons = {one.path: one.reason for one in entries(folder) if one.reason}
                denied = "it cannot be read (Permission denied)"
                read = contents(folder, ours=False) == {"open.txt": b"mine"}
                status = 0 if read and reasons == {"closed": denied, "unsearchable/notes.txt": denied} else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# When something was handed in


@pytest.mark.parametrize(
    "text",
    [
        "2015-02-02 15:58:23.948203 UTC",
        "2015-02-02 15:58:23",
        "2015-02-02 07:58:23.948203 America/Los_Angeles",
        "2015-02-02T15:58:23+00:00",
    ],
)
def test_times_as_people_write_them_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "timestamp.txt").write_text(text + "\n")
    found = timestamps.read(tmp_path)
    assert found is not None
    assert found.strftime("%Y-%m-%d %H:%M:%S") == "2015-02-02 15:58:23"


@pytest.mark.parametrize("zone", ["/etc/passwd", "../../etc/passwd", "Europe/../../etc/passwd", "a\0b"])
def test_no_path_is_looked_up_as_a_time_zone(tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timestamps, "parse_utc", lambda text: pytest.fail(f"{text!r} was looked up"))
    (tmp_path / "timestamp.txt").write_text(f"2015-02-02 15:58:23 {zone}")
    with pytest.raises(timestamps.TimeError, match="it says no time"):
        timestamps.read(tmp_path)


def test_no_file_says_no_time_and_is_no_problem(tmp_path: Path) -> None:
    assert timestamps.read(tmp_path) is None


def test_without_a_time_nothing_is_late(batch: Any) -> None:
    course, _ = batch
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        assert gradebook.find_submission(NAME, "time_garbage").total_seconds_late == 0
