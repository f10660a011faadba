"""Cleans HTML of a student's: how text, tables, formulas and pictures look is left; nothing runs or loads anything.

nh3 parses as browsers do, and its answer has no element whose text is read in another way (style, script, title): what
it has left out cannot come back when a browser parses it. Its time grows with the depth of the elements, so their
number is bounded before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import nh3

from chainrule.engine import formulas
from chainrule.engine.bounds import Room, left_out
from chainrule.engine.pictures import FORMATS, verified
from chainrule.engine.visible import in_order

ELEMENTS = frozenset(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 "
    "hr i img ins kbd li mark ol p pre q s samp small span strike strong sub summary sup table tbody td tfoot th thead "
    "tr tt u ul var".split()
)
ATTRIBUTES = {
    "*": {"style"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "table": {"border"},
    **{name: {"align", "colspan", "rowspan"} for name in ("td", "th")},
    **{name: set(formulas.ATTRIBUTES) for name in formulas.ELEMENTS},
}
STYLES = frozenset({"background-color", "color", "font-family", "font-style", "font-weight", "text-align"})
"""None of them loads anything, or moves anything over something else."""

LINK = re.compile(r"(https?://|mailto:)[^\s]{1,2000}", re.IGNORECASE)
EMBEDDED = re.compile(r"data:(image/(?:png|jpeg));base64,(.*)", re.DOTALL | re.IGNORECASE)
ATTACHED = "attachment:"
SMALL = re.compile(r"[0-9]{1,4}")
NUMBERS = frozenset({"border", "colspan", "height", "rowspan", "start", "width"})
FORMATTING = re.compile(r"<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s/][^>]*>", re.IGNORECASE)
"""With attributes they differ, and a parser opens all that are still open once more in every paragraph."""

TAG = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
EMPTY = frozenset({"br", "col", "hr", "img"})
DEEPEST = 60
"""Elements within elements: whatever reads the page after us may recurse."""

NOT_TYPESET = '<div class="tex2jax_ignore mathjax_ignore">'
"""Opens what MathJax leaves alone, which the formgrader loads: it knows links, styles and macros of its own."""

Attachments = Mapping[str, Any]
"""The pictures pasted into a cell, by name, as they were handed in: anything may be there."""


class Cleaner:
    """Cleans the HTML of one notebook, as much of it as there is room for."""

    def __init__(self, room: Room) -> None:
        """Nothing has been shown yet."""
        self._room = room

    def clean(self, html: str, attachments: Attachments | None = None) -> str:
        """The HTML, safe to show; what had to go is said at its end. Pictures may be `attachments` of a cell."""
        kept, cut = self._within_bounds(html)
        missing: list[str] = []

        def keep(tag: str, attribute: str, value: str) -> str | None:
            if (tag, attribute) == ("img", "src"):
                picture = self._picture(value, attachments or {})
                if picture is None:
                    missing.append(value)
                return picture
            return value if _harmless(tag, attribute, value) else None

        cleaned = nh3.clean(
            in_order(_alike(kept)),
            tags=ELEMENTS | formulas.ELEMENTS,
            attributes=ATTRIBUTES,
            attribute_filter=keep,
            link_rel="noopener noreferrer nofollow",
            url_schemes={"http", "https", "mailto", "data", "attachment"},
            # What is no address, or one on the server that shows the page, is for `keep` to refuse.
            url_relative="pass_through",
            filter_style_properties=STYLES,
        )
        if _depth(cleaned) > DEEPEST:
            return f"<p><em>This is not shown: it is nested more than {DEEPEST} deep.</em></p>"
        said = [left_out(cut)] if cut else []
        if missing:
            count = f"{len(missing)} picture{' is' if len(missing) == 1 else 's are'}"
            said.append(f"{count} not shown: a picture must be pasted into the cell, as PNG or JPEG of up to 4 MiB.")
        return cleaned + "".join(f"<p><em>{sentence}</em></p>" for sentence in said)

    def _within_bounds(self, html: str) -> tuple[str, int]:
        """As much of the HTML as there is room for, by its length and its tags, and how much of it is left out."""
        kept, cut = self._room.html.cut(html)
        tags = self._room.tags
        pieces = kept.split("<", max(0, min(tags.each, tags.left)) + 1)
        *within, last = pieces
        if len(within) > min(tags.each, tags.left):
            kept, cut = "<".join(within), cut + len(last) + 1
        tags.left -= kept.count("<")
        return kept, cut

    def _picture(self, address: str, attachments: Attachments) -> str | None:
        """The picture at an address within the notebook, as a `data:` URL; None if there is none to be shown."""
        if embedded := EMBEDDED.fullmatch(address):
            found: Any = {embedded[1].lower(): embedded[2]}
        else:
            found = attachments.get(unquote(address.removeprefix(ATTACHED))) if address.startswith(ATTACHED) else None
        if not isinstance(found, dict):
            return None
        for kind in FORMATS:
            if kind in found:
                encoded = verified(kind, found[kind], self._room.pictures)
                return None if encoded is None else f"data:{kind};base64,{encoded}"
        return None


def _alike(html: str) -> str:
    """The HTML with no attribute on what is bold, italic and so on."""
    # After the last `>` no tag is whole, and each start of one would be searched to the end.
    end = html.rfind(">") + 1
    return FORMATTING.sub(r"<\1>", html[:end]) + html[end:]


def _harmless(tag: str, attribute: str, value: str) -> bool:
    """Whether an attribute may be what it is; styles are nh3's to filter."""
    if attribute == "href":
        return LINK.fullmatch(value) is not None
    if tag in formulas.ELEMENTS:
        return formulas.permitted(attribute, value)
    return attribute not in NUMBERS or SMALL.fullmatch(value) is not None


def _depth(html: str) -> int:
    """How many elements are within each other at most; the HTML is nh3's, where each is closed."""
    depth = deepest = 0
    for closing, name in TAG.findall(html):
        if name not in EMPTY:
            depth += -1 if closing else 1
            deepest = max(deepest, depth)
    return deepest
