"""Each attack that is code was recorded to do what it says in a plain IPython shell, or it is said why that cannot be.

The record is written by `python benchmarks/attacks.py --record tests/attacks/did_in_a_plain_shell.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from falls_today import each

import plain_shell
from attack_kinds import ALL
from attacked_notebooks import Places
from chainrule.attacks import bait, break_the_batch, forge
from chainrule.attacks.attack import Attack

RECORD: dict[str, str] = json.loads((Path(__file__).parent / "did_in_a_plain_shell.json").read_text())

KERNEL = "It aims at Jupyter's kernel or its messages, which a shell does not have."
OURS = "It aims at files, modules or functions that only our grader has."
NOTHING = "It takes nothing and ends well: it is more, or odder, than a grader may like to keep."
HISTORY = "IPython's history here is nobody's, and holds no secret."
DESCRIPTORS = "A shell without a kernel does not miss its descriptors."
TABLES = "It maps half a terabyte, more than a shell may here."

NOT_IN_A_PLAIN_SHELL: dict[str, str] = {
    **dict.fromkeys(
        (
            "cells_not_run",
            "exceptions_handled",
            "reply_changed",
            "kernel_left",
            "probe_taken_away",
            "probe_answered",
            "widgets",
            "not_a_message",
            "message_with_another_key",
            "long_message",
            "unfit_output",
            "unfit_error",
            "unfit_stream",
            "forged_count",
            "early_end",
            "message_of_many_parts",
            "task_left_behind",
        ),
        KERNEL,
    ),
    **dict.fromkeys(
        ("others_scratch", "neighbours_by_dots", "server_log", "planted_link", "huge_argument_elsewhere"), OURS
    ),
    **dict.fromkeys(
        (
            "senseless_arguments",
            "too_many_arguments",
            "nested_arguments",
            "argument_of_nan",
            "name_of_no_text",
            "thirty_megabytes_printed",
            "display_flood",
            "state_of_everything",
            "unknown_display",
        ),
        NOTHING,
    ),
    **dict.fromkeys(("history", "history_file"), HISTORY),
    **dict.fromkeys(("descriptors_closed", "descriptors_closed_cell"), DESCRIPTORS),
    "page_tables": TABLES,
}
"""Frames, files, pages and edits of a notebook's marks are no code that does anything by itself, and are not asked."""

CODE = [one for one in ALL if plain_shell.can_be_tried(one)]
QUICK = [
    one
    for one in (*forge.DEEDS, *break_the_batch.STATE)
    if plain_shell.can_be_tried(one) and not getattr(one, "torch", False)
]


@pytest.mark.parametrize("attack", CODE, ids=lambda one: one.name)
def test_an_attack_did_what_it_says_or_it_is_said_why_not(attack: Attack) -> None:
    assert (attack.name in RECORD) != (attack.name in NOT_IN_A_PLAIN_SHELL)


def test_the_record_and_the_list_name_attacks_that_there_are() -> None:
    assert {one.name for one in CODE} >= RECORD.keys() | NOT_IN_A_PLAIN_SHELL.keys()
    assert len(RECORD) > 300


@pytest.fixture(scope="module")
def done_now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the quick ones of them do today."""
    done, rooms = tmp_path_factory.mktemp("done"), tmp_path_factory.mktemp("rooms")
    with bait.laid() as laid:
        return plain_shell.recorded(rooms, Places(laid, done), QUICK)


@each(QUICK)
def test_the_record_is_true_today(done_now: dict[str, str], attack: Attack) -> None:
    assert done_now[attack.name] == RECORD[attack.name]


def test_a_right_way_to_be_wrong_earns_nothing(tmp_path: Path) -> None:
    """That the shell tells success from failure: an answer that is simply wrong is no attack."""
    with bait.laid() as laid:
        wrong = forge._deed("simply_wrong", "", "def EXERCISE(x):\n    return x")
        assert plain_shell.recorded(tmp_path, Places(laid, tmp_path), [wrong]) == {}
