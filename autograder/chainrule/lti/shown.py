"""How the command line shows what was sent and what was not."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console

from chainrule.engine.visible import in_one_line, visible
from chainrule.lti.keys import Key
from chainrule.lti.report import Line, Report

MOST_NAMES = 10


def report(console: Console, found: Report) -> None:
    """The counts of each assignment, and what somebody should know of, by reason."""
    for assignment, lines in groupby(found.lines, key=lambda line: line.assignment):
        of_one = Report(list(lines))
        _say(console, f"{assignment}: {', '.join(f'{count} {what}' for what, count in of_one.counts().items())}")
        amiss = sorted(of_one.amiss, key=lambda line: (line.outcome, line.reason))
        for (outcome, reason), same in groupby(amiss, key=lambda line: (line.outcome, line.reason)):
            _say(console, f"  {outcome}: {_names(list(same))}. {reason}")
    if not found.lines:
        _say(console, "Nobody has handed in anything that goes to the platform.")


def key(console: Console, found: Key, jwk: str) -> None:
    """What the platform gets to know: the public half, in both forms that platforms ask for."""
    _say(
        console,
        f"Key id: {found.id}\n\nPublic key, for Moodle:\n\n{found.public_pem}\nPublic JWK, for Canvas:\n\n{jwk}",
    )


def _names(lines: list[Line]) -> str:
    names = [in_one_line(line.student) for line in lines[:MOST_NAMES]]
    return ", ".join([*names, *([f"{len(lines) - MOST_NAMES} more"] if len(lines) > MOST_NAMES else [])])


def _say(console: Console, text: str) -> None:
    console.print(visible(text), highlight=False, markup=False, soft_wrap=True)
