"""The command `chainrule`: its words; what each command does is in the room that it names.

Each command imports what it needs when it runs: nbgrader alone takes a second.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.course.opened import Graded
    from chainrule.proof.bank import Bank

HERE = "the course's folder (default: at or above the current one)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 well, 1 something needs a human, 2 could not be done)."""
    options = _parser().parse_args(arguments)
    _without_iris()
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        return _problem("Interrupted.", 130)
    except Exception as error:
        if not isinstance(error, _known()):
            raise
        return _problem(str(error), 2)
    return status


def _known() -> tuple[type[Exception], ...]:
    """What can be wrong without a fault of ours: one sentence, nothing half-made, exit status 2."""
    from chainrule.course.loaded import CourseError
    from chainrule.engine.assignment import AssignmentError
    from chainrule.engine.hidden_tests import GradersError
    from chainrule.engine.seed import SecretError
    from chainrule.sandbox.kernel import SandboxLostError
    from chainrule.sandbox.layers import NoSandboxError
    from chainrule.sandbox.readable import ExposedError
    from chainrule.sandbox.server import ServerError
    from chainrule.workers.task import ClusterError, GradingError

    ours: tuple[type[Exception], ...] = (AssignmentError, CourseError, ClusterError, GradersError, GradingError)
    if "chainrule.service.history" in sys.modules:
        from chainrule.service.history import HistoryError
        from chainrule.service.policies import PolicyError

        ours = (*ours, HistoryError, PolicyError)
    return *ours, ExposedError, NoSandboxError, SandboxLostError, SecretError, ServerError


def _problem(text: str, status: int) -> int:
    from chainrule import show

    show.problem(text)
    return status


def _without_iris() -> None:
    """Spare this process a second: jsonschema builds a grammar of international addresses (IRIs) when it is imported.

    Where the grammar is not installed, it goes without; no schema of a notebook asks for such an address.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chainrule", description="Grades neural-network notebooks in a sandbox.")
    version = f"chainrule {importlib.metadata.version('chainrule')}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], help: str, *options: str) -> ArgumentParser:
        made: ArgumentParser = commands.add_parser(name, help=help)
        made.set_defaults(run=run)
        if "course" in options:
            made.add_argument("--course", type=Path, default=Path(), metavar="DIR", help=HERE)
        if "json" in options:
            made.add_argument("--json", action="store_true", help="print what was found as JSON and nothing else")
        return made

    def jobs(made: ArgumentParser) -> None:
        what = "how many submissions at a time (default: as configured, else as many as there are cores)"
        made.add_argument("--jobs", type=_jobs, default=0, metavar="N|auto", help=what)

    init = command("init", _init, "make a course, or say which lines an existing one's configuration needs")
    init.add_argument("course", nargs="?", type=Path, metavar="COURSE", help=HERE)
    init.add_argument("--write", action="store_true", help="write these lines, below what is there")

    add = command("add", _add, "put assignments that come with chainrule into the course", "course")
    add.add_argument("names", nargs="+", metavar="NAME")
    add.add_argument("--own", action="store_true", help="their hidden tests too, to be changed")

    new = command("new", _new, "make an assignment of your own: small, whole, to be changed", "course")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--title", help="the heading of its notebook (default: from its name)")

    grade = command("grade", _grade, "grade an assignment's submissions, as nbgrader autograde does", "course", "json")
    grade.add_argument("assignment")
    grade.add_argument("--student", action="append", default=[], help="grade only this student (may be repeated)")
    jobs(grade)
    grade.add_argument("--scheduler", default="", metavar="ADDRESS", help="grade on the workers of this Dask scheduler")
    grade.add_argument("--force", action="store_true", help="grade again what was graded before")
    grade.add_argument("--unsafe", action="store_true", help="without a sandbox; every report says `unsandboxed`")

    serve = command("serve", _serve, "grade on submit: a service of JupyterHub's, which starts it", "course")
    serve.add_argument("--history", default="", metavar="URL", help="the database of attempts (default: in the course)")
    what = "the Hub's group of those who may see all (default: formgrade-COURSE)"
    serve.add_argument("--instructors", default="", metavar="GROUP", help=what)

    what = "scores into a learning platform (Moodle, Canvas), by LTI 1.3: send them, say what it has, show our key"
    lti = command("lti", _lti, what, "course", "json")
    lti.add_argument("what", choices=["send", "status", "key"])
    lti.add_argument("assignment", nargs="?", default="", help="only this one (default: all that lti.toml names)")
    lti.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")

    replay = command("replay", _replay, "grade again with the recorded seed: is it the same, and if not, why?", "json")
    replay.add_argument("results", type=Path, metavar="RESULTS.json", help="autograded/STUDENT/ASSIGNMENT/results.json")
    what = "what was graded, where it does not lie in submitted/"
    replay.add_argument("--submission", type=Path, metavar="FILE", help=what)
    replay.add_argument("--course", type=Path, metavar="DIR", help="the course's folder (default: that of the results)")

    demo = command("demo", _demo, "make a course in a scratch folder and grade sample submissions", "json")
    demo.add_argument("assignment", nargs="*", help="only these of those that chainrule ships (default: all)")
    demo.add_argument("--student", action="append", default=[], help="only this sample (may be repeated)")
    jobs(demo)
    demo.add_argument("--folder", type=Path, help="a new folder for it (default: a temporary one)")

    what = "prove the graders: do they catch wrong answers and accept right ones?"
    verify = command("verify", _verify, what, "course", "json")
    verify.add_argument(
        "assignment", nargs="?", help="only this one (default: the course's own, or those it has added)"
    )
    verify.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, help="how many cores to use")
    verify.add_argument("--every", type=_positive, default=1, metavar="K", help="a sample: every K-th of each kind")
    verify.add_argument("--secrets", type=_positive, default=1, metavar="N", help="course secrets for correct answers")
    what = "grade answers by people who have seen only the released notebook; needs the assignment's name"
    verify.add_argument("--blind", type=Path, metavar="FOLDER", help=what)
    verify.add_argument("--html", type=Path, metavar="FILE", help="write the matrix of tests and mistakes here")

    doctor = command("doctor", _doctor, "are this machine and this course fit for grading? exit status 0 if so", "json")
    doctor.add_argument("--course", type=Path, metavar="DIR", help=HERE)
    what = "is a Hub with this course on it in order? CONFIG is its jupyterhub_config.py; best as root"
    doctor.add_argument("--hub", nargs="?", const="", metavar="CONFIG", help=what)
    what = "with --hub: an account that may read none of it (default: all of the course's students; may be repeated)"
    doctor.add_argument("--student", action="append", default=[], metavar="NAME", help=what)
    what = "with --hub: where students' notebooks run (default: where the Hub's spawner starts its program)"
    doctor.add_argument("--student-environment", type=Path, metavar="DIR", help=what)

    command("write-solutions", _write_solutions, "write the answer cells of source/ from the references", "course")
    return parser


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return number


def _jobs(text: str) -> int:
    """A number of jobs; 0 for `auto`."""
    return 0 if text == "auto" else _positive(text)


def _init(options: argparse.Namespace) -> int:
    from rich.console import Console

    from chainrule.course import shown
    from chainrule.course.init import init

    done = init(options.course, options.write)
    shown.initialised(Console(), done)
    return 0 if done.configured else 1


def _add(options: argparse.Namespace) -> int:
    from rich.console import Console

    from chainrule.course import shown
    from chainrule.course.add import add
    from chainrule.course.opened import course_folder

    course = course_folder(options.course)
    shown.added(Console(), add(options.names, course, options.own), options.names, course)
    return 0


def _new(options: argparse.Namespace) -> int:
    from rich.console import Console

    from chainrule.course import shown
    from chainrule.course.new import new
    from chainrule.course.opened import course_folder

    course = course_folder(options.course)
    shown.made(Console(), new(options.name, course, options.title), options.name, course)
    return 0


def _grade(options: argparse.Namespace) -> int:
    if not options.scheduler:
        # They get ready while nbgrader is loaded; a course that configures another number gets others.
        from chainrule.workers.local import local_graders

        local_graders(options.jobs or os.cpu_count() or 1)
    from chainrule import show
    from chainrule.course.graders import graders_of
    from chainrule.course.opened import Course, course_folder
    from chainrule.sandbox import layers

    course = Course(course_folder(options.course), unsafe=options.unsafe)
    if not options.unsafe and not (options.scheduler or course.step.scheduler):
        layers.found().require_safe()
    started = time.monotonic()
    with show.grading() as progress:
        graders = graders_of(course.step, options.jobs, options.scheduler, progress.warming)
        graded = course.grade(options.assignment, options.student, options.force, progress, graders)
    return _tell(graded, started, options.json)


def _serve(options: argparse.Namespace) -> int:
    from chainrule.course.loaded import CourseError
    from chainrule.course.opened import Course, course_folder
    from chainrule.sandbox import layers

    try:
        from chainrule.service.serving import serve
    except ModuleNotFoundError as error:
        raise CourseError(f"Serving needs JupyterHub's library ({error}): install chainrule[hub].") from error
    layers.found().require_safe()
    serve(Course(course_folder(options.course)), options.history, options.instructors)
    return 0


def _lti(options: argparse.Namespace) -> int:
    from chainrule.course.loaded import CourseError
    from chainrule.course.opened import course_folder

    try:
        from chainrule.lti import command
    except ModuleNotFoundError as error:
        raise CourseError(f"Sending scores needs signed tokens ({error}): install chainrule[lti].") from error
    folder = course_folder(options.course)
    return command.run(options.what, folder, options.assignment, options.dry_run, options.json)


def _replay(options: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.markup import escape

    from chainrule import show
    from chainrule.course.replay import replay

    with show.console.status("Grading again …") as status:
        again = replay(
            options.results,
            options.submission,
            options.course,
            lambda what: status.update(f"Warming up: {escape(what)}"),
        )
    if options.json:
        print(json.dumps(again.as_data()))  # noqa: T201
    else:
        show.replayed(Console(), again)
    return 0 if again.agrees else 1


def _demo(options: argparse.Namespace) -> int:
    from rich.console import Console

    from chainrule import demo, show
    from chainrule.course.graders import graders_of
    from chainrule.sandbox import layers
    from chainrule.workers.local import local_graders

    layers.found().require_safe()
    chosen = demo.shipped(options.assignment)
    demo.require_students(options.student, chosen)
    folder = demo.new_folder(options.folder)
    started = time.monotonic()
    # They get warm while the course is made.
    local_graders(options.jobs or os.cpu_count() or 1)
    with show.console.status("Making a course from the released notebooks …"):
        course = demo.make_course(folder, chosen, options.student)
    with show.grading() as progress:
        graders = graders_of(course.step, options.jobs, on_progress=progress.warming)
        graded = demo.grade(course, chosen, progress, graders)
    status = _tell(graded, started, options.json)
    if not options.json:
        show.what_to_open(Console(), course.folder, graded)
    return status


def _verify(options: argparse.Namespace) -> int:
    from rich.console import Console

    from chainrule import show
    from chainrule.course.opened import CourseError, course_above
    from chainrule.course.proving import banks
    from chainrule.proof import matrix, verify
    from chainrule.sandbox import layers

    layers.found().require_safe()
    if options.html is not None and not options.html.absolute().parent.is_dir():
        raise CourseError(f"There is no folder {options.html.absolute().parent} to write {options.html.name} into.")
    chosen = banks(options.assignment, course_above(options.course))
    if options.blind is not None:
        return _verify_blind(options, chosen)
    seeds = [str(number) for number in range(1, options.secrets + 1)]
    started = time.monotonic()
    with show.counting("Proving") as on_finding:
        proofs = verify.prove(chosen, options.jobs, options.every, seeds, on_finding)
    if options.html is not None:
        options.html.write_text(matrix.page(proofs), encoding="utf-8")
    if options.json:
        print(json.dumps({"assignments": {proof.assignment: proof.counts for proof in proofs}}))  # noqa: T201
    else:
        show.proofs(Console(), proofs, time.monotonic() - started, options.html)
    return 1 if any(proof.problems for proof in proofs) else 0


def _verify_blind(options: argparse.Namespace, chosen: Sequence[Bank]) -> int:
    """Grade strangers' answers; what they say of the graders is for people to judge, so only faults are a failure."""
    from rich.console import Console

    from chainrule import show
    from chainrule.course.opened import CourseError
    from chainrule.proof import verify
    from chainrule.proof.strangers import strangers_in

    if len(chosen) != 1:
        raise CourseError(
            "--blind is about one assignment: name it, as in `chainrule verify numpy_mlp --blind FOLDER`."
        )
    (bank,) = chosen
    try:
        strangers = strangers_in(options.blind, bank.exercises)
    except (OSError, ValueError) as error:
        raise CourseError(str(error)) from error
    with show.counting("Grading") as on_finding:
        found = verify.tried(bank, strangers, options.jobs, on_finding)
    if options.json:
        print(json.dumps(found.as_dict()))  # noqa: T201
    else:
        show.validity(Console(), found)
    return 1 if found.faults else 0


def _doctor(options: argparse.Namespace) -> int:
    from rich.console import Console

    from chainrule import doctor, show
    from chainrule.course.opened import CourseError, course_above, course_folder

    if options.hub is not None:
        return _doctor_of_a_hub(options)
    if options.student or options.student_environment is not None:
        raise CourseError("--student and --student-environment are for a Hub: add --hub, with its configuration.")
    course = course_above(Path()) if options.course is None else course_folder(options.course)
    with show.console.status("Trying the sandbox …"):
        report = doctor.examine(course)
    if options.json:
        print(json.dumps(report.as_dict()))  # noqa: T201
    else:
        show.doctor(Console(), report)
    return 0 if report.fit else 1


def _doctor_of_a_hub(options: argparse.Namespace) -> int:
    from rich.console import Console

    from chainrule import show
    from chainrule.course.loaded import CourseError
    from chainrule.course.opened import course_folder
    from chainrule.site import shown
    from chainrule.site.examination import examine

    if options.hub and importlib.util.find_spec("jupyterhub") is None:
        raise CourseError("The Hub's configuration is loaded by JupyterHub's own loader: install chainrule[hub].")
    course = course_folder(options.course or Path())
    with show.console.status("Looking at the Hub …"):
        config = Path(options.hub) if options.hub else None
        report = examine(course, config, options.student, options.student_environment)
    if options.json:
        print(json.dumps(report.as_dict()))  # noqa: T201
    else:
        shown.site(Console(), report)
    return 0 if report.in_order else 1


def _write_solutions(options: argparse.Namespace) -> int:
    from rich.console import Console

    from chainrule.course import shown
    from chainrule.course.answers import write_solutions
    from chainrule.course.opened import course_folder

    course = course_folder(options.course)
    shown.written(Console(), write_solutions(course), course)
    return 0


def _tell(graded: list[Graded], started: float, as_json: bool) -> int:
    from rich.console import Console

    from chainrule import show

    seconds = time.monotonic() - started
    if as_json:
        print(json.dumps(show.as_data(graded, seconds)))  # noqa: T201
    else:
        show.table(Console(), graded, seconds)
    show.failures(graded)
    faults = any(submission.results is None or submission.results.grader_fault for submission in graded)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
