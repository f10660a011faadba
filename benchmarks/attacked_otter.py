"""otter-grader under attack: `otter generate` and `otter run`, one command a notebook, without its containers."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import attacked_notebooks as made
import bounded
from attack_kinds import ALL, KINDS, NOT_TRIED, TAKES, Tried, applies_to_otter
from attacked_notebooks import POINTS, Places, practice_course
from chainrule.attacks import break_the_batch, forge, trial, use_the_grader
from chainrule.attacks.attack import Answer, Answers, Attack, Lasting, Notebook
from chainrule.attacks.notebooks import new_cell
from machine import BenchmarkError

SECONDS = 20.0
"""An honest notebook takes four; `otter run` itself has no limit."""

OWN_PACKAGES = {"PYTHONPATH": ""}
"""Its own environment's packages, and no others."""

TEST = """OK_FORMAT = True

test = {{
    "name": {name!r},
    "points": 1,
    "suites": [
        {{
            "cases": [{{"code": {code!r}, "hidden": True, "locked": False}}],
            "scored": True,
            "setup": "",
            "teardown": "",
            "type": "doctest",
        }}
    ],
}}
"""


def doctest(code: str) -> str:
    """Code as otter's tests have it: each statement is an example that prints nothing."""
    lines = code.split("\n")
    shown: list[str] = []
    for statement in ast.parse(code).body:
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        shown += [f"{'...' if at > first else '>>>'} {lines[at]}".rstrip() for at in range(first, last)]
        shown += ["..."] if isinstance(statement, ast.FunctionDef | ast.Try | ast.With) else []
    return "\n".join(shown)


@dataclass(frozen=True)
class Grader:
    """An autograder that `otter generate` made of tests."""

    otter: Path
    folder: Path

    @property
    def archive(self) -> Path:
        """What grades."""
        return self.folder / "autograder.zip"

    def run(self, *notebooks: tuple[str, NotebookNode]) -> tuple[int, dict[str, float]]:
        """Grade notebooks one after the other; the exit status, and the points of the last one's tests."""
        commands = []
        for name, notebook in notebooks:
            out = self.folder / name
            out.mkdir()
            nbformat.write(notebook, out / "notebook.ipynb")
            commands.append(f"'{self.otter}' run '{out}/notebook.ipynb' -a '{self.archive}' -o '{out}' --no-logo")
        # In one command: what the first leaves may wait for the next.
        status = bounded.run(["sh", "-c", "; ".join(commands)], SECONDS, out / "log", out, OWN_PACKAGES)
        results = out / "results.json"
        tests = json.loads(results.read_text())["tests"] if results.exists() else []
        return status, {test["name"].split(" ")[0]: float(test.get("score") or 0) for test in tests}


def generated(otter: Path, folder: Path, tests: Mapping[str, str]) -> Grader:
    """An autograder with these tests."""
    grader = Grader(otter, folder)
    (folder / "tests").mkdir(parents=True)
    for name, code in tests.items():
        (folder / "tests" / f"{name}.py").write_text(
            TEST.format(name=name, code=doctest(f"import numpy as np\n{code}"))
        )
    (folder / "otter_config.json").write_text("{}\n")
    command = [
        str(otter),
        "generate",
        "-t",
        "tests",
        "-o",
        str(grader.archive),
        "--no-environment",
        "--no-requirements",
    ]
    if bounded.run(command, 120, folder / "log", folder, OWN_PACKAGES) != 0:
        raise BenchmarkError(f"`otter generate` failed: {(folder / 'log').read_text()[-2000:]}")
    return grader


def selected(every: int) -> list[Attack]:
    """Of the attacks of each kind that need a command of their own, each first of so many."""
    found: list[Attack] = []
    for attacks in KINDS.values():
        alone = [one for one in attacks if isinstance(one, Notebook | Answers | Answer) and one not in forge.VALUES]
        found += [one for one in alone if applies_to_otter(one) and one.name not in NOT_TRIED][::every]
    return found


def attacked(otter: Path, every: int, folder: Path, places: Places) -> Tried:
    """Try what means anything to it, two at a time; of attacks that need a command of their own, one of so many."""
    practice = generated(otter, folder / "practice", made.practice_tests(places.done))
    _, scores = practice.run(("honest", _notebook(practice_course.SOLUTIONS)))
    if sum(scores.values()) != POINTS:
        raise BenchmarkError(f"otter gave an honest notebook {scores}.")
    pure = [one for one in forge.VALUES if isinstance(one, Answer) and applies_to_otter(one)]
    tasks: list[Callable[[], Tried]] = [
        partial(cells, practice, places),
        partial(lasting, practice),
        partial(values, otter, folder / "values", pure),
    ]
    for one in selected(every):
        if isinstance(one, Answer):
            tasks.append(partial(deed, otter, folder / one.name, places, one))
        elif isinstance(one, Notebook | Answers):
            tasks.append(partial(whole, practice, places, one))
    tried = Tried(not_tried=dict(NOT_TRIED))
    with ThreadPoolExecutor(2) as two:
        for part in [two.submit(task) for task in tasks]:
            tried.add(part.result())
    return tried


def _notebook(answers: Mapping[str, str], before: Sequence[NotebookNode] = ()) -> NotebookNode:
    sources = ["import numpy as np", *answers.values()]
    cells = [new_cell(sources[0]), *before, *map(new_cell, sources[1:])]
    python = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return NotebookNode(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": python}))


def deed(otter: Path, folder: Path, places: Places, attack: Answer) -> Tried:
    """An answer to the only exercise of an assignment."""
    grader = generated(otter, folder, {attack.name: made.answer_test(attack)})
    takes = attack.name in TAKES
    status, scores = grader.run(("out", _notebook({attack.name: made.answer(attack, places, takes)})))
    return _noted(attack, places, status, "earned the exercise's point" if scores.get(attack.name) else "")


def values(otter: Path, folder: Path, attacks: Sequence[Answer]) -> Tried:
    """Functions that only return a value do not meet: all in one notebook."""
    grader = generated(otter, folder, {one.name: made.answer_test(one) for one in attacks})
    _, scores = grader.run(("out", _notebook({one.name: practice_course.written(one) for one in attacks})))
    tried = Tried()
    for one in attacks:
        tried.note(one.name, "earned the exercise's point" if scores.get(one.name) else "")
    return tried


def whole(grader: Grader, places: Places, attack: Notebook | Answers) -> Tried:
    """A whole notebook of `practice`."""
    if isinstance(attack, Notebook):
        notebook = made.changed(attack, _notebook(practice_course.SOLUTIONS), places, attack.name in TAKES)
    else:
        before, answers = made.practice_answers(attack)
        notebook = _notebook(answers, before)
    status, scores = grader.run((attack.name, notebook))
    if isinstance(attack, Answers) and attack.mark and places.marked(attack.mark):
        return _noted(attack, places, status, "made the reference do what is asked")
    before_right = attack in break_the_batch.CELLS or attack in use_the_grader.KEPT
    score = 0.0 if before_right else sum(scores.values())
    return _noted(attack, places, status, f"earned {score:g} points instead of 0" if score else "")


def _noted(attack: Attack, places: Places, status: int, gained: str) -> Tried:
    tried = Tried()
    if not gained and attack.name in TAKES and places.marked(attack.name):
        gained = "took all that it asked for"
    if not gained and status == bounded.SILENT:
        gained = f"had not ended after {SECONDS:.0f} s"
    tried.note(attack.name, gained)
    return tried


def cells(grader: Grader, places: Places) -> Tried:
    """What one cell can try; it tells in a file, as otter keeps no notebook."""
    told = places.done / "otter-told"
    attempts = made.tried_cells(ALL, places.bait)
    attempts[0].source += _telling(told)
    grader.run(("cells", _notebook(practice_course.SOLUTIONS, attempts)))
    found, harmed, tried = _read(told), places.bait.harmed(), Tried()
    for one in trial.possible(ALL, places.bait):
        if applies_to_otter(one):
            took = one.name in found and found[one.name].success(one, places.bait, harmed)
            tried.note(one.name, "read the secret" if took and one.secret else "did it" if took else "")
    return tried


def lasting(grader: Grader) -> Tried:
    """What one notebook leaves for the next."""
    attacks = [one for one in ALL if isinstance(one, Lasting)]
    leaving, looking = made.lasting_cells(attacks)
    told = grader.folder / "told"
    looking[0].source += _telling(told)
    notebooks = (_notebook({}, leaving), _notebook({}, looking))
    grader.run(*zip(made.LASTING_STUDENTS, notebooks, strict=True))
    found, tried = _read(told), Tried()
    for one in attacks:
        tried.note(one.name, "was found by the next one" if one.name in found and found[one.name].true else "")
    return tried


def _telling(file: Path) -> str:
    """Code by which what is printed goes to a file too."""
    return f"\n_print = print\ndef print(*more):\n    _print(*more)\n    _print(*more, file=open({str(file)!r}, 'a'))\n"


def _read(file: Path) -> dict[str, trial.Told]:
    if not file.exists():
        raise BenchmarkError("otter ran no cell of the attempts.")
    return made.told_in(file.read_text())
