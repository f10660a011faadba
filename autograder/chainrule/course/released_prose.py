"""Converts Markdown that was released, or is a teacher's, for the feedback page, which loads nothing."""

from __future__ import annotations

import base64
import mimetypes
import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer

from chainrule.engine import formulas
from chainrule.engine.cleaning import ATTACHED

LARGEST_PICTURE = 8 * 1024 * 1024
"""Bytes of a file that was released beside the notebook."""

LEVEL = re.compile(r"<(/?)h[1-6]\b")
EMPTY_HEADER = re.compile(r"<th\b([^<>]*)>\s*</th>")


def within_a_section(html: str) -> str:
    """The HTML with its headings below those of exercises, so that no level is left out, and no header of nothing."""
    return EMPTY_HEADER.sub(r"<td\1></td>", LEVEL.sub(r"<\1h4", html))


class ReleasedProse(IPythonRenderer):
    """Formulas become MathML; pictures that were released beside the notebook become a part of the page."""

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A heading without nbconvert's anchor: the ids of the page are those of exercises."""
        return f"<h{level}>{text}</h{level}>\n"

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
