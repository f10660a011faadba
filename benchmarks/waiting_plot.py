"""Draws how long students wait for their results, by the number of workers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from simulation import RISE_SECONDS, Waiting

MARKS = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 6 * 3600: "6 h", 86400: "1 d", 604800: "7 d"}
STYLES = {"worst": ("#b2182b", "^"), "95 %": ("#ef8a62", "s"), "median": ("#2166ac", "o")}


def draw(file: Path, submissions: int, waiting: Mapping[str, Mapping[int, Waiting]], full: Mapping[str, float]) -> None:
    """Write the picture; `waiting` by assignment and number of workers, `full` the workers that fill the writer."""
    # The same figures give the same file.
    with mpl.rc_context({"svg.hashsalt": "chainrule", "font.size": 10}):
        figure = Figure(figsize=(10.5, 4.2), layout="constrained")
        panels = figure.subplots(1, len(waiting), sharey=True, squeeze=False)[0]
        for panel, (assignment, by_workers) in zip(panels, waiting.items(), strict=True):
            workers = list(by_workers)
            lines = {
                "worst": [one.worst for one in by_workers.values()],
                "95 %": [one.most for one in by_workers.values()],
                "median": [one.median for one in by_workers.values()],
            }
            for name, values in lines.items():
                colour, marker = STYLES[name]
                panel.plot(workers, values, color=colour, marker=marker, label=name)
            panel.axvline(full[assignment], color="0.4", linestyle="--", label="writer saturated")
            panel.set_xscale("log", base=2)
            panel.set_yscale("log")
            panel.set_xticks(workers, [str(number) for number in workers])
            panel.minorticks_off()
            panel.set_yticks(list(MARKS), list(MARKS.values()))
            panel.set_title(assignment)
            panel.set_xlabel("workers (processes, one core each)")
            panel.grid(color="0.9")
        panels[0].set_ylabel("from handing in to the result (time, log scale)")
        panels[-1].legend(loc="upper right", framealpha=1)
        count = f"{submissions:,}".replace(",", " ")
        share = f"{1 - math.exp(-1):.0%} of them in the last {RISE_SECONDS / 3600:g} hours before the deadline"
        figure.suptitle(f"{count} submissions, {share}")
        figure.savefig(file, format="svg", metadata={"Date": None})
