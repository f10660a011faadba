"""A stand-in for a student: the reference solution in a warm sandboxed kernel, with other code put over it in a fork.

It answers the hidden tests as a notebook with that code would, without running a notebook for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import nbformat

from chainrule.engine.assignment import Assignment
from chainrule.engine.notebook import FinishedNotebook, NotebookRunner
from chainrule.engine.solutions import exercise_sections
from chainrule.inside import wire
from chainrule.probe.student import Student
from chainrule.sandbox.provisioner import SandboxSettings

FIRST_SECTION = re.compile(r"^# %% ", re.MULTILINE)

ELSEWHERE = "*"
"""Among the names of functions that ran: something may have run in another process, where nobody saw it."""

WATCH = f'''
def watch(code):
    """Put other answers in the place of those above, and from now on note which functions of this code run."""
    import os, sys, threading
    exec(compile(code, "<answer>", "exec"), globals())
    names = globals()["_ran"] = set()
    def note(frame, event, arg):
        if frame.f_code.co_filename == "<answer>":
            names.add(frame.f_code.co_qualname)
    os.register_at_fork(before=lambda: names.add({ELSEWHERE!r}))
    threading.settrace(note)
    sys.settrace(note)

def ran():
    """The functions that were noted."""
    return sorted(_ran)
'''


def reference_source(assignment: Assignment) -> tuple[str, dict[str, str]]:
    """The imports of an assignment's reference and its sections by exercise; both empty if it has no reference."""
    if not assignment.reference.is_file():
        return "", {}
    source = assignment.reference.read_text(encoding="utf-8")
    start = FIRST_SECTION.search(source)
    return source[: start.start()] if start else "", exercise_sections(source)


def _deaf(reply: wire.Reply) -> None:
    """Hear nothing."""


class StandIns:
    """A kernel that holds the reference, from which stand-ins are forked; it starts with the first of them.

    It needs no files: stand-ins are asked what hidden tests ask, with data that these bring along.
    """

    def __init__(self, assignment: Assignment, settings: SandboxSettings) -> None:
        """Prepare; each stand-in has the time that a hidden test has."""
        self._assignment = assignment
        self._settings = replace(settings, files=())
        self._runner: NotebookRunner | None = None
        self._finished: FinishedNotebook | None = None

    def with_answer(self, code: str, hear: Callable[[wire.Reply], None] = _deaf) -> Student:
        """The reference with this code put over it, for one hidden test; `hear` gets every reply but the first.

        Raises:
            StudentProblem: the code cannot even be run.
        """
        return self._stand_in(lambda student: student.become(code), hear)

    def watched(self, code: str, hear: Callable[[wire.Reply], None] = _deaf) -> Student:
        """The same; its function `ran` then tells the qualified names of this code's functions that have run."""
        return self._stand_in(lambda student: student.watch.keep(code), hear)

    def _stand_in(self, become: Callable[[Student], object], hear: Callable[[wire.Reply], None]) -> Student:
        listening = False
        student = self._kernel().student(
            self._settings.limits.test_seconds, lambda reply: hear(reply) if listening else None
        )
        try:
            become(student)
        except BaseException:
            student.close()
            raise
        listening = True
        return student

    def _kernel(self) -> FinishedNotebook:
        """The kernel; a new one if code that was put into a fork has ended it."""
        if self._finished is not None and _gone(self._finished):
            self.close()
        if self._finished is None:
            set_up, sections = reference_source(self._assignment)
            notebook = nbformat.v4.new_notebook()
            notebook.cells = [nbformat.v4.new_code_cell(code) for code in (set_up, *sections.values(), WATCH)]
            self._runner = NotebookRunner(notebook, self._settings)
            try:
                self._finished = self._runner.run()
            except BaseException:
                self.close()
                raise
        return self._finished

    def close(self) -> None:
        """End the kernel, if there is one. The next stand-in would start another."""
        runner, self._runner, self._finished = self._runner, None, None
        if runner is not None:
            runner.close()


def _gone(finished: FinishedNotebook) -> bool:
    return finished.kernel is None or finished.kernel.poll() is not None


@contextmanager
def standing_in(assignment: Assignment, settings: SandboxSettings) -> Iterator[StandIns]:
    """Stand-ins for an assignment; their kernel, which holds solutions, ends with the block."""
    stand_ins = StandIns(assignment, settings)
    try:
        yield stand_ins
    finally:
        stand_ins.close()
