"""Ours under attack, with all that this machine's sandbox has: as the tests do it (`tests/attacks/`), counted."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import attacked_notebooks
import attacked_pages
import bounded
from attack_kinds import ALL, TAKES, Tried
from attacked_nbgrader import holding
from chainrule.attacks import bait, break_the_batch, trial, use_the_grader
from chainrule.attacks.attack import Answer, Answers, Attack, Beside, File, Inbound, Lasting, Notebook, Shown
from chainrule.course.opened import Course
from chainrule.engine.notebook import NotebookRunner
from chainrule.engine.results import Results
from chainrule.probe.outcome import Outcome
from chainrule.sandbox import layers
from chainrule.sandbox.provisioner import SandboxSettings
from machine import BenchmarkError, program

sys.path.append(str(Path(__file__).parent.parent / "tests" / "attacks"))
import practice_class
import practice_course
from graded_class import NEIGHBOURS, GradedClass, grade

from submissions import bank

LEVEL = "as found"
ATTACKER, NEIGHBOUR = "attacker", "neighbour"
RETURNED = (Outcome.PASSED, Outcome.FAILED)
"""What a test of an attack that took everything comes to when nothing stopped it."""


def attacked(folder: Path) -> Tried:
    """Try every attack."""
    tried = Tried()
    for number, part in enumerate((answers, practice, cells, believed)):
        (folder / str(number)).mkdir(parents=True)
        tried.add(part(folder / str(number)))
    tried.add(attacked_pages.slow(attacked_pages.cleaned))
    return tried


def answers(folder: Path) -> Tried:
    """Each attack is an answer to an exercise of its own, all of one student's; each test gets a copy of its own."""
    attacks = [one for one in ALL if isinstance(one, Answer)]
    course = practice_course.create_with_answers(folder, attacks)
    right = {name: practice_course.doubling(name) for name in practice_course.HONEST}
    right |= {one.name: practice_course.doubling(one.name) for one in attacks}
    wrong = {one.name: practice_course.written(one) for one in attacks}
    for student, given in ((ATTACKER, right | wrong), (NEIGHBOUR, right)):
        notebook = practice_course.filled(folder, practice_course.ANSWERS, given)
        practice_course.hand_in(folder, student, practice_course.ANSWERS, notebook)
    with bait.laid() as laid:
        graded = grade(course, practice_course.ANSWERS, LEVEL, laid)
    _unharmed(graded, {NEIGHBOUR: float(len(right))})
    tried = Tried()
    for one in attacks:
        (test,) = graded.exercise(ATTACKER, one.name).tests
        took = one.name in TAKES and test.outcome in RETURNED
        tried.note(one.name, "earned its point" if test.earned else "took all that it asked for" if took else "")
    return tried


def practice(folder: Path) -> Tried:
    """Each attack on the assignment `practice` is a student of its own; then what is shown, and what is collected."""
    whole = [one for one in ALL if isinstance(one, Notebook | File | Beside) or _of_practice(one)]
    shown = [one for one in ALL if isinstance(one, Shown) and one.kind != "slow"]
    tried = Tried()
    with bait.laid() as laid:
        made = practice_class.make(folder, whole, laid)
        right = practice_course.filled(made.course.folder, practice_course.PRACTICE, practice_course.SOLUTIONS)
        for student, more in attacked_pages.students(shown):
            notebook = nbformat.from_dict(right)
            notebook.cells[1:1] = more
            practice_course.hand_in(made.course.folder, student, practice_course.PRACTICE, notebook)
        graded = made.graded(LEVEL)
        _unharmed(graded, dict.fromkeys(NEIGHBOURS, practice_course.POINTS))
        marks = made.marks()
        for one in whole:
            tried.note(one.name, _gained(one, graded, marks))
        for one in shown:
            tried.note(one.name, attacked_pages.gained(one, _pages(made.course, attacked_pages.student_of(one))))
        tried.add(collected(folder / "collected", laid))
    return tried


def _of_practice(attack: Attack) -> bool:
    return isinstance(attack, Answers) and attack.assignment == practice_course.PRACTICE


def _unharmed(graded: GradedClass, points: dict[str, float]) -> None:
    """That nobody else was harmed, of whom it could not be said by which attack.

    Raises:
        BenchmarkError: somebody was.
    """
    lost = [student for student, score in points.items() if graded.results(student).score != score]
    if lost or graded.harmed:
        raise BenchmarkError(f"Somebody was harmed: points of {lost}, {graded.harmed}.")


def _gained(attack: Attack, graded: GradedClass, marks: list[str]) -> str:
    if isinstance(attack, Answers) and attack.mark and attack.mark in marks:
        return "made the reference do what is asked"
    if any(f"/{attack.name}/" in file for file in graded.leaked):
        return "the secret is in or beside the graded notebook"
    results: Results | None = graded.graded[attack.name].results
    if results is None:
        return "was never graded"
    deserved = getattr(attack, "earns", 0.0)
    if results.score > deserved:
        stopped = attack in break_the_batch.CELLS or attack in use_the_grader.KEPT
        return "took all that it asked for" if stopped else f"earned {results.score:g} points instead of {deserved:g}"
    return ""


def _pages(course: Course, student: str) -> list[str]:
    name = practice_course.PRACTICE
    autograded = course.folder / "autograded" / student / name / f"{name}.ipynb"
    shown = NotebookNode(nbformat.read(autograded, as_version=4))
    return [course.feedback(name, student).read_text(), attacked_pages.page(shown)]


def collected(folder: Path, laid: bait.Bait) -> Tried:
    """What `nbgrader collect` makes, in a course of ours, of an inbound folder with links in it."""
    attacks: Sequence[Inbound] = [one for one in ALL if isinstance(one, Inbound)]
    inbound = folder / "exchange" / "ours" / "inbound"
    inbound.mkdir(parents=True)
    os.chmod(folder / "exchange", 0o777)
    os.chmod(inbound, 0o733)
    settings = f"c.CourseDirectory.course_id = 'ours'\nc.Exchange.root = {str(folder / 'exchange')!r}\n"
    (folder / "nbgrader_config.py").write_text(
        f"from chainrule import configure\nc = get_config()\nconfigure(c)\n{settings}"
    )
    me, tried = pwd.getpwuid(os.geteuid()).pw_name, Tried()
    for number, one in enumerate(attacks):
        name = f"linked{number}"
        (folder / "source" / name).mkdir(parents=True)
        place = inbound / f"{me}+{name}+2030-01-01 00:00:00 UTC+0123abcd"
        place.mkdir()
        (place / f"{name}.ipynb").write_text("{}")
        (place / "timestamp.txt").write_text("2030-01-01 00:00:00 UTC")
        one.plant(place, laid.folder)
        bounded.run([program("nbgrader"), "collect", name], 60, folder / "log", folder, {})
        got = holding(folder / "submitted", laid.secret)
        tried.note(one.name, "the secret was copied into the course" if got else "")
        if not (folder / "submitted" / me / name / f"{name}.ipynb").exists():
            raise BenchmarkError(f"Nothing was collected: {(folder / 'log').read_text()[-1000:]}")
    return tried


def cells(folder: Path) -> Tried:
    """What one cell can try, and what one notebook leaves for the next."""
    lasting = [one for one in ALL if isinstance(one, Lasting)]
    leaving, looking = attacked_notebooks.lasting_cells(lasting)
    other = folder / "answers.txt"
    with bait.laid(other=other) as laid, ExitStack() as stack:
        other.write_text(laid.secret)
        settings = SandboxSettings(layers=layers.found())
        found = []
        attempts = trial.possible(ALL, laid)
        for tried_cells in ([*attacked_notebooks.tried_cells(attempts, laid), *leaving], looking):
            runner = NotebookRunner(NotebookNode(nbformat.v4.new_notebook(cells=tried_cells)), settings)
            stack.callback(runner.close)
            found.append(trial.told(runner.run().notebook))
        harmed, tried = laid.harmed(), Tried()
    told, next_one = found
    for one in attempts:
        took = told[one.name].success(one, laid, harmed)
        tried.note(one.name, "read the secret" if took and one.secret else "did it" if took else "")
    for left in lasting:
        tried.note(left.name, "was found by the next one" if next_one[left.name].true else "")
    return tried


def believed(folder: Path) -> Tried:
    """Answers of the shipped assignments that compute nothing."""
    tried = Tried()
    for one in ALL:
        if isinstance(one, Answers) and not _of_practice(one):
            kept = bank(one.assignment)
            results = kept.graded(kept.lean_notebook(one.answers, one.answers), one.answers, name_mistakes=False)
            score = sum(exercise.score for exercise in results.exercises)
            tried.note(one.name, f"earned {score:g} points" if score else "")
    return tried
