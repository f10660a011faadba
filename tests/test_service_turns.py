"""Whose turn it is: nobody starves others, and a batch is of one assignment."""

from __future__ import annotations

from datetime import UTC, datetime

from chainrule.service.attempts import Attempt, State
from chainrule.service.turns import in_order, next_batch, place

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def attempt(number: int, student: str, assignment: str = "xor") -> Attempt:
    return Attempt(number, student, assignment, 1, NOON, "", str(number), State.QUEUED)


def ids(attempts: list[Attempt]) -> list[int]:
    return [one.id for one in attempts]


def test_who_came_first_is_first() -> None:
    assert ids(in_order([attempt(2, "bob"), attempt(1, "alice")], [])) == [1, 2]


def test_who_was_graded_of_late_lets_others_go_first() -> None:
    recent = [attempt(0, "alice"), attempt(-1, "alice"), attempt(-2, "bob")]
    queued = [attempt(1, "alice"), attempt(2, "bob"), attempt(3, "carol")]
    assert ids(in_order(queued, recent)) == [3, 2, 1]


def test_one_who_hands_in_everything_at_once_does_not_keep_the_others_waiting() -> None:
    flood = [attempt(number, "alice", f"week{number}") for number in range(1, 6)]
    assert ids(in_order([*flood, attempt(6, "bob"), attempt(7, "carol")], []))[:3] == [1, 6, 7]


def test_a_batch_is_of_one_assignment_and_no_larger_than_asked() -> None:
    queued = [attempt(1, "a"), attempt(2, "b", "numpy_mlp"), attempt(3, "c"), attempt(4, "d"), attempt(5, "e")]
    assert ids(next_batch(queued, [], lambda one: True, 3)) == [1, 3, 4]


def test_of_several_attempts_of_a_students_a_batch_has_the_first() -> None:
    queued = [attempt(1, "a"), attempt(2, "a"), attempt(3, "b"), attempt(4, "b")]
    assert ids(next_batch(queued, [], lambda one: True, 9)) == [1, 3]


def test_what_is_not_graded_now_is_left_out() -> None:
    queued = [attempt(1, "a"), attempt(2, "b", "numpy_mlp")]
    assert ids(next_batch(queued, [], lambda one: one.assignment != "xor", 3)) == [2]
    assert next_batch(queued, [], lambda one: False, 3) == []


def test_the_place_in_the_queue_counts_from_one() -> None:
    queued = [attempt(1, "alice"), attempt(2, "bob")]
    assert [place(one, queued, []) for one in (*queued, attempt(3, "carol"))] == [1, 2, None]
