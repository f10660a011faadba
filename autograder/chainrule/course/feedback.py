"""Makes the feedback page: it says what the gradebook says now, and it runs no script and loads nothing.

A teacher may have changed scores since the grading. What students wrote has been made safe when it was graded.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbgrader.server_extensions.formgrader as formgrader
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from chainrule.course import report
from chainrule.course.report import Scores
from chainrule.engine import formulas, prose
from chainrule.engine import results as result_files
from chainrule.engine.cleaning import ATTACHED

TEMPLATE = "graded_feedback"
LARGEST_PICTURE = 8 * 1024 * 1024
"""Bytes of a file that was released beside the notebook."""

FONT = re.compile(r"@font-face\s*\{[^}]*\}")


class ShowScores(NbGraderPreprocessor):  # type: ignore[misc]
    """In `c.GenerateFeedback.preprocessors` after GetGrades, which has put the gradebook's scores into the cells."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Write the reports of the hidden tests anew, with the scores of now."""
        names = resources["nbgrader"]
        file = Path(resources["metadata"]["path"]) / result_files.FILE_NAME
        if names["notebook"] != names["assignment"] or not file.is_file():
            return nb, resources
        settings = [cell.metadata.get("nbgrader", {}) for cell in nb.cells]
        cells = {one["grade_id"]: (one["score"], one["points"]) for one in settings if "score" in one}
        scores = Scores(cells, names["score"], names["max_score"], names["late_penalty"])
        report.remove_reports(nb)
        report.add_reports(nb, result_files.read(file), scores)
        return nb, resources


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback page with our template; set as `c.GenerateFeedback.exporter_class`."""

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        """Find our template, and nbgrader's which it extends; what the course configures comes first."""
        found = config or Config()
        nbgraders = str(Path(str(formgrader.__file__)).parent / "templates")
        settings = Config()
        settings.FeedbackExporter.template_name = TEMPLATE
        settings.FeedbackExporter.extra_template_basedirs = [str(Path(__file__).parent / "pages"), nbgraders]
        settings.FeedbackExporter.extra_template_paths = [
            *found.HTMLExporter.get("extra_template_paths", []),
            nbgraders,
        ]
        settings.merge(found)
        super().__init__(config=settings, **kwargs)  # type: ignore[no-untyped-call]

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """nbconvert's filters, and one that our template uses."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "without_fonts", without_fonts

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """What was released, and what teachers write, as nbconvert converts it, but for formulas and pictures."""
        if prose.is_block(source):
            return source
        converter: Any = self.parent
        names, coursedir = context["resources"]["nbgrader"], converter.coursedir
        renderer = ReleasedProse(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=True,
            path=coursedir.format_path(coursedir.source_directory, ".", names["assignment"]),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
            **self.lexer_options,
        )
        return MarkdownWithMath(renderer=renderer).render(source)


def without_fonts(styles: str) -> str:
    """Styles that name no font file: Bootstrap's has icons, which browsers ask for although the page shows none."""
    return FONT.sub("", styles)


class ReleasedProse(IPythonRenderer):
    """Formulas become MathML; pictures that were released beside the notebook become a part of the page."""

    def block_math(self, body: str) -> str:
        """A formula on a line of its own."""
        return formulas.mathml(body, display=True)

    def inline_math(self, body: str) -> str:
        """A formula within a line."""
        return formulas.mathml(body, display=False)

    def latex_environment(self, name: str, body: str) -> str:
        """Several lines of formulas."""
        return formulas.mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A picture; in the place of one that is missing a sentence, where nbconvert gives up the whole page."""
        try:
            return super().image(text, url, title)
        except InvalidNotebook:
            return f"<em>The picture {escape(url.removeprefix(ATTACHED))} is not in the notebook.</em>"

    def _src_to_base64(self, src: str) -> str | None:
        """A picture in the assignment's source folder as a `data:` URL; no file of a student's is looked at."""
        kind = mimetypes.guess_type(src)[0] or ""
        try:
            folder = Path(self.path).resolve()
            file = (folder / unquote(src)).resolve()
            if kind.startswith("image/") and file.is_relative_to(folder) and file.stat().st_size <= LARGEST_PICTURE:
                return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
        except (OSError, ValueError):
            # An address elsewhere is the name of no file here.
            pass
        return None
