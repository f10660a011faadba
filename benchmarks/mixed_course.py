"""A course with mixed submissions of the shipped assignments: right ones in many styles, and the demo's students."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chainrule.course import init
from chainrule.course.add import add
from chainrule.course.loaded import CONFIG
from chainrule.course.opened import Course
from chainrule.diagnosis import fingerprint_files
from chainrule.engine import assignment as assignments
from chainrule.engine import seed as seeds
from chainrule.engine import solutions
from chainrule.proof.bank import Answers, Bank

LEFT_OUT = "looping_lena"
"""She loops for ever on purpose: of her, limits would be measured and not work."""

STOCK = """c = get_config()
c.CourseDirectory.course_id = {!r}
"""


def mixed(bank: Bank) -> Iterator[tuple[str, Answers]]:
    """Students and their answers without end: a right one and a sample by turns, then all of them anew."""
    right = ((f"right_{name}", answers) for name, answers in itertools.cycle(bank.correct.items()))
    chosen = {name: answers for name, answers in bank.samples.items() if name != LEFT_OUT}
    samples = ((f"sample_{name}", answers) for name, answers in itertools.cycle(chosen.items()))
    for number, pair in enumerate(zip(right, samples, strict=True)):
        for student, answers in pair:
            yield f"{number:03}_{student}", answers


def shares(submissions: int) -> dict[str, int]:
    """How many submissions of each shipped assignment add up to this many."""
    names = assignments.shipped_names()
    counts = {name: submissions // len(names) + (k < submissions % len(names)) for k, name in enumerate(names)}
    return {name: count for name, count in counts.items() if count}


def make(folder: Path, submissions: int) -> dict[str, list[str]]:
    """Make the course in a folder, with its secret; returns who handed in each assignment."""
    init.create(folder)
    counts = shares(submissions)
    add(list(counts), folder)
    course = Course(folder)
    seeds.course_secret(folder)
    students: dict[str, list[str]] = {}
    for name, count in counts.items():
        course.generate(name)
        assignment = assignments.named(name, None)
        released = NotebookNode(nbformat.read(_notebook(folder / "release", name), as_version=4))
        chosen = dict(itertools.islice(mixed(Bank(assignment, assignment.source)), count))
        for student, answers in chosen.items():
            hand_in(folder, student, name, solutions.filled(released, answers))
        students[name] = sorted(chosen)
    return students


def hand_in(course: Path, student: str, assignment: str, notebook: NotebookNode) -> Path:
    """Lay a submission where nbgrader collects it; returns the file."""
    file = _notebook(course / "submitted" / student, assignment)
    file.parent.mkdir(parents=True)
    nbformat.write(notebook, file)
    return file


def _notebook(room: Path, assignment: str) -> Path:
    return room / assignment / f"{assignment}.ipynb"


def copied(course: Path, target: Path, stock: bool = False) -> Path:
    """A copy of a course with its secret, so that hidden tests draw the same; `stock` is without our configuration."""
    shutil.copytree(course, target)
    if stock:
        (target / CONFIG).write_text(STOCK.format(init.course_id(course)))
    return target


def take_fingerprints(graded: Path, course: Path) -> None:
    """Give a course what a grading of another copy of it has computed of its assignments' mistakes."""
    shutil.copytree(graded / fingerprint_files.FOLDER, course / fingerprint_files.FOLDER)


def rooms(course: Path, target: Path) -> list[Path]:
    """Every submission in a folder of its own with what was released beside it; returns the notebooks."""
    notebooks = []
    for file in sorted((course / "submitted").glob("*/*/*.ipynb")):
        room = target / f"{file.parents[1].name}-{file.stem}"
        shutil.copytree(course / "release" / file.stem, room)
        notebooks.append(Path(shutil.copyfile(file, room / file.name)))
    return notebooks
