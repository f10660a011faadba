"""Attempts get their states by the assignment's policy, and everybody who listens hears of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import served_course
from served_course import NAME, handed_in, kept

from chainrule.course.opened import Course
from chainrule.service import store
from chainrule.service.attempts import Attempt, State
from chainrule.service.desk import Desk
from chainrule.service.inbox import Refused
from chainrule.service.policies import Policy, PolicyError, When


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return served_course.make(tmp_path / "course")


@pytest.fixture
def desk(course: Course) -> Desk:
    return served_course.open_desk(course)


def due_in(course: Course, delay: timedelta) -> None:
    with course.api.gradebook as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=(datetime.now(UTC) + delay).replace(tzinfo=None))


def test_an_attempt_is_queued_and_told_of(desk: Desk) -> None:
    heard: list[tuple[str, State]] = []
    desk.listen(lambda attempt: heard.append((attempt.student, attempt.state)))
    handed_in(desk, "ada")
    assert heard == [("ada", State.QUEUED)]


def test_the_same_origin_is_no_second_attempt(desk: Desk) -> None:
    one = kept(desk.course, origin="a")
    assert desk.take(one) is not None
    assert desk.take(one) is None
    assert len(desk.history.of("ada")) == 1


def files_of(desk: Desk, attempt: Attempt) -> bool:
    """Whether its files are kept: what is never graded fills no disk."""
    return (store.folder_of(desk.course.folder, attempt.origin) / store.FILES).exists()


def test_a_newer_attempt_supersedes_one_that_waits(desk: Desk) -> None:
    first, second = handed_in(desk), handed_in(desk)
    found = {one.id: one.state for one in desk.history.of("ada")}
    assert found == {first.id: State.SUPERSEDED, second.id: State.QUEUED}
    assert [files_of(desk, one) for one in (first, second)] == [False, True]


def test_one_attempt_too_many_is_refused_and_supersedes_nothing(desk: Desk) -> None:
    desk.set_policy(NAME, Policy(attempts=1))
    first, second = handed_in(desk), handed_in(desk)
    assert (desk.history.get(first.id) or first).state is State.QUEUED
    assert (second.state, second.reason) == (State.REFUSED, "All 1 attempt was used, so this one is not graded.")
    assert [files_of(desk, one) for one in (first, second)] == [True, False]


def test_what_is_nobodys_is_no_students_attempt(desk: Desk) -> None:
    refused = desk.take(Refused("exchange:x", NAME, "it belongs to bob"))
    assert refused is not None
    assert (refused.student, refused.state) == ("", State.REFUSED)


def test_before_the_deadline_it_waits_and_then_it_is_queued(course: Course, desk: Desk) -> None:
    due_in(course, timedelta(hours=1))
    desk.look_again()
    desk.set_policy(NAME, Policy(grade=When.AFTER_DEADLINE))
    attempt = handed_in(desk)
    assert attempt.state is State.WAITING
    assert not desk.is_gradable(attempt)
    due_in(course, -timedelta(hours=1))
    desk.look_again()
    assert [one.state for one in desk.history.of("ada")] == [State.QUEUED]


def test_a_pause_makes_wait_what_is_queued(desk: Desk) -> None:
    handed_in(desk)
    desk.set_policy(NAME, Policy(paused=True))
    assert [one.state for one in desk.history.of("ada")] == [State.WAITING]
    desk.set_policy(NAME, Policy())
    assert [one.state for one in desk.history.of("ada")] == [State.QUEUED]


def test_a_file_of_policies_that_breaks_later_is_told_and_the_old_one_holds(course: Course) -> None:
    file = course.folder / "policies.toml"
    file.write_text(f"[{NAME}]\nattempts = 2\n")
    desk = served_course.open_desk(course)
    file.write_text(f"[{NAME}]\nattempts = -2\n")
    desk.look_again()
    assert "attempts" in desk.problem
    assert desk.policy(NAME).attempts == 2
    with pytest.raises(PolicyError):
        served_course.open_desk(course)
    file.unlink()
    desk.look_again()
    assert desk.problem == ""


def test_only_what_is_decided_is_tried_again(desk: Desk) -> None:
    attempt = handed_in(desk)
    assert not desk.retry(attempt.id)
    desk.history.change(attempt.id, {State.QUEUED}, State.FAILED)
    assert desk.retry(attempt.id)
    assert [one.state for one in desk.history.of("ada")] == [State.QUEUED]
