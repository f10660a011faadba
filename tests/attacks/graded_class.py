"""A class with attacks in it, graded by nbgrader's pipeline at one level of the sandbox."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import at_level

from chainrule.attacks.bait import Bait
from chainrule.course.grade import GradeInSandbox
from chainrule.course.opened import Course, Graded
from chainrule.engine.assignment import Assignment
from chainrule.engine.results import ExerciseResult, Results
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.provisioner import SandboxSettings

NEIGHBOURS = ("aa_neighbour", "zz_neighbour")
"""Honest students, the first and the last of a batch."""


@dataclass
class GradedClass:
    """What came out: results by student, the course's folder, and what became of the bait."""

    course: Path
    graded: Mapping[str, Graded]
    harmed: list[str]
    leaked: list[str]

    def results(self, student: str) -> Results:
        """The results of one submission, which must have been graded."""
        graded = self.graded[student]
        assert graded.results is not None, graded.log
        return graded.results

    def exercise(self, student: str, name: str) -> ExerciseResult:
        """The result of one exercise."""
        return next(one for one in self.results(student).exercises if one.name == name)


@contextmanager
def graded_at(level: Layers) -> Iterator[None]:
    """In this block all submissions are graded at a level."""
    found = GradeInSandbox._sandbox

    def at_this_level(step: GradeInSandbox, assignment: Assignment | None) -> SandboxSettings:
        return replace(found(step, assignment), layers=level)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GradeInSandbox, "_sandbox", at_this_level)
        yield


def grade(course: Course, assignment: str, level: str, bait: Bait) -> GradedClass:
    """Grade all that was handed in of an assignment, whatever was graded before."""
    with graded_at(at_level(level)):
        graded = {one.student: one for one in course.grade(assignment, force=True)}
    return GradedClass(course.folder, graded, bait.harmed(), list(holding(course.folder, bait.secret)))


def holding(folder: Path, secret: str) -> Iterator[str]:
    """The files below a folder that hold the secret; no links are followed."""
    for at, _, names, descriptor in os.fwalk(folder):
        for name in names:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if status.st_size < 2**24 and stat.S_ISREG(status.st_mode):
                with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor), "rb") as file:
                    if secret.encode() in file.read():
                        yield f"{at}/{name}"
