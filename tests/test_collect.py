"""Collecting from an exchange in which students may lay what they like, and name it as they like."""

from __future__ import annotations

import logging
import os
import pwd
import secrets
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeSubmit
from nbgrader.utils import parse_utc, temp_attrs

import small_course
from chainrule.course import inbound, timestamps
from chainrule.course.collect import SECRET, CollectSubmissions
from chainrule.course.opened import CONFIG, Course
from chainrule.sandbox import beneath, walk
from chainrule.sandbox.entry import Entry

ASSIGNMENT = "week1"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
ME = pwd.getpwuid(os.geteuid()).pw_name
OTHERS = [one for one in pwd.getpwall() if one.pw_uid not in (0, os.geteuid())][:2]
SOUND_SECRET = "0123456789abcdef" * 8

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def exchange() -> Iterator[Path]:
    """An exchange that every user of this machine can reach, with a course in it."""
    root = Path(tempfile.mkdtemp(prefix="chainrule-exchange-", dir="/tmp"))
    root.chmod(0o777)
    (root / "nn" / "inbound").mkdir(parents=True)
    (root / "nn" / "inbound").chmod(0o733)
    yield root
    shutil.rmtree(root)


@pytest.fixture
def course(tmp_path: Path, exchange: Path) -> Course:
    """A course that uses the exchange; nothing was collected yet."""
    config = "from chainrule import configure\nc = get_config()\nconfigure(c)\n"
    (tmp_path / CONFIG).write_text(f"{config}c.CourseDirectory.course_id = 'nn'\nc.Exchange.root = {str(exchange)!r}\n")
    return Course(tmp_path)


Lay = Callable[..., Path]


@pytest.fixture
def lay(exchange: Path) -> Lay:
    """Lays files into the inbound folder as a student's `nbgrader submit` does, and as this user."""

    def laid(
        student: str = ME, beside: dict[str, str] | None = None, notebook: str = "mine", said: str = "now"
    ) -> Path:
        name = f"{student}+{ASSIGNMENT}+{said}+{secrets.token_hex(4)}"
        folder = exchange / "nn" / "inbound" / name
        content = {NOTEBOOK: notebook, "timestamp.txt": said, SECRET: SOUND_SECRET, **(beside or {})}
        for file, text in content.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        return folder

    return laid


def collect(course: Course, collector: type[ExchangeCollect] = CollectSubmissions, **settings: Any) -> str:
    """Collect as `nbgrader collect` does, with these settings; what it logged."""
    said: list[str] = []

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    api = course.api
    with temp_attrs(api.coursedir, assignment_id=ASSIGNMENT, student_id=settings.pop("student_id", "*")):
        collecting = collector(coursedir=api.coursedir, authenticator=api.authenticator, parent=api, **settings)
        collecting.log = logging.Logger("collecting")
        collecting.log.addHandler(Heard())
        collecting.start()
    return "\n".join(said)


def collected(course: Course, student: str = ME) -> Path:
    return course.folder / "submitted" / student / ASSIGNMENT


def changed(folder: Path) -> datetime:
    """When the kernel last saw a change in a folder, in UTC."""
    newest = max(place.lstat().st_ctime_ns for place in (folder, *folder.rglob("*")))
    return timestamps.moment(newest)


def said(course: Course, student: str = ME) -> datetime:
    """What `timestamp.txt` says, as nbgrader reads it."""
    time: datetime = parse_utc((collected(course, student) / "timestamp.txt").read_text())
    return time


def later_than(before: Path) -> None:
    """Wait until the kernel's clock of files has gone on."""
    probe = before.parent.parent / "clock"
    newest = before.stat().st_ctime_ns
    while True:
        probe.touch()
        if probe.stat().st_ctime_ns > newest:
            return
        time.sleep(0.001)


def as_user(number: int, work: Callable[[], None]) -> None:
    """Do this as another user."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(number)
            os.setuid(number)
            work()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def owned_by(number: int, folder: Path) -> None:
    for place in (folder, *folder.rglob("*")):
        os.chown(place, number, number, follow_symlinks=False)


# What is collected


def test_configure_sets_it(course: Course) -> None:
    assert course.api.exchange.collect is CollectSubmissions


def test_what_was_handed_in_is_copied_with_its_folders(course: Course, lay: Lay) -> None:
    lay(beside={"data/deep/values.csv": "1,2", "notes.txt": "mine"})
    collect(course)
    folder = collected(course)
    assert (folder / NOTEBOOK).read_text() == "mine"
    assert (folder / "data" / "deep" / "values.csv").read_text() == "1,2"
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / SECRET).read_text() == SOUND_SECRET


def test_modes_are_ours(course: Course, lay: Lay) -> None:
    laid = lay(beside={"run.sh": "#!/bin/sh"})
    (laid / "run.sh").chmod(0o4777)
    laid.chmod(0o777)
    collect(course)
    assert (collected(course) / "run.sh").stat().st_mode & 0o7133 == 0
    assert collected(course).stat().st_mode & 0o7022 == 0


def test_a_course_of_several_teachers_shares_what_is_collected(course: Course, lay: Lay) -> None:
    lay()
    course.api.coursedir.groupshared = True
    collect(course)
    assert collected(course).stat().st_mode & 0o2770 == 0o2770
    assert (collected(course) / NOTEBOOK).stat().st_mode & 0o660 == 0o660


def test_what_the_course_ignores_is_not_copied(course: Course, lay: Lay) -> None:
    lay(beside={"results.json": '{"score": 40}', "__pycache__/x.pyc": "", "data/results.json": "{}"})
    collect(course)
    assert sorted(one.name for one in collected(course).iterdir()) == sorted(
        ["data", NOTEBOOK, SECRET, "timestamp.txt"]
    )
    assert list((collected(course) / "data").iterdir()) == []


def test_only_what_the_course_includes_is_copied(course: Course, lay: Lay) -> None:
    lay(beside={"notes.txt": "mine", "film.mp4": "long"})
    course.api.coursedir.include = ["*.ipynb", "*.txt"]
    collect(course)
    assert not (collected(course) / "film.mp4").exists()
    assert (collected(course) / "notes.txt").exists()


def test_nothing_to_collect_makes_nothing(course: Course) -> None:
    assert "No submissions" in collect(course)
    assert not (course.folder / "submitted").exists()


def test_a_named_student_is_collected_alone(course: Course, lay: Lay) -> None:
    lay()
    collect(course, student_id="somebody-else")
    assert not collected(course).exists()


def test_another_assignment_is_left_alone(course: Course, exchange: Path, lay: Lay) -> None:
    lay().rename(exchange / "nn" / "inbound" / f"{ME}+week10+now+x")
    assert "No submissions" in collect(course)


@pytest.mark.parametrize("damage", ["", "\xff", "short", "<script>" * 10, "x" * 5000])
def test_a_secret_that_would_stop_everybodys_feedback_is_replaced(course: Course, lay: Lay, damage: str) -> None:
    lay(beside={SECRET: damage})
    log = collect(course)
    assert (collected(course) / SECRET).read_text() != damage
    assert len((collected(course) / SECRET).read_text()) == 128
    assert SECRET in log


# Whose it is


@needs_root
def test_a_folder_named_for_another_student_is_refused_by_name(course: Course, lay: Lay) -> None:
    alice, bob = OTHERS
    owned_by(alice.pw_uid, lay(alice.pw_name, notebook="alice's own"))
    collect(course)
    forged = lay(alice.pw_name, notebook="bob's")
    owned_by(bob.pw_uid, forged)
    log = collect(course, update=True)
    assert forged.name in log
    assert f"it says that {alice.pw_name} handed it in, and it belongs to {bob.pw_name}" in log
    assert (collected(course, alice.pw_name) / NOTEBOOK).read_text() == "alice's own"


@needs_root
def test_each_student_gets_what_is_theirs(course: Course, lay: Lay) -> None:
    for one in OTHERS:
        owned_by(one.pw_uid, lay(one.pw_name, notebook=one.pw_name))
    collect(course)
    for one in OTHERS:
        assert (collected(course, one.pw_name) / NOTEBOOK).read_text() == one.pw_name


@needs_root
@pytest.mark.parametrize("what", [NOTEBOOK, "data", "data/values.csv", "link"])
def test_one_thing_of_somebody_else_refuses_the_submission(course: Course, lay: Lay, what: str) -> None:
    alice, bob = OTHERS
    laid = lay(alice.pw_name, beside={"data/values.csv": "1"})
    (laid / "link").symlink_to("/etc/hostname")
    owned_by(alice.pw_uid, laid)
    os.chown(laid / what, bob.pw_uid, bob.pw_gid, follow_symlinks=False)
    log = collect(course)
    assert f"`{what}` in it belongs to {bob.pw_name}" in log
    assert not collected(course, alice.pw_name).parent.exists()


@needs_root
def test_a_hard_link_to_what_is_not_the_students_is_refused(course: Course, lay: Lay) -> None:
    alice = OTHERS[0]
    laid = lay(alice.pw_name)
    owned_by(alice.pw_uid, laid)
    secret = course.folder / "hidden.py"
    secret.write_text("def test_hidden(): ...")
    # Another file system than the course's could hold no such link, so it is made beside the exchange.
    shutil.copy(secret, laid.parent.parent / "secret")
    os.link(laid.parent.parent / "secret", laid / "mine.txt")
    assert "`mine.txt` in it belongs to" in collect(course)
    assert not collected(course, alice.pw_name).exists()


@needs_root
def test_an_earlier_submission_of_the_students_own_is_taken_where_the_last_is_refused(course: Course, lay: Lay) -> None:
    alice, bob = OTHERS
    owned_by(alice.pw_uid, lay(alice.pw_name, notebook="first"))
    last = lay(alice.pw_name, notebook="last")
    owned_by(alice.pw_uid, last)
    os.chown(last / NOTEBOOK, bob.pw_uid, bob.pw_gid)
    log = collect(course)
    assert last.name in log
    assert (collected(course, alice.pw_name) / NOTEBOOK).read_text() == "first"


@pytest.mark.parametrize("student", ["nobody-of-this-name", "..", ".", ".hidden", "a\nb", "*", "[ab]", "a\u202eb", ""])
def test_who_is_no_user_hands_nothing_in(course: Course, lay: Lay, student: str) -> None:
    lay(student)
    log = collect(course)
    assert "was refused" in log.splitlines()[0]
    assert "inbound_owner must say which" in log
    assert not (course.folder / "submitted").exists()
    assert not (course.folder / ASSIGNMENT).exists()


@pytest.mark.parametrize("student", ["..", "a/../b".replace("/", "*"), ".hidden"])
def test_a_name_that_leads_elsewhere_is_refused_whoever_is_believed(course: Course, lay: Lay, student: str) -> None:
    lay(student)
    assert "was refused" in collect(course, check_owner=False)
    assert not (course.folder / ASSIGNMENT).exists()


def test_with_an_owner_of_all_names_are_believed(course: Course, lay: Lay) -> None:
    lay("alice", notebook="alice's")
    collect(course, inbound_owner=ME)
    assert (collected(course, "alice") / NOTEBOOK).read_text() == "alice's"


@needs_root
def test_with_an_owner_of_all_what_is_not_the_owners_is_refused(course: Course, lay: Lay) -> None:
    owned_by(OTHERS[0].pw_uid, lay(OTHERS[0].pw_name))
    assert "was refused" in collect(course, inbound_owner=ME)
    assert not collected(course, OTHERS[0].pw_name).exists()


def test_with_an_owner_of_all_a_hard_link_could_be_anybodys(course: Course, lay: Lay) -> None:
    bobs = lay("bob")
    os.link(bobs / NOTEBOOK, lay("alice") / "copied.txt")
    assert "`copied.txt` was left out" in collect(course, inbound_owner=ME)
    assert not (collected(course, "alice") / "copied.txt").exists()


def test_an_owner_of_all_who_is_no_user_is_told(course: Course, lay: Lay) -> None:
    lay()
    with pytest.raises(ExchangeError, match="inbound_owner is wrong: there is no user `no-such-service`"):
        collect(course, inbound_owner="no-such-service")


def test_without_check_owner_names_are_believed(course: Course, lay: Lay) -> None:
    lay("alice")
    collect(course, check_owner=False)
    assert collected(course, "alice").exists()


# When it came


def test_the_time_is_the_kernels_and_in_nbgraders_form(course: Course, lay: Lay) -> None:
    laid = lay(said="1999-01-01 00:00:00.000000 UTC")
    os.utime(laid / NOTEBOOK, (0, 0))
    collect(course)
    assert said(course) == changed(laid)
    assert (collected(course) / "timestamp.txt").read_text() == changed(laid).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    assert abs(said(course) - datetime.utcnow()) < timedelta(days=1)


@pytest.mark.parametrize("name", ["9999-12-31 23:59:59 UTC", "0000-00-00", "garbage", "", "a+b"])
def test_a_time_in_a_name_is_not_even_read(course: Course, lay: Lay, name: str) -> None:
    laid = lay(said=name)
    collect(course)
    assert said(course) == changed(laid)


def test_a_change_in_place_after_handing_in_makes_it_later(course: Course, lay: Lay) -> None:
    laid = lay()
    before = changed(laid)
    later_than(laid)
    (laid / NOTEBOOK).write_text("better")
    os.utime(laid / NOTEBOOK, (0, 0))
    collect(course)
    assert said(course) == changed(laid) > before


def test_moving_in_what_was_made_before_makes_it_later(course: Course, lay: Lay, exchange: Path) -> None:
    laid = lay()
    prepared = laid.rename(exchange / "prepared")
    before = changed(prepared)
    later_than(exchange / "nn" / "inbound")
    prepared.rename(laid)
    collect(course)
    assert said(course) > before


def test_the_latest_by_the_kernels_clock_wins(course: Course, lay: Lay) -> None:
    first = lay(notebook="first", said="2999-01-01 00:00:00 UTC")
    later_than(first)
    lay(notebook="second", said="1999-01-01 00:00:00 UTC")
    collect(course)
    assert (collected(course) / NOTEBOOK).read_text() == "second"


def test_what_was_collected_stays_without_update(course: Course, lay: Lay) -> None:
    later_than(lay(notebook="first"))
    collect(course)
    lay(notebook="second")
    assert "use --update" in collect(course)
    assert (collected(course) / NOTEBOOK).read_text() == "first"


def test_update_takes_what_is_newer(course: Course, lay: Lay) -> None:
    later_than(lay(notebook="first", beside={"old.txt": "old"}))
    collect(course)
    lay(notebook="second")
    assert "Updating" in collect(course, update=True)
    assert (collected(course) / NOTEBOOK).read_text() == "second"
    assert not (collected(course) / "old.txt").exists()


def test_what_is_unchanged_is_not_copied_again(course: Course, lay: Lay) -> None:
    lay()
    collect(course)
    before = collected(course).stat().st_ino
    assert "No newer submission" in collect(course, update=True)
    assert collected(course).stat().st_ino == before


def test_a_forged_time_of_an_earlier_collect_does_not_keep_out_what_is_newer(course: Course, lay: Lay) -> None:
    lay(notebook="new")
    collected(course).mkdir(parents=True)
    (collected(course) / "timestamp.txt").write_text("9999-12-31 23:59:59 UTC")
    collect(course, update=True)
    assert (collected(course) / NOTEBOOK).read_text() == "new"


@pytest.mark.parametrize(("before_duedate", "wanted"), [(True, "in time"), (False, "late")])
def test_the_last_before_the_due_date(course: Course, lay: Lay, before_duedate: bool, wanted: str) -> None:
    in_time = lay(notebook="in time", said="2999-01-01 00:00:00 UTC")
    later_than(in_time)
    late = lay(notebook="late", said="1999-01-01 00:00:00 UTC")
    assert changed(late) > changed(in_time)
    with Gradebook(course.api.coursedir.db_url) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=changed(in_time))
    collect(course, before_duedate=before_duedate)
    assert (collected(course) / NOTEBOOK).read_text() == wanted


def test_what_is_changed_while_it_is_collected_is_refused(
    course: Course, lay: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid = lay(notebook="first")
    later_than(laid)
    copy_to = Entry.copy_to

    def changing(entry: Entry, target: Path, most: int | None = None) -> int:
        size = copy_to(entry, target, most)
        (laid / NOTEBOOK).write_text("second")
        return size

    monkeypatch.setattr(Entry, "copy_to", changing)
    assert "it changed while it was collected" in collect(course)
    assert not collected(course).exists()


# What is left out


def link(place: Path, course: Course) -> None:
    place.symlink_to(course.folder / "hidden.py")


def link_to_a_folder(place: Path, course: Course) -> None:
    place.symlink_to(course.folder)


def dangling_link(place: Path, course: Course) -> None:
    place.symlink_to("/nowhere")


def pipe(place: Path, course: Course) -> None:
    os.mkfifo(place)


def a_socket(place: Path, course: Course) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        before = os.getcwd()
        os.chdir(place.parent)
        try:
            bound.bind(place.name)
        finally:
            os.chdir(before)


def too_large(place: Path, course: Course) -> None:
    place.touch()
    os.truncate(place, 2**40)


KINDS = {
    "it is a link": (link, link_to_a_folder, dangling_link),
    "it is a pipe": (pipe,),
    "it is a socket": (a_socket,),
    "it is larger than the": (too_large,),
}


@pytest.mark.parametrize(("reason", "make"), [(reason, make) for reason, makes in KINDS.items() for make in makes])
def test_what_is_no_file_of_the_students_is_left_out_by_name(
    course: Course, lay: Lay, reason: str, make: Callable[[Path, Course], None]
) -> None:
    (course.folder / "hidden.py").write_text("def test_hidden(): ...")
    laid = lay()
    make(laid / "odd", course)
    log = collect(course)
    assert f"The submission of {ME}: `odd` was left out: {reason}" in log
    assert not os.path.lexists(collected(course) / "odd")
    assert (collected(course) / NOTEBOOK).read_text() == "mine"


@pytest.mark.parametrize(("reason", "make"), [(reason, make) for reason, makes in KINDS.items() for make in makes])
def test_what_is_no_notebook_is_collected_as_what_it_is(
    course: Course, lay: Lay, reason: str, make: Callable[[Path, Course], None]
) -> None:
    laid = lay()
    (laid / NOTEBOOK).unlink()
    make(laid / NOTEBOOK, course)
    collect(course)
    assert (collected(course) / NOTEBOOK).read_text().startswith(f"This was handed in as a notebook, but {reason}")


def test_a_folder_named_like_the_notebook_is_collected_as_what_it_is(course: Course, lay: Lay) -> None:
    laid = lay()
    (laid / NOTEBOOK).unlink()
    (laid / NOTEBOOK).mkdir()
    (laid / NOTEBOOK / NOTEBOOK).write_text("hidden")
    collect(course)
    assert "it is a folder" in (collected(course) / NOTEBOOK).read_text()


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "a\u202eb", os.fsdecode(b"\xff\xfe")])
def test_names_that_cannot_be_shown_are_left_out(course: Course, lay: Lay, name: str) -> None:
    lay(beside={name: "x"})
    log = collect(course)
    assert "its name has characters that cannot be shown" in log
    assert "\x1b" not in log
    assert not (collected(course) / name).exists()


@pytest.mark.parametrize("name", ["'q\"", "=cmd()", "-rf", "x" * 255, "ääkköset.txt", "データ.csv"])
def test_odd_names_that_harm_nobody_are_kept(course: Course, lay: Lay, name: str) -> None:
    lay(beside={name: "x"})
    collect(course)
    assert (collected(course) / name).read_text() == "x"


def test_folders_too_deep_are_left_out(course: Course, lay: Lay) -> None:
    deep = "/".join(["d"] * 300)
    lay(beside={f"{deep}/file": "x"})
    assert f"more than {walk.DEEPEST} folders deep" in collect(course)
    assert (collected(course) / NOTEBOOK).exists()


def test_paths_too_long_are_left_out(course: Course, lay: Lay) -> None:
    long = lay() / "long"
    long.mkdir()
    folder = os.open(long, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 255, dir_fd=folder)
        deeper = os.open("x" * 255, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = deeper
    os.close(folder)
    assert "its path is too long" in collect(course)
    assert (collected(course) / NOTEBOOK).exists()


def test_too_many_files_are_left_out_and_no_notebook(course: Course, lay: Lay) -> None:
    course.config.GradeInSandbox.scratch_files = 20
    course.api.config.GradeInSandbox.scratch_files = 20
    lay(beside={f"a{number}": "x" for number in range(100)})
    assert "there are more than 20 files and folders" in collect(course)
    assert (collected(course) / NOTEBOOK).exists()
    assert len(list(collected(course).iterdir())) <= 23


def test_files_too_large_together_are_left_out_and_no_notebook(course: Course, lay: Lay) -> None:
    course.api.coursedir.max_dir_size = 1
    lay(beside={f"a{number}": "x" * 400 for number in range(10)})
    log = collect(course)
    assert "together, the files are larger than what is allowed" in log
    assert (collected(course) / NOTEBOOK).exists()
    assert sum(one.stat().st_size for one in collected(course).iterdir() if one.name.startswith("a")) <= 1000


@pytest.mark.parametrize("in_the_way", ["timestamp.txt", SECRET])
def test_folders_in_the_place_of_nbgraders_files_are_replaced(course: Course, lay: Lay, in_the_way: str) -> None:
    laid = lay()
    (laid / in_the_way).unlink()
    (laid / in_the_way).mkdir()
    (laid / in_the_way / "x").write_text("x")
    collect(course)
    assert (collected(course) / in_the_way).is_file()


def test_a_submission_that_is_a_link_is_refused(course: Course, lay: Lay, tmp_path: Path) -> None:
    elsewhere = lay().rename(tmp_path / "elsewhere")
    (
        Path(course.api.exchange.exchange(config=course.config).root) / "nn" / "inbound" / f"{ME}+{ASSIGNMENT}+t"
    ).symlink_to(elsewhere)
    assert "it is a link or a file, not a folder" in collect(course)
    assert not collected(course).exists()


def test_a_link_in_the_place_of_what_was_collected_is_not_followed(course: Course, lay: Lay, tmp_path: Path) -> None:
    lay()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    collected(course).parent.mkdir(parents=True)
    collected(course).symlink_to(elsewhere)
    assert "is a link; put the folder itself there" in collect(course, update=True)
    assert list(elsewhere.iterdir()) == []


def test_a_link_that_takes_a_files_place_is_not_followed(
    course: Course, lay: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    (course.folder / "hidden.py").write_text("def test_hidden(): ...")
    laid = lay(beside={"notes.txt": "mine"})
    opened = Entry.opened

    def after_a_swap(entry: Entry) -> Any:
        if entry.path == "notes.txt":
            (laid / "notes.txt").unlink()
            (laid / "notes.txt").symlink_to(course.folder / "hidden.py")
        return opened(entry)

    monkeypatch.setattr(Entry, "opened", after_a_swap)
    assert "was refused" in collect(course)
    assert not collected(course).exists()


def test_a_kernel_without_openat2_follows_no_link_either(
    course: Course, lay: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beneath, "OPENAT2", 10**6)
    laid = lay(beside={"data/values.csv": "1"})
    (laid / "link").symlink_to("/etc/hostname")
    assert "`link` was left out: it is a link" in collect(course)
    assert (collected(course) / "data" / "values.csv").read_text() == "1"


# Nothing is lost


def test_a_full_disk_leaves_what_was_collected(course: Course, lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    later_than(lay(notebook="first"))
    collect(course)
    lay(notebook="second")

    def full(entry: Entry, target: Path, most: int | None = None) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Entry, "copy_to", full)
    with pytest.raises(ExchangeError, match=f"Not collected: {ME}"):
        collect(course, update=True)
    assert (collected(course) / NOTEBOOK).read_text() == "first"
    assert [one.name for one in collected(course).parent.iterdir()] == [ASSIGNMENT]


def test_one_that_cannot_be_written_costs_nobody_else(
    course: Course, lay: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student in ("alice", "bob", "cleo"):
        lay(student, notebook=student)
    copy_to = Entry.copy_to

    def fails_for_bob(entry: Entry, target: Path, most: int | None = None) -> int:
        if "bob" in target.parts:
            raise OSError(36, "File name too long")
        return copy_to(entry, target, most)

    monkeypatch.setattr(Entry, "copy_to", fails_for_bob)
    with pytest.raises(ExchangeError, match="Not collected: bob"):
        collect(course, inbound_owner=ME)
    assert [collected(course, one).exists() for one in ("alice", "bob", "cleo")] == [True, False, True]


@pytest.mark.parametrize("moment", ["before the old one is moved", "between the two"])
def test_a_collect_that_is_killed_loses_nothing(
    course: Course, lay: Lay, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    later_than(lay(notebook="first"))
    collect(course)
    lay(notebook="second")
    rename = Path.rename
    child = os.fork()
    if child == 0:

        def killed(self: Path, target: Path) -> Path:
            if moment == "between the two":
                rename(self, target)
            os.kill(os.getpid(), signal.SIGKILL)
            return target

        with suppress(BaseException):
            monkeypatch.setattr(Path, "rename", killed)
            collect(course, update=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    collect(course)
    assert (collected(course) / NOTEBOOK).read_text() == "first"
    collect(course, update=True)
    assert (collected(course) / NOTEBOOK).read_text() == "second"
    assert [one.name for one in collected(course).parent.iterdir()] == [ASSIGNMENT]


def test_nbgraders_own_collect_falls_for_it(course: Course, lay: Lay) -> None:
    """That the attacks are real: stock nbgrader copies what a link points to, and believes the name."""
    (course.folder / "hidden.py").write_text("def test_hidden(): ...")
    laid = lay("alice", said="2999-01-01 00:00:00 UTC")
    (laid / "link").symlink_to(course.folder / "hidden.py")
    collect(course, ExchangeCollect)
    assert (collected(course, "alice") / "link").read_text() == "def test_hidden(): ..."
    assert (collected(course, "alice") / "timestamp.txt").read_text().startswith("2999")


# The whole way


def test_many_refusals_do_not_fill_the_log(course: Course, lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        lay("nobody-of-this-name")
    monkeypatch.setattr("chainrule.course.collect.MOST_REFUSED", 2)
    log = collect(course)
    assert log.count("was refused") == 2
    assert "3 others were refused too" in log


@needs_root
def test_from_a_students_submit_to_the_report(tmp_path: Path, exchange: Path) -> None:
    """nbgrader's own submit as another user, with a link beside the notebook: it is graded, and the report says so."""
    course = small_course.make(tmp_path)
    with (tmp_path / CONFIG).open("a") as config:
        config.write(f"c.CourseDirectory.course_id = 'nn'\nc.Exchange.root = {str(exchange)!r}\n")
    course = Course(tmp_path)
    shutil.rmtree(exchange / "nn")
    released = course.api.release_assignment(small_course.NAME)
    assert released["success"], released
    student = OTHERS[0]
    home = exchange / "home"
    work = home / small_course.NAME
    shutil.copytree(exchange / "nn" / "outbound" / small_course.NAME, work)
    answered = small_course.hand_in(course, "elsewhere")
    shutil.copy(answered, work)
    shutil.rmtree(course.folder / "submitted")
    owned_by(student.pw_uid, home)

    def submit() -> None:
        os.environ["HOME"] = str(home)
        os.chdir(home)
        coursedir = CourseDirectory(course_id="nn", assignment_id=small_course.NAME)
        settings = {"root": str(exchange), "cache": str(home / "cache"), "assignment_dir": str(home)}
        ExchangeSubmit(coursedir=coursedir, authenticator=course.api.authenticator, **settings).start()

    as_user(student.pw_uid, submit)
    (handed_in,) = (exchange / "nn" / "inbound").iterdir()
    as_user(student.pw_uid, lambda: (handed_in / "secret").symlink_to(course.folder / ".chainrule" / "secret"))
    assert course.api.collect(small_course.NAME)["success"]
    (graded,) = course.grade(small_course.NAME)
    assert graded.student == student.pw_name
    assert graded.results is not None, graded.log
    assert graded.results.score == small_course.POINTS
    assert any("`secret` was left out: it is a link" in note for note in graded.results.notes)
    with course.api.gradebook as gradebook:
        assert gradebook.find_submission(small_course.NAME, student.pw_name).timestamp == changed(handed_in)
    assert "it is a link, and links are not followed" in course.feedback(small_course.NAME, student.pw_name).read_text()


def test_kernel_times_are_told_to_the_microsecond() -> None:
    assert timestamps.moment(1_700_000_000_123_456_789) == datetime(2023, 11, 14, 22, 13, 20, 123456)
    assert inbound.user(0) == "root"
