"""Pages made of what a student shows: what of them is active, and whether they are made in bounded time."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from attack_kinds import ALL, Tried
from chainrule.attacks.attack import Shown
from chainrule.attacks.turn_on_the_instructor import mark
from chainrule.engine import outputs

# What tells what a browser would run or fetch.
sys.path.append(str(Path(__file__).parent.parent / "tests"))
from active_content import active

SHOWN = "shown"
"""The student who shows all of it; each message is another's."""

PROCESSOR_SECONDS = 10
"""In which what is linear takes a few tenths of a second."""


def student_of(attack: Shown) -> str:
    """Whose notebook shows an attack."""
    return attack.name if attack.kind == "message" else SHOWN


def students(attacks: Iterable[Shown]) -> list[tuple[str, list[NotebookNode]]]:
    """Who shows what: a student's name and cells."""
    attacks = list(attacks)
    messages = [one for one in attacks if one.kind == "message"]
    return [
        (SHOWN, [cell_of(one) for one in attacks if one.kind != "message"]),
        *((one.name, [nbformat.v4.new_code_cell(f"raise ValueError({one.source!r})")]) for one in messages),
    ]


def cell_of(attack: Shown) -> NotebookNode:
    """The cell that shows an attack."""
    make: Any = nbformat.v4.new_code_cell if attack.kind == "code" else nbformat.v4.new_markdown_cell
    return NotebookNode(make(attack.source))


def page(notebook: NotebookNode) -> str:
    """As the formgrader makes a page of it."""
    return str(HTMLExporter().from_notebook_node(notebook)[0])


def gained(attack: Shown, pages: Iterable[str]) -> str:
    """What an attack gained on these pages."""
    return "is active on a page" if any(active(one, mark(attack.name)) for one in pages) else ""


def stock(notebook: NotebookNode) -> None:
    """What the formgrader does with prose."""
    page(notebook)


def cleaned(notebook: NotebookNode) -> None:
    """What we do before."""
    outputs.sanitize(notebook, set())
    page(notebook)


def slow(show: Callable[[NotebookNode], None]) -> Tried:
    """Prose that may take long to be shown."""
    tried = Tried()
    for one in ALL:
        if isinstance(one, Shown) and one.kind == "slow":
            notebook = nbformat.v4.new_notebook(cells=[cell_of(one)])
            tried.note(one.name, "keeps a page busy" if _too_long(show, notebook) else "")
    return tried


def _too_long(show: Callable[[NotebookNode], None], notebook: NotebookNode) -> bool:
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            show(notebook)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) in (-signal.SIGXCPU, -signal.SIGKILL)
