"""What a machine that shares no folder with ours needs to grade: a plan and a task with the content of their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from chainrule.diagnosis import fingerprint_files
from chainrule.engine import hidden_tests
from chainrule.engine.version import grader_version
from chainrule.sandbox import layers
from chainrule.sandbox.files import contents
from chainrule.workers.task import Plan, Task

Files = Mapping[str, bytes]
"""Contents by their paths."""

NOWHERE = Path()
"""In the place of our folders, which mean nothing elsewhere."""


@dataclass(frozen=True)
class Bundle:
    """A plan, and what lies in its folders: the assignment, what was released with the notebook, fingerprints.

    `version` is that of the grader that is to grade.
    """

    plan: Plan
    assignment: Files
    beside: Files
    fingerprints: Files
    version: str

    def unpacked(self, room: Path) -> Plan:
        """The plan as it can be followed here, its files in the empty folder `room`.

        Raises:
            VersionError: the grader here is of another version.
        """
        folder = room / "assignment" / self.plan.assignment.name
        _write(self.assignment, folder)
        _write(self.beside, room / "beside")
        _write(self.fingerprints, room / "fingerprints")
        assignment = replace(self.plan.assignment, folder=folder)
        here = grader_version(hidden_tests.digest(assignment))
        if here != self.version:
            raise VersionError(f"has the grader {here}, and this course is graded by {self.version}")
        sandbox = self.plan.settings.sandbox
        if not sandbox.unsafe:
            sandbox = replace(sandbox, layers=layers.found())
        settings = replace(self.plan.settings, sandbox=sandbox)
        return replace(
            self.plan,
            assignment=assignment,
            settings=settings,
            beside=room / "beside",
            fingerprints=room / "fingerprints",
        )


class VersionError(RuntimeError):
    """A grader is not of the version that is to grade."""


@dataclass(frozen=True)
class Parcel:
    """A task with the files that were handed in beside the notebook."""

    task: Task
    files: Files

    def unpacked(self, room: Path) -> Task:
        """The task as it can be done here, its files in the empty folder `room`."""
        _write(self.files, room)
        return replace(self.task, handed_in=room)


def bundled(plan: Plan) -> Bundle:
    """A plan made fit to travel."""
    content = dict(hidden_tests.content(plan.assignment.folder))
    version = grader_version(hidden_tests.digest(plan.assignment))
    away = replace(plan, assignment=replace(plan.assignment, folder=NOWHERE), beside=NOWHERE, fingerprints=NOWHERE)
    return Bundle(away, content, contents(plan.beside, ours=True), kept_fingerprints(plan), version)


def kept_fingerprints(plan: Plan) -> Files:
    """The fingerprints that are kept for a plan's assignment, if there are any."""
    file = fingerprint_files.file_in(plan.fingerprints, plan.assignment.name)
    return {file.name: file.read_bytes()} if file.is_file() else {}


def parcelled(task: Task) -> Parcel:
    """A task made fit to travel."""
    files = {} if task.handed_in is None else contents(task.handed_in, ours=False)
    return Parcel(replace(task, handed_in=None), files)


def _write(files: Files, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
