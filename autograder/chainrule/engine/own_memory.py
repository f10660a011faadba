"""How much memory this process has: what a kernel sends is kept here, and ZeroMQ keeps a message whole."""

from __future__ import annotations

import resource

PAGE = resource.getpagesize()

MOST_KEPT = 128 * 2**20
"""Bytes that this process may grow by while one cell runs; honest messages wait in far less."""

LOOK_SECONDS = 0.02
"""From one look to the next; a kernel sends some hundred MiB a second."""


class FilledError(Exception):
    """What a kernel sends fills the memory of this process."""


class OwnMemory:
    """What this process has more than at the start."""

    def __init__(self) -> None:
        """Begin."""
        self._before = _resident()

    def require_room(self) -> None:
        """Look again.

        Raises:
            FilledError: it is more than `MOST_KEPT`.
        """
        if _resident() - self._before > MOST_KEPT:
            raise FilledError


def _resident() -> int:
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * PAGE
