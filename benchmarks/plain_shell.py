"""Attacks in a plain IPython shell without a sandbox: that each does what it says where nothing keeps it from it.

A warm shell is forked for each attack, which gets a folder of its own, little memory and few seconds.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from IPython.core.interactiveshell import InteractiveShell

import attacked_notebooks as made
import bounded
from attack_kinds import ALL, NOT_TRIED, TAKES
from attacked_notebooks import Places, practice_course
from chainrule.attacks import forge_cells, trial
from chainrule.attacks.attack import Answer, Answers, Attack, Cell, Lasting, Notebook

SECONDS, LONG_SECONDS = 1.5, 30.0
"""For what takes a few milliseconds if it ends at all; for what computes much, or is many cells."""

NO_EVIDENCE = ("AssertionError", "NameError", "AttributeError")
"""Exceptions of a test that a wrong answer fails anyway, and of code that misses its kernel."""

ORDER = ("apply", "double", "again")
"""What can be learned from an exercise comes before where it could be used."""


@dataclass(frozen=True)
class Came:
    """What came of a shell: whether each cell went well, or its exception; how it ended, if it did not by itself."""

    cells: Sequence[str]
    """An empty text for one that went well."""
    printed: str
    ended: str


def can_be_tried(attack: Attack) -> bool:
    """Whether an attack is code that does something where there is no grader of ours, and no nbgrader."""
    if attack.name in NOT_TRIED or attack in forge_cells.EDITS:
        return False
    if isinstance(attack, Answer):
        return "NotImplementedError" not in attack.check
    if isinstance(attack, Answers):
        return attack.assignment == practice_course.PRACTICE
    return isinstance(attack, Cell | Lasting | Notebook)


def recorded(folder: Path, places: Places, attacks: Iterable[Attack] = ALL) -> dict[str, str]:
    """What each of these attacks did, by name; one that did nothing is missing."""
    attacks = [one for one in attacks if can_be_tried(one)]
    did = tried_cells(folder, places, [one for one in attacks if isinstance(one, Cell)])
    for one in attacks:
        match one:
            case Lasting():
                did[one.name] = _lasting(folder, one)
            case Answer():
                did[one.name] = _answer(folder, places, one)
            case Answers():
                did[one.name] = _practice(folder, places, one)
            case Notebook():
                did[one.name] = _notebook(folder, places, one)
    return {name: what for name, what in sorted(did.items()) if what}


def tried_cells(folder: Path, places: Places, attacks: Sequence[Cell]) -> dict[str, str]:
    """What cells took, all of one shell's."""
    possible = trial.possible(attacks, places.bait)
    came = run(folder, [one.source for one in made.tried_cells(possible, places.bait)], LONG_SECONDS)
    told, harmed = made.told_in(came.printed), places.bait.harmed()
    took = {one.name for one in possible if one.name in told and told[one.name].success(one, places.bait, harmed)}
    return {one.name: "read the secret" if one.secret else "did it" for one in possible if one.name in took}


def _lasting(folder: Path, attack: Lasting) -> str:
    leaving, looking = made.lasting_cells([attack])
    told = made.told_in(run(folder, [one.source for one in (*leaving, *looking)]).printed)
    return "is there where it was left" if attack.name in told and told[attack.name].true else ""


def _answer(folder: Path, places: Places, attack: Answer) -> str:
    answer = made.answer(attack, places, attack.name in TAKES)
    seconds = LONG_SECONDS if attack.torch else SECONDS
    came = run(folder, ["import numpy as np", answer, made.answer_test(attack)], seconds)
    return _did(places, attack, came, "earned the exercise's point" if not came.ended and not came.cells[-1] else "")


def _practice(folder: Path, places: Places, attack: Answers) -> str:
    before, answers = made.practice_answers(attack)
    tests = made.practice_tests(places.done)
    sources = ["import numpy as np", *(one.source for one in before)]
    parts = [part for name in ORDER for part in (answers[name], tests[name])]
    came = run(folder, [*sources, *parts], LONG_SECONDS if attack.mark else SECONDS)
    earned = "earned points" if "" in came.cells[len(sources) + 1 :: 2] else ""
    # What else becomes of these says nothing: honest answers that are wrong end in the same way.
    return "made the reference do what is asked" if places.marked(attack.mark) else earned


def _notebook(folder: Path, places: Places, attack: Notebook) -> str:
    right = [practice_course.SOLUTIONS[name] for name in ORDER]
    attacking = made.changed(attack, made.notebook_of("import numpy as np", *right), places, attack.name in TAKES)
    tests = made.practice_tests(places.done)
    came = run(folder, [one.source for one in attacking.cells] + [tests[name] for name in ORDER])
    earned = not came.ended and "" in came.cells[-len(ORDER) :]
    if attack in forge_cells.HOOKS:
        return "earned points" if earned else ""
    return _did(places, attack, Came(came.cells[:1], came.printed, came.ended), "")


def _did(places: Places, attack: Attack, came: Came, gained: str) -> str:
    """What an attack gained, or what else shows that it was tried."""
    if gained:
        return gained
    if attack.name in TAKES and places.marked(attack.name):
        return "took all that it asked for"
    raised = came.cells[-1] if came.cells else ""
    return came.ended or (f"raised {raised}" if raised and raised not in NO_EVIDENCE else "")


def run(folder: Path, sources: Sequence[str], seconds: float = SECONDS) -> Came:
    """Run cells in a fork of the warm shell, which ends with all that it has started."""
    room = folder / f"{time.monotonic_ns()}"
    room.mkdir()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _in_child(room, sources, tell)
        finally:
            os._exit(0)
    os.close(tell)
    said, ended = _heard(told, seconds)
    status = _end(child)
    lines = [json.loads(line) for line in said.decode().splitlines()]
    if len(lines) < len(sources):
        ended = ended or f"ended its process with {status}"
    printed = (room / "printed").read_text(errors="replace")
    return Came([str(one) for one in lines], printed, ended)


def _in_child(room: Path, sources: Sequence[str], tell: int) -> None:
    os.setsid()
    os.chdir(room)
    # As nbgrader says that it is grading.
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    for limit, value in bounded.LIMITS.items():
        # What an attack raises again is raised for itself alone.
        resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
    for number in (1, 2):
        os.dup2(os.open("printed", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    # By a number that `closerange` does not know.
    kept = os.dup2(tell, 2000)
    shell: Any = InteractiveShell.instance()
    for source in sources:
        result = shell.run_cell(source, store_history=True)
        error = result.error_in_exec or result.error_before_exec
        os.write(kept, json.dumps(type(error).__name__ if error else "").encode() + b"\n")


def _heard(told: int, seconds: float) -> tuple[bytes, str]:
    said, deadline = b"", time.monotonic() + seconds
    try:
        while (left := deadline - time.monotonic()) > 0:
            if select.select([told], [], [], left)[0]:
                piece = os.read(told, 2**16)
                if not piece:
                    return said, ""
                said += piece
        return said, f"had not ended after {seconds:g} s"
    finally:
        os.close(told)


def _end(child: int) -> int:
    """End a child with all its descendants, and what was left of its group; its status."""
    with suppress(psutil.NoSuchProcess):
        for process in psutil.Process(child).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
