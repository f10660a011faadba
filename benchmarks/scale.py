"""What a large class costs: time and memory by its size, the writer alone, and 100 000 submissions in a simulation.

    python benchmarks/scale.py [--sizes 10,100,1000] [--graded 39] [--written 100] [--plot docs/scale.svg] [--json]

1. `chainrule grade --jobs 2` of a small assignment of a course's own, at these numbers of submissions: seconds per
   submission, the start included, and the most private memory (Private_* of smaps_rollup, sampled) of the writer, the
   dispatcher, a grader, and a sandbox with its guard. `per_further_job` is a grader and a sandbox at their most.
2. The same for mixed submissions of the shipped assignments, whose seconds in `results.json` feed the simulation.
3. The writer alone: submissions graded before they came, into SQLite and PostgreSQL (null where it is not installed).
4. The simulation (its model is in `benchmarks/simulation.py`) of as many submissions of one shipped assignment before
   a deadline on 1 to 256 workers: for how long students wait, when the last is done, where the writer saturates.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import machine
import memory
import mixed_course
import simulation
import waiting_plot
import writer_alone
from chainrule.engine import results as result_files
from machine import BenchmarkError

# A small course, and a PostgreSQL of one's own.
sys.path.append(str(Path(__file__).parent.parent / "tests"))
import postgresql
import small_course

JOBS = 2


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a large class costs.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", default="10,100,1000", help="numbers of submissions, rising")
    parser.add_argument("--graded", type=int, default=39, help="submissions of the shipped assignments, all together")
    parser.add_argument("--written", type=int, default=100, help="submissions that the writer writes alone")
    parser.add_argument("--simulated", type=int, default=100_000)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the waiting times into this SVG file")
    options = parser.parse_args()
    about = machine.found()
    with tempfile.TemporaryDirectory(prefix="chainrule-scale-") as name:
        folder = Path(name)
        machine.keep_to_ourselves(folder / "run")
        by_size = {size: small(folder / f"small-{size}", size) for size in map(int, options.sizes.split(","))}
        shipped = graded_shipped(folder / "shipped", options.graded)
        writer = {assignment: written(folder / "writer", assignment, options.written) for assignment in shipped}
    waiting, full = {}, {}
    for assignment, one in shipped.items():
        seconds, writing = one["grading_seconds"], writer[assignment]["sqlite"]["wall"]
        waiting[assignment] = simulation.simulated(options.simulated, seconds, writing)
        full[assignment] = simulation.saturating_workers(seconds, writing)
    if options.plot is not None:
        waiting_plot.draw(options.plot, options.simulated, waiting, full)
    figures = {
        **summary(by_size, shipped),
        "by_size": by_size,
        "shipped": shipped,
        "writer": writer,
        "writer_saturated_at_workers": {assignment: round(workers, 1) for assignment, workers in full.items()},
        "peak_arrivals_per_second": round(simulation.peak_rate(options.simulated), 2),
        "simulated_waiting_seconds": {
            assignment: {workers: rounded(asdict(one)) for workers, one in by_workers.items()}
            for assignment, by_workers in waiting.items()
        },
        **about,
    }
    tell(figures, options.json)


def small(folder: Path, size: int) -> dict[str, Any]:
    """The cost of as many submissions of a small assignment, each another file."""
    folder.mkdir()
    course = small_course.make(folder)
    right = small_course.right(course)
    for number in range(size):
        small_course.hand_in(course, f"student_{number:05}", f"{right}\n# submission {number}")
    seconds, peaks = graded(folder, small_course.NAME, size)
    return {"seconds_per_submission": round(seconds / size, 3), "private_mebibytes": peaks.mebibytes()}


def graded_shipped(folder: Path, submissions: int) -> dict[str, dict[str, Any]]:
    """The same of mixed submissions of the shipped assignments, and the seconds of each."""
    students = mixed_course.make(folder, submissions)
    found = {}
    for assignment, who in students.items():
        seconds, peaks = graded(folder, assignment, len(who))
        files = sorted(folder.glob(f"autograded/*/{assignment}/{result_files.FILE_NAME}"))
        found[assignment] = {
            "submissions": len(who),
            "seconds_per_submission": round(seconds / len(who), 3),
            "grading_seconds": [round(result_files.read(file).seconds, 3) for file in files],
            "private_mebibytes": peaks.mebibytes(),
        }
    return found


def graded(course: Path, assignment: str, size: int) -> tuple[float, memory.Peaks]:
    """Grade one assignment by the command; returns its seconds and the most memory.

    Raises:
        BenchmarkError: not all were graded.
    """
    # A fork server of the last command's would not be found below this one.
    machine.wait_for_keepers()
    command = [machine.program("chainrule"), "grade", assignment, "--jobs", str(JOBS), "--json"]
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=said)
        peaks = memory.watched(process)
        seconds = time.perf_counter() - started
        said.seek(0)
        done = list(course.glob(f"autograded/*/{assignment}/{result_files.FILE_NAME}"))
        if process.returncode not in (0, 1) or len(done) != size:
            raise BenchmarkError(f"{len(done)} of {size} were graded: {said.read().decode(errors='replace')[-2000:]}")
    return seconds, peaks


def written(folder: Path, assignment: str, submissions: int) -> dict[str, Any]:
    """What the writer alone takes for a submission and how many it writes per second, by database."""
    folder.mkdir(exist_ok=True)
    here = writer_alone.seconds(folder / f"{assignment}-sqlite", assignment, submissions)
    found: dict[str, Any] = {"sqlite": rates(*here)}
    try:
        with postgresql.running(durable=True) as url:
            there = writer_alone.seconds(folder / f"{assignment}-postgresql", assignment, submissions, url)
            found["postgresql"] = rates(*there)
    except pytest.skip.Exception:
        # It is not installed.
        found["postgresql"] = None
    return found


def rates(wall: float, processor: float) -> dict[str, float]:
    """Seconds per submission, and submissions per second."""
    return {"wall": round(wall, 4), "processor": round(processor, 4), "per_second": round(1 / wall, 1)}


def summary(by_size: Mapping[int, Any], shipped: Mapping[str, Any]) -> dict[str, float | None]:
    """The figures that count: whether memory is flat between the two largest sizes, and the most of a further job."""
    sizes = sorted(by_size)[-2:]

    def held(size: int) -> float:
        private = by_size[size]["private_mebibytes"]
        return float(private["writer"] + private["dispatcher"] + private["fork_server"])

    jobs = [one["private_mebibytes"]["per_further_job"] for one in (*by_size.values(), *shipped.values())]
    return {
        "memory_largest_over_previous": round(held(sizes[1]) / held(sizes[0]), 2) if len(sizes) == 2 else None,
        "per_further_job_mebibytes": max(jobs),
    }


def rounded(figures: Mapping[str, float]) -> dict[str, float]:
    """To a tenth of a second."""
    return {name: round(value, 1) for name, value in figures.items()}


def tell(figures: Mapping[str, Any], as_json: bool) -> None:
    """Print as JSON, or a line each."""
    if as_json:
        print(json.dumps(figures))  # noqa: T201
        return
    for name, value in figures.items():
        inner = value.items() if name.startswith("simulated") else [("", value)]
        for what, one in inner:
            print(f"{f'{name} {what}'.strip():44} {json.dumps(one)}")  # noqa: T201


if __name__ == "__main__":
    main()
