"""How the command line shows what it found: readable tables, or plain data for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from chainrule.course import shown
from chainrule.course.batch import Listener
from chainrule.course.comparison import Comparison
from chainrule.course.opened import Graded
from chainrule.doctor import Report
from chainrule.engine.visible import in_one_line, visible
from chainrule.probe.outcome import Outcome
from chainrule.proof.findings import Proof
from chainrule.proof.strangers import Validity, interval
from chainrule.sandbox import layers

console = Console(stderr=True)
"""For progress and problems; what was asked for goes to standard output."""

PROGRESS_COLUMNS = (
    SpinnerColumn(),
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)
COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.GRADER_FAULT: "magenta"}


def problem(text: str) -> None:
    """What could not be done, and why."""
    console.print("[red]chainrule:[/red]", escape(visible(text)), highlight=False, soft_wrap=True)


class Grading(Listener):
    """A progress bar on stderr: the cold start of the graders, then a step per submission, its rate and the time left.

    Several batches in a row go on with the same bar.
    """

    def __init__(self, bar: Progress) -> None:
        """Begin."""
        self._bar = bar
        self._task = bar.add_task("Starting the graders", total=None)
        self._total = 0

    def warming(self, module: str) -> None:
        """The sandbox is about to load this module."""
        self._bar.update(self._task, description=f"Warming up: {module}")

    def found(self, submissions: int) -> None:
        """So many more."""
        self._total += submissions
        self._bar.update(self._task, total=self._total)

    def writing(self, student: str) -> None:
        """Its results are there."""
        self._bar.update(self._task, description=f"Grading, {escape(in_one_line(student))} is done")

    def done(self, student: str, log: str | None) -> None:
        """One more."""
        self._bar.advance(self._task)


@contextmanager
def grading() -> Iterator[Grading]:
    """Shows how a grading goes on."""
    columns = (*PROGRESS_COLUMNS, _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield Grading(bar)


class _Rate(ProgressColumn):
    """Submissions per minute."""

    def render(self, task: Task) -> Text:
        return Text("" if not task.speed else f"{60 * task.speed:.1f} a minute")


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr for something that says how much of how much is done."""
    with Progress(*PROGRESS_COLUMNS, console=console, transient=True) as bar:
        task = bar.add_task("Warming up", total=None)
        yield lambda done, total: bar.update(task, description=what, completed=done, total=total)


def as_data(graded: list[Graded], seconds: float) -> dict[str, Any]:
    """The outcome of a grading run as plain data; a submission that could not be graded has no score."""
    levels = {submission.results.sandbox for submission in graded if submission.results is not None}
    return {
        "sandbox": ", ".join(sorted(levels)) or str(layers.found()),
        "seconds": round(seconds, 2),
        "submissions": [
            {
                "student": submission.student,
                "assignment": submission.assignment,
                "score": submission.results.score if submission.results else None,
                "max_score": submission.results.max_score if submission.results else None,
                "outcomes": submission.results.outcomes if submission.results else {},
            }
            for submission in graded
        ],
    }


def table(console: Console, graded: list[Graded], seconds: float) -> None:
    """A row per submission: score, outcomes of the hidden tests, and notes."""
    count = f"{len(graded)} submission{'' if len(graded) == 1 else 's'}"
    rows = Table(title=f"{count} graded in {seconds:.1f} s", title_justify="left")
    for heading in ("student", "assignment"):
        rows.add_column(heading)
    rows.add_column("score", justify="right")
    rows.add_column("hidden tests")
    for submission in graded:
        results, name = submission.results, Text(in_one_line(submission.student))
        if results is None:
            rows.add_row(name, submission.assignment, "-", Text("could not be graded", "red"))
            continue
        outcomes = Text(", ").join(
            Text(f"{count} {outcome}", COLOURS.get(Outcome(outcome), "yellow"))
            for outcome, count in results.outcomes.items()
        )
        score = f"{results.score:g} / {results.max_score:g}"
        rows.add_row(name, submission.assignment, score, outcomes)
    console.print(rows)
    levels = sorted({submission.results.sandbox for submission in graded if submission.results is not None})
    console.print(f"Sandbox: {', '.join(levels)}", highlight=False)


def replayed(console: Console, again: Comparison) -> None:
    """Whether a submission graded again came to the same; a row per hidden test that differs, and what has changed."""

    def say(*words: str) -> None:
        console.print(*words, highlight=False, soft_wrap=True)

    was, now = again.was, again.now
    scores = f"{was.score:g} of {was.max_score:g} points then, {now.score:g} of {now.max_score:g} now"
    verdict = "[green]agrees[/green]" if again.agrees else "[red]differs[/red]"
    say(f"{_fit(', '.join(filter(None, (again.student, was.assignment))))} {verdict}: {scores}.")
    if again.differences:
        rows = Table("exercise", "hidden test", "was", "is", "points", "")
        for one in again.differences:
            hanging = f"hangs on {one.hangs_on}" if one.hangs_on else ""
            points = f"{one.points_was:g} → {one.points_now:g}"
            rows.add_row(_fit(one.exercise), _fit(one.test), one.was, one.now, points, hanging)
        console.print(rows)
    if again.changes:
        rows = Table("changed since", "was", "is")
        for change in again.changes:
            rows.add_row(_fit(change.what), _fit(change.was), _fit(change.now))
        console.print(rows)
    elif not again.agrees:
        say("Nothing that was recorded has changed: the notebook draws at random itself, or hangs on time or memory.")
    for what, tests in again.hanging.items():
        if tests:
            say(f"Hang on {what}, and so on the machine too: {_fit(', '.join(tests))}.")
    for what, notes in (("then", again.notes["was"]), ("now", again.notes["now"])):
        for note in notes:
            say(f"Noted {what}: {_fit(note)}")
    if again.hints:
        say(f"Other hints, on which no points hang: {_fit(', '.join(again.hints))}.")
    for fault in now.faults:
        say(f"[magenta]A human must look:[/magenta] {escape(fault.strip())}")


def _fit(text: str) -> str:
    """What a file says, fit for a terminal."""
    return escape("".join(char if char.isprintable() else " " for char in text))


def failures(graded: list[Graded]) -> None:
    """What a human must look at, and why hints are missing; the log of each submission that could not be graded."""
    for submission in graded:
        results = submission.results
        told = [] if results is None else [("a human must look", fault) for fault in results.faults]
        told += [] if results is None else [("no hints", fault) for fault in results.hint_faults]
        for kind, fault in told:
            lines = fault.strip().splitlines()
            reason = lines[0] if len(lines) == 1 else f"{lines[0]} … {lines[-1]}"
            who = escape(f"{in_one_line(submission.student)}, {submission.assignment}, {kind}:")
            console.print(f"[magenta]{who}[/magenta]", escape(visible(reason)), highlight=False, soft_wrap=True)
    for failure in (submission for submission in graded if submission.results is None):
        heading = f"[red]{escape(in_one_line(failure.student))} could not be graded:[/red]"
        console.print(heading, escape(visible(failure.log)), sep="\n", highlight=False)


def what_to_open(console: Console, folder: Path, graded: list[Graded]) -> None:
    """Where the demo's course is and what to look at in it."""
    console.print(f"\nThe course is in {folder}", highlight=False, soft_wrap=True)
    page = most_telling(graded)
    if page is not None:
        file = folder / "feedback" / page.student / page.assignment / f"{page.assignment}.html"
        console.print(f"A student's feedback page:  {file}", highlight=False, soft_wrap=True)
        console.print(f"The same for graders:       {folder / 'autograded'}", highlight=False, soft_wrap=True)
        console.print(f"The gradebook:              {folder / 'gradebook.db'}", highlight=False, soft_wrap=True)


def most_telling(graded: Sequence[Graded]) -> Graded | None:
    """The submission with the most hints, each weighed by how much else is right: what feedback is for."""

    def told(submission: Graded) -> float:
        results = submission.results
        if results is None or not results.max_score:
            return 0.0
        return sum(len(one.hints) for one in results.exercises) * results.score / results.max_score

    return max((one for one in graded if one.results is not None), key=told, default=None)


def proofs(console: Console, found: Sequence[Proof], seconds: float, page: Path | None) -> None:
    """A row of counts per assignment, then a sentence for everything that is not as it should be."""
    rows = Table(title=f"Graders tried in {seconds:.0f} s", title_justify="left")
    rows.add_column("assignment")
    for heading in ("mistakes caught", "named", "mutants caught", "equivalent", "correct accepted"):
        rows.add_column(heading, justify="right")
    for proof in found:
        counts = proof.counts
        rows.add_row(
            proof.assignment,
            f"{counts['caught']} / {counts['mistakes']}",
            f"{counts['named']} / {counts['mistakes']}",
            f"{counts['mutants_caught']} / {counts['mutants']}",
            str(counts["equivalent"]),
            f"{counts['accepted']} / {counts['correct']}",
        )
    console.print(rows)
    for proof in found:
        for problem in proof.problems:
            console.print(
                f"[red]✗[/red] {escape(proof.assignment)}: {escape(visible(_in_one_line(problem)))}",
                highlight=False,
                soft_wrap=True,
            )
    if not any(proof.problems for proof in found):
        sampled = " (a sample)" if any(proof.sampled for proof in found) else ""
        console.print(f"[green]Every grader catches what is wrong and accepts what is right{sampled}.[/green]")
    if page is not None:
        console.print(f"Which hidden test catches which mistake:  {page}", highlight=False, soft_wrap=True)


def validity(console: Console, found: Validity) -> None:
    """How many strangers' answers were judged rightly, and every one for a human to look at."""
    for name, (count, of) in found.figures.items():
        low, high = interval(count, of)
        console.print(f"{found.assignment}: {count} of {of} {name} ({low:.0%} to {high:.0%})", highlight=False)
    for one in found.right:
        for message in one.messages:
            console.print(f"[red]✗[/red] {one.name}: {escape(visible(message))}", highlight=False, soft_wrap=True)
    for one in found.wrong:
        mark = "[green]✓[/green]" if one.hints else "[yellow]○[/yellow]" if one.tests else "[red]✗[/red]"
        console.print(
            f"{mark} {one.exercise}, {one.name}: {escape(visible(one.what))}", highlight=False, soft_wrap=True
        )
        for text in one.hints or one.messages[:1] or ("No hidden test refuses it.",):
            console.print(f"    {escape(visible(text))}", highlight=False, soft_wrap=True)
    for fault in found.faults:
        problem(_in_one_line(fault))


def _in_one_line(text: str) -> str:
    """A traceback by what it is about and its last line; the page has all of it."""
    first, *rest = text.strip().splitlines()
    return f"{first.partition(': Traceback')[0]} … {rest[-1]}" if rest else first


def doctor(console: Console, report: Report) -> None:
    """What the doctor found, a line each, and the verdict last."""
    for name, found in report.layers.items():
        if found:
            console.print(f"[green]✓[/green] {name} {'' if found is True else found}", highlight=False)
        else:
            console.print(f"[yellow]○[/yellow] {name} is missing. To get it: {report.missing[name]}", highlight=False)
    for what in report.escapes:
        console.print(f"[red]✗[/red] a trial notebook could reach {what}", highlight=False)
    for warning in report.warnings:
        shown.warning(console, warning)
    console.print(f"  GPU: {report.gpu}", highlight=False)
    console.print(f"  nbgrader exchange: {report.exchange}", highlight=False, soft_wrap=True)
    console.print("  " + ", ".join(f"{name} {version}" for name, version in report.versions.items()), highlight=False)
    if report.course is not None:
        shown.course(console, report.course)
    if report.lti is not None:
        if report.lti.about:
            console.print(f"  scores go to: {escape(visible(report.lti.about))}", highlight=False, soft_wrap=True)
        for problem in report.lti.problems:
            shown.problem(console, problem)
    if not report.safe:
        console.print("[red]Grading is not safe here; nothing will be graded.[/red]", highlight=False)
    elif not report.fit:
        console.print(f"[red]Grading is safe here[/red] ({report.level}), but the course is not in order.")
    else:
        console.print(f"[green]Grading is safe here[/green] ({report.level}).", highlight=False)
