"""Stock nbgrader under attack."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import attacked_notebooks as made
import attacked_pages
from attack_kinds import ALL, NOT_TRIED, TAKES, Tried, applies_to_nbgrader
from attacked_notebooks import LASTING_STUDENTS, POINTS, Places, practice_course
from chainrule.attacks import forge, forge_cells, trial
from chainrule.attacks.attack import Answer, Answers, Attack, Beside, File, Inbound, Lasting, Notebook, Shown
from chainrule.attacks.notebooks import new_cell
from machine import BenchmarkError
from stock_nbgrader import CONFIG, Class, autograde, command, create

ALL_CELLS_SECONDS = 120.0
"""For a notebook of hundreds of cells."""

ORDER = ("apply", "double", "again")
"""Of the exercises: what nbgrader tests comes after what it builds on, and after what it could be learned from."""

IN_ONE_ASSIGNMENT = 10
"""Exercises of an assignment in which each student answers one of them."""

HONEST = ("aa_neighbour", "zz_neighbour")
BY_THE_ATTEMPTS = "attempts"


def attacked(folder: Path, places: Places) -> Tried:
    """Try every attack that means anything to it, two classes at a time."""
    # First and alone: what runs without a sandbox may remove what links lead to.
    tried = collected(folder / "collected", places)
    with ThreadPoolExecutor(2) as two:
        parts = [
            two.submit(cells, folder / "cells", places),
            *(two.submit(one, folder / name, places, attacks) for name, one, attacks in _classes()),
            two.submit(attacked_pages.slow, attacked_pages.stock),
        ]
        for part in parts:
            tried.add(part.result())
    for name in NOT_TRIED:
        tried.not_tried[name] = NOT_TRIED[name]
    return tried


Attacking = Callable[[Path, Places, Sequence[Any]], Tried]


def _classes() -> Iterable[tuple[str, Attacking, list[Any]]]:
    """The classes in which each attack is a student, or, where they cannot meet, all are one student's."""
    applicable = [one for one in ALL if applies_to_nbgrader(one) and one.name not in NOT_TRIED]
    answers = [one for one in applicable if isinstance(one, Answer) and not one.pure]
    for start in range(0, len(answers), IN_ONE_ASSIGNMENT):
        yield f"answers{start}", deeds, answers[start : start + IN_ONE_ASSIGNMENT]
    yield "values", values, [one for one in applicable if one in forge.VALUES]
    whole = [one for one in applicable if isinstance(one, Answers | Notebook | File | Beside)]
    for number in range(4):
        yield f"practice{number}", practice, whole[number::4]


def deeds(folder: Path, places: Places, attacks: Sequence[Answer]) -> Tried:
    """Each student answers one exercise."""
    course = create(folder, "deeds", {one.name: made.answer_test(one) for one in attacks}, _stubs(attacks))
    for one in attacks:
        course.hand_in(one.name, course.filled({one.name: made.answer(one, places, one.name in TAKES)}))
    course.hand_in(HONEST[1], course.filled({}))
    autograde(course)
    tried = Tried()
    for one in attacks:
        gained = course.held_up.get(one.name, "")
        if course.scores(one.name).get(one.name):
            gained = "earned the exercise's point"
        tried.note(one.name, gained or _taken(one, places))
    return tried


def values(folder: Path, places: Places, attacks: Sequence[Answer]) -> Tried:
    """One student answers all: functions that only return a value do not meet."""
    course = create(folder, "values", {one.name: made.answer_test(one) for one in attacks}, _stubs(attacks))
    course.hand_in("values", course.filled({one.name: made.answer(one, places, takes=False) for one in attacks}))
    autograde(course)
    scores, tried = course.scores("values"), Tried()
    for one in attacks:
        tried.note(one.name, "earned the exercise's point" if scores.get(one.name) else "")
    return tried


def _stubs(attacks: Iterable[Answer]) -> dict[str, str]:
    return {one.name: practice_course.doubling(one.name) for one in attacks}


def _taken(attack: Attack, places: Places) -> str:
    return "took all that it asked for" if attack.name in TAKES and places.marked(attack.name) else ""


def _practice(folder: Path, done: Path) -> Class:
    tests = made.practice_tests(done)
    return create(folder, "practice", {name: tests[name] for name in ORDER}, practice_course.SOLUTIONS)


def practice(folder: Path, places: Places, attacks: Sequence[Attack]) -> Tried:
    """Each attack on the assignment `practice` is a student of its own, between two honest ones."""
    course = _practice(folder, places.done)
    right = course.filled(practice_course.SOLUTIONS)
    for student in HONEST:
        course.hand_in(student, right)
    for one in attacks:
        match one:
            case Notebook():
                course.hand_in(one.name, made.raw(made.changed(one, right, places, one.name in TAKES)))
            case File():
                course.hand_in(one.name, one.make(made.raw(right)))
            case Answers():
                before, answers = made.practice_answers(one)
                notebook = course.filled(answers)
                notebook.cells[1:1] = before
                course.hand_in(one.name, notebook)
            case Beside():
                printing = nbformat.from_dict(right)
                printing.cells.append(new_cell(made.PRINTING))
                one.plant(course.hand_in(one.name, printing), places.bait.folder)
    autograde(course)
    for student in HONEST:
        if course.scores(student)[""] != POINTS:
            raise BenchmarkError(f"{student} lost points in {folder}, and nobody knows by whom.")
    tried = Tried()
    for one in attacks:
        tried.note(one.name, _gained(course, one, places))
    return tried


def _gained(course: Class, attack: Attack, places: Places) -> str:
    """What a student of `practice` gained."""
    score = course.scores(attack.name)[""]
    deserved = getattr(attack, "earns", 0.0) if course.autograded(attack.name).exists() else score
    if isinstance(attack, Answers) and attack.mark and places.marked(attack.mark):
        return "made the reference do what is asked"
    if attack.name in course.held_up:
        return course.held_up[attack.name]
    if isinstance(attack, Beside) and holding(course.autograded(attack.name).parent, places.bait.secret):
        return "the secret is in or beside the graded notebook"
    # All others have right answers, for which points are deserved.
    if (isinstance(attack, Answers) or attack in forge_cells.ATTACKS) and score > deserved:
        return f"earned {score:g} points instead of {deserved:g}"
    return _taken(attack, places)


def holding(folder: Path, secret: str) -> bool:
    """Whether a file below a folder begins with the secret, or has it in its first megabyte."""
    for at, _, names in os.walk(folder):
        for name in names:
            file = Path(at, name)
            with suppress(OSError):
                if file.is_file() and not file.is_symlink():
                    with file.open("rb") as opened:
                        if secret.encode() in opened.read(2**20):
                            return True
    return False


def cells(folder: Path, places: Places) -> Tried:
    """What one cell can try, what one notebook leaves for the next, and what is shown."""
    course = _practice(folder, places.done)
    right = course.filled(practice_course.SOLUTIONS)
    lasting = [one for one in ALL if isinstance(one, Lasting)]
    leaving, looking = made.lasting_cells(lasting)
    shown = [one for one in ALL if isinstance(one, Shown) and one.kind != "slow"]
    # Not in the folder that nbgrader looks through later: a link there that leads nowhere ends the grading.
    room = places.done / "room"
    room.mkdir()
    elsewhere = new_cell(f"import os\nos.chdir({str(room)!r})")
    for student, more in (
        (BY_THE_ATTEMPTS, [elsewhere, *made.tried_cells(ALL, places.bait)]),
        (LASTING_STUDENTS[0], leaving),
        (LASTING_STUDENTS[1], looking),
        *attacked_pages.students(shown),
    ):
        notebook = nbformat.from_dict(right)
        notebook.cells[1:1] = more
        course.hand_in(student, made.raw(notebook))
    autograde(course, ALL_CELLS_SECONDS)
    command(folder, "generate_feedback", course.assignment)
    told = trial.told(_read(course, BY_THE_ATTEMPTS))
    harmed, tried = places.bait.harmed(), Tried()
    for one in trial.possible(ALL, places.bait):
        took = one.name in told and told[one.name].success(one, places.bait, harmed)
        gained = "read the secret" if took and one.secret else "did it" if took else ""
        if applies_to_nbgrader(one):
            tried.note(one.name, gained)
    found = trial.told(_read(course, LASTING_STUDENTS[1]))
    for left in lasting:
        tried.note(left.name, "was found by the next one" if left.name in found and found[left.name].true else "")
    pages: dict[str, list[str]] = {}
    for page in shown:
        student = attacked_pages.student_of(page)
        if student not in pages:
            feedback = folder / "feedback" / student / course.assignment / f"{course.assignment}.html"
            pages[student] = [feedback.read_text(), attacked_pages.page(_read(course, student))]
        tried.note(page.name, attacked_pages.gained(page, pages[student]))
    return tried


def _read(course: Class, student: str) -> NotebookNode:
    if not course.autograded(student).exists():
        log = course.folder / "autograde.log"
        raise BenchmarkError(f"{student} was not graded: {log.read_text(errors='replace')[-2000:]}")
    return NotebookNode(nbformat.read(course.autograded(student), as_version=4))


def collected(folder: Path, places: Places) -> Tried:
    """What `nbgrader collect` makes of an inbound folder with links in it."""
    tried = Tried()
    attacks = [one for one in ALL if isinstance(one, Inbound)]
    exchange = folder / "exchange"
    inbound = exchange / "stock" / "inbound"
    inbound.mkdir(parents=True)
    os.chmod(exchange, 0o777)
    (folder / "source" / "practice").mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(f"{CONFIG}c.Exchange.root = {str(exchange)!r}\n")
    for one in attacks:
        place = inbound / f"{one.name}+practice+2030-01-01 00:00:00 UTC+x"
        place.mkdir()
        (place / "practice.ipynb").write_text("{}")
        (place / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC")
        one.plant(place, places.bait.folder)
    command(folder, "collect", "practice")
    for one in attacks:
        got = holding(folder / "submitted" / one.name, places.bait.secret)
        tried.note(one.name, "the secret was copied into the course" if got else "")
    shutil.rmtree(exchange)
    return tried
