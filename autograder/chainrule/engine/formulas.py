"""Formulas without script and network: LaTeX becomes MathML where a page is made, and browsers show that themselves.

latex2mathml does not escape what stands in `\\text{…}` and passes on `\\href` and `\\style`. So its answer is read as
XML, and built anew of elements and attributes that only say how a formula looks.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert

ELEMENTS = frozenset(
    "math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable "
    "mtd mtext mtr munder munderover".split()
)
ATTRIBUTES = frozenset(
    "accent accentunder display displaystyle fence form largeop linethickness lspace mathcolor maxsize minsize "
    "movablelimits notation rspace scriptlevel separator stretchy style symmetric width".split()
)
VALUE = re.compile(r"-?\d(\.\d{1,4})?(em|ex|pt|px)?|[1-9]\d(\.\d{1,4})?(em|ex|pt|px)|[a-z]{1,24}|#[0-9a-fA-F]{3,8}")
"""Words, colours and lengths that do not reach far: a formula stays where it is."""

STYLE = re.compile(r"(text-align: ?(left|center|right)|font-family: ?monospace);?")
LETTERS = {
    "bold": "BOLD",
    "bold-italic": "BOLD ITALIC",
    "double-struck": "DOUBLE-STRUCK",
    "fraktur": "FRAKTUR",
    "script": "SCRIPT",
    "bold-script": "BOLD SCRIPT",
    "sans-serif": "SANS-SERIF",
    "monospace": "MONOSPACE",
}
"""Values of `mathvariant`, which browsers no longer look at, as they stand in the names of characters."""

DEEPEST = 30
"""Elements within elements."""

XMLNS = "{http://www.w3.org/1998/Math/MathML}"


def mathml(tex: str, display: bool) -> str:
    """A formula as MathML; one that cannot be converted is shown as it was written."""
    try:
        found = ElementTree.fromstring(convert(tex, display="block" if display else "inline"))
        return ElementTree.tostring(_rebuilt(found), encoding="unicode", short_empty_elements=False)
    except Exception:  # noqa: BLE001
        # On what is no formula the library raises all sorts of things, from StopIteration to RecursionError.
        return as_written(tex)


def as_written(tex: str) -> str:
    """A formula as text."""
    return f"<code>{escape(tex)}</code>"


def permitted(attribute: str, value: str) -> bool:
    """Whether an attribute of an element of a formula may be what it is."""
    if attribute == "style":
        return STYLE.fullmatch(value) is not None
    return attribute in ATTRIBUTES and VALUE.fullmatch(value) is not None


def _rebuilt(found: Element, depth: int = 0) -> Element:
    """The same element, if it is one of a formula's.

    Raises:
        ValueError: it is another, or nested too deep.
    """
    name = str(found.tag).removeprefix(XMLNS)
    if name not in ELEMENTS or depth > DEEPEST:
        raise ValueError(f"<{name}> at depth {depth} is no element of a formula")
    attributes, variant = dict(found.attrib), found.attrib.get("mathvariant", "")
    if "columnalign" in attributes:
        # Browsers that go by MathML Core look at the style alone.
        attributes["style"] = f"text-align: {attributes['columnalign']}"
    elif name == "mtext" and variant == "monospace":
        attributes["style"], variant = "font-family: monospace", ""
    new = Element(name, {key: value for key, value in attributes.items() if permitted(key, value)})
    new.text = found.text
    if variant in LETTERS:
        new.text = "".join(_letter(char, LETTERS[variant]) for char in found.text or "")
    new.extend(_rebuilt(child, depth + 1) for child in found)
    return new


def _letter(char: str, kind: str) -> str:
    """A letter or digit in bold, script and so on, which is a character of its own; others are as they are."""
    name = unicodedata.name(char, "").removeprefix("LATIN ").removeprefix("GREEK ").replace(" LETTER", "")
    for one in (f"MATHEMATICAL {kind} {name}", f"{kind} {name}", f"{kind} {name}".replace("FRAKTUR", "BLACK-LETTER")):
        try:
            return unicodedata.lookup(one)
        except KeyError:
            continue
    return char
