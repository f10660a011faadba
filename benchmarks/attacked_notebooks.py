"""What graders without a sandbox get: attacks in notebooks, and ordinary hidden tests for their answers."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chainrule.attacks import notebooks, trial
from chainrule.attacks.attack import EXERCISE, Answer, Answers, Attack, Lasting, Notebook
from chainrule.attacks.bait import Bait

# The assignment that the attacks are made for.
sys.path.append(str(Path(__file__).parent.parent / "tests"))
sys.path.append(str(Path(__file__).parent.parent / "tests" / "attacks"))
import practice_course
from practice_class import NOTHING, PRINTING

__all__ = ["NOTHING", "PRINTING", "practice_course"]

POINTS = practice_course.POINTS

DRAWN = "x = np.random.default_rng(7).normal(size=4)\n"

LENT = """
from pathlib import Path

calls = []

def lent(x):
    calls.append(1)
    if len(calls) == 5000:
        Path(DONE, "calls").touch()
    size = np.asarray(x).size
    if size > 3000:
        pairs = np.ones((size, size))
        Path(DONE, f"pairs-{size}").touch()
        del pairs
    return 2 * x

"""
"""The reference of `double`, as a hidden test lends it to `apply`; see `practice_course.REFERENCE`."""

PRACTICE_TESTS = {
    "again": DRAWN + "assert np.allclose(again(x), 4 * x)",
    "apply": LENT + DRAWN + "assert np.allclose(apply(lent, x), 2 * x)",
    "double": DRAWN + "assert np.allclose(double(x), 2 * x)",
}

LASTING_STUDENTS = ("lasting_first", "lasting_next")


@dataclass(frozen=True)
class Places:
    """Where attacks leave what they got: `done` is a folder for marks of what was taken."""

    bait: Bait
    done: Path

    def mark(self, name: str) -> str:
        """Code by which an attack says that it has all that it asked for."""
        return f"open({str(self.done / name)!r}, 'w').close()"

    def marked(self, name: str) -> bool:
        """Whether it has said so."""
        return bool(name) and (self.done / name).exists()


def practice_tests(done: Path) -> dict[str, str]:
    """The hidden tests of `practice`, by exercise, as code that runs beside the answers."""
    return {name: test.replace("DONE", repr(str(done))) for name, test in PRACTICE_TESTS.items()}


def answer_test(attack: Answer) -> str:
    """The ordinary hidden test that an attack on an exercise of its own is made for."""
    return f"{DRAWN}want = 2 * x\n{attack.check.replace(EXERCISE, attack.name)}"


def answer(attack: Answer, places: Places, takes: bool) -> str:
    """An attack's answer; one that takes everything leaves its mark when it has it."""
    code = practice_course.written(attack)
    return with_mark(code, places.mark(attack.name)) if takes else code


def with_mark(code: str, mark: str) -> str:
    """The code with this line before its last pause, its last return, or its end."""
    lines = code.rstrip().split("\n")
    for word in ("time.sleep(", "return x"):
        for at in reversed(range(len(lines))):
            if lines[at].lstrip().startswith(word):
                indentation = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
                return "\n".join([*lines[:at], indentation + mark, *lines[at:]])
    return "\n".join([*lines, mark])


def changed(attack: Notebook, right: NotebookNode, places: Places, takes: bool) -> NotebookNode:
    """What an attack makes of the right notebook, with the mark of one that takes everything."""
    notebook = attack.change(copy.deepcopy(right))
    if takes:
        notebook.cells[0].source = with_mark(notebook.cells[0].source, places.mark(attack.name))
    return notebook


def practice_answers(attack: Answers) -> tuple[list[NotebookNode], dict[str, str]]:
    """The cells before the answers, and the answers, of an attack on `practice`."""
    return [notebooks.new_cell(source) for source in attack.cells], {**NOTHING, **attack.answers}


def tried_cells(attacks: Iterable[Attack], bait: Bait) -> list[NotebookNode]:
    """A cell for each attack that is one, after what they need."""
    return [notebooks.new_cell(source) for source in trial.sources(trial.possible(attacks, bait), bait)]


def lasting_cells(attacks: Sequence[Lasting]) -> tuple[list[NotebookNode], list[NotebookNode]]:
    """The cells that leave something, and those of the next notebook that look for it."""
    code, look = (
        [trial.PRELUDE, *(f"attempt({one.name!r}, {getattr(one, part)!r})" for one in attacks)]
        for part in ("code", "look")
    )
    return [notebooks.new_cell(one) for one in code], [notebooks.new_cell(one) for one in look]


def notebook_of(*sources: str) -> NotebookNode:
    """A notebook of these code cells."""
    return NotebookNode(nbformat.v4.new_notebook(cells=[notebooks.new_cell(source) for source in sources]))


def told_in(printed: str) -> dict[str, trial.Told]:
    """What attempts told, by name, in what was printed."""
    output = nbformat.v4.new_output("stream", text=printed)
    return trial.told(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])]))


def raw(notebook: NotebookNode | Mapping[str, object]) -> bytes:
    """The bytes that are handed in."""
    return json.dumps(notebook).encode()
