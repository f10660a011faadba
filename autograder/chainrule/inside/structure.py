"""Looks through a MessagePack frame before anything is built from it.

Sixteen million empty lists fit into a frame of 16 MiB, and take a gigabyte once decoded. Counting comes first, and ends
at the first item too many.
"""

from __future__ import annotations

from collections.abc import Mapping

SCALARS = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8} | {
    0xD0: 1,
    0xD1: 2,
    0xD2: 4,
    0xD3: 8,
}
"""First byte of nil, booleans and numbers: how many bytes follow."""

TEXTS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
LISTS = {0xDC: 2, 0xDD: 4}
MAPS = {0xDE: 2, 0xDF: 4}
"""First byte of what has a length: how many bytes the length takes."""

FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}


class MalformedError(Exception):
    """The frame is no MessagePack, or holds more or something else than it may."""


def check_structure(frame: bytes, max_items: int, max_depth: int, extensions: Mapping[int, bool]) -> None:
    """Check a frame's structure. `extensions` are the codes allowed, and whether MessagePack is in them again.

    Raises:
        MalformedError: it is no sound frame.
    """
    walk = _Walk(frame, max_items, max_depth, extensions)
    if walk.past(0, len(frame), 0) != len(frame):
        raise MalformedError("something after its end")


class _Walk:
    def __init__(self, frame: bytes, max_items: int, max_depth: int, extensions: Mapping[int, bool]) -> None:
        self._frame = frame
        self._room = max_items
        self._max_depth = max_depth
        self._extensions = extensions

    def past(self, start: int, end: int, depth: int) -> int:
        """The place after the value at `start`, which must not be past `end`."""
        self._room -= 1
        if self._room < 0 or depth > self._max_depth or start >= end:
            raise MalformedError("too many items, nested too deep, or cut off")
        first = self._frame[start]
        start += 1
        if first <= 0x7F or first >= 0xE0:
            return start
        if first <= 0x9F:
            count = first & 0x0F
            return self._items(start, end, depth, count if first >= 0x90 else 2 * count)
        if first <= 0xBF:
            return self._skip(start, end, first & 0x1F)
        if first in SCALARS:
            return self._skip(start, end, SCALARS[first])
        if first in TEXTS:
            length, start = self._number(start, end, TEXTS[first])
            return self._skip(start, end, length)
        if first in LISTS or first in MAPS:
            count, start = self._number(start, end, LISTS.get(first) or MAPS[first])
            return self._items(start, end, depth, count if first in LISTS else 2 * count)
        if first in EXTENSIONS:
            length, start = self._number(start, end, EXTENSIONS[first])
            return self._extension(start, end, depth, length)
        if first in FIXED_EXTENSIONS:
            return self._extension(start, end, depth, FIXED_EXTENSIONS[first])
        raise MalformedError("a byte that begins nothing")

    def _number(self, start: int, end: int, size: int) -> tuple[int, int]:
        after = self._skip(start, end, size)
        return int.from_bytes(self._frame[start:after], "big"), after

    def _skip(self, start: int, end: int, length: int) -> int:
        if start + length > end:
            raise MalformedError("cut off")
        return start + length

    def _items(self, start: int, end: int, depth: int, count: int) -> int:
        for _ in range(count):
            start = self.past(start, end, depth + 1)
        return start

    def _extension(self, start: int, end: int, depth: int, length: int) -> int:
        code, start = self._number(start, end, 1)
        after = self._skip(start, end, length)
        if code not in self._extensions:
            raise MalformedError("something that is no data")
        if self._extensions[code] and self.past(start, after, depth + 1) != after:
            raise MalformedError("something after its end")
        return after
