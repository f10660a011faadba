"""What students see of their hidden tests: for each exercise its hints and a table of titles, outcomes and messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape

import nbformat
from nbformat import NotebookNode

from chainrule.engine.results import ExerciseResult, Results
from chainrule.engine.solutions import ANSWER
from chainrule.probe.outcome import Outcome
from chainrule.sandbox.layers import UNSANDBOXED

COLOURS = {
    Outcome.PASSED: "#1a7f37",
    Outcome.FAILED: "#b42318",
    Outcome.GRADER_FAULT: "#6941c6",
}
OTHER_COLOUR = "#b54708"
CELL = "padding:4px 12px 4px 0;text-align:left;vertical-align:top;border:none"


def add_reports(notebook: NotebookNode, results: Results) -> None:
    """Put each exercise's report under its check cell, and a summary on top."""
    by_name = {exercise.name: exercise for exercise in results.exercises}
    for cell in notebook.cells:
        exercise = by_name.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if exercise is not None and cell.metadata["nbgrader"].get("grade"):
            data = {"text/html": exercise_html(exercise), "text/plain": exercise_text(exercise)}
            cell.outputs.append(nbformat.v4.new_output("display_data", data=data))
    top = nbformat.v4.new_markdown_cell(summary_markdown(results))
    top.id = "chainrule-summary"
    notebook.cells.insert(0, top)


def summary_markdown(results: Results) -> str:
    """The whole submission at a glance: points by exercise, what went wrong, and notes."""
    lines = [
        f"**{results.score:g} of {results.max_score:g} points**, {_outcomes(results.outcomes)}.",
        "",
        "| exercise | points | hidden tests |",
        "| --- | --- | --- |",
    ]
    for exercise in results.exercises:
        outcomes = Counter(str(test.outcome) for test in exercise.tests)
        points = f"{exercise.score:g} / {exercise.max_score:g}"
        # nbgrader's page sets no space between columns: "0.75 / 2" and "1 failed" would read as one.
        lines.append(f"| `{exercise.name}`&emsp; | {points}&emsp; | {_outcomes(outcomes)} |")
    notes = list(results.notes)
    if results.sandbox == UNSANDBOXED:
        notes.append("This submission was graded without a sandbox (unsandboxed).")
    return "\n".join([*lines, "", *(f"- {_markdown(note)}" for note in notes)])


def _outcomes(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


def exercise_html(exercise: ExerciseResult) -> str:
    """The report of one exercise as HTML; every text in it is escaped."""
    rows = "".join(
        f'<tr style="background:none"><td style="{CELL};color:{COLOURS.get(test.outcome, OTHER_COLOUR)};'
        f'font-weight:600;white-space:nowrap">{escape(test.outcome)}</td>'
        f'<td style="{CELL};white-space:nowrap">{test.earned:g} / {test.points:g}</td>'
        f'<td style="{CELL}">{escape(test.title)}'
        + (f'<div style="color:#57606a">{escape(test.message)}</div>' if test.message else "")
        + "</td></tr>"
        for test in exercise.tests
    )
    hints = "".join(
        f'<div style="background:#fff8c5;border-radius:6px;padding:6px 10px;margin:6px 0">{escape(hint)} '
        f'<span style="color:#57606a">{_where(exercise)}</span></div>'
        for hint in exercise.hints
    )
    return (
        '<div style="border-left:4px solid #d0d7de;padding-left:12px;margin:8px 0">'
        f"<strong>{escape(exercise.name)}: {exercise.score:g} of {exercise.max_score:g} points</strong>{hints}"
        f'<table style="border:none;margin:4px 0">{rows}</table></div>'
    )


def exercise_text(exercise: ExerciseResult) -> str:
    """The same as plain text."""
    lines = [f"{exercise.name}: {exercise.score:g} of {exercise.max_score:g} points"]
    lines += [f"  {hint} {_where(exercise)}" for hint in exercise.hints]
    for test in exercise.tests:
        lines.append(f"  {test.outcome:<13} {test.earned:g}/{test.points:g}  {test.title}")
        if test.message:
            lines.append(f"      {test.message}")
    return "\n".join(lines)


def _where(exercise: ExerciseResult) -> str:
    """The cell that a hint is about."""
    return f"(in the cell {escape(exercise.name + ANSWER)})"


def _markdown(text: str) -> str:
    """Text that means nothing to Markdown or HTML, but for the backticks that we put around names."""
    return "".join(f"\\{char}" if char in "\\*_[]#<>&$|~!" else char for char in text)
