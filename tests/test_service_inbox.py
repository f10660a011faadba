"""The service takes from the exchange what is ready and its owner's, once, and nothing else."""

from __future__ import annotations

import errno
import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import served_course
from served_course import ME, NAME, submit

from chainrule.course import collect, inbound
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.sandbox import beneath, entry, walk
from chainrule.service import store
from chainrule.service.inbox import EXCHANGE, Inbox, Refused
from chainrule.service.store import Kept


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return served_course.make(tmp_path / "course")


def test_what_is_ready_is_kept_once_with_the_kernels_time(course: Course) -> None:
    before = datetime.now(UTC)
    folder = submit(course)
    (found,) = Inbox(course).new(set())
    assert isinstance(found, Kept)
    assert (found.student, found.assignment, found.origin) == (ME, NAME, EXCHANGE + folder.name)
    assert abs((found.at - before).total_seconds()) < 60
    assert (store.folder_of(course.folder, found.origin) / "files" / f"{NAME}.ipynb").is_file()
    assert list(Inbox(course).new({found.origin})) == []


def test_what_is_not_ready_waits_for_its_secret(course: Course) -> None:
    folder = submit(course, ready=False)
    assert list(Inbox(course).new(set())) == []
    secret = folder / "submission_secret.txt"
    secret.touch()
    assert list(Inbox(course).new(set())) == []
    secret.write_text(served_course.SECRET)
    assert len(list(Inbox(course).new(set()))) == 1


def test_a_secret_that_is_a_link_is_none(course: Course) -> None:
    folder = submit(course, ready=False)
    (folder / "submission_secret.txt").symlink_to("/etc/hostname")
    assert list(Inbox(course).new(set())) == []


def test_who_hands_in_as_another_is_refused_by_name(course: Course) -> None:
    submit(course, student="nobody")
    (found,) = Inbox(course).new(set())
    assert isinstance(found, Refused)
    assert f"it says that nobody handed it in, and it belongs to {ME}" in found.reason
    assert not (course.folder / store.FOLDER).exists() or not list((course.folder / store.FOLDER).iterdir())


def test_links_and_other_things_are_left_out_with_a_note(course: Course) -> None:
    folder = submit(course)
    (folder / "secret").symlink_to(course.folder / ".chainrule")
    os.mkfifo(folder / "pipe")
    (found,) = Inbox(course).new(set())
    assert isinstance(found, Kept)
    assert sorted(note.split()[0] for note in found.notes) == ["`pipe`", "`secret`"]


def test_other_names_in_the_exchange_are_not_for_us(course: Course) -> None:
    (served_course.inbound(course) / f"{ME}+other+now+x").mkdir()
    (served_course.inbound(course) / "readme").write_text("?")
    assert list(Inbox(course).new(set())) == []


def test_an_exchange_that_is_not_there_is_one_sentence(course: Course) -> None:
    place = served_course.inbound(course)
    place.rename(place.with_name("moved"))
    with pytest.raises(CourseError, match=r"make the exchange of this course as nbgrader wants it, or set c\.Exchange"):
        Inbox(course)


def test_a_name_that_is_no_text_is_refused_once_and_the_next_is_taken(course: Course) -> None:
    folder = served_course.inbound(course) / os.fsdecode(f"{ME}+{NAME}+".encode() + b"\xff")
    folder.mkdir()
    (folder / "submission_secret.txt").write_text("x")
    submit(course)
    refused, kept = sorted(Inbox(course).new(set()), key=lambda one: isinstance(one, Kept))
    assert isinstance(refused, Refused)
    assert isinstance(kept, Kept)
    assert refused.origin.isprintable()
    assert refused.reason.isprintable()
    refused.origin.encode()
    assert list(Inbox(course).new({refused.origin, kept.origin})) == []


def test_what_is_still_being_changed_is_taken_at_the_next_look(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = submit(course)
    inbox = Inbox(course)
    copy = inbox._collector.copy

    def changing(*arguments: Any) -> Any:
        # As nbgrader's own command, which sets modes after it has written the secret.
        time.sleep(0.05)
        folder.chmod(0o755 if folder.stat().st_mode & 0o5 == 0 else 0o750)
        return copy(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(inbox._collector, "copy", changing)
        assert list(inbox.new(set())) == []
    assert inbox.unsettled
    assert len(list(inbox.new(set()))) == 1
    assert not inbox.unsettled


@pytest.fixture
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others may not read is not opened: root reads everything."""
    really = beneath.open_beneath

    def open_as_another(folder: int, name: str, flags: int, mounts: bool = True) -> int:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not flags & os.O_PATH and not mode & stat.S_IROTH:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return really(folder, name, flags, mounts)

    for module in (entry, walk, inbound):
        monkeypatch.setattr(module, "open_beneath", open_as_another)


@pytest.mark.usefixtures("nobody_reads")
@pytest.mark.parametrize("what", ["the folder", "the notebook", "a folder in it"])
def test_what_nobody_may_read_yet_is_taken_whole_when_its_modes_are_set(course: Course, what: str) -> None:
    folder = submit(course)
    (folder / "data").mkdir(0o755)
    (folder / "data" / "points.csv").write_text("1,2")
    place = {"the folder": folder, "the notebook": folder / f"{NAME}.ipynb", "a folder in it": folder / "data"}[what]
    place.chmod(0o700)
    inbox = Inbox(course)
    assert list(inbox.new(set())) == []
    assert inbox.unsettled
    time.sleep(0.5)
    place.chmod(0o755)
    (found,) = inbox.new(set())
    assert isinstance(found, Kept)
    assert found.notes == []
    files = store.folder_of(course.folder, found.origin) / store.FILES
    assert (files / f"{NAME}.ipynb").read_bytes() == (folder / f"{NAME}.ipynb").read_bytes()
    assert (files / "data" / "points.csv").read_text() == "1,2"
    assert not inbox.unsettled


@pytest.mark.usefixtures("nobody_reads")
def test_what_nobody_may_ever_read_is_left_out_in_the_end(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = submit(course)
    (folder / "private.txt").write_text("?")
    (folder / "private.txt").chmod(0o600)
    inbox = Inbox(course)
    assert list(inbox.new(set())) == []
    monkeypatch.setattr(collect, "SETTLES", timedelta(0))
    (found,) = inbox.new(set())
    assert isinstance(found, Kept)
    assert found.notes == ["`private.txt` was left out: it cannot be read (Permission denied)."]


def test_a_folder_without_a_secret_is_soon_looked_at_again_and_an_old_one_is_not(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(course, ready=False)
    inbox = Inbox(course)
    assert list(inbox.new(set())) == []
    assert inbox.unsettled
    monkeypatch.setattr("chainrule.service.inbox.YOUNG", timedelta(0))
    assert list(inbox.new(set())) == []
    assert not inbox.unsettled
