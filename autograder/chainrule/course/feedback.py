"""Makes the feedback page: it says what the gradebook says now, and it runs no script and loads nothing.

A teacher may have changed scores since the grading. What students wrote has been made safe when it was graded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from chainrule.course import feedback_page, internals, report, timestamps
from chainrule.course.collect import SECRET
from chainrule.course.feedback_page import Given, Scores
from chainrule.course.internals import course_directory
from chainrule.course.released_prose import ReleasedProse, within_a_section
from chainrule.engine import prose
from chainrule.engine import results as result_files
from chainrule.engine.results import Results
from chainrule.engine.visible import visible

TEMPLATE = "graded_feedback"
PAGE = "chainrule_page"
"""Where the page waits for the template in nbconvert's resources."""


class ShowScores(NbGraderPreprocessor):  # type: ignore[misc]
    """In `c.GenerateFeedback.preprocessors` after GetGrades, which has put the gradebook's scores into the cells."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Take out the reports of the hidden tests that the formgrader shows, and say what the page shows instead."""
        report.remove_reports(nb)
        names = resources["nbgrader"]
        results = self._results(names, Path(resources["metadata"]["path"]))
        with Gradebook(names["db_url"]) as gradebook:
            scores = _scores(nb, names, gradebook)
            released = self._released(names, gradebook)
        resources[PAGE] = feedback_page.make(nb, names["notebook"], scores, results, released)
        return nb, resources

    def _results(self, names: dict[str, Any], folder: Path) -> Results | None:
        file = folder / result_files.FILE_NAME
        return result_files.read(file) if names["notebook"] == names["assignment"] and file.is_file() else None

    def _released(self, names: dict[str, Any], gradebook: Gradebook) -> set[str]:
        """The code that went out, answers that are still to be written too."""
        coursedir = course_directory(self)
        folder = coursedir.format_path(coursedir.source_directory, ".", names["assignment"])
        source = Path(folder) / f"{names['notebook']}.ipynb"
        cells = nbformat.read(source, as_version=4).cells if source.is_file() else []
        in_gradebook = gradebook.find_notebook(names["notebook"], names["assignment"]).source_cells
        return {cell.source for cell in (*cells, *in_gradebook) if cell.cell_type == "code"}


def _scores(nb: NotebookNode, names: dict[str, Any], gradebook: Gradebook) -> Scores:
    """What GetGrades has found, and which scores and comments are a teacher's."""
    settings = [cell.metadata.get("nbgrader", {}) for cell in nb.cells]
    found = gradebook.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
    by_hand = {one.name for one in found.grades if one.manual_score is not None}
    pending = {one.name for one in found.grades if one.needs_manual_grade} - by_hand
    automatic = frozenset(one.name for one in found.comments if one.manual_comment is None)
    cells = {
        name: Given(one["score"], one["points"], name in pending, name in by_hand)
        for one in settings
        if "score" in one and (name := one["grade_id"])
    }
    return Scores(cells, names["score"], names["max_score"], names["late_penalty"], automatic)


class FeedbackExporter(HTMLExporter):
    """nbconvert's exporter with our template; set as `c.GenerateFeedback.exporter_class`."""

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        """Find our template; what the course configures comes first."""
        settings = Config()
        settings.FeedbackExporter.template_name = TEMPLATE
        settings.FeedbackExporter.extra_template_basedirs = [str(Path(__file__).parent / "pages")]
        settings.merge(config or Config())
        super().__init__(config=settings, **kwargs)  # type: ignore[no-untyped-call]

    @property
    def environment(self) -> Environment:
        """nbconvert's, in which nothing is HTML that is not said to be."""
        found: Environment = super().environment
        found.autoescape = True
        return found

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """nbconvert's filters, and those that our template uses."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "number", number
        yield "visible", visible
        yield "fitted", fitted
        yield "plural", plural
        yield "error", feedback_page.error

    @pass_context
    def markdown2html(self, context: Context, source: str, attachments: dict[str, Any] | None = None) -> Markup:
        """Prose: a student's is clean HTML already; what was released, and teachers' comments, are Markdown."""
        if prose.is_block(source):
            return fitted(source)
        converter: Any = self.parent
        names, coursedir = context["resources"]["nbgrader"], converter.coursedir
        renderer = ReleasedProse(
            escape=False,
            attachments=attachments or {},
            embed_images=True,
            path=coursedir.format_path(coursedir.source_directory, ".", names["assignment"]),
            **self.lexer_options,
        )
        return fitted(MarkdownWithMath(renderer=renderer).render(source))


def fitted(html: str) -> Markup:
    """HTML that was released, or made safe when it was graded, as it fits into the page."""
    return Markup(within_a_section(html))


def number(value: float) -> str:
    """Points, as nbgrader rounds them."""
    return f"{round(value, 2):g}"


def plural(count: int, what: str) -> str:
    """So many things."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


# The page is whole in itself; nbgrader releases it by the student's secret, and tells new work by the time.
internals.copy_to_feedback((SECRET, timestamps.FILE))
