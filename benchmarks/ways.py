"""The ways to grade the same course that are compared, each a whole command as a user types it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chainrule.engine import results as result_files
from chainrule.engine.hidden_tests import ONE_THREAD
from chainrule.engine.notebook import HIDDEN_TESTS_FOLLOW
from machine import BenchmarkError, program, timed, wait_for_keepers

# What starts a scheduler and workers.
sys.path.append(str(Path(__file__).parent.parent / "tests"))
from dask_cluster import Cluster, cluster

Key = tuple[str, str]
"""Assignment and student."""


@dataclass
class Graded:
    """What one way took for each assignment, and what came out."""

    seconds: dict[str, float] = field(default_factory=dict)
    scores: dict[Key, Any] = field(default_factory=dict)
    """Score, maximum and outcomes of the hidden tests; None where it could not be graded."""
    each: dict[str, list[float]] = field(default_factory=dict)
    """By assignment the seconds that grading took by itself, as `results.json` has them."""

    @property
    def total(self) -> float:
        """The seconds of all commands."""
        return sum(self.seconds.values())


def by_chainrule(course: Path, assignments: Sequence[str], *options: str) -> Graded:
    """`chainrule grade ASSIGNMENT`, one assignment after the other, with these options."""
    graded = Graded()
    for name in assignments:
        if "--scheduler" not in options:
            # Otherwise the next command might find the last one's fork server, which is about to end.
            wait_for_keepers()
        command = [program("chainrule"), "grade", name, *options, "--json"]
        # 1: something could not be graded, and its score is missing below.
        ran = timed(command, course, statuses=(0, 1))
        graded.seconds[name] = ran.seconds
        for one in json.loads(ran.output)["submissions"]:
            score = None if one["score"] is None else (one["score"], one["max_score"], one["outcomes"])
            graded.scores[name, one["student"]] = score
        graded.each[name] = [
            round(result_files.read(file).seconds, 3)
            for file in sorted(course.glob(f"autograded/*/{name}/{result_files.FILE_NAME}"))
        ]
    return graded


def first_of_each(course: Path, students: Mapping[str, Sequence[str]]) -> Graded:
    """`chainrule grade` for the first student of each assignment, in a course in which nothing was graded yet."""
    graded = Graded()
    for name, who in students.items():
        one = by_chainrule(course, [name], "--student", who[0], "--jobs", "2")
        graded.seconds |= one.seconds
        graded.scores |= one.scores
    return graded


def by_nbgrader(course: Path, assignments: Sequence[str]) -> Graded:
    """`nbgrader autograde ASSIGNMENT`, stock: visible checks only, one after the other, which is its only way."""
    graded = Graded()
    for name in assignments:
        # Without these variables the released checks would only say that nbgrader is not configured for them.
        command = [program("nbgrader"), "autograde", name]
        ran = timed(command, course, statuses=(0, 1), variables=dict(HIDDEN_TESTS_FOLLOW))
        graded.seconds[name] = ran.seconds
        for folder in sorted((course / "submitted").glob(f"*/{name}")):
            done = (course / "autograded" / folder.parent.name / name / f"{name}.ipynb").exists()
            graded.scores[name, folder.parent.name] = "graded" if done else None
    if not any(graded.scores.values()):
        raise BenchmarkError(f"nbgrader graded nothing of {', '.join(assignments)} in {course}.")
    return graded


@contextmanager
def dask(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A scheduler and workers of one thread each."""
    room = folder / "tmp"
    room.mkdir(parents=True)
    with cluster(folder / "cluster") as made:
        for number in range(workers):
            made.start_worker(f"worker-{number}", TMPDIR=str(room))
        yield made


def bare_cells(notebooks: Sequence[Path]) -> dict[str, Any]:
    """What `bare_cells.py` says: the seconds of each notebook, and the number of pictures."""
    command = [sys.executable, str(Path(__file__).parent / "bare_cells.py"), *map(str, notebooks)]
    found: dict[str, Any] = json.loads(timed(command, Path(), variables=dict.fromkeys(ONE_THREAD, "1")).output)
    return found


def by_otter(otter: Path, files: Path, submissions: Sequence[Path]) -> float:
    """`otter run`, a command for each submission; returns the seconds of all.

    Raises:
        BenchmarkError: a submission did not get its point.
    """
    # Its own environment's packages, and no others.
    variables = {"PYTHONPATH": ""}
    archive = files / "autograder.zip"
    generate = [str(otter), "generate", "-t", "tests", "-o", str(archive), "--no-environment", "--no-requirements"]
    timed(generate, files, variables=variables)
    seconds = 0.0
    for number, submission in enumerate(submissions):
        out = files / f"out-{number}"
        out.mkdir()
        command = [str(otter), "run", str(submission), "-a", str(archive), "-o", str(out), "--no-logo"]
        ran = timed(command, files, variables=variables)
        tests = json.loads((out / "results.json").read_text())["tests"]
        if sum(test.get("score", 0.0) for test in tests) != 1.0:
            raise BenchmarkError(f"otter gave {submission} no point: {tests}")
        seconds += ran.seconds
    return seconds
