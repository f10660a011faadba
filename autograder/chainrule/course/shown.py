"""How the command line shows what was found and done in a course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from chainrule.course.examination import AssignmentReport, CourseReport
from chainrule.course.init import Initialised
from chainrule.course.loaded import CONFIG
from chainrule.engine.assignment import ROOM
from chainrule.engine.visible import visible


def initialised(console: Console, done: Initialised) -> None:
    """A new course, or what is to be done about an old one."""
    file = done.folder / CONFIG
    if done.made:
        _say(console, f"A new course is in {done.folder}: {_names(done.made, done.folder)}.")
        for left in done.left:
            _say(console, f"{left} stays as it is; .chainrule/, gradebook.db and students' work should be in it.")
        _say(console, "Next, in there: chainrule add NAME for a shipped assignment, chainrule new NAME for your own.")
    elif done.written:
        _say(console, f"Written at the end of {file}:\n\n{done.lines}")
    elif done.lines:
        _say(console, f"{file} needs these lines at its end:\n\n{done.lines}")
        _say(console, f"Nothing was written; `chainrule init --write '{done.folder}'` writes them.")
    else:
        _say(console, f"{file} is configured for chainrule already; nothing was changed.")


def added(console: Console, folders: Sequence[Path], names: Sequence[str], course: Path) -> None:
    """Shipped assignments that are in the course now."""
    _say(
        console,
        f"Added {_names(folders, course)}. The answer cells hold solutions; students get the generated version:",
    )
    for name in names:
        _say(console, f"  nbgrader generate_assignment {name}")


def made(console: Console, folders: Sequence[Path], name: str, course: Path) -> None:
    """A new assignment."""
    source, tests = (folder.relative_to(course) for folder in folders)
    _say(
        console, f"Made {source}/{name}.ipynb, for students, and {tests}/, for all else: hidden tests, reference, bank."
    )
    _say(console, f"It works as it stands: chainrule verify {name}, nbgrader generate_assignment {name}")


def written(console: Console, notebooks: Mapping[Path, bool], folder: Path) -> None:
    """Source notebooks whose answer cells were looked at."""
    for file, changed in notebooks.items():
        _say(console, f"{file.relative_to(folder)}: {'written' if changed else 'up to date'}")
    if not notebooks:
        _say(console, f"No notebook in {folder / 'source'} has a reference in {ROOM}/ or among those shipped.")


def course(console: Console, report: CourseReport) -> None:
    """What the doctor found in a course."""
    _say(console, f"  course: {report.folder}")
    if report.configured:
        console.print("[green]✓[/green] it is configured for chainrule", highlight=False)
    for text in report.problems:
        problem(console, text)
    for one in report.assignments:
        _assignment(console, one)
    for text in report.warnings:
        warning(console, text)


def problem(console: Console, text: str) -> None:
    """Something that is not in order."""
    console.print(f"[red]✗[/red] {escape(visible(text))}", highlight=False, soft_wrap=True)


def warning(console: Console, text: str) -> None:
    """Something that a teacher should know."""
    console.print(f"[yellow]![/yellow] {escape(visible(text))}", highlight=False, soft_wrap=True)


def _assignment(console: Console, report: AssignmentReport) -> None:
    if not report.problems and report.hidden_tests:
        where = "the course's own" if report.own else "shipped with chainrule"
        count = f"{report.hidden_tests} hidden tests for {report.points:g} points, {where}"
        console.print(f"[green]✓[/green] {report.name}: {count}", highlight=False)
    for text in report.problems:
        problem(console, f"{report.name}: {text.removeprefix(f'{report.name}: ')}")
    for text in report.warnings:
        warning(console, f"{report.name}: {text}")


def _names(places: Sequence[Path], course: Path) -> str:
    return ", ".join(f"{place.relative_to(course)}{'/' if place.is_dir() else ''}" for place in places)


def _say(console: Console, text: str) -> None:
    console.print(visible(text), highlight=False, markup=False, soft_wrap=True)
