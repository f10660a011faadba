"""What the tests share: the sandbox at its levels, with one warm fork server each, and notebooks run in it."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import kept_fingerprints
import nbformat
import nbgrader.api
import pytest
from nbformat import NotebookNode

from chainrule.engine.notebook import FinishedNotebook, NotebookRunner
from chainrule.sandbox import layers as sandbox_layers
from chainrule.sandbox import meeting, server
from chainrule.sandbox.kept_process import IDLE_VARIABLE
from chainrule.sandbox.layers import Layers
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.provisioner import SandboxSettings

# Each new gradebook starts alembic for two seconds, and always gets the same answer.
nbgrader.api.get_alembic_version = functools.cache(nbgrader.api.get_alembic_version)

GRADERS_VARIABLE = "CHAINRULE_TEST_SECRET"

RunCells = Callable[..., FinishedNotebook]


SHARED_LEVELS = ("as found", "without bubblewrap")
"""With all that this machine has, and as in a container that forbids user namespaces."""

OWN_SERVER_LEVELS = ("bubblewrap with Landlock 5", "bubblewrap without Landlock")
"""As on Linux before 6.12 and before 5.13: bubblewrap does what Landlock does not."""


ATTACKED_LEVELS = ("as found", "without bubblewrap", "bubblewrap without Landlock")
"""The levels at which a whole class is graded with all attacks in it."""


def pytest_configure(config: pytest.Config) -> None:
    """Before the processes that run the tests: they share what takes long and is the same for all."""
    config.add_cleanup(kept_fingerprints.begin())


@pytest.fixture(scope="session", autouse=True)
def _own_keepers() -> Iterator[None]:
    """The tests of each process share no fork server with anybody else, and leave none behind."""
    os.environ[IDLE_VARIABLE] = "0"
    with tempfile.TemporaryDirectory(prefix="chainrule-tests-") as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(meeting, "folder", lambda: Path(place))
        yield
        server.close_shared()


@pytest.fixture(scope="session", params=SHARED_LEVELS)
def layers(request: pytest.FixtureRequest) -> Layers:
    """The levels of the sandbox at which submissions share a fork server."""
    return at_level(request.param)


def at_level(name: str) -> Layers:
    """The layers of a level, or a skipped test where this machine lacks them."""
    found = sandbox_layers.found()
    level = {
        "as found": found,
        "without bubblewrap": replace(found, bubblewrap=None),
        "bubblewrap with Landlock 5": replace(found, landlock=min(found.landlock, 5)),
        "bubblewrap without Landlock": replace(found, landlock=0),
    }[name]
    if not level.safe:
        pytest.skip(f"no safe sandbox {name} on this machine, which has {found!r}")
    return level


@pytest.fixture(scope="session")
def warm(layers: Layers) -> server.ForkServer:
    """The warm fork server of a level. The process that starts it has something to hide in its environment."""
    os.environ[GRADERS_VARIABLE] = "expected answers"
    return server.shared(server.BASE, layers)


@pytest.fixture
def run_cells(layers: Layers, warm: server.ForkServer) -> Iterator[RunCells]:
    """Runs cells as a submission, which ends with the test; the fork server must survive it."""
    yield from _run_cells(layers)
    assert server.shared(server.BASE, layers) is warm


@pytest.fixture
def run_here() -> Iterator[RunCells]:
    """The same at the level that this machine has, for what is the same at every level."""
    with running_cells() as run:
        yield run


@contextmanager
def running_cells(preload: server.Preload = server.BASE, level: Layers | None = None) -> Iterator[RunCells]:
    """What `run_here` does, with these packages and at this level."""
    level = level or sandbox_layers.found()
    if not level.safe:
        pytest.skip(f"no safe sandbox on this machine, which has {level!r}")
    warm = server.shared(preload, level)
    yield from _run_cells(level, preload)
    assert server.shared(preload, level) is warm


def _run_cells(level: Layers, preload: server.Preload = server.BASE) -> Iterator[RunCells]:
    running: list[NotebookRunner] = []

    def run(*cells: str, **limits: Any) -> FinishedNotebook:
        settings = SandboxSettings(limits=Limits(**limits), layers=level, preload=preload)
        running.append(NotebookRunner(notebook_of(*cells), settings))
        return running[-1].run()

    yield run
    for runner in running:
        runner.close()


def own_server(runner: NotebookRunner) -> server.ForkServer | None:
    """The fork server that a running notebook has to itself, if it does."""
    provisioner: Any = runner.km.provisioner if runner.km is not None else None
    found: server.ForkServer | None = provisioner._own_server
    return found


def notebook_of(*cells: str) -> NotebookNode:
    """A notebook of these code cells."""
    v4: Any = nbformat.v4
    notebook: NotebookNode = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
    return notebook


def printed(finished: FinishedNotebook) -> str:
    """All that the cells of a notebook printed or showed as text, errors too."""
    return printed_cells(finished.notebook)


def printed_cells(notebook: NotebookNode) -> str:
    """The same for a notebook that something else has run."""
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    return "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain") or f"{output.ename}: {output.evalue}"
        for output in outputs
    )


LONG = ("test_course_from_wheel", "test_sandbox_limits", "test_samples", "test_graders_catch")
"""The files of tests that take longest, which must not be the last to start: each file goes to one process."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first."""
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))
