"""Loads hidden tests: pytest functions, each with a point value, the exercise it belongs to and a title.

Every way to grade loads them here. What is loaded is compiled from the very bytes that the recorded version is a digest
of; a server that runs for weeks grades with the tests that are on disk, and says which.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from chainrule.engine import folder_import
from chainrule.engine import seed as seeds
from chainrule.engine.assignment import Assignment
from chainrule.engine.dependence import Dependence, dependence
from chainrule.engine.version import short_digest
from chainrule.probe.student import Student

PREFIX = "test_"
PACKAGE = "chainrule_hidden_tests_"
"""Start of the name of the package that a folder is imported as, so that `from . import reference` works in it."""

FAULTS = (Exception, pytest.fail.Exception, pytest.skip.Exception, SystemExit)
"""What a hidden test can raise that is not somebody's Ctrl-C; pytest's own are no subclasses of Exception."""

NOT_GRADED_WITH = frozenset({"source", "samples", "correct", "__pycache__"})
"""Folders of an assignment that no grade hangs on."""

ONE_THREAD = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that say how many threads libraries use that are loaded with hidden tests."""

OFFERED = ("student", "rng")
"""What a hidden test can ask for by the name of a parameter."""


class GradersError(RuntimeError):
    """The hidden tests themselves are not in order; the message says which file, what is wrong and what to do."""


@dataclass(frozen=True)
class HiddenTest:
    """One hidden test. `title` is what students read; `builds_on` names earlier functions that its exercise uses."""

    exercise: str
    name: str
    title: str
    points: float
    function: Callable[..., object]
    builds_on: tuple[str, ...] = ()

    def ask(self, student: Student, seed: str) -> None:
        """Put the test's questions, with the inputs that this seed gives.

        Raises:
            StudentProblem, WrongAnswer: what the test found.
        """
        __tracebackhide__ = True
        offered = {"student": student, "rng": seeds.generator(seed, f"{self.exercise}/{self.name}")}
        wanted = inspect.signature(self.function).parameters
        # What the reference makes of a student's overflowing numbers is no news on the grader's terminal.
        with np.errstate(all="ignore"):
            if self.function(**{name: offered[name] for name in wanted}) is not None:
                raise TypeError(f"{self.name} returned something; a hidden test compares, and returns nothing")


@dataclass(frozen=True)
class HiddenTests:
    """The hidden tests of one assignment in the order of their files, and what they were loaded from.

    `reference` is the assignment's module `reference`, None if it has none; `files` are what `digest` is of, each with
    a digest of its own; `dependence` says which exercises use which.
    """

    assignment: str
    tests: tuple[HiddenTest, ...]
    reference: ModuleType | None
    digest: str
    files: Mapping[str, str] = field(default_factory=dict)
    dependence: Dependence = field(default_factory=Dependence)

    def of(self, exercise: str) -> tuple[HiddenTest, ...]:
        """The tests of one exercise."""
        return tuple(test for test in self.tests if test.exercise == exercise)

    def lent_to(self, exercise: str) -> list[str]:
        """The earlier exercises whose functions tests of this one are asked again with."""
        names = [name for test in self.of(exercise) for name in test.builds_on]
        homes = self.dependence.home
        return [one for one in dict.fromkeys(homes[name] for name in names if name in homes) if one != exercise]

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises that have tests."""
        return tuple(dict.fromkeys(test.exercise for test in self.tests))


def files_in(folder: Path) -> list[Path]:
    """The files of hidden tests in an assignment's folder."""
    return sorted(folder.glob(f"{PREFIX}*.py"))


_loaded: dict[Path, tuple[str, HiddenTests]] = {}
"""By the assignment's folder: the package that it was imported as, and its tests."""


def load(assignment: Assignment) -> HiddenTests:
    """The hidden tests of an assignment as they are on disk now.

    Raises:
        GradersError: there are none, or a file cannot be imported or declares its tests wrongly.
    """
    folder = assignment.folder
    found = dict(content(folder))
    version = _digest(found)
    if folder not in _loaded or _loaded[folder][1].digest != version:
        if folder in _loaded:
            folder_import.forget(_loaded.pop(folder)[0])
        package = f"{PACKAGE}{assignment.name}_{hashlib.sha256(str(folder).encode()).hexdigest()[:6]}_{version[:12]}"
        try:
            _loaded[folder] = package, _load(assignment, found, version, package)
        except BaseException:
            folder_import.forget(package)
            raise
    return _loaded[folder][1]


def digest(assignment: Assignment) -> str:
    """The digest of what `load` would load, which is not done."""
    return _digest(dict(content(assignment.folder)))


def _digest(content: dict[str, bytes]) -> str:
    found = hashlib.sha256()
    for name, data in content.items():
        found.update(f"{name}\0{len(data)}\0".encode() + data)
    return found.hexdigest()


def content(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that a grade or a hint hangs on, by its path in the folder."""
    for file in sorted(folder.rglob("*")):
        place = file.relative_to(folder)
        if place.parts[0] not in NOT_GRADED_WITH and "__pycache__" not in place.parts and file.is_file():
            yield place.as_posix(), file.read_bytes()


def _load(assignment: Assignment, content: dict[str, bytes], version: str, package: str) -> HiddenTests:
    files = files_in(assignment.folder)
    if not files:
        raise GradersError(f"There are no hidden tests for {assignment.name!r}: {assignment.folder} has no test_*.py.")
    sources = {
        name.removesuffix(".py"): data for name, data in content.items() if name.endswith(".py") and "/" not in name
    }
    # Hidden tests compute little things, for which several threads cost more than they save, most of all in torch.
    for variable in ONE_THREAD:
        os.environ.setdefault(variable, "1")
    folder_import.offer(package, assignment.folder, sources)
    tests: list[HiddenTest] = []
    for file in files:
        tests += _tests_in(_imported(f"{package}.{file.stem}", file), file)
    reference = _imported(f"{package}.reference", assignment.reference) if "reference" in sources else None
    _require_sound(tests, reference, assignment)
    digests = {name: short_digest(data) for name, data in content.items()}
    found = _dependence(sources["reference"].decode("utf-8", "replace")) if reference is not None else Dependence()
    return HiddenTests(assignment.name, tuple(tests), reference, version, digests, found)


def _dependence(reference: str) -> Dependence:
    """Which exercises use which; nothing where the sections of the reference are not in order."""
    try:
        return dependence(reference)
    except (ValueError, SyntaxError):
        # No points hang on it; `chainrule verify` says what is wrong.
        return Dependence()


def _imported(name: str, file: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except FAULTS as error:
        raise GradersError(f"{file} cannot be imported: {type(error).__name__}: {error}") from error


def _tests_in(module: ModuleType, file: Path) -> Iterator[HiddenTest]:
    """The hidden tests of one file, in its order.

    Raises:
        GradersError: one does not say what it is worth or to which exercise it belongs, or asks for what there is not.
    """
    marks = _marks(module)
    functions = [
        value
        for name, value in vars(module).items()
        if name.startswith(PREFIX) and inspect.isfunction(value) and value.__module__ == module.__name__
    ]
    for function in functions:
        where = f"{file}: {function.__name__}"
        own = [*marks, *_marks(function)]
        exercise, points = _argument(own, "exercise"), _argument(own, "points")
        if exercise is None or points is None:
            raise GradersError(
                f"{where} does not say which exercise it belongs to and what it is worth: "
                'it needs pytest.mark.exercise("name") and pytest.mark.points(number).'
            )
        if type(points) not in (int, float) or not points > 0:
            raise GradersError(f"{where} is worth {points!r}: points are a number above 0.")
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
            raise GradersError(f"{where} is a generator or async, so a call asks nothing: make it a plain function.")
        if [mark for mark in own if mark.name == "parametrize"]:
            raise GradersError(f"{where} is parametrized: loop inside the test, so that its points and title are one.")
        if unknown := [name for name in inspect.signature(function).parameters if name not in OFFERED]:
            raise GradersError(f"{where} asks for {unknown[0]!r}: a hidden test gets `student` and `rng`, no fixture.")
        title = (inspect.getdoc(function) or function.__name__).splitlines()[0]
        builds_on = tuple(name for mark in own if mark.name == "builds_on" for name in mark.args)
        yield HiddenTest(str(exercise), function.__name__, title, float(points), function, builds_on)


def _require_sound(tests: Sequence[HiddenTest], reference: ModuleType | None, assignment: Assignment) -> None:
    """Tests of one exercise have names of their own, and what they build on is in the reference.

    Raises:
        GradersError: says which test is wrong.
    """
    seen: set[tuple[str, str]] = set()
    for test in tests:
        where = f"{assignment.folder}: {test.exercise}/{test.name}"
        if (test.exercise, test.name) in seen:
            raise GradersError(f"{where} is there twice; give one of the two another name.")
        seen.add((test.exercise, test.name))
        missing = [name for name in test.builds_on if reference is not None and not hasattr(reference, name)]
        if missing:
            raise GradersError(f"{where} builds on {missing[0]!r}, which reference.py does not have.")


def _marks(owner: object) -> Sequence[Any]:
    marks = getattr(owner, "pytestmark", [])
    return marks if isinstance(marks, list) else [marks]


def _argument(marks: Sequence[Any], name: str) -> Any:
    """The argument of the innermost mark of this name."""
    return next((mark.args[0] for mark in reversed(marks) if mark.name == name and mark.args), None)
