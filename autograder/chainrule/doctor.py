"""`chainrule doctor`: is this machine fit for grading, and is this course? What can be tried is tried, not believed."""

from __future__ import annotations

import importlib.metadata
import platform
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from traitlets.config import Config

import chainrule.assignments
from chainrule.course import examination
from chainrule.course.examination import CourseReport
from chainrule.course.loaded import CourseError, configuration
from chainrule.course.privacy import readers
from chainrule.engine.notebook import running
from chainrule.lti import examination as lti
from chainrule.lti.examination import LtiReport
from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings
from chainrule.sandbox.server import BASE, Preload

PACKAGES = (
    "chainrule",
    "nbgrader",
    "jupyterlab",
    "ipykernel",
    "pytest",
    "numpy",
    "torch",
    "torchvision",
    "tensorboard",
    "matplotlib",
)

ESCAPES = {
    "a file outside its folder": "open({secret!r}).read()",
    "a network socket": "import socket; socket.socket()",
    "the hidden tests": "import chainrule.engine.hidden_tests",
    "the reference solution": "import chainrule.assignments.xor.reference",
}
"""What a trial notebook tries to reach, by the cell that tries it. Each cell must end in an error."""


@dataclass(frozen=True)
class Report:
    """What was found. `escapes` names what a trial notebook could reach though it must not.

    `warnings` are about the machine; `course` is None outside of any, `lti` where scores go to no learning platform.
    """

    safe: bool
    level: str
    layers: dict[str, Any]
    missing: dict[str, str]
    escapes: list[str]
    gpu: str
    exchange: str
    versions: dict[str, str]
    warnings: list[str] = field(default_factory=list)
    course: CourseReport | None = None
    lti: LtiReport | None = None

    @property
    def fit(self) -> bool:
        """Whether grading is safe, and the course in order."""
        in_order = self.course is None or self.course.in_order
        return self.safe and in_order and not (self.lti and self.lti.problems)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {**asdict(self), "fit": self.fit}


def examine(course: Path | None = None) -> Report:
    """Look at this machine and this course; starts sandboxes with what its assignments need and tries to break out."""
    found = sandbox_layers.found()
    layers = {"bubblewrap": found.bubblewrap or False, "landlock": found.landlock, "seccomp": found.seccomp}
    preloads = [BASE, *([] if course is None else examination.warm_processes(course))]
    reachable = {what for one in dict.fromkeys(preloads) for what in reached(one, course)} if found.safe else set()
    return Report(
        safe=found.safe and not reachable,
        level=str(found),
        layers=layers,
        missing={name: how for name, how in sandbox_layers.HOW_TO_GET.items() if not layers[name]},
        escapes=sorted(reachable),
        gpu=_gpu(),
        exchange=_exchange(course),
        versions={"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
        warnings=_readable(),
        course=None if course is None else examination.examine(course),
        lti=None if course is None else lti.examine(course),
    )


def reached(preload: Preload, course: Path | None = None) -> list[str]:
    """What a notebook with these packages can reach in the sandbox of the things it must not."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as secret:
        secret.write("secret")
        secret.flush()
        trials = {what: code.format(secret=secret.name) for what, code in ESCAPES.items()}
        if course is not None:
            trials["the course's folder"] = f"import os; os.listdir({str(course)!r})"
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(code) for code in trials.values()]
        with running(notebook, SandboxSettings(limits=Limits(cell_seconds=10), preload=preload)):
            pass
    stopped = [any(output.output_type == "error" for output in cell.outputs) for cell in notebook.cells]
    return [what for what, was_stopped in zip(trials, stopped, strict=True) if not was_stopped]


def _gpu() -> str:
    try:
        import torch
    except ImportError as error:
        return f"torch cannot be imported: {error}"
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return "Apple GPU (MPS)" if torch.backends.mps.is_available() else "none; the CPU is used"


def _exchange(course: Path | None) -> str:
    try:
        return examination.exchange(Config() if course is None else configuration(course))
    except CourseError:
        return "not known, as the course's configuration cannot be loaded"


def _readable() -> list[str]:
    """Whether students who had an account here could read what is installed."""
    folder = Path(next(iter(chainrule.assignments.__path__)))
    return [
        f"The hidden tests and solutions installed in {folder} can be read by {reader}: where students have accounts, "
        "install chainrule in an environment of the course's account alone."
        for reader in readers(folder)
    ]


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
