"""A page that a student hands in is no feedback, and no page of the formgrader's: it stays where it was handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import grading_here
import pytest
import served_course
from served_course import ME, NAME, now, submit

from chainrule.course import timestamps
from chainrule.course.beside import is_page
from chainrule.course.collect import SECRET
from chainrule.service.desk import Desk
from chainrule.service.inbox import Inbox
from chainrule.service.student_pages import feedback_of

EVIL = "<script>fetch('/hub/api')</script>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with served_course.empty_desk(served_course.make(tmp_path / "course")) as desk:
        yield desk


def graded(desk: Desk, evil: dict[str, str]) -> None:
    """What somebody hands in through the exchange with these files beside it, graded and its page released."""
    folder = submit(desk.course)
    for path, text in evil.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    for one in Inbox(desk.course).new(desk.known()):
        assert desk.take(one)
    grading_here.grade(desk)


@pytest.mark.parametrize("path", [f"{NAME}.html", "another.html", f"{NAME}.html/index.html", "data/figure.svg"])
def test_only_the_page_that_is_ours_is_released_and_shown(desk: Desk, path: str) -> None:
    graded(desk, {path: EVIL, "notes.txt": "mine"})
    (attempt,) = desk.history.of(ME)
    assert now(desk, attempt).feedback
    page = feedback_of(desk, attempt)
    assert page is not None
    assert EVIL.encode() not in page
    feedback = desk.course.folder / "feedback" / ME / NAME
    assert {file.name for file in feedback.iterdir()} == {f"{NAME}.html", SECRET, timestamps.FILE}
    released = list(served_course.inbound(desk.course).with_name("feedback").iterdir())
    assert [hashlib.sha256(one.read_bytes()).digest() for one in released] == [hashlib.sha256(page).digest()]
    # The formgrader serves what lies in here.
    autograded = desk.course.folder / "autograded" / ME / NAME
    assert (autograded / "notes.txt").read_text() == "mine"
    assert not (autograded / path).exists()
    assert (desk.course.folder / "submitted" / ME / NAME / path).read_text() == EVIL


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.xhtml", "a.svg", "a.svgz", "a.xml", "a.xsl"])
def test_what_a_browser_runs_is_a_page(name: str) -> None:
    assert is_page(PurePosixPath(name))


@pytest.mark.parametrize("name", ["a.csv", "a.png", "a.txt", "a.py", "a.pt", "a", "html", "a.html.txt", "a.docx"])
def test_what_it_only_shows_or_saves_is_none(name: str) -> None:
    assert not is_page(PurePosixPath(name))
