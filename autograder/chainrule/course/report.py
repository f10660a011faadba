"""What the formgrader shows of hidden tests: of each exercise hints, and a table of titles, outcomes and messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import jinja2
import nbformat
from nbformat import NotebookNode

from chainrule.engine.results import ExerciseResult, Results
from chainrule.engine.solutions import ANSWER
from chainrule.engine.visible import visible
from chainrule.sandbox.layers import UNSANDBOXED

MARK = {"chainrule": "report"}
"""The metadata of the outputs that are ours; a student's outputs are rebuilt and have none."""

SUMMARY = "chainrule-summary"
"""The id of the cell on top; a student's cells get ids of their own."""

_pages = jinja2.Environment(loader=jinja2.PackageLoader("chainrule.course", "pages"), autoescape=True)


def add_reports(notebook: NotebookNode, results: Results) -> None:
    """Put each exercise's report under its check cell, and a summary on top; the points are those of hidden tests."""
    by_name = {exercise.name: exercise for exercise in results.exercises}
    for cell in notebook.cells:
        exercise = by_name.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if exercise is not None and cell.metadata["nbgrader"].get("grade"):
            data = {"text/html": exercise_html(exercise), "text/plain": exercise_text(exercise)}
            cell.outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=dict(MARK)))
    top = nbformat.v4.new_markdown_cell(summary_markdown(results))
    top.id = SUMMARY
    notebook.cells.insert(0, top)


def remove_reports(notebook: NotebookNode) -> None:
    """Take out what `add_reports` has put in."""
    notebook.cells = [cell for cell in notebook.cells if cell.get("id") != SUMMARY]
    for cell in notebook.cells:
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if output.get("metadata") != MARK]


def summary_markdown(results: Results) -> str:
    """The whole submission at a glance: points by exercise, what went wrong, and notes."""
    total = f"**{_number(results.score)} of {_number(results.max_score)} points**"
    lines = [
        f"Hidden tests: {total}, {_outcomes(results.outcomes)}.",
        "",
        "| exercise | points | hidden tests |",
        "| --- | --- | --- |",
    ]
    for exercise in results.exercises:
        outcomes = Counter(str(test.outcome) for test in exercise.tests)
        # nbgrader's page sets no space between columns: "0.75 / 2" and "1 failed" would read as one.
        points = f"{_number(exercise.score)} / {_number(exercise.max_score)}"
        lines.append(f"| `{exercise.name}`&emsp; | {points}&emsp; | {_outcomes(outcomes)} |")
    return "\n".join([*lines, "", *(f"- {_markdown(note)}" for note in notes(results))])


def notes(results: Results) -> list[str]:
    """Sentences about the submission as a whole."""
    unsafe = ["This submission was graded without a sandbox (unsandboxed)."]
    return [*results.notes, *(unsafe if results.sandbox == UNSANDBOXED else [])]


def exercise_html(exercise: ExerciseResult) -> str:
    """The report of one exercise as HTML; every text in it is escaped."""
    page = _pages.get_template("exercise.html")
    return visible(page.render(exercise=exercise, points=_points(exercise), cell=exercise.name + ANSWER))


def exercise_text(exercise: ExerciseResult) -> str:
    """The same as plain text."""
    lines = [f"{exercise.name}: {_points(exercise)}"]
    lines += [f"  {hint} (in the cell {exercise.name + ANSWER})" for hint in exercise.hints]
    for test in exercise.tests:
        lines.append(f"  {test.outcome:<13} {test.earned:g}/{test.points:g}  {test.title}")
        if test.message:
            lines.append(f"      {test.message}")
    return visible("\n".join(lines))


def _points(exercise: ExerciseResult) -> str:
    return f"{_number(exercise.score)} of {_number(exercise.max_score)} points"


def _number(value: float) -> str:
    """As nbgrader's page rounds."""
    return f"{round(value, 2):g}"


def _outcomes(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


def _markdown(text: str) -> str:
    """Text that means nothing to Markdown, HTML or MathJax, but for the backticks that we put around names."""
    pieces = visible(text).split("`")
    if len(pieces) % 2 == 0:
        return _characters(visible(text))
    return "".join(_code(piece) if index % 2 else _characters(piece) for index, piece in enumerate(pieces))


def _code(name: str) -> str:
    """A name as code; between backticks Markdown knows no escapes."""
    return f"`{name}`" if _NAME.fullmatch(name) else f"<code>{_characters(name)}</code>"


def _characters(text: str) -> str:
    """Text in which every character stands for itself."""
    return "".join(_AS_TEXT.get(char, char) for char in text)


_NAME = re.compile(r"[\w .,:;()/-]+")
_AS_TEXT = {
    **{char: f"&#{ord(char)};" for char in "\n!#&*+-:<>[]_`|~"},
    # In elements of their own these begin no formula, wherever the page is shown.
    **{char: f"<span>&#{ord(char)};</span>" for char in "$\\"},
}
