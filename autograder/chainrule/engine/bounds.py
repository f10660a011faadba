"""How much of one notebook is shown: what reads it on the way to a page takes long on a lot, or on the wrong text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MEBIBYTE = 1024 * 1024


@dataclass
class Bound:
    """At most so much of `each` thing, and so much as is still `left` for all things of its kind in the notebook."""

    each: int
    left: int

    def cut(self, text: str) -> tuple[str, int]:
        """As much of a text as there is room for, and how many characters of it are left out."""
        kept = text[: max(0, min(self.each, self.left))]
        self.left -= len(kept)
        return kept, len(text) - len(kept)

    def fits(self, size: int) -> bool:
        """Whether there is room for something of this size, which then is taken."""
        if size > min(self.each, self.left):
            return False
        self.left -= size
        return True


def _bound(each: int, left: int) -> Callable[[], Bound]:
    return lambda: Bound(each, left)


@dataclass
class Room:
    """What one notebook may still show: characters of text, HTML, prose, code and formulas, pictures in bytes, outputs.

    A page of prose has 3000 characters, a table of 60 rows and 20 columns some 60 000.
    """

    text: Bound = field(default_factory=_bound(100_000, 2_000_000))
    html: Bound = field(default_factory=_bound(300_000, 3_000_000))
    prose: Bound = field(default_factory=_bound(20_000, 200_000))
    code: Bound = field(default_factory=_bound(100_000, 400_000))
    formulas: Bound = field(default_factory=_bound(2_000, 60_000))
    pictures: Bound = field(default_factory=_bound(4 * MEBIBYTE, 16 * MEBIBYTE))
    outputs: Bound = field(default_factory=_bound(1, 1_000))
    tags: Bound = field(default_factory=_bound(20_000, 150_000))


def left_out(count: int, what: str = "character") -> str:
    """The sentence that stands where something was cut off."""
    return f"{count:,} more {what}{' is' if count == 1 else 's are'} not shown."
