"""Policies: what is graded and shown when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chainrule.service import policies
from chainrule.service.policies import Policy, PolicyError, Shown, When

DUE = datetime(2026, 3, 2, 12, tzinfo=UTC)
BEFORE, AFTER = DUE - timedelta(seconds=1), DUE + timedelta(seconds=1)


def test_without_a_file_everything_is_graded_and_shown_at_once(tmp_path: Path) -> None:
    policy = policies.policy_of("xor", {}, policies.read(tmp_path))
    assert policy.is_graded_now(BEFORE, DUE)
    assert policy.shown(BEFORE, DUE) is Shown.EVERYTHING


def test_the_page_goes_before_the_file_and_the_file_before_its_default(tmp_path: Path) -> None:
    (tmp_path / policies.FILE).write_text('[default]\nattempts = 5\n[xor]\ngrade = "after the deadline"\n')
    found = policies.read(tmp_path)
    assert policies.policy_of("other", {}, found).attempts == 5
    assert policies.policy_of("xor", {}, found) == Policy(grade=When.AFTER_DEADLINE, attempts=5)
    by_hand = {"xor": policies.to_json(Policy(paused=True))}
    assert policies.policy_of("xor", by_hand, found) == Policy(paused=True)


@pytest.mark.parametrize(
    "text",
    ["[xor]\nattempts = -1", '[xor]\ngrade = "never"', "[xor]\natempts = 3", "xor = 3", "[default", "default = 1"],
)
def test_a_file_that_is_not_in_order_is_one_sentence_that_names_it(tmp_path: Path, text: str) -> None:
    (tmp_path / policies.FILE).write_text(text)
    with pytest.raises(PolicyError, match=policies.FILE):
        policies.read(tmp_path)


def test_what_the_page_sends_is_checked_too() -> None:
    with pytest.raises(PolicyError, match="attempts"):
        policies.from_json('{"attempts": "many"}')


def test_a_pause_holds_everything_and_a_deadline_only_until_it_is_over() -> None:
    assert not Policy(paused=True).is_graded_now(AFTER, DUE)
    waits = Policy(grade=When.AFTER_DEADLINE)
    assert [waits.is_graded_now(moment, DUE) for moment in (BEFORE, DUE)] == [False, True]
    assert waits.is_graded_now(BEFORE, None)


def test_what_is_shown_changes_with_the_deadline() -> None:
    policy = Policy(before_deadline=Shown.TOTAL)
    assert [policy.shown(moment, DUE) for moment in (BEFORE, AFTER)] == [Shown.TOTAL, Shown.EVERYTHING]


def test_so_many_attempts_and_no_more() -> None:
    policy = Policy(attempts=2)
    assert policy.refusal(1, DUE, AFTER) == ""
    assert policy.refusal(2, DUE, AFTER) == "All 2 attempts were used, so this one is not graded."


def test_after_an_attempt_the_next_has_to_wait() -> None:
    policy = Policy(cool_down=60.0)
    assert policy.refusal(1, DUE, DUE + timedelta(seconds=20)).endswith("hand in again in 40 s.")
    assert policy.refusal(1, DUE, DUE + timedelta(seconds=60)) == ""
