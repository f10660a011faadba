"""What a student hands in runs nothing and sends nothing where it is shown, and is made fit to show in bounded time."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from typing import Any

import nbformat
import practice_class
import practice_course
import pytest
from active_content import active
from conftest import ATTACKED_LEVELS
from falls_today import each, only
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from practice_class import PracticeClass
from practice_course import PRACTICE, SOLUTIONS

from chainrule.attacks import bait, turn_on_the_instructor
from chainrule.attacks.attack import Shown
from chainrule.attacks.turn_on_the_instructor import mark
from chainrule.engine import outputs

ATTACKS = only(Shown, turn_on_the_instructor.ATTACKS)
SLOW = [attack for attack in ATTACKS if attack.kind == "slow"]
MESSAGES = [attack for attack in ATTACKS if attack.kind == "message"]
PAGES = [attack for attack in ATTACKS if attack.kind != "slow"]

SECONDS = 10
"""Of processor time, in which what is linear takes a few tenths of a second."""

LONGEST_PAGE = 9 * 2**20


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeClass]:
    """A class in which one student shows all of it, and each message is another's."""
    with bait.laid() as laid:
        course = practice_class.make(tmp_path_factory.mktemp("shown"), [], laid)
        folder = course.course.folder
        right = practice_course.filled(folder, PRACTICE, SOLUTIONS)
        right.cells[1:1] = [cell_of(attack) for attack in PAGES if attack.kind != "message"]
        practice_course.hand_in(folder, "shown", PRACTICE, right)
        for attack in MESSAGES:
            raising = {name: f"def {name}(*more):\n    raise ValueError({attack.source!r})\n" for name in SOLUTIONS}
            answered = practice_course.filled(folder, PRACTICE, raising)
            practice_course.hand_in(folder, attack.name, PRACTICE, answered)
        yield course


def cell_of(attack: Shown) -> NotebookNode:
    make: Any = nbformat.v4.new_code_cell if attack.kind == "code" else nbformat.v4.new_markdown_cell
    return NotebookNode(make(attack.source))


@pytest.fixture(scope="module", params=ATTACKED_LEVELS)
def pages(request: pytest.FixtureRequest, made: PracticeClass) -> dict[str, list[str]]:
    """What the feedback and the formgrader show, by student."""
    made.graded(request.param)
    found = {}
    for student in ("shown", *(attack.name for attack in MESSAGES)):
        feedback = made.course.feedback(PRACTICE, student).read_text()
        autograded = made.course.folder / "autograded" / student / PRACTICE / f"{PRACTICE}.ipynb"
        found[student] = [feedback, shown(nbformat.read(autograded, as_version=4))]
    return found


def shown(notebook: NotebookNode) -> str:
    """As the formgrader makes a page of it."""
    page, _ = HTMLExporter().from_notebook_node(notebook)
    return str(page)


@each(PAGES)
def test_nothing_on_a_page_is_active(pages: dict[str, list[str]], attack: Shown) -> None:
    for page in pages[attack.name if attack.kind == "message" else "shown"]:
        assert active(page, mark(attack.name)) == []


@pytest.mark.parametrize("place", ["feedback", "formgrader"])
def test_a_page_can_be_opened(pages: dict[str, list[str]], place: str) -> None:
    assert len(pages["shown"][place == "formgrader"]) < LONGEST_PAGE


@each([attack for attack in PAGES if attack.kind != "message"])
def test_an_attack_would_be_found(attack: Shown) -> None:
    """The same look at the same notebook, as it was handed in, finds what is active in it."""
    if attack.kind == "code":
        pytest.skip("an output; what it is in a plain kernel is recorded")
    if attack.name == "hidden_in_a_title":
        pytest.skip("Python's parser reads this tag otherwise than browsers do")
    assert active(shown(nbformat.v4.new_notebook(cells=[cell_of(attack)])), mark(attack.name))


@each(SLOW)
def test_cleaning_and_showing_take_bounded_time(attack: Shown) -> None:
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        try:
            notebook = nbformat.v4.new_notebook(cells=[cell_of(attack)])
            outputs.sanitize(notebook, set())
            shown(notebook)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) not in (-signal.SIGXCPU, -signal.SIGKILL)
