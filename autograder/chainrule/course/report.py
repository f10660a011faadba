"""What students see of their hidden tests: for each exercise its hints and a table of titles, outcomes and messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Scores:
    """What the gradebook says: score and points by cell; the total, from which the late penalty is off already."""

    cells: Mapping[str, tuple[float, float]]
    score: float
    max_score: float
    late_penalty: float = 0.0

    def of(self, exercise: ExerciseResult) -> tuple[float, float]:
        """An exercise's score and points; those of its hidden tests where the gradebook has none."""
        return self.cells.get(exercise.name, (exercise.score, exercise.max_score))

    def changed(self, exercise: ExerciseResult) -> bool:
        """Whether a teacher has changed what the hidden tests gave."""
        return abs(self.of(exercise)[0] - exercise.score) > 1e-9


def add_reports(notebook: NotebookNode, results: Results, scores: Scores | None = None) -> None:
    """Put each exercise's report under its check cell, and a summary on top.

    Without the gradebook's `scores` the numbers are those of the hidden tests, and say so.
    """
    by_name = {exercise.name: exercise for exercise in results.exercises}
    for cell in notebook.cells:
        exercise = by_name.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if exercise is not None and cell.metadata["nbgrader"].get("grade"):
            data = {"text/html": exercise_html(exercise, scores), "text/plain": exercise_text(exercise, scores)}
            cell.outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=dict(MARK)))
    top = nbformat.v4.new_markdown_cell(summary_markdown(results, scores))
    top.id = SUMMARY
    notebook.cells.insert(0, top)


def remove_reports(notebook: NotebookNode) -> None:
    """Take out what `add_reports` has put in."""
    notebook.cells = [cell for cell in notebook.cells if cell.get("id") != SUMMARY]
    for cell in notebook.cells:
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if output.get("metadata") != MARK]


def summary_markdown(results: Results, scores: Scores | None = None) -> str:
    """The whole submission at a glance: points by exercise, what went wrong, and notes."""
    if scores is None:
        total = f"Hidden tests: **{_number(results.score)} of {_number(results.max_score)} points**"
    else:
        total = f"**{_number(scores.score)} of {_number(scores.max_score)} points**"
    lines = [
        f"{total}, {_outcomes(results.outcomes)}.",
        "",
        "| exercise | points | hidden tests |",
        "| --- | --- | --- |",
    ]
    for exercise in results.exercises:
        outcomes = Counter(str(test.outcome) for test in exercise.tests)
        # nbgrader's page sets no space between columns: "0.75 / 2" and "1 failed" would read as one.
        points = " / ".join(map(_number, (scores or _OF_THE_TESTS).of(exercise))) + _said_if_changed(exercise, scores)
        lines.append(f"| `{exercise.name}`&emsp; | {points}&emsp; | {_outcomes(outcomes)} |")
    if scores is not None:
        tested = {exercise.name for exercise in results.exercises}
        for name, score in scores.cells.items():
            if name not in tested:
                lines.append(f"| `{name}`&emsp; | {' / '.join(map(_number, score))}&emsp; | graded by a teacher |")
        if scores.late_penalty:
            lines.append(f"| handed in late&emsp; | −{_number(scores.late_penalty)}&emsp; | |")
    notes = list(results.notes)
    if results.sandbox == UNSANDBOXED:
        notes.append("This submission was graded without a sandbox (unsandboxed).")
    return "\n".join([*lines, "", *(f"- {_markdown(note)}" for note in notes)])


_OF_THE_TESTS = Scores({}, 0.0, 0.0)


def exercise_html(exercise: ExerciseResult, scores: Scores | None = None) -> str:
    """The report of one exercise as HTML; every text in it is escaped."""
    page = _pages.get_template("exercise.html")
    return visible(page.render(exercise=exercise, points=_points(exercise, scores), cell=exercise.name + ANSWER))


def exercise_text(exercise: ExerciseResult, scores: Scores | None = None) -> str:
    """The same as plain text."""
    lines = [f"{exercise.name}: {_points(exercise, scores)}"]
    lines += [f"  {hint} (in the cell {exercise.name + ANSWER})" for hint in exercise.hints]
    for test in exercise.tests:
        lines.append(f"  {test.outcome:<13} {test.earned:g}/{test.points:g}  {test.title}")
        if test.message:
            lines.append(f"      {test.message}")
    return visible("\n".join(lines))


def _points(exercise: ExerciseResult, scores: Scores | None) -> str:
    score, points = (scores or _OF_THE_TESTS).of(exercise)
    return f"{_number(score)} of {_number(points)} points{_said_if_changed(exercise, scores)}"


def _said_if_changed(exercise: ExerciseResult, scores: Scores | None) -> str:
    if scores is None or not scores.changed(exercise):
        return ""
    return f" (changed by a teacher; the hidden tests give {_number(exercise.score)})"


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
