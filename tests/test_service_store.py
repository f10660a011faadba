"""What was handed in is kept whole, once, and is laid out for nbgrader as it was."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chainrule.course import collected_files, timestamps
from chainrule.course.loaded import CourseError
from chainrule.service import store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fill(folder: Path) -> list[str]:
    (folder / "data").mkdir()
    (folder / "work.ipynb").write_text("{}")
    (folder / "data" / "points.csv").write_text("1,2")
    return ["`x` was left out: it is a link."]


def test_what_came_from_one_origin_is_kept_once(tmp_path: Path) -> None:
    first = store.keep(tmp_path, "ada", "xor", NOON, "exchange:ada+xor+1/é", fill)
    again = store.keep(tmp_path, "ada", "xor", NOON, "exchange:ada+xor+1/é", lambda folder: pytest.fail("filled again"))
    assert first == again
    assert (first.student, first.at, first.notes) == ("ada", NOON, ["`x` was left out: it is a link."])


def test_a_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    def other(folder: Path) -> list[str]:
        fill(folder)
        (folder / "work.ipynb").rename(folder / "works.ipynb")
        return []

    digests = {
        store.keep(tmp_path, "ada", "xor", NOON, origin, how).digest for origin, how in (("a", fill), ("b", other))
    }
    assert len(digests) == 2
    assert store.keep(tmp_path, "ada", "xor", NOON, "c", fill).digest in digests


def test_whoever_dies_while_keeping_leaves_nothing_half(tmp_path: Path) -> None:
    def killed(folder: Path) -> list[str]:
        (folder / "work.ipynb").write_text("{")
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    child = os.fork()
    if child == 0:
        try:
            store.keep(tmp_path, "ada", "xor", NOON, "a", killed)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    kept = store.keep(tmp_path, "ada", "xor", NOON, "a", fill)
    assert kept.notes
    assert len(list((tmp_path / store.FOLDER).iterdir())) == 1


def test_it_is_laid_out_in_the_place_of_what_was_there(tmp_path: Path) -> None:
    store.keep(tmp_path, "ada", "xor", NOON, "a", fill)
    target = tmp_path / "submitted" / "ada" / "xor"
    target.mkdir(parents=True)
    (target / "old.txt").write_text("old")
    store.lay_out(tmp_path, "a", target)
    assert sorted(file.name for file in target.iterdir()) == [
        "data",
        "submission_secret.txt",
        "timestamp.txt",
        "work.ipynb",
    ]
    assert timestamps.read(target) == NOON.replace(tzinfo=None)
    assert collected_files.notes(tmp_path, "xor", "ada", target) == ["`x` was left out: it is a link."]


def test_no_link_is_followed_where_it_is_laid_out(tmp_path: Path) -> None:
    store.keep(tmp_path, "ada", "xor", NOON, "a", fill)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "submitted").mkdir()
    (tmp_path / "submitted" / "ada").symlink_to(elsewhere)
    with pytest.raises(CourseError, match="is a link"):
        store.lay_out(tmp_path, "a", tmp_path / "submitted" / "ada" / "xor")
    assert list(elsewhere.iterdir()) == []


def test_what_is_gone_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="put it back from a backup, or hand in again"):
        store.lay_out(tmp_path, "never", tmp_path / "submitted" / "ada" / "xor")
    assert store.results_of(tmp_path, "never") is None
