"""How fast a class is graded: ours against stock nbgrader, otter, and the cells of the notebooks alone.

    python benchmarks/throughput.py [--submissions 40] [--trivial 40] [--otter OTTER] [--json]

The same mixed submissions of the three shipped assignments, right ones and the demo's samples by turns, go through
stock `nbgrader autograde` (visible checks only, so less work; serial, as it knows no other way), `chainrule grade`
with one and two jobs and on Dask with two workers, and, as the limit, their bare cells run in one warm process. The
sample that loops for ever on purpose is left out of all of them: of it, limits would be measured and not work. Then
copies of a trivial notebook that imports torch go through stock nbgrader, otter and ours. Times are the wall clock of
whole commands, their start included, in fresh copies of one course; no fork server stays warm between commands. What
mistakes answer (the fingerprints) is computed once for each course and grader version: these seconds are told by
themselves, as `first`, and the copies have it already. Ratios are of seconds, those of `jobs2_over_jobs1` and
`dask_over_jobs2` of throughput; one that could not be measured is null. Exit status 1 if the scores of `--jobs 1`,
`--jobs 2` and Dask are not the same to the last digit.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import machine
import mixed_course
import trivial_course
import ways

OTTER = """otter was not found, so there is no ratio to it: `uv venv /tmp/otter`, `uv pip install --python \
/tmp/otter/bin/python otter-grader ipykernel torch`, then --otter /tmp/otter/bin/otter."""

NOTES = [
    f"{mixed_course.LEFT_OUT}, the sample that loops for ever on purpose, is left out of every way.",
    "first: one submission of each assignment in a new course, which computes what mistakes answer; all other ways of "
    "ours have that, as every later grading of a course does.",
    "Stock nbgrader runs the visible checks only, and one submission after the other: it has no other way.",
    "nbgrader_over_chainrule is against --jobs 2, chainrule_over_cells is of --jobs 1.",
    "The trivial notebooks are graded with --jobs auto; otter is started anew for each, without a container.",
    "On Dask, scheduler and workers run before the clock starts, and workers keep a fork server until the end; with "
    "--jobs each command starts its own.",
]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast a class is graded.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--submissions", type=int, default=40, help="of the shipped assignments, all together")
    parser.add_argument("--trivial", type=int, default=40, help="copies of the trivial notebook")
    parser.add_argument("--otter", type=Path, default=shutil.which("otter"), help="the command (default: from PATH)")
    options = parser.parse_args()
    about = machine.found()
    with tempfile.TemporaryDirectory(prefix="chainrule-throughput-") as folder:
        # The first to load torch would pay for reading it from the disk.
        machine.keep_to_ourselves(Path(folder) / "run")
        machine.timed([sys.executable, "-c", "import torch"], Path(folder))
        real = real_notebooks(Path(folder), options.submissions)
        trivial = trivial_notebooks(Path(folder), options.trivial, options.otter)
    seconds = real["seconds"] | trivial
    notes = NOTES if options.otter else [*NOTES, OTTER]
    figures = {**ratios(seconds), **real, "seconds": seconds, "trivial": options.trivial, "notes": notes, **about}
    tell(figures, options.json)
    return 0 if real["same_scores"] else 1


def real_notebooks(folder: Path, submissions: int) -> dict[str, Any]:
    """The seconds of each way for the shipped assignments, and whether ours agree."""
    base = folder / "course"
    students = mixed_course.make(base, submissions)
    names = list(students)

    def fresh(way: str, stock: bool = False) -> Path:
        (folder / way).mkdir()
        return mixed_course.copied(base, folder / way / base.name, stock)

    first = ways.first_of_each(fresh("first"), students)
    mixed_course.take_fingerprints(folder / "first" / base.name, base)
    stock = ways.by_nbgrader(fresh("nbgrader", stock=True), names)
    jobs1 = ways.by_chainrule(fresh("jobs1"), names, "--jobs", "1")
    jobs2 = ways.by_chainrule(fresh("jobs2"), names, "--jobs", "2")
    course = fresh("dask")
    with ways.dask(folder / "workers") as cluster:
        dask = ways.by_chainrule(course, names, "--scheduler", cluster.address)
    machine.wait_for_keepers()
    cells = ways.bare_cells(mixed_course.rooms(base, folder / "rooms"))
    by_way = {"nbgrader": stock, "jobs1": jobs1, "jobs2": jobs2, "dask": dask}
    different = differing(jobs1, jobs2, dask)
    return {
        "same_scores": not different,
        "different_scores": different,
        "submissions": {name: len(found) for name, found in students.items()},
        "seconds": {way: round(graded.total, 2) for way, graded in by_way.items()}
        | {"cells": round(sum(cells["seconds"].values()), 2), "first": round(first.total, 2)},
        "seconds_by_assignment": {
            **{way: {name: round(value, 2) for name, value in one.seconds.items()} for way, one in by_way.items()},
            "cells": cells_by_assignment(cells["seconds"]),
            "first": {name: round(value, 2) for name, value in first.seconds.items()},
        },
        "grading_seconds": jobs1.each,
        "pictures_in_cells": cells["pictures"],
        "not_graded": {way: failed for way, one in by_way.items() if (failed := not_graded(one))},
    }


def trivial_notebooks(folder: Path, submissions: int, otter: Path | None) -> dict[str, float]:
    """The seconds of each way for the trivial notebook."""
    base = folder / "trivial"
    files = trivial_course.make(base, submissions)
    copies = {way: mixed_course.copied(base, folder / way / base.name, way == "stock") for way in ("stock", "ours")}
    names = [trivial_course.NAME]
    stock = ways.by_nbgrader(copies["stock"], names)
    ours = ways.by_chainrule(copies["ours"], names, "--jobs", "auto")
    for graded in (stock, ours):
        if failed := not_graded(graded):
            raise machine.BenchmarkError(f"These trivial notebooks could not be graded: {', '.join(failed)}")
    seconds = {"trivial_nbgrader": round(stock.total, 2), "trivial_chainrule": round(ours.total, 2)}
    if otter is not None:
        trivial_course.otter_files(folder / "otter")
        seconds["trivial_otter"] = round(ways.by_otter(otter, folder / "otter", files), 2)
    return seconds


def ratios(seconds: Mapping[str, float]) -> dict[str, float | None]:
    """The figures that count, from the seconds of each way."""

    def over(one: str, other: str) -> float | None:
        return round(seconds[one] / seconds[other], 2) if one in seconds and other in seconds else None

    # Throughput is submissions per second, and these are the same submissions: the seconds change places.
    return {
        "nbgrader_over_chainrule": over("nbgrader", "jobs2"),
        "trivial_nbgrader_over_chainrule": over("trivial_nbgrader", "trivial_chainrule"),
        "trivial_otter_over_chainrule": over("trivial_otter", "trivial_chainrule"),
        "jobs2_over_jobs1": over("jobs1", "jobs2"),
        "chainrule_over_cells": over("jobs1", "cells"),
        "dask_over_jobs2": over("jobs2", "dask"),
    }


def differing(first: ways.Graded, *others: ways.Graded) -> list[str]:
    """The submissions that did not get the same from all; one that was not graded by one of them is among them."""
    keys = {key for one in (first, *others) for key in one.scores}
    found = sorted(key for key in keys if any(one.scores.get(key) != first.scores.get(key) for one in others))
    return ["/".join(key) for key in found]


def not_graded(graded: ways.Graded) -> list[str]:
    """The submissions that one way could not grade."""
    return ["/".join(key) for key, score in graded.scores.items() if score is None]


def cells_by_assignment(seconds: Mapping[str, float]) -> dict[str, float]:
    """The seconds of the folders of one assignment, added up."""
    totals: dict[str, float] = {}
    for room, value in seconds.items():
        name = room.rpartition("-")[2]
        totals[name] = totals.get(name, 0.0) + value
    return {name: round(value, 2) for name, value in totals.items()}


def tell(figures: Mapping[str, Any], as_json: bool) -> None:
    """Print as JSON, or a line each."""
    if as_json:
        print(json.dumps(figures))  # noqa: T201
        return
    for name, value in figures.items():
        for line in value if name == "notes" else [value]:
            print(f"{name:32} {json.dumps(line)}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
