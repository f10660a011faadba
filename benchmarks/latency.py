"""How long a student waits: from the click on Submit to the score, and to the feedback page.

    python benchmarks/latency.py [--submissions 20] [--together 100] [--json]
    python benchmarks/latency.py --url https://hub/services/chainrule-nn101/ --token-file FILE [--json]

Right work and partly wrong work by turns, of `numpy_mlp` and `xor`, each by another student, one after the other
through a warm `chainrule serve`: the watched exchange, history, grading process and events are the real ones. The Hub's
API, which says whose a token is, is stood in for; JupyterLab's button and the browser's drawing are not in it: the
click is the moment at which `nbgrader submit` begins to copy, and the score is there when the page that shows it has
come.
With --url a real Hub's service gets the same through its way in, from the one student whose token is in the file; there
is no class at once then. `hundred_seconds` are those of --together submissions of `numpy_mlp` at the same moment, until
the last score; `cells_seconds` what the bare cells of the same notebooks take in a warm process, as the others the 95th
percentile.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import math
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

import machine
import ways
from served import Site, Work, serving, token_in
from student_page import Seconds, browser, watched

NAMES = ("numpy_mlp", "xor")
KEYS = ("score_p50", "score_p95", "feedback_p95", "hundred_seconds", "cells_seconds")
STOOD_IN = "The service and all behind it are real; the Hub's API is stood in for."


def main() -> int:
    """Measure and print; what cannot be measured is one sentence."""
    try:
        return measured()
    except (machine.BenchmarkError, httpx.HTTPError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def measured() -> int:
    """The same.

    Raises:
        BenchmarkError, HTTPError: something is not there, or does not do its work.
    """
    parser = argparse.ArgumentParser(description="How long a student waits.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--submissions", type=int, default=20, help="of each assignment, one after the other")
    parser.add_argument("--together", type=int, default=100, help="of numpy_mlp, at the same moment; 0: none")
    parser.add_argument("--assignment", action="append", choices=NAMES, help="only this one (default: both)")
    parser.add_argument("--url", default="", help="a real Hub's service, with the / at its end")
    parser.add_argument("--token-file", type=Path, default=Path("token"), help="with --url: a student's token")
    options = parser.parse_args()
    names = options.assignment or NAMES
    token = token_in(options.token_file) if options.url else ""
    about = machine.found()
    with tempfile.TemporaryDirectory(prefix="chainrule-latency-") as name:
        folder = Path(name)
        machine.keep_to_ourselves(folder / "run")
        site = Site(folder, names)
        works = [work for name in names for work in site.works(name, options.submissions, "one")]
        if options.url:
            waited, together, how = (
                at_a_hub(f"{options.url.rstrip('/')}/", token, works),
                None,
                f"The Hub of {options.url}.",
            )
        else:
            waited, together = here(site, works, options.together, folder / "log")
            how = STOOD_IN
        cells = ways.bare_cells([work.folder / f"{work.assignment}.ipynb" for work in works])["seconds"].values()
    figures = {
        **figures_of(waited, together, list(cells)),
        "together": options.together if together is not None else 0,
        "by_assignment": {
            name: figures_of([one for one, work in zip(waited, works, strict=True) if work.assignment == name])
            for name in names
        },
        "submissions": options.submissions,
        "measured": how,
        **about,
    }
    tell(figures, options.json)
    return 0


def here(site: Site, works: Sequence[Work], together: int, log: Path) -> tuple[list[Seconds], float | None]:
    """What students of a service on this machine wait for: one after the other, then all at once."""
    warm = [work for name in {work.assignment for work in works} for work in site.works(name, 1, "warm")]
    crowd = site.works(NAMES[0], together, "crowd") if any(work.assignment == NAMES[0] for work in works) else []
    with serving(site, log) as (hub, url):
        for work in (*warm, *works, *crowd):
            hub.add(work.student, "nbgrader-nn")

        async def one(work: Work, feedback: bool = True) -> Seconds:
            async def submit() -> None:
                await asyncio.get_running_loop().run_in_executor(None, site.submit, work)

            async with browser(url, work.student) as client:
                return await watched(client, submit, feedback)

        async def all_of_them() -> tuple[list[Seconds], float | None]:
            for work in warm:
                await one(work)
            waited = [await one(work) for work in works]
            began = time.perf_counter()
            await asyncio.gather(*(one(work, feedback=False) for work in crowd))
            return waited, time.perf_counter() - began if crowd else None

        return asyncio.run(all_of_them())


def at_a_hub(url: str, token: str, works: Sequence[Work]) -> list[Seconds]:
    """What one student of a real Hub waits for."""

    async def one(work: Work) -> Seconds:
        files = {
            file.relative_to(work.folder).as_posix(): base64.b64encode(file.read_bytes()).decode()
            for file in sorted(work.folder.rglob("*"))
            if file.is_file()
        }
        async with browser(url, token) as client:

            async def submit() -> None:
                sent = {"key": secrets.token_hex(16), "files": files}
                (await client.post(f"submissions/{work.assignment}", json=sent)).raise_for_status()

            return await watched(client, submit)

    async def all_of_them() -> list[Seconds]:
        return [await one(work) for work in works]

    return asyncio.run(all_of_them())


def figures_of(
    waited: Sequence[Seconds], together: float | None = None, cells: Sequence[float] | None = None
) -> dict[str, float | None]:
    """The figures that count; of an assignment alone, those of single submissions."""
    scores, pages = [one.score for one in waited], [one.feedback for one in waited]
    found = {
        "score_p50": percentile(scores, 50),
        "score_p95": percentile(scores, 95),
        "feedback_p95": percentile(pages, 95),
    }
    if cells is None:
        return found
    return found | {
        "hundred_seconds": None if together is None else round(together, 2),
        "cells_seconds": percentile(cells, 95),
    }


def percentile(values: Sequence[float], share: int) -> float | None:
    """The smallest of the values that so many percent do not exceed; None if there are none."""
    if not values:
        return None
    return round(sorted(values)[max(0, math.ceil(share / 100 * len(values)) - 1)], 2)


def tell(figures: dict[str, Any], as_json: bool) -> None:
    """Print all as one JSON object, or the figures that count in words."""
    if as_json:
        sys.stdout.write(f"{json.dumps(figures)}\n")
        return
    for key in KEYS:
        sys.stdout.write(f"{key:<16} {'not measured' if figures[key] is None else figures[key]}\n")
    for name, found in figures["by_assignment"].items():
        sys.stdout.write(f"  {name}: {', '.join(f'{key} {value}' for key, value in found.items())}\n")
    sys.stdout.write(f"{figures['measured']} {figures['cores']} cores, load {figures['load_average_before']}\n")


if __name__ == "__main__":
    sys.exit(main())
