"""What a browser would run or fetch of a page."""

from __future__ import annotations

from html.parser import HTMLParser

ACTIVE = frozenset({"script", "iframe", "object", "embed", "form", "base", "meta", "link", "style", "template"})
SCHEMES = ("javascript:", "vbscript:", "data:text", "data:application")
ELSEWHERE = "192.0.2.1"
"""Of an address that belongs to nobody."""


class _Active(HTMLParser):
    """Collects what is active, as text that says what it is."""

    # As browsers do it where scripts run: up to its end, this is text.
    CDATA_CONTENT_ELEMENTS = (  # type: ignore[misc]
        "script",
        "style",
        "noscript",
        "title",
        "textarea",
        "xmp",
        "noembed",
        "noframes",
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text: list[str] = []
        self.runs_formulas = False
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = [(name, value or "") for name, value in attrs]
        whole = f"<{tag} {values}>"
        self._inside = tag if tag in ACTIVE else ""
        if tag in ACTIVE:
            self.found.append(whole)
            self.runs_formulas |= tag == "script" and "mathjax" in whole.lower()
        for name, value in values:
            plain = "".join(char for char in value.lower() if char.isprintable() and not char.isspace())
            fetched = ELSEWHERE in plain and (tag, name) != ("a", "href")
            ours = name == "class" and "chainrule" in plain
            if name.startswith("on") or plain.startswith(SCHEMES) or fetched or ours:
                self.found.append(whole)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)
            self.runs_formulas |= "mathjax" in data.lower()
        else:
            self.text.append(data)


def active(page: str, mark: str) -> list[str]:
    """What a page runs, fetches or passes off as ours that has this mark in it; control characters too."""
    parser = _Active()
    # To a browser this comment has ended; to Python it has just begun.
    parser.feed(page.replace("<!-->", ""))
    parser.close()
    found = [one for one in parser.found if mark in one]
    found += [one for one in parser.text if mark in one and "\x1b" in one]
    if parser.runs_formulas:
        found += [one for one in parser.text if f"\\href{{javascript:alert('{mark}')" in one]
    return found
