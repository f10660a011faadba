"""A stand-in for a student: the reference solution in a warm sandboxed kernel, with other code put over it in a fork.

It answers the hidden tests as a notebook with that code would, without running a notebook for each.
"""

from __future__ import annotations

import atexit
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import nbformat
import numpy as np

import reference
from autograder.grading import seed as seeds
from autograder.grading.notebook import FinishedNotebook, NotebookRunner
from autograder.grading.transcript import Transcript
from autograder.probe import wire
from autograder.probe.student import Student
from autograder.sandbox.provisioner import SandboxSettings
from autograder.solutions import exercise_sections

BECOME = '''
def become(code):
    """Put other answers in the place of those above, where no other stand-in has left files."""
    import os, shutil
    shutil.rmtree("stand_in", ignore_errors=True)
    os.mkdir("stand_in")
    os.chdir("stand_in")
    exec(compile(code, "<answer>", "exec"), globals())
'''


@dataclass(frozen=True)
class HiddenTest:
    """One hidden test as a plain function of a student and, where it draws, a random generator."""

    exercise: str
    name: str
    points: float
    function: Callable[..., None]
    builds_on: tuple[str, ...]

    def ask(self, student: Student, seed: str) -> None:
        """Put the test's questions, with the inputs that this seed gives.

        Raises:
            StudentProblem, WrongAnswer: what the test found.
        """
        rng = seeds.generator(seed, f"{self.exercise}/{self.name}")
        offered: dict[str, Student | np.random.Generator] = {"student": student, "rng": rng}
        wanted = inspect.signature(self.function).parameters
        self.function(**{name: value for name, value in offered.items() if name in wanted})


def hidden_tests(folder: Path, exercise: str) -> tuple[HiddenTest, ...]:
    """The hidden tests of one exercise, from its file in the assignment's folder of graders."""
    file = folder / f"test_{exercise}.py"
    return _loaded(file, exercise, file.stat().st_mtime_ns)


@cache
def _loaded(file: Path, exercise: str, changed: int) -> tuple[HiddenTest, ...]:
    """Loaded again only when the file has `changed`."""
    name = f"hidden_tests_of_{file.parent.name}_{exercise}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    functions = [value for name, value in vars(module).items() if name.startswith("test_") and callable(value)]
    marks = getattr(module, "pytestmark", [])
    builds_on = [
        name
        for mark in (marks if isinstance(marks, list) else [marks])
        if mark.name == "builds_on"
        for name in mark.args
    ]
    return tuple(
        HiddenTest(
            exercise, function.__name__, sum(mark.args[0] for mark in function.pytestmark), function, tuple(builds_on)
        )
        for function in functions
    )


def reference_file(assignment: str) -> Path:
    """The module that holds the reference solution of an assignment."""
    return Path(reference.__file__).with_name(f"{assignment}.py")


def reference_source(assignment: str) -> tuple[str, dict[str, str]]:
    """The imports of an assignment's reference and its sections by exercise."""
    source = reference_file(assignment).read_text(encoding="utf-8")
    return source[: source.index("# %% ")], exercise_sections(source)


@dataclass(frozen=True)
class StandIns:
    """A kernel that holds the reference, from which stand-ins are forked. `answers` are the reference's own."""

    assignment: str
    finished: FinishedNotebook
    seconds: float
    answers: dict[tuple[str, str, str, bool], Transcript] = field(default_factory=dict)

    def with_answer(self, code: str, hear: Callable[[wire.Reply], None] = lambda reply: None) -> Student:
        """The reference with this code put over it; `hear` gets every reply but the first.

        Raises:
            StudentProblem: the code cannot even be run.
        """
        listening = False
        student = self.finished.student(self.seconds, lambda reply: hear(reply) if listening else None)
        try:
            student.become.keep(code)
        except BaseException:
            student.close()
            raise
        listening = True
        return student


_kept: dict[tuple[str, int, SandboxSettings], tuple[NotebookRunner, StandIns]] = {}
"""A kernel for each assignment, as its reference was at that time."""


def stand_ins(assignment: str, settings: SandboxSettings) -> StandIns:
    """Stand-ins for an assignment, from a kernel that stays warm until `end_stand_ins`.

    It needs no files: stand-ins are asked what hidden tests ask, with data that these bring along.
    """
    settings = replace(settings, files=())
    key = assignment, reference_file(assignment).stat().st_mtime_ns, settings
    if key in _kept and _gone(_kept[key][1].finished):
        _end(key)
    if key not in _kept:
        for old in [old for old in _kept if old[0] == assignment and old != key]:
            _end(old)
        notebook = nbformat.v4.new_notebook()
        set_up, sections = reference_source(assignment)
        notebook.cells = [nbformat.v4.new_code_cell(code) for code in (set_up, *sections.values(), BECOME)]
        runner = NotebookRunner(notebook, settings)
        try:
            _kept[key] = runner, StandIns(assignment, runner.run(), settings.limits.test_seconds)
        except BaseException:
            runner.close()
            raise
    return _kept[key][1]


def _gone(finished: FinishedNotebook) -> bool:
    return finished.kernel is None or finished.kernel.poll() is not None


def _end(key: tuple[str, int, SandboxSettings]) -> None:
    _kept.pop(key)[0].close()


@atexit.register
def end_stand_ins() -> None:
    """End all kernels of stand-ins: no solution is in any sandbox while a student's notebook runs in another."""
    for key in list(_kept):
        _end(key)
