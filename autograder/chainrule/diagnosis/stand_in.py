"""A stand-in for a student: the reference solution in a warm sandboxed kernel, with other code put over it in a fork.

It answers the hidden tests as a notebook with that code would, without running a notebook for each.
"""

from __future__ import annotations

import atexit
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import nbformat

from chainrule.diagnosis.transcript import Transcript
from chainrule.engine.assignment import Assignment
from chainrule.engine.notebook import FinishedNotebook, NotebookRunner
from chainrule.engine.solutions import exercise_sections
from chainrule.inside import wire
from chainrule.probe.student import Student
from chainrule.sandbox.provisioner import SandboxSettings

FIRST_SECTION = re.compile(r"^# %% ", re.MULTILINE)

BECOME = '''
def become(code):
    """Put other answers in the place of those above, where no other stand-in has left files."""
    import os, shutil
    shutil.rmtree("stand_in", ignore_errors=True)
    os.mkdir("stand_in")
    os.chdir("stand_in")
    exec(compile(code, "<answer>", "exec"), globals())
'''


def reference_source(assignment: Assignment) -> tuple[str, dict[str, str]]:
    """The imports of an assignment's reference and its sections by exercise; both empty if it has no reference."""
    if not assignment.reference.is_file():
        return "", {}
    source = assignment.reference.read_text(encoding="utf-8")
    start = FIRST_SECTION.search(source)
    return source[: start.start()] if start else "", exercise_sections(source)


@dataclass(frozen=True)
class StandIns:
    """A kernel that holds the reference, from which stand-ins are forked. `answers` are the reference's own."""

    finished: FinishedNotebook
    seconds: float
    answers: dict[tuple[str, str, str, bool], Transcript] = field(default_factory=dict)

    def with_answer(
        self, code: str, hear: Callable[[wire.Reply], None] = lambda reply: None, seconds: float | None = None
    ) -> Student:
        """The reference with this code put over it, for as long as a test or for fewer `seconds`.

        `hear` gets every reply but the first.

        Raises:
            StudentProblem: the code cannot even be run.
        """
        listening = False
        limit = self.seconds if seconds is None else min(seconds, self.seconds)
        student = self.finished.student(limit, lambda reply: hear(reply) if listening else None)
        try:
            student.become.keep(code)
        except BaseException:
            student.close()
            raise
        listening = True
        return student


_Key = tuple[str, str, SandboxSettings]
_kept: dict[_Key, tuple[NotebookRunner, StandIns]] = {}
"""A kernel for each assignment's folder, with a digest of its reference at that time."""


def stand_ins(assignment: Assignment, settings: SandboxSettings) -> StandIns:
    """Stand-ins for an assignment, from a kernel that stays warm until `end_stand_ins`.

    It needs no files: stand-ins are asked what hidden tests ask, with data that these bring along.
    """
    settings = replace(settings, files=())
    set_up, sections = reference_source(assignment)
    digest = hashlib.sha256("\0".join([set_up, *sections.values()]).encode()).hexdigest()
    key = str(assignment.folder), digest, settings
    if key in _kept and _gone(_kept[key][1].finished):
        _end(key)
    if key not in _kept:
        for old in [old for old in _kept if old[0] == key[0] and old != key]:
            _end(old)
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(code) for code in (set_up, *sections.values(), BECOME)]
        runner = NotebookRunner(notebook, settings)
        try:
            _kept[key] = runner, StandIns(runner.run(), settings.limits.test_seconds)
        except BaseException:
            runner.close()
            raise
    return _kept[key][1]


def _gone(finished: FinishedNotebook) -> bool:
    return finished.kernel is None or finished.kernel.poll() is not None


def _end(key: _Key) -> None:
    _kept.pop(key)[0].close()


@atexit.register
def end_stand_ins() -> None:
    """End all kernels of stand-ins: no solution is in any sandbox while a student's notebook runs in another."""
    for key in list(_kept):
        _end(key)
