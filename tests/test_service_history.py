"""The service's history: each attempt is recorded once, and of two who change its state one succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from chainrule.service.attempts import UNDECIDED, Attempt, State, is_name
from chainrule.service.history import History, HistoryError, of_course

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    found = History(of_course(tmp_path))
    yield found
    found.close()


def added(history: History, student: str = "alice", assignment: str = "xor", origin: str = "a") -> Attempt:
    attempt = history.add(student, assignment, NOON, "0" * 64, origin, State.QUEUED)
    assert attempt is not None
    return attempt


def test_attempts_are_numbered_for_each_student_and_assignment(history: History) -> None:
    numbers = [
        added(history, student, assignment, str(origin)).number
        for origin, (student, assignment) in enumerate(
            [("alice", "xor"), ("bob", "xor"), ("alice", "numpy_mlp"), ("alice", "xor")]
        )
    ]
    assert numbers == [1, 1, 1, 2]


def test_what_comes_from_one_origin_is_recorded_once(history: History) -> None:
    added(history, origin="alice+xor+1")
    assert history.add("alice", "xor", NOON, "1" * 64, "alice+xor+1", State.QUEUED) is None
    assert len(history.of("alice")) == 1


def test_moments_come_back_in_utc(history: History) -> None:
    assert added(history).at == NOON
    assert history.of("alice")[0].at.tzinfo is UTC


def test_of_two_who_take_an_attempt_one_gets_it(history: History) -> None:
    attempt = added(history)
    assert [history.change(attempt.id, {State.QUEUED}, State.GRADING, started=NOON) for _ in range(2)] == [True, False]


def test_an_attempt_that_waits_is_superseded_by_a_newer_one_and_one_that_is_graded_is_not(history: History) -> None:
    first, second, third = (added(history, origin=str(number)) for number in range(3))
    other = added(history, assignment="numpy_mlp", origin="other")
    history.change(first.id, UNDECIDED, State.GRADED)
    assert history.supersede(third) == [second.id]
    assert [one.state for one in history.of("alice")] == [
        State.GRADED,
        State.SUPERSEDED,
        State.QUEUED,
        State.QUEUED,
    ]
    assert history.get(other.id) == other


def test_what_was_being_graded_is_queued_again_after_a_restart(history: History, tmp_path: Path) -> None:
    attempt = added(history)
    history.change(attempt.id, UNDECIDED, State.GRADING, started=NOON)
    history.close()
    again = History(of_course(tmp_path))
    assert again.take_up() == [attempt.id]
    assert again.get(attempt.id) == attempt
    again.close()


def test_gradings_of_late_are_found(history: History) -> None:
    attempt = added(history)
    history.change(attempt.id, UNDECIDED, State.GRADED, ended=NOON, score=3.5, max_score=4.0)
    assert [one.score for one in history.ended_since(NOON - timedelta(hours=1))] == [3.5]
    assert history.ended_since(NOON) == []


def test_a_policy_that_was_set_again_is_the_new_one(history: History) -> None:
    history.set_policy("xor", "old")
    history.set_policy("xor", "new")
    assert history.policies() == {"xor": "new"}


def test_a_database_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "history.db").write_text("no database" * 1000)
    with pytest.raises(HistoryError, match=r"cannot be used \(file is not a database\)"):
        History(f"sqlite:///{tmp_path / 'history.db'}")


def test_a_password_is_not_told() -> None:
    with pytest.raises(HistoryError) as problem:
        History("postgresql+psycopg://teacher:secret@127.0.0.1:9/none")
    assert "secret" not in str(problem.value)


def test_the_history_is_on_the_disk_after_each_commit(history: History) -> None:
    with history._engine.connect() as connection:
        modes = [connection.execute(sa.text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]


@pytest.mark.parametrize("name", ["alice", "a.b-c_1@x", "X" * 128])
def test_ordinary_names_are_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "a\n", "ä", "a+b", "X" * 129, "\x00"])
def test_what_could_be_a_path_is_no_name(name: str) -> None:
    assert not is_name(name)
