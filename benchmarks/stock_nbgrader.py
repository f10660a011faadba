"""Courses of stock nbgrader's: its own hidden test cells, and its commands as they come."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

import bounded
from attacked_notebooks import practice_course
from machine import BenchmarkError, program

CELL_SECONDS = 5
"""Of nbgrader's own limit for a cell, which is 30 as it comes: so that the benchmark ends."""

SILENT_SECONDS = 20.0
"""An honest submission takes three. Whoever keeps it busy for so long, and not by one cell, holds up the batch."""

CONFIG = f"""c = get_config()
c.CourseDirectory.course_id = "stock"
c.Execute.timeout = {CELL_SECONDS}
"""


@dataclass
class Class:
    """A course of stock nbgrader's with one assignment, and what came of its submissions."""

    folder: Path
    assignment: str
    held_up: dict[str, str] = field(default_factory=dict)
    """By student, how it kept the others from being graded."""

    def hand_in(self, student: str, submission: NotebookNode | bytes) -> Path:
        """Lay a submission where it is graded."""
        return practice_course.hand_in(self.folder, student, self.assignment, submission)

    def filled(self, answers: Mapping[str, str]) -> NotebookNode:
        """The released notebook with these answers."""
        return practice_course.filled(self.folder, self.assignment, answers)

    def autograded(self, student: str) -> Path:
        """Where a student's graded notebook is, if there is one."""
        return self.folder / "autograded" / student / self.assignment / f"{self.assignment}.ipynb"

    def scores(self, student: str) -> dict[str, float]:
        """The points of each graded cell, and their sum under an empty name."""
        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as gradebook:
            try:
                submission = gradebook.find_submission(self.assignment, student)
            except MissingEntry:
                return {"": 0.0}
            found = {grade.name: float(grade.score or 0) for book in submission.notebooks for grade in book.grades}
            return {**found, "": float(submission.score or 0)}


def create(folder: Path, assignment: str, tests: Mapping[str, str], answers: Mapping[str, str]) -> Class:
    """A course whose hidden tests are nbgrader's own, released."""
    checks = {
        name: f"assert callable({name})\n### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
        for name, test in tests.items()
    }
    (folder / "source" / assignment).mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(CONFIG)
    nbformat.write(practice_course.source(checks, answers), folder / "source" / assignment / f"{assignment}.ipynb")
    command(folder, "generate_assignment", assignment)
    return Class(folder, assignment)


def command(folder: Path, *arguments: str) -> None:
    """Run a command of nbgrader's that must not fail."""
    log = folder / f"{arguments[0]}.log"
    if bounded.run([program("nbgrader"), *arguments], 120, log, folder, {}) != 0:
        raise BenchmarkError(f"`nbgrader {' '.join(arguments)}` failed: {log.read_text()[-2000:]}")


def autograde(course: Class, seconds: float = SILENT_SECONDS) -> None:
    """Grade all; whoever keeps the command from going on is noted, taken out, and the rest graded by another one."""
    submitted, graded = course.folder / "submitted", course.folder / "graded"
    graded.mkdir(exist_ok=True)
    log = course.folder / "autograde.log"
    while waiting := {one.name for one in submitted.iterdir()}:
        arguments = [program("nbgrader"), "autograde", course.assignment, "--create"]
        status = bounded.run(arguments, seconds, log, course.folder, {})
        met = [one for one in re.findall(r"submitted/(\w+)/", log.read_text(errors="replace")) if one in waiting]
        if status not in (0, 1) or set(met) != waiting:
            if not met:
                raise BenchmarkError(f"nbgrader graded nothing: {log.read_text(errors='replace')[-2000:]}")
            how = f"nothing came for {seconds:.0f} s" if status == bounded.SILENT else "the command ended"
            course.held_up[met[-1]] = f"held up the batch: {how}"
        for student in set(met):
            # By its name only: what was handed in may be anything.
            os.rename(submitted / student, graded / student)
