"""How much of one student is taken and kept: who hands in without end is told when to come back, and loses nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import served_course
from served_course import ME, NAME, handed_in, kept, now, submit
from test_service_pages import Send, get, send, service
from test_service_pages import desk as desk
from traitlets.config import Config

from chainrule.service import store
from chainrule.service.attempts import NOBODY, State
from chainrule.service.bounds import HOUR, HandingIn
from chainrule.service.desk import Desk
from chainrule.service.inbox import Inbox, Refused
from chainrule.service.policies import Policy

__all__ = ["get", "send", "service"]
"""Fixtures."""

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DOCS = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")


def test_so_many_within_an_hour_are_taken_and_it_is_said_when_the_next_is() -> None:
    bounds = HandingIn(config=Config({"HandingIn": {"per_hour": 2}}))
    taken = [NOON - timedelta(hours=3), NOON, NOON + timedelta(seconds=90)]
    assert bounds.too_often(taken[:2], taken[2]) == ""
    said = bounds.too_often(taken, NOON + timedelta(minutes=2))
    assert "hand in again from 2026-03-02 13:00 UTC." in said
    assert bounds.too_often(taken, NOON + timedelta(minutes=59, seconds=59)) == said
    free = NOON + HOUR
    assert bounds.too_often(taken, free) == ""
    # The time that is said is never too early.
    assert "from 2026-03-02 13:02 UTC." in bounds.too_often([*taken, free], free)


def test_without_bounds_everything_is_taken() -> None:
    bounds = HandingIn(config=Config({"HandingIn": {"per_hour": 0, "kept": 0}}))
    assert bounds.too_often([NOON] * 1000, NOON) == bounds.too_much(2**40, 2**40) == ""


@pytest.mark.parametrize("name", ["per_hour", "kept"])
def test_every_bound_is_documented_with_its_default(name: str) -> None:
    row = re.search(rf"^\| `c\.HandingIn\.{name}` \| ([^|]+?) \|", DOCS, re.MULTILINE)
    assert row, name
    assert row.group(1) == str(getattr(HandingIn(), name))


def test_the_course_configures_them(tmp_path: Path) -> None:
    course = served_course.make(tmp_path / "course")
    course.config.HandingIn.per_hour = 1
    desk = served_course.open_desk(course)
    assert desk.too_often("ada", datetime.now(UTC)) == ""
    handed_in(desk, "ada")
    assert "hand in again from" in desk.too_often("ada", datetime.now(UTC))
    assert desk.too_often("bob", datetime.now(UTC)) == desk.too_often("ada", datetime.now(UTC) + HOUR) == ""


def test_one_too_many_in_the_exchange_is_not_copied_and_is_the_students_to_see(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk._bounds, "per_hour", 2)
    for _ in range(4):
        submit(desk.course)
    before = set(desk.history.in_state(State.REFUSED))
    for one in Inbox(desk.course, desk.too_often).new(desk.known()):
        desk.take(one)
    states = [one.state for one in desk.history.of(ME)]
    assert states == [State.SUPERSEDED, State.QUEUED, State.REFUSED, State.REFUSED]
    refused = [one for one in desk.history.in_state(State.REFUSED) if one not in before]
    assert all("2 of your attempts came within an hour" in one.reason for one in refused)
    assert not any(store.folder_of(desk.course.folder, one.origin).exists() for one in refused)
    # What it took is not looked at again.
    assert list(Inbox(desk.course, desk.too_often).new(desk.known())) == []
    # Being refused makes nobody wait longer.
    free = max(one.at for one in desk.history.of(ME) if one.state is not State.REFUSED) + HOUR
    assert desk.too_often(ME, free) == ""


def test_who_sends_too_often_is_told_at_once_and_nothing_is_recorded(
    desk: Desk, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk._bounds, "per_hour", 1)
    files = {f"{NAME}.ipynb": "{}"}
    assert send("olga", files, key="the-first-of-olga").code == 200
    answer = send("olga", files, key="the-second-of-olga")
    assert (answer.code, b"hand in again from" in answer.body) == (409, True)
    assert len(desk.history.of("olga")) == 1
    # What was taken may be sent again, as a program does that heard no answer.
    assert send("olga", files, key="the-first-of-olga").code == 200
    assert send("petra", files, key="the-first-of-petra").code == 200


def test_who_is_refused_again_and_again_fills_no_history(
    desk: Desk, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk._bounds, "per_hour", 3)
    desk.set_policy(NAME, Policy(attempts=1))
    try:
        codes = [send("quinn", {f"{NAME}.ipynb": "{}"}, key=f"number-{number:010}").code for number in range(6)]
    finally:
        desk.set_policy(NAME, Policy())
    assert codes == [200, 200, 200, 200, 409, 409]
    assert [one.state for one in desk.history.of("quinn")] == [State.QUEUED, *[State.REFUSED] * 3]


def test_what_is_kept_of_a_student_is_bounded_and_what_a_newer_one_replaces_does_not_count(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = kept(desk.course, "rosa").size
    assert size > 0
    monkeypatch.setattr(desk._bounds, "kept", 2.5 * size / 2**20)
    graded = handed_in(desk, "rosa")
    desk.history.change(graded.id, {State.QUEUED}, State.GRADED, ended=NOON, score=1.0, max_score=3.0)
    # Each takes the place of the one before, which has had no turn.
    waiting = [handed_in(desk, "rosa") for _ in range(4)]
    assert [now(desk, one).state for one in waiting] == [*[State.SUPERSEDED] * 3, State.QUEUED]
    assert desk.history.kept("rosa", "another") == 2 * size
    desk.history.change(waiting[-1].id, {State.QUEUED}, State.GRADED, ended=NOON, score=1.0, max_score=3.0)
    refused = handed_in(desk, "rosa")
    assert refused.state is State.REFUSED
    assert "leave large files out of it, or ask your teacher for more." in refused.reason
    assert not store.folder_of(desk.course.folder, refused.origin).exists()
    assert store.folder_of(desk.course.folder, graded.origin).exists()
    assert handed_in(desk, "sam").state is State.QUEUED


def test_what_is_shown_to_be_nobodys_counts_for_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk._bounds, "per_hour", 1)
    for number in range(3):
        refused = desk.take(Refused(f"exchange:nobodys-{number}", NAME, "it belongs to bob"))
        assert refused is not None
        assert (refused.student, refused.state) == (NOBODY, State.REFUSED)
