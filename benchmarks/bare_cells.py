"""The cells of notebooks and nothing else, in one warm process: what no grader can be faster than.

    python benchmarks/bare_cells.py NOTEBOOK...

torch and pyplot are imported, pictures are rendered as in a notebook, one thread, a fresh namespace for each notebook,
every notebook in its own folder. Those of WRECKING end the process that runs them or change it for good, so each of
them gets a fork of it. Prints JSON: the seconds of each notebook without the start, and how many pictures there were.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from matplotlib import pyplot
from traitlets.config import Config

from chainrule.engine import assignment as assignments
from chainrule.engine.notebook import HIDDEN_TESTS_FOLLOW

WRECKING = ("crashing_carl", "forging_felix")
"""Of the demo's students; their names end the names of the folders' students."""


def main() -> None:
    """Run all of them and print."""
    notebooks = [Path(name).resolve() for name in sys.argv[1:]]
    report = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.environ.update(HIDDEN_TESTS_FOLLOW)
    for name in assignments.shipped_names():
        for module in assignments.named(name, None).warm.modules:
            import_module(module)
    shell = warm_shell()
    seconds, pictures = {}, 0
    # Forks first: of a process that has run no notebook yet.
    for notebook in sorted(notebooks, key=lambda file: (not wrecks(file), file)):
        sources = [cell.source for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
        os.chdir(notebook.parent)
        started = time.perf_counter()
        if wrecks(notebook):
            run_in_fork(shell, sources)
        else:
            run(shell, sources)
        seconds[notebook.parent.name] = time.perf_counter() - started
        pictures += forget(shell)
    os.write(report, json.dumps({"seconds": seconds, "pictures": pictures}).encode())
    # At the usual end triton would list what it leaks.
    os._exit(0)


def wrecks(notebook: Path) -> bool:
    """Whether this notebook is one of WRECKING; its folder is `<number>_<kind>_<student>-<assignment>`."""
    return notebook.parent.name.rpartition("-")[0].endswith(WRECKING)


class Shell(InteractiveShell):
    """IPython without messages and without a terminal."""

    def enable_gui(self, gui: Any = None) -> None:
        """Inline pictures need no event loop."""


def warm_shell() -> Any:
    """IPython as a kernel has it, but for messages."""
    config = Config()
    config.HistoryManager.enabled = False
    shell: Any = Shell.instance(config=config, display_pub_class=CapturingDisplayPublisher)
    shell.enable_matplotlib("inline")
    return shell


def run(shell: Any, sources: list[str]) -> None:
    """Run the cells; after one that fails the next is run, as graders do."""
    for source in sources:
        # What a cell ends with `sys.exit`, it ends for itself.
        with suppress(SystemExit):
            shell.run_cell(source, store_history=False)


def run_in_fork(shell: Any, sources: list[str]) -> None:
    """The same in a copy of this process, which may end as it likes."""
    process = os.fork()
    if process == 0:
        try:
            run(shell, sources)
        finally:
            os._exit(0)
    os.waitpid(process, 0)


def forget(shell: Any) -> int:
    """A fresh namespace for the next one; returns how many pictures were shown."""
    shown = sum("image/png" in output["data"] for output in shell.display_pub.outputs)
    shell.display_pub.outputs.clear()
    pyplot.close("all")
    shell.reset()
    return shown


if __name__ == "__main__":
    main()
