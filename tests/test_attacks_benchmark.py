"""The comparison of graders under attack: its own logic. No attack is run here, nor any other grader."""

from __future__ import annotations

import ast
import doctest
import importlib
import os
import pkgutil
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import practice_course
import psutil
import pytest
from conftest import notebook_of

import attack_kinds
import attacked_notebooks
import attacked_otter
import attacks as benchmark
import bounded
import chainrule.attacks
import stock_nbgrader
from attack_kinds import ALL, KINDS, TAKES, Tried
from attacked_nbgrader import holding
from chainrule.attacks import bait, forge, forge_frames, get_out, turn_on_the_instructor
from chainrule.attacks.attack import Answer, Cell, Notebook
from machine import BenchmarkError

LISTS = [
    module.ATTACKS
    for name in pkgutil.iter_modules(chainrule.attacks.__path__, f"{chainrule.attacks.__name__}.")
    if hasattr(module := importlib.import_module(name.name), "ATTACKS")
]
"""Of all modules that have one."""


def test_every_attack_is_of_one_kind() -> None:
    assert {id(one) for one in ALL} == {id(one) for attacks in LISTS for one in attacks}
    assert max(Counter(one.name for one in ALL).values()) == 1
    assert len(ALL) == sum(map(len, KINDS.values())) > 500


def test_what_is_said_of_attacks_is_said_of_some_that_there_are() -> None:
    names = {one.name for one in ALL}
    assert names >= TAKES | attack_kinds.AT_OUR_PACKAGE | attack_kinds.NOT_TRIED.keys()


def test_frames_are_for_ours_alone_and_pages_not_for_otter() -> None:
    assert not any(map(attack_kinds.applies_to_nbgrader, forge_frames.ATTACKS))
    assert all(map(attack_kinds.applies_to_nbgrader, turn_on_the_instructor.ATTACKS))
    assert not any(map(attack_kinds.applies_to_otter, turn_on_the_instructor.ATTACKS))
    assert all(attack_kinds.applies_to_nbgrader(one) for one in ALL if attack_kinds.applies_to_otter(one))


def tried(*gained: str, failed: tuple[str, ...] = ()) -> Tried:
    made = Tried()
    for name in gained:
        made.note(name, "something")
    for name in failed:
        made.note(name, "")
    return made


def test_counts_are_of_what_applies_was_tried_and_succeeded() -> None:
    some = [one.name for one in forge.VALUES if attack_kinds.applies_to_nbgrader(one)][:3]
    frame = forge_frames.ATTACKS[0].name
    found = benchmark.counts(
        [*some, frame], {"nbgrader": tried(some[0], failed=(some[1],)), "chainrule": tried(failed=(*some, frame))}
    )
    assert found["nbgrader"] == {"applicable": 3, "tried": 2, "succeeded": 1}
    assert found["chainrule"] == {"applicable": 4, "tried": 4, "succeeded": 0}


def test_a_cell_says_how_many_were_not_tried() -> None:
    assert benchmark.cell({"applicable": 3, "tried": 3, "succeeded": 1}) == "1 of 3"
    assert benchmark.cell({"applicable": 3, "tried": 2, "succeeded": 1}) == "1 of 2 (3)"
    assert benchmark.cell({"applicable": 0, "tried": 0, "succeeded": 0}) == "–"


def test_the_table_has_a_row_for_each_kind_and_what_was_gained_against_ours() -> None:
    found = {"nbgrader": tried(failed=("daemon",)), "chainrule": tried("page_tables")}
    figures = {
        "kinds": {kind: benchmark.counts([one.name for one in some], found) for kind, some in KINDS.items()},
        "all": benchmark.counts([one.name for one in ALL], found),
        "gained": {grader: one.gained for grader, one in found.items()},
        "not_tried": {"nbgrader": {"sudden_memory": "too much"}, "chainrule": {}},
        "seconds": {"nbgrader": 1.0},
        "notes": ["A note."],
        "cores": 2,
    }
    lines = benchmark.table(figures).split("\n")
    assert lines[0] == "| kind of attack | nbgrader | chainrule |"
    assert f"| leave something for the next | 0 of 1 ({len(get_out.LEFT_BEHIND)}) | 0 of 0 (22) |" in lines
    assert f"| forge a score: frames of our probe | – | 0 of 0 ({len(forge_frames.ATTACKS)}) |" in lines
    assert len([line for line in lines if line.startswith("|")]) == len(KINDS) + 3
    assert "not tried against nbgrader: sudden_memory, too much" in lines
    assert "gained against chainrule: page_tables, something" in lines


@pytest.mark.parametrize("attack", [one for one in ALL if one.name in TAKES], ids=lambda one: one.name)
def test_a_mark_is_left_once_when_all_was_taken(attack: Answer | Notebook) -> None:
    source = attack.code if isinstance(attack, Answer) else attack.change(notebook_of()).cells[0].source
    marked = attacked_notebooks.with_mark(source, "MARK")
    ast.parse(marked)
    before, _, after = marked.partition("MARK")
    assert marked.count("MARK") == 1
    # Nothing but a pause and a return comes after it.
    assert all(line.strip().startswith(("time.sleep(", "return")) for line in after.strip().splitlines())
    assert before.strip()


@pytest.mark.parametrize("attack", [one for one in ALL if isinstance(one, Answer)], ids=lambda one: one.name)
def test_otters_test_is_the_same_code(attack: Answer) -> None:
    code = attacked_notebooks.answer_test(attack)
    examples = doctest.DocTestParser().get_examples(attacked_otter.doctest(code))
    assert not any(one.want for one in examples)
    assert ast.dump(ast.parse("".join(one.source for one in examples))) == ast.dump(ast.parse(code))


@pytest.mark.parametrize("exercise", practice_course.SOLUTIONS)
def test_hidden_tests_believe_right_answers_and_no_wrong_ones(tmp_path: Path, exercise: str) -> None:
    test = attacked_notebooks.practice_tests(tmp_path)[exercise]
    exec(test, _answered(practice_course.SOLUTIONS))
    with pytest.raises((AssertionError, TypeError)):
        exec(test, _answered(attacked_notebooks.NOTHING))


def _answered(answers: Mapping[str, str]) -> dict[str, object]:
    names: dict[str, object] = {}
    exec("\n".join(["import numpy as np", *answers.values()]), names)
    return names


def _bounded(tmp_path: Path, code: str, seconds: float = 30.0) -> tuple[int, str]:
    log = tmp_path / "log"
    status = bounded.run([sys.executable, "-S", "-c", code], seconds, log, tmp_path, {})
    return status, log.read_text()


def test_a_bounded_command_has_its_own_status_and_says_what_it_says(tmp_path: Path) -> None:
    assert _bounded(tmp_path, "print('said'); raise SystemExit(3)") == (3, "said\n")


def test_a_silent_command_is_ended(tmp_path: Path) -> None:
    started = time.monotonic()
    assert _bounded(tmp_path, "import time; print('x', flush=True); time.sleep(60)", 0.5) == (bounded.SILENT, "x\n")
    assert time.monotonic() - started < 30


def test_nothing_outlives_a_bounded_command(tmp_path: Path) -> None:
    waiting = """
import os, time
if os.fork() == 0:
    os.setsid()
    print(os.getpid(), flush=True)
    time.sleep(60)
time.sleep(0.5)
"""
    status, said = _bounded(tmp_path, waiting)
    assert status == 0
    assert not psutil.pid_exists(int(said))


def test_a_bounded_command_has_little_memory(tmp_path: Path) -> None:
    status, said = _bounded(tmp_path, "bytearray(2**34)")
    assert status == 1
    assert "MemoryError" in said


def test_the_secret_is_found_in_files_and_no_pipe_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    (tmp_path / "one").write_text("nothing")
    assert not holding(tmp_path, "secret")
    (tmp_path / "one").write_text("the secret")
    assert holding(tmp_path, "secret")


def test_cells_are_tried_under_their_names() -> None:
    with bait.laid(other="x") as laid:
        cells = attacked_notebooks.tried_cells(ALL, laid)
    named = {one.source.split("'")[1] for one in cells[1:]}
    assert len(named) == len(cells) - 1 > 150
    assert named <= {one.name for one in ALL if isinstance(one, Cell)}


FAKE_NBGRADER = """
import os, sys, time
waiting = sorted(os.listdir("submitted"))
for student in waiting:
    print(f"Converting {os.getcwd()}/submitted/{student}/week1/week1.ipynb", flush=True)
    if student == "hangs":
        time.sleep(60)
    if student == "kills":
        sys.exit(2)
    os.makedirs(f"autograded/{student}", exist_ok=True)
    open(f"autograded/{student}/graded-{len(waiting)}", "w").close()
    if student == "fails":
        print("There was an error", flush=True)
sys.exit("fails" in waiting)
"""
"""It grades as nbgrader does: one after the other, in the order of their names."""


def _fake_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, *students: str) -> stock_nbgrader.Class:
    fake = tmp_path / "nbgrader"
    fake.write_text(f"#!{sys.executable} -S\n{code}")
    fake.chmod(0o755)
    monkeypatch.setattr(stock_nbgrader, "program", lambda name: str(fake))
    for student in students:
        (tmp_path / "submitted" / student).mkdir(parents=True)
    return stock_nbgrader.Class(tmp_path, "week1")


def test_who_holds_up_the_batch_is_named_and_the_others_are_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    students = ("aa", "fails", "hangs", "kills", "zz")
    course = _fake_class(tmp_path, monkeypatch, FAKE_NBGRADER, *students)
    stock_nbgrader.autograde(course, 0.5)
    assert course.held_up.keys() == {"hangs", "kills"}
    assert "nothing came" in course.held_up["hangs"]
    assert "the command ended" in course.held_up["kills"]
    assert sorted(one.name for one in (tmp_path / "graded").iterdir()) == sorted(students)
    # Graded by three commands: of five, of two that were left, and of the last.
    graded = {str(one.relative_to(tmp_path / "autograded")) for one in tmp_path.glob("autograded/*/*")}
    assert graded == {"aa/graded-5", "fails/graded-5", "zz/graded-1"}


def test_a_command_that_grades_nobody_is_no_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = _fake_class(tmp_path, monkeypatch, "raise SystemExit(1)", "aa")
    with pytest.raises(BenchmarkError, match="graded nothing"):
        stock_nbgrader.autograde(course, 5)
