"""What grading one submission needs and what comes of it, as values that travel between processes and machines."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode

from chainrule.engine.assignment import Assignment, AssignmentError
from chainrule.engine.grade import Diagnosis, Graded, Settings, grade
from chainrule.engine.hidden_tests import GradersError
from chainrule.engine.results import Results
from chainrule.engine.steps import Watch
from chainrule.sandbox.kernel import SandboxLostError
from chainrule.sandbox.layers import NoSandboxError
from chainrule.sandbox.readable import ExposedError
from chainrule.sandbox.server import ServerError

KNOWN = (AssignmentError, ExposedError, GradersError, NoSandboxError, SandboxLostError, ServerError)
"""What can be wrong without a fault of ours: one sentence."""


@dataclass(frozen=True)
class Plan:
    """What the submissions of one assignment have in common.

    `settings` are without files; `beside` is the folder of what was released with the notebook. Hints come
    from fingerprints under the diagnosis seed, which are kept in a folder.
    """

    assignment: Assignment
    settings: Settings
    beside: Path
    diagnosis_seed: str
    fingerprints: Path


@dataclass(frozen=True)
class Task:
    """One submission: its bytes, the seed of its inputs, and the folder with what was handed in beside the notebook.

    None if that is too large to be laid in. `notes` say why a file could not even be opened, where its bytes would say
    less.
    """

    submission: bytes
    seed: str
    handed_in: Path | None
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of the submission."""
        return hashlib.sha256(self.submission).hexdigest()


class GradingError(RuntimeError):
    """A submission could not be graded; the message says why, or is the traceback of a fault of ours."""


class ClusterError(RuntimeError):
    """The cluster cannot grade; the message says why and what to do."""


class _Graded(msgspec.Struct, tag="graded"):
    results: Results
    notebook: str


class _Failed(msgspec.Struct, tag="failed"):
    error: str
    message: str


def perform(plan: Plan, task: Task, diagnose: Diagnosis, watch: Watch | None = None) -> bytes:
    """Grade one submission; what comes of it in a form that is safe to read, whatever the submission did to us."""
    return carried_out(lambda: _grade(plan, task, diagnose, watch))


def carried_out(work: Callable[[], Graded]) -> bytes:
    """What grading comes to, or why it came to nothing, for `outcome`."""
    try:
        graded = work()
        return msgspec.json.encode(_Graded(graded.results, nbformat.writes(graded.notebook)))
    except KNOWN as error:
        done = _Failed(type(error).__name__, str(error))
    except Exception:  # noqa: BLE001
        # Whatever goes wrong here must reach the gradebook's process, which goes on with the other submissions.
        done = _Failed(GradingError.__name__, traceback.format_exc())
    return msgspec.json.encode(done)


def _grade(plan: Plan, task: Task, diagnose: Diagnosis, watch: Watch | None) -> Graded:
    # As nbgrader does it: what was released with the notebook is put back over what a student made of it.
    files = (plan.beside,) if task.handed_in is None else (plan.beside, task.handed_in)
    settings = replace(plan.settings, sandbox=replace(plan.settings.sandbox, files=files))
    graded = grade(task.submission, plan.assignment, settings, task.seed, diagnose, watch)
    if task.notes:
        graded.results.notes[: len(task.notes)] = task.notes
    return graded


def outcome(answer: bytes) -> Graded:
    """The results and the notebook that `perform` gave.

    Raises:
        one of KNOWN: as it did there.
        GradingError: anything else.
    """
    done: Any = msgspec.json.decode(answer, type=_Graded | _Failed)
    if isinstance(done, _Failed):
        raise {error.__name__: error for error in KNOWN}.get(done.error, GradingError)(done.message)
    notebook: NotebookNode = nbformat.reads(done.notebook, as_version=4)
    return Graded(done.results, notebook)
