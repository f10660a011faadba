"""`chainrule doctor`: is this machine fit for grading? Every answer is tried, not believed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.exchange.default import Exchange

from chainrule.engine.notebook import running
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
    """What was found. `escapes` names what a trial notebook could reach though it must not."""

    safe: bool
    level: str
    layers: dict[str, Any]
    missing: dict[str, str]
    escapes: list[str]
    gpu: str
    exchange: str
    versions: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return asdict(self)


def examine(packages: Iterable[Preload] = ()) -> Report:
    """Look at this machine; starts a sandbox and tries to break out of it."""
    found = sandbox_layers.found()
    layers = {"bubblewrap": found.bubblewrap or False, "landlock": found.landlock, "seccomp": found.seccomp}
    reachable = {what for preload in [BASE, *packages] for what in reached(preload)} if found.safe else set()
    return Report(
        safe=found.safe and not reachable,
        level=str(found),
        layers=layers,
        missing={name: how for name, how in sandbox_layers.HOW_TO_GET.items() if not layers[name]},
        escapes=sorted(reachable),
        gpu=_gpu(),
        exchange=_exchange(),
        versions={"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
    )


def reached(preload: Preload) -> list[str]:
    """What a notebook with these packages can reach in the sandbox of the things it must not."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as secret:
        secret.write("secret")
        secret.flush()
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(code.format(secret=secret.name)) for code in ESCAPES.values()]
        with running(notebook, SandboxSettings(limits=Limits(cell_seconds=10), preload=preload)):
            pass
    stopped = [any(output.output_type == "error" for output in cell.outputs) for cell in notebook.cells]
    return [what for what, was_stopped in zip(ESCAPES, stopped, strict=True) if not was_stopped]


def _gpu() -> str:
    try:
        import torch
    except ImportError as error:
        return f"torch cannot be imported: {error}"
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return "Apple GPU (MPS)" if torch.backends.mps.is_available() else "none; the CPU is used"


def _exchange() -> str:
    folder = Path(Exchange().root)
    if not folder.is_dir():
        return f"{folder} does not exist; releasing and collecting over the exchange will not work"
    return str(folder) if os.access(folder, os.W_OK) else f"{folder} is not writable"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
