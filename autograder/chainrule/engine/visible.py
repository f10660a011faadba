"""Text as it is: nothing in it moves a cursor, colours a terminal, or makes a line read in another order."""

from __future__ import annotations

import re

NO_COLOUR = re.compile(r"\x1b(?!\[[0-9;]{0,20}m)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
"""Control characters, but for tabs, ends of lines, and the codes that set a colour."""

BIDIRECTIONAL = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""What overrides or embeds the direction of text; marks that only hint at it are honest."""

UNSEEN = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|{BIDIRECTIONAL.pattern}")
"""Both, and other ends of lines; halves of characters too, which cannot be written."""


def visible(text: str) -> str:
    """The text with all that as escapes, `\\x1b` or `\\u202e`; ends of lines and tabs stay what they are."""
    return UNSEEN.sub(_escape, text)


def in_one_line(text: str) -> str:
    """The same of a name, which has no lines."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def coloured(text: str) -> str:
    """The outputs of a cell, which may set colours; other control characters go."""
    return in_order(NO_COLOUR.sub("", text))


def in_order(text: str) -> str:
    """The text with its bidirectional controls as escapes, so that it reads as it runs."""
    return BIDIRECTIONAL.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
