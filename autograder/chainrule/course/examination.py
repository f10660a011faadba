"""What `chainrule doctor` looks at in a course: configuration, exchange, every assignment, and who can read it."""

from __future__ import annotations

import importlib.metadata
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.exchange import ExchangeFactory
from traitlets.config import Config

from chainrule.course import consistency
from chainrule.course.loaded import CONFIG, CourseError, configuration, settings_lacking
from chainrule.course.privacy import readers
from chainrule.engine import assignment as assignments
from chainrule.engine import hidden_tests
from chainrule.engine.agreement import disagreements
from chainrule.engine.assignment import FILE_NAME, ROOM, Assignment, AssignmentError
from chainrule.engine.hidden_tests import GradersError
from chainrule.engine.seed import SECRET_FILE
from chainrule.sandbox.server import Preload

PRIVATE = (ROOM, "source", "gradebook.db", str(SECRET_FILE))
"""What in a course is not for students, where it is there."""


@dataclass(frozen=True)
class AssignmentReport:
    """One folder of `source/`: what hidden tests it has, and what is not in order."""

    name: str
    hidden_tests: int = 0
    points: float = 0.0
    own: bool = False
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CourseReport:
    """What was found in a course. With problems it cannot be graded as it should be; warnings are for the teacher."""

    folder: str
    configured: bool
    problems: list[str]
    warnings: list[str]
    assignments: list[AssignmentReport]

    @property
    def in_order(self) -> bool:
        """Whether there is no problem."""
        return not self.problems and not any(one.problems for one in self.assignments)


def examine(course: Path) -> CourseReport:
    """Look at a course; nothing in it is changed."""
    problems = []
    configured = False
    try:
        config = configuration(course)
        configured = not (lacking := settings_lacking(config))
        if lacking:
            problems.append(
                f"{course / CONFIG} does not configure chainrule ({', '.join(lacking)}): nbgrader would run students' "
                "code unprotected and score what it prints. `chainrule init` says which lines it needs."
            )
        elif config.GradeInSandbox.get("unsafe", False) is True:
            problems.append(f"{course / CONFIG} sets c.GradeInSandbox.unsafe: students' code runs without a sandbox.")
    except CourseError as error:
        problems.append(str(error))
    warnings = [
        f"{course / name} can be read by {', '.join(found)}: students must not. "
        f"Close it with `chmod go-rwx '{course / name}'`."
        for name in PRIVATE
        if (course / name).exists() and (found := readers(course / name))
    ]
    warnings += [
        f"{course / ROOM / name} has hidden tests, but there is no notebook in {course / 'source' / name}."
        for name in assignments.names(course)
        if not (course / "source" / name).is_dir()
    ]
    folders = sorted((course / "source").glob("[!.]*/"))
    return CourseReport(str(course), configured, problems, warnings, [_assignment(one, course) for one in folders])


def warm_processes(course: Path) -> list[Preload]:
    """The packages of the course's assignments, without those that could not be loaded anyway."""
    found = []
    for folder in sorted((course / "source").glob("[!.]*/")):
        try:
            assignment = assignments.find(folder.name, course)
        except AssignmentError:
            continue
        if assignment is not None and not _not_installed(assignment):
            found.append(assignment.warm)
    return list(dict.fromkeys(found))


def root_of_exchange(config: Config) -> str:
    """The folder that an exchange works in; empty if it works in none."""
    return str(getattr(ExchangeFactory(config=config).exchange(config=config), "root", ""))


def exchange(config: Config) -> str:
    """The exchange that a configuration names, and what is wrong with it."""
    used = ExchangeFactory(config=config).exchange(config=config)
    if not (root := root_of_exchange(config)):
        return f"{type(used).__module__}.{type(used).__name__}"
    folder = Path(root)
    if not folder.is_dir():
        return f"{folder} does not exist; releasing and collecting over the exchange will not work"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} is not writable; releasing and collecting over the exchange will not work"
    if folder.stat().st_mode & 0o003 != 0o003:
        return f"{folder} is writable for you, but not for every user: students may not be able to hand in"
    return str(folder)


def _assignment(folder: Path, course: Path) -> AssignmentReport:
    name = folder.name
    try:
        assignment = consistency.assignment_of(name, course)
        if assignment is None:
            problem = "it has no hidden tests: nbgrader scores what its cells print"
            return AssignmentReport(name, warnings=[problem])
        tests = hidden_tests.load(assignment)
        cells = consistency.grade_cells(consistency.source_notebook(folder, name))
    except (AssignmentError, GradersError) as error:
        return AssignmentReport(name, problems=[str(error)])
    problems = [*disagreements(tests, cells), *_not_installed(assignment)]
    by_hand = [cell for cell in cells if cell not in tests.exercises]
    warnings = [f"no hidden test is for its cell {', '.join(by_hand)}: a human grades it"] if by_hand else []
    points = math.fsum(test.points for test in tests.tests)
    own = assignment.folder.is_relative_to((course / ROOM).resolve())
    return AssignmentReport(name, len(tests.tests), points, own, problems, warnings)


def _not_installed(assignment: Assignment) -> list[str]:
    """A sentence for each package that its notebook may import and that is not here."""
    found = []
    for package in assignment.packages:
        try:
            importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError:
            file = assignment.folder / FILE_NAME
            found.append(f"{file} lists the package {package!r}, which is not installed: install it or take it off.")
    return found
