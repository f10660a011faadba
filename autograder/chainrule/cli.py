"""The command `chainrule`: grade, demo, verify, doctor and write-solutions."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from chainrule import show
from chainrule.course.opened import Course, CourseError, Graded, course_above, course_folder
from chainrule.engine import assignment as assignments
from chainrule.engine.assignment import AssignmentError
from chainrule.engine.hidden_tests import GradersError
from chainrule.sandbox import layers
from chainrule.sandbox.layers import NoSandboxError
from chainrule.sandbox.server import BASE, Preload, ServerError, shared

console = Console(stderr=True)
PROGRESS_COLUMNS = (
    SpinnerColumn(),
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 well, 1 something needs a human, 2 could not be done)."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (AssignmentError, CourseError, GradersError, NoSandboxError, ServerError) as error:
        console.print("[red]chainrule:[/red]", escape(str(error)), highlight=False, soft_wrap=True)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chainrule", description="Grades neural-network notebooks in a sandbox.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    grade = commands.add_parser("grade", help="grade the submissions of an assignment, as nbgrader autograde does")
    grade.add_argument("assignment")
    grade.add_argument("--student", action="append", default=[], help="grade only this student (may be repeated)")
    grade.add_argument("--force", action="store_true", help="grade again what was graded before")
    grade.add_argument("--course", type=Path, default=Path(), help="the course's folder (default: here)")
    grade.add_argument("--unsafe", action="store_true", help="without a sandbox; every report says `unsandboxed`")
    grade.add_argument("--json", action="store_true", help="print the outcome as JSON and nothing else")
    grade.set_defaults(run=_grade)

    demo = commands.add_parser("demo", help="make a course in a scratch folder and grade sample submissions")
    demo.add_argument("--folder", type=Path, help="a new folder for it (default: a temporary one)")
    demo.add_argument("--json", action="store_true", help="print the outcome as JSON and nothing else")
    demo.set_defaults(run=_demo)

    verify = commands.add_parser("verify", help="prove the graders: do they catch wrong answers and accept right ones?")
    verify.add_argument("assignment", nargs="?", help="only this one (default: all)")
    verify.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, help="how many cores to use")
    verify.add_argument("--every", type=_positive, default=1, metavar="K", help="a sample: every K-th of each kind")
    verify.add_argument("--secrets", type=_positive, default=1, metavar="N", help="course secrets for correct answers")
    verify.add_argument("--html", type=Path, metavar="FILE", help="write the matrix of tests and mistakes here")
    verify.add_argument("--course", type=Path, default=Path(), help="the course's folder (default: here)")
    verify.add_argument("--json", action="store_true", help="print the counts as JSON and nothing else")
    verify.set_defaults(run=_verify)

    doctor = commands.add_parser("doctor", help="is this machine fit for grading? exit status 0 if it is")
    doctor.add_argument("--json", action="store_true", help="print the answer as JSON and nothing else")
    doctor.set_defaults(run=_doctor)

    write = commands.add_parser("write-solutions", help="write the answer cells of source/ from reference/")
    write.add_argument("--course", type=Path, default=Path(), help="the course's folder (default: here)")
    write.set_defaults(run=_write_solutions)
    return parser


def _grade(options: argparse.Namespace) -> int:
    course = Course(course_folder(options.course), unsafe=options.unsafe)
    if not options.unsafe:
        layers.found().require_safe()
    started = time.monotonic()
    total = len(options.student) or len(course.students(options.assignment))
    assignment = assignments.find(options.assignment, course.folder)
    with _progress(total, [BASE if assignment is None else assignment.warm]) as on_student:
        graded = course.grade(options.assignment, options.student, options.force, on_student)
    return _tell(graded, started, options.json)


def _demo(options: argparse.Namespace) -> int:
    from chainrule import demo

    layers.found().require_safe()
    folder: Path = options.folder or Path(tempfile.mkdtemp(prefix="chainrule-demo-"))
    if options.folder is not None:
        if folder.exists() and any(folder.iterdir()):
            raise CourseError(f"{folder} is not empty; name a new folder for the demo.")
        folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with console.status("Making a course from the released notebooks …"):
        course = demo.make_course(folder.resolve())
    total = sum(len(course.students(assignment.name)) for assignment in demo.shipped())
    with _progress(total, [assignment.warm for assignment in demo.shipped()]) as on_student:
        graded = demo.grade(course, on_student)
    status = _tell(graded, started, options.json)
    if not options.json:
        show.what_to_open(Console(), course.folder, graded)
    return status


def _verify(options: argparse.Namespace) -> int:
    from chainrule.proof import matrix, verify
    from chainrule.proof.bank import bank_of

    layers.found().require_safe()
    course = course_above(options.course)
    chosen = [options.assignment] if options.assignment else assignments.names(course) or assignments.shipped_names()
    banks = [bank_of(assignments.named(name, course), course) for name in chosen]
    started = time.monotonic()
    with Progress(*PROGRESS_COLUMNS, console=console, transient=True) as progress:
        task = progress.add_task("Warming up", total=None)
        proofs = verify.prove(
            banks,
            options.jobs,
            options.every,
            [str(number) for number in range(1, options.secrets + 1)],
            lambda done, total: progress.update(task, description="Proving", completed=done, total=total),
        )
    if options.html is not None:
        options.html.write_text(matrix.page(proofs), encoding="utf-8")
    if options.json:
        print(json.dumps({"assignments": {proof.assignment: proof.counts for proof in proofs}}))  # noqa: T201
    else:
        show.proofs(Console(), proofs, time.monotonic() - started, options.html)
    return 1 if any(proof.problems for proof in proofs) else 0


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return number


def _doctor(options: argparse.Namespace) -> int:
    from chainrule import doctor

    with console.status("Trying the sandbox …"):
        report = doctor.examine()
    if options.json:
        print(json.dumps(report.as_dict()))  # noqa: T201
    else:
        show.doctor(Console(), report)
    return 0 if report.safe else 1


def _write_solutions(options: argparse.Namespace) -> int:
    from chainrule.engine import solutions

    folder = course_folder(options.course)
    for source in sorted((folder / "source").glob("*/*.ipynb")):
        assignment = assignments.find(source.stem, folder)
        if assignment is None:
            continue
        try:
            changed = solutions.write_solutions(source, assignment.reference)
        except (OSError, ValueError) as error:
            raise CourseError(f"{source.relative_to(folder)}: {error}") from error
        console.print(f"{source.relative_to(folder)}: {'written' if changed else 'up to date'}", highlight=False)
    return 0


def _tell(graded: list[Graded], started: float, as_json: bool) -> int:
    seconds = time.monotonic() - started
    if as_json:
        print(json.dumps(show.as_data(graded, seconds)))  # noqa: T201
    else:
        show.table(Console(), graded, seconds)
    for failure in (submission for submission in graded if submission.results is None):
        console.print(
            f"[red]{failure.student} could not be graded:[/red]\n{failure.log}", highlight=False, markup=False
        )
    faults = any(submission.results is None or submission.results.grader_fault for submission in graded)
    return 1 if faults else 0


@contextmanager
def _progress(total: int, preloads: Iterable[Preload]) -> Iterator[Callable[[str], None]]:
    """A progress bar on stderr: first the cold start of the sandbox, then one step per submission."""
    with Progress(*PROGRESS_COLUMNS, console=console, transient=True) as progress:
        task = progress.add_task("Warming up the sandbox", total=total)
        for preload in preloads:
            shared(preload, on_progress=lambda module: progress.update(task, description=f"Warming up: {module}"))
        begun: list[str] = []

        def on_student(student: str) -> None:
            progress.update(task, description=f"Grading {student}", completed=len(begun))
            begun.append(student)

        yield on_student


if __name__ == "__main__":
    sys.exit(main())
