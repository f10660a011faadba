"""Makes HTML of a student's Markdown when it is graded, so that whatever shows it later finds nothing left to convert.

Markdown that was only cleaned would become links, headings with ids, and formulas for MathJax when it is converted
then. nbconvert's own converter takes cubic time on some texts; markdown-it-py does not.
"""

from __future__ import annotations

from html import escape
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from chainrule.engine import formulas
from chainrule.engine.bounds import Room, left_out
from chainrule.engine.cleaning import NOT_TYPESET, Attachments, Cleaner
from chainrule.engine.visible import coloured

FORMULA = 80
"""A formula takes so much room beside its characters: many short ones cost time as well."""

WITHIN_A_LINE = str.maketrans({"\n": "&#10;", "\r": "&#10;", "$": "&#36;", "\\": "&#92;", "[": "&#91;", "`": "&#96;"})
"""In one line without these, Markdown finds nothing in a block of HTML that it could convert."""


class Prose:
    """Converts the Markdown of one notebook, as much of it as there is room for."""

    def __init__(self, room: Room, cleaner: Cleaner) -> None:
        """Nothing has been shown yet."""
        self._room = room
        self._cleaner = cleaner
        self._markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        dollarmath_plugin(self._markdown, allow_labels=False, double_inline=True, renderer=self._formula)
        amsmath_plugin(self._markdown, renderer=lambda tex: self._formula(tex, {"display_mode": True}))

    def as_html(self, source: str, attachments: Attachments) -> str:
        """A Markdown cell as a Markdown cell: one block of clean HTML, in one line, that stays what it is."""
        kept, cut = self._room.prose.cut(source)
        html = self._cleaner.clean(self._converted(kept), attachments)
        said = f"<p><em>{left_out(cut)}</em></p>" if cut else ""
        return block(html + said)

    def as_text(self, source: str) -> str:
        """A cell of another kind as a Markdown cell that shows what was written."""
        kept, cut = self._room.prose.cut(coloured(source))
        said = f"<p><em>{left_out(cut)}</em></p>" if cut else ""
        return block(f"<pre>{escape(kept)}</pre>{said}")

    def _converted(self, source: str) -> str:
        try:
            return str(self._markdown.render(source))
        except Exception:  # noqa: BLE001
            # Whatever a converter stumbles over is shown as it was written.
            return f"<pre>{escape(source)}</pre>"

    def _formula(self, tex: str, options: dict[str, Any]) -> str:
        """A formula as MathML, or as text if it is long or there are very many."""
        room = self._room.formulas
        if len(tex) > room.each or not room.fits(min(len(tex) + FORMULA, room.each)):
            return formulas.as_written(tex)
        return formulas.mathml(tex, bool(options["display_mode"]))


def block(html: str) -> str:
    """Clean HTML as the source of a Markdown cell."""
    return f"{NOT_TYPESET}{html.translate(WITHIN_A_LINE)}</div>"


def is_block(source: str) -> bool:
    """Whether a Markdown cell is such a block, so that there is nothing in it to convert."""
    return source.startswith(NOT_TYPESET)
