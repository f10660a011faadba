"""What a student's code answered in one hidden test, reply by reply, in a form that can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.inside import wire

Leaf = NDArray[np.float64] | str
"""A number or an array of numbers; anything else as a text."""

LARGEST = 500
"""Of a larger array, and of a longer list, every k-th entry is kept, about this many."""

LONGEST_TEXT = 200
"""Characters of a text or of a key that are kept."""

MOST_BYTES, MOST_LEAVES, MOST_REPLIES = 8 * 2**20, 5_000, 5_000
"""What is kept of one test, of one reply and of how many replies. Honest ones have a tenth of that; of an answer or a
mistake with more, the rest is not compared."""

LEAF_BYTES = 200
"""What a leaf takes beside its content."""

RTOL, ATOL = 1e-5, 1e-8
"""Two values are the same up to rounding; ATOL is a part of the largest entry."""


@dataclass
class Transcript:
    """The replies of one test in order, each as its leaves by their places: "[0]" is the first of a tuple.

    None stands for a leaf that says nothing. Whatever a student's code replies, so much is kept and no more.
    """

    replies: list[dict[str, Leaf | None]] = field(default_factory=list)
    _room: int = field(default=MOST_BYTES, init=False, repr=False)

    def hear(self, reply: wire.Reply) -> None:
        """Note one reply."""
        if self._room < 0 or len(self.replies) == MOST_REPLIES:
            return
        leaves: dict[str, Leaf | None] = {}
        for place, leaf in islice(_leaves_of(reply), MOST_LEAVES):
            leaves[place] = leaf
            self._room -= LEAF_BYTES + len(place) + (leaf.nbytes if isinstance(leaf, np.ndarray) else len(leaf))
            if self._room < 0:
                break
        self.replies.append(leaves)


def same(one: Leaf | None, other: Leaf | None) -> bool:
    """Whether two leaves are equal up to rounding; None is a leaf that is not there."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        if one.shape != other.shape:
            return False
        finite = np.abs(other[np.isfinite(other)])
        scale = float(finite.max(initial=0.0)) or 1.0
        with np.errstate(all="ignore"):
            return bool(np.allclose(one, other, RTOL, ATOL * scale, equal_nan=True))
    return type(one) is type(other) and bool(one == other)


def _leaves_of(reply: wire.Reply) -> Iterator[tuple[str, Leaf]]:
    match reply:
        case wire.Returned(value):
            yield from _leaves("", value)
        case wire.Callback(_, args):
            yield from _leaves("called with ", args)
        case wire.Raised(kinds, text):
            yield "raised", f"{kinds[0][:LONGEST_TEXT] if kinds else ''}: {text[:LONGEST_TEXT]}"
        case wire.NotData(what):
            yield "returned no data", what[:LONGEST_TEXT]
        case _:
            yield type(reply).__name__, ""


def _leaves(place: str, value: Any) -> Iterator[tuple[str, Leaf]]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        step = max(1, value.size // LARGEST)
        yield place, value.astype(np.float64) if step == 1 else value.ravel()[::step].astype(np.float64)
        yield f"{place} shape", str(value.shape)
        yield f"{place} dtype", str(value.dtype)
    elif isinstance(value, (bool, int, float)):
        yield place, np.array(float(value))
        yield f"{place} shape", "()"
        yield f"{place} dtype", type(value).__name__
    elif isinstance(value, list):
        yield f"{place} length", str(len(value))
        for index in range(0, len(value), max(1, len(value) // LARGEST)):
            yield from _leaves(f"{place}[{index}]", value[index])
    elif isinstance(value, Mapping):
        keys = {str(key)[:LONGEST_TEXT]: item for key, item in islice(value.items(), LARGEST)}
        yield f"{place} keys", ", ".join(sorted(keys))
        for key, item in keys.items():
            yield from _leaves(f"{place}[{key!r}]", item)
    else:
        shown = value[:LONGEST_TEXT] if isinstance(value, (str, bytes)) else value
        yield place, f"{type(value).__name__}: {shown!s}"[:LONGEST_TEXT]
