"""What attacks gain: against stock nbgrader, against otter, and against ours, in one run.

    python benchmarks/attacks.py [--json] [--otter OTTER] [--otter-every N] [--keep FOLDER]
    python benchmarks/attacks.py --record FILE

The attacks of `chainrule.attacks`, of which the tests show that ours withstands them, on the same small assignments in
each grader. Stock nbgrader has its own hidden test cells, in the notebook that it runs; otter has the same tests, as
`otter run` runs them, without the containers that `otter grade` starts. An attack has success only if it earned points
that the answer does not deserve, read the bait's secret or did to others' files and processes what it says, held up
the grading of everybody else, was found by the next notebook, took all the memory, disk or processes it asked for, or
is active on a page. Answers that lie to a test meet the ordinary hidden test that each is made for, on which ours was
not shown to depend. What aims at files or parts of one grader alone is not applicable to others, and is not counted.
Everything happens in scratch folders, in bounded time and memory. `--keep` writes down what was tried against a grader
as soon as that is done, and goes on there if the run was interrupted. `--record` does nothing but keep what each attack
does in a plain IPython shell, for `tests/attacks/test_attempts_are_real.py`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import attacked_chainrule
import attacked_nbgrader
import attacked_otter
import machine
import plain_shell
import stock_nbgrader
from attack_kinds import ALL, KINDS, Tried, applies_to_nbgrader, applies_to_otter, names
from attacked_notebooks import Places
from chainrule.attacks import bait

OTTER = """otter was not found, so it was not attacked: `uv venv /tmp/otter`, `uv pip install --python \
/tmp/otter/bin/python otter-grader ipykernel numpy torch`, then --otter /tmp/otter/bin/otter."""

NOTES = [
    f"nbgrader's limit for a cell is set to {stock_nbgrader.CELL_SECONDS} s (30 as it comes), so that this ends.",
    "otter runs without its containers; these would bound what is read and reached, and not what is earned.",
    "otter gets one notebook and makes no page: what lies beside it and what is shown is not applicable.",
    "otter starts anew for each notebook: of attacks that need one to themselves, one of --otter-every was tried.",
    "Calls to the kernel count where they are not refused.",
]

Found = TypeVar("Found")

APPLIES: Mapping[str, Callable[[Any], bool]] = {
    "nbgrader": applies_to_nbgrader,
    "otter": applies_to_otter,
    "chainrule": lambda attack: True,
}


def main() -> int:
    """Attack and print."""
    parser = argparse.ArgumentParser(description="What attacks gain against three graders.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--otter", type=Path, default=shutil.which("otter"), help="the command (default: from PATH)")
    parser.add_argument("--otter-every", type=int, default=3, metavar="N", help="against otter, one of N (default: 3)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="go on from here, and keep what is done here")
    parser.add_argument("--record", type=Path, metavar="FILE", help="only keep what attacks do in a plain shell")
    options = parser.parse_args()
    if options.record:
        record(options.record)
        return 0
    about = machine.found()
    with tempfile.TemporaryDirectory(prefix="chainrule-attacks-") as folder:
        machine.keep_to_ourselves(Path(folder) / "run")
        tried, seconds = attack_all(Path(folder), options.otter, options.otter_every, options.keep)
    figures = {
        "kinds": {kind: counts(names(attacks), tried) for kind, attacks in KINDS.items()},
        "all": counts(names(ALL), tried),
        "gained": {grader: dict(sorted(one.gained.items())) for grader, one in tried.items()},
        "not_tried": {grader: one.not_tried for grader, one in tried.items()},
        "seconds": seconds,
        "notes": NOTES if options.otter else [*NOTES, OTTER],
        **about,
    }
    print(json.dumps(figures) if options.json else table(figures))  # noqa: T201
    return 0


def attack_all(
    folder: Path, otter: Path | None, every: int, keep: Path | None
) -> tuple[dict[str, Tried], dict[str, float]]:
    """What was tried against each grader, and the seconds that it took."""
    graders: dict[str, Callable[[], Tried]] = {
        "chainrule": lambda: attacked_chainrule.attacked(folder / "chainrule"),
        "nbgrader": lambda: baited(folder / "nbgrader", attacked_nbgrader.attacked),
    }
    if otter is not None:
        graders["otter"] = lambda: baited(folder / "otter", partial(attacked_otter.attacked, otter, every))
    done = {name: kept(keep, name, attacked) for name, attacked in graders.items()}
    return {name: tried for name, (tried, _) in done.items()}, {name: seconds for name, (_, seconds) in done.items()}


def kept(folder: Path | None, name: str, attacked: Callable[[], Tried]) -> tuple[Tried, float]:
    """What was tried against a grader, and the seconds; from an earlier run if it is kept in the folder."""
    file = None if folder is None else folder / f"{name}.json"
    if file is not None and file.exists():
        found = json.loads(file.read_text())
        return Tried(found["gained"], set(found["failed"]), found["not_tried"]), found["seconds"]
    started = time.monotonic()
    tried = attacked()
    seconds = round(time.monotonic() - started, 1)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        found = {"gained": tried.gained, "failed": sorted(tried.failed), "not_tried": tried.not_tried}
        file.write_text(json.dumps({**found, "seconds": seconds}))
    return tried, seconds


def record(file: Path) -> None:
    """Keep what each attack did in a plain shell."""
    with tempfile.TemporaryDirectory(prefix="chainrule-attacks-") as folder:
        did = baited(Path(folder), plain_shell.recorded)
    file.write_text(json.dumps(did, indent=1, sort_keys=True) + "\n")


def baited(folder: Path, attacked: Callable[[Path, Places], Found]) -> Found:
    """Attack a grader without a sandbox, with the bait laid out for it."""
    done = folder / "done"
    done.mkdir(parents=True)
    other = folder / "answers.txt"
    with bait.laid(other=other) as laid:
        other.write_text(laid.secret)
        return attacked(folder, Places(laid, done))


def counts(attacks: list[str], tried: Mapping[str, Tried]) -> dict[str, dict[str, int]]:
    """How many of these attacks mean anything to each grader, were tried, and had success."""
    named = {attack.name: attack for attack in ALL}
    return {
        grader: {
            "applicable": sum(APPLIES[grader](named[name]) for name in attacks),
            "tried": len(one.tried.intersection(attacks)),
            "succeeded": len(one.gained.keys() & set(attacks)),
        }
        for grader, one in tried.items()
    }


def table(figures: Mapping[str, Any]) -> str:
    """The counts as a table in Markdown, what is left to say, and what was gained against ours."""
    graders = [name for name in APPLIES if name in figures["all"]]
    head = ["kind of attack", *graders]
    rows = [head, ["---", *["---:"] * len(graders)]]
    for kind, found in [*figures["kinds"].items(), ("all", figures["all"])]:
        rows.append([kind, *(cell(found[grader]) for grader in graders)])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", "Succeeded of tried; a third number says how many would be applicable where not all were tried.", ""]
    lines += figures["notes"]
    lines += [
        f"not tried against {who}: {name}, {why}" for who in graders for name, why in figures["not_tried"][who].items()
    ]
    lines += [f"gained against chainrule: {name}, {what}" for name, what in figures["gained"]["chainrule"].items()]
    lines += [f"{name:24} {json.dumps(figures[name])}" for name in ("seconds", *machine_names(figures))]
    return "\n".join(lines)


def cell(found: Mapping[str, int]) -> str:
    """One grader's counts for one kind."""
    if not found["applicable"]:
        return "–"
    of = f"{found['succeeded']} of {found['tried']}"
    return of if found["tried"] == found["applicable"] else f"{of} ({found['applicable']})"


def machine_names(figures: Mapping[str, Any]) -> list[str]:
    """The names of what says where this was run."""
    known = ("cores", "processor", "python", "sandbox", "load_average_before")
    return [name for name in known if name in figures]


if __name__ == "__main__":
    sys.exit(main())
