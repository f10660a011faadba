"""How the command line shows what was found of a Hub."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from chainrule.course import shown
from chainrule.engine.visible import visible
from chainrule.site.accounts import listed
from chainrule.site.report import SiteReport


def site(console: Console, report: SiteReport) -> None:
    """What the doctor found of a Hub with a course, a line each, and the verdict last."""
    console.print(f"  course: {escape(visible(report.course))}", highlight=False, soft_wrap=True)
    students = escape(visible(listed(report.students) or "students"))
    console.print(f"  what {students} can read: {report.way}", highlight=False, soft_wrap=True)
    for note in report.notes:
        console.print(f"[yellow]○[/yellow] {escape(visible(note))}", highlight=False, soft_wrap=True)
    for finding in report.findings:
        shown.problem(console, finding)
    if report.in_order:
        console.print("[green]The Hub and the course are in order[/green], as far as was looked at.", highlight=False)
    else:
        console.print(f"[red]To be changed: {len(report.findings)}[/red]", highlight=False)
