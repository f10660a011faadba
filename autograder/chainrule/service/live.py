"""What changes by the second and is kept in memory alone: how far attempts are, and everybody's place in the queue."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from chainrule.service import turns
from chainrule.service.attempts import Attempt, State
from chainrule.service.history import History
from chainrule.service.orders import Progress

Listener = Callable[[Progress], None]

PLACES_HOLD = 1.0
"""Seconds: a class that waits together has the queue looked up as often as one student."""


class Live:
    """How far the attempts are that are being graded; a listener hears of one student's, in the web loop."""

    def __init__(self) -> None:
        """Nothing is being graded."""
        self._students: dict[int, str] = {}
        self._progress: dict[int, Progress] = {}
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)

    def begin(self, attempts: Iterable[Attempt]) -> None:
        """These are being graded from now on."""
        self._students |= {one.id: one.student for one in attempts}

    def reached(self, progress: Progress) -> None:
        """One of them has come so far."""
        if (student := self._students.get(progress.id)) is None:
            return
        self._progress[progress.id] = progress
        for listener in [*self._listeners.get(student, ())]:
            listener(progress)

    def end(self, attempts: Iterable[int]) -> None:
        """These are not being graded any more."""
        for attempt in attempts:
            self._students.pop(attempt, None)
            self._progress.pop(attempt, None)

    def of(self, attempt: int) -> Progress | None:
        """How far it is; None if it is not being graded, or nothing is known yet."""
        return self._progress.get(attempt)

    def listen(self, student: str, listener: Listener) -> None:
        """Have this called with every step of a student's attempts."""
        self._listeners[student].append(listener)

    def forget(self, student: str, listener: Listener) -> None:
        """No longer."""
        self._listeners[student].remove(listener)
        if not self._listeners[student]:
            del self._listeners[student]

    def listeners(self, student: str) -> int:
        """How many listen to a student's attempts."""
        return len(self._listeners.get(student, ()))


class Places:
    """Everybody's place in the queue, looked up for all at once. It may be asked in several threads."""

    def __init__(self, history: History, gradable: turns.Gradable, recent: timedelta) -> None:
        """Who was graded within the time `recent` comes after who was not."""
        self._history = history
        self._gradable = gradable
        self._recent = recent
        self._lock = threading.Lock()
        self._places: dict[int, int] = {}
        self._until = 0.0

    def of(self, attempt: int) -> int | None:
        """An attempt's place among those who wait, from 1; None if it does not wait."""
        with self._lock:
            if attempt not in self._places or time.monotonic() >= self._until:
                self._places = self._found()
                self._until = time.monotonic() + PLACES_HOLD
            return self._places.get(attempt)

    def _found(self) -> dict[int, int]:
        queued = [one for one in self._history.in_state(State.QUEUED) if self._gradable(one)]
        recent = self._history.ended_since(datetime.now(UTC) - self._recent) if queued else []
        return {one.id: place for place, one in enumerate(turns.in_order(queued, recent), start=1)}
