"""What grading one submission costs: an assignment's reference solution, notebook and all hidden tests, on one core.

    python benchmarks/grading.py [ASSIGNMENT] [--json]

Prints figures and asserts nothing. `ratio` is the time that plain nbclient with an ordinary kernel takes for the
notebook alone, without any hidden test, over the time that a warm chainrule takes for everything; same run, same core.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbformat import NotebookNode

from chainrule.diagnosis.hints import hints_for
from chainrule.engine import solutions
from chainrule.engine.assignment import named
from chainrule.engine.grade import Settings, grade
from chainrule.engine.notebook import running
from chainrule.sandbox import server
from chainrule.sandbox.files import lay_in
from chainrule.sandbox.provisioner import SandboxSettings

REPO = Path(__file__).parent.parent
MEBIBYTE = 2**20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What grading one submission costs.")
    parser.add_argument("assignment", nargs="?", default="numpy_mlp")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    assignment = named(options.assignment, None)
    folder = REPO / "release" / assignment.name
    released: NotebookNode = nbformat.read(folder / f"{assignment.name}.ipynb", as_version=4)
    answers = solutions.exercise_sections(assignment.reference.read_text())
    notebook = solutions.filled(released, answers)
    settings = SandboxSettings(preload=assignment.warm, files=(folder,))

    # One of its own: the shared one may be warm.
    started: list[server.ForkServer] = []
    cold = seconds(lambda: started.append(server.ForkServer(settings.preload, settings.layers)))
    started[0].close()

    submission = nbformat.writes(notebook).encode()

    diagnose = hints_for(None, "0" * 64, assignment, settings)

    def graded() -> None:
        grade(submission, assignment, Settings(settings), "0" * 64, diagnose)

    graded()
    warm = statistics.median(seconds(graded) for _ in range(options.runs))
    with tempfile.TemporaryDirectory() as beside:
        lay_in((folder,), Path(beside))
        plain = statistics.median(seconds(lambda: run_plainly(notebook, beside)) for _ in range(options.runs))
    private = private_memory(copy.deepcopy(notebook), settings)
    figures = {
        "assignment": assignment.name,
        "cold_start_seconds": round(cold, 2),
        "warm_submission_seconds": round(warm, 2),
        "plain_nbclient_seconds": round(plain, 2),
        "ratio": round(plain / warm, 2),
        "fork_private_mebibytes": round(private / MEBIBYTE, 1),
        "sandbox": str(settings.layers),
        "python": sys.version.split()[0],
    }
    if options.json:
        print(json.dumps(figures))  # noqa: T201
        return
    for name, value in figures.items():
        print(f"{name:26} {value}")  # noqa: T201


def run_plainly(notebook: NotebookNode, folder: str) -> None:
    """Run the notebook's cells in an ordinary kernel in this folder."""
    where = {"metadata": {"path": folder}}
    NotebookClient(copy.deepcopy(notebook), kernel_name="python3", timeout=120, resources=where).execute()


def seconds(action: Callable[[], object]) -> float:
    """The wall clock of one call."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def private_memory(notebook: NotebookNode, settings: SandboxSettings) -> int:
    """Bytes that the kernel of the finished notebook holds for itself, beyond what it shares with the fork server."""
    with running(notebook, settings):
        family = psutil.Process().children(recursive=True)
        kernel = max(family, key=lambda process: (process.create_time(), process.pid))
        lines = Path(f"/proc/{kernel.pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


if __name__ == "__main__":
    main()
