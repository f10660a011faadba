"""Tells a browser what has changed, by server-sent events.

How far an attempt is and its place in the queue are in the event itself. Of everything else it says only that it has
changed, and the page asks for itself. An event named `stamp` comes first: by it a page knows whether it missed any.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated

from chainrule.service.assignment_view import place_in_words, stamp, step_in_words
from chainrule.service.attempts import Attempt, State
from chainrule.service.handlers import Handler, Service, apart
from chainrule.service.orders import Progress

HEARTBEAT = 15.0
"""Seconds after which a proxy might think that nothing more comes."""

PLACES_EVERY = 2.0
"""Seconds between two looks at the place in the queue of somebody who waits."""

LONGEST_QUEUE = 1000
MOST_STREAMS = 20
"""Of one student, on all devices together: each is a connection that stays open."""

STILL_HERE = ": still here\n\n"
GONE = ""


class Events(Handler):
    """One stream: of a student's own attempts, or of all for an instructor who asks for them."""

    _listening: Listening | None = None

    @authenticated
    async def get(self) -> None:
        """Until the browser goes away."""
        everybody = self.get_query_argument("class", "") != ""
        if everybody:
            self.require_instructor()
        elif self.service.grading.live.listeners(self.student) >= MOST_STREAMS:
            raise HTTPError(429, "This page is open too often: close some of its tabs.")
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")
        self._listening = Listening(self.service, None if everybody else self.student)
        # Otherwise the browser has gone away.
        with suppress(StreamClosedError):
            try:
                self.write(": open\n\n")
                if not everybody:
                    # Who listens already misses nothing of what comes after this.
                    self.write(self._listening.begin(await apart(self.service.desk.history.of, self.student)))
                await self.flush()
                while (told := await self._listening.next()) != GONE:
                    self.write(told)
                    await self.flush()
            finally:
                self._listening.end()

    def on_connection_close(self) -> None:
        """Called by tornado when the browser has gone away."""
        if self._listening is not None:
            self._listening.put(GONE)


class Listening:
    """What one stream is to tell: of one student, or of everybody."""

    def __init__(self, service: Service, student: str | None) -> None:
        """From now on nothing is missed."""
        self._service = service
        self._student = student
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[str] = asyncio.Queue(LONGEST_QUEUE)
        self._places: dict[int, int | None] = {}
        """Of the student's attempts that are in the queue, as it was told."""
        service.desk.listen(self._changed)
        if student is not None:
            service.grading.live.listen(student, self._reached)

    def end(self) -> None:
        """Nothing more is told."""
        self._service.desk.forget(self._changed)
        if self._student is not None:
            self._service.grading.live.forget(self._student, self._reached)

    def begin(self, attempts: Sequence[Attempt]) -> str:
        """What comes first: the stamp of a student's attempts."""
        self._places |= {one.id: None for one in attempts if one.state is State.QUEUED}
        return _event("stamp", stamp=stamp(attempts))

    def put(self, told: str) -> None:
        """To be told next; in the web loop."""
        if told == GONE and self._waiting.full():
            self._waiting.get_nowait()
        if not self._waiting.full():
            self._waiting.put_nowait(told)

    async def next(self) -> str:
        """What is to be told next, after a while at least that the stream is open."""
        try:
            return await asyncio.wait_for(self._waiting.get(), PLACES_EVERY if self._places else HEARTBEAT)
        except TimeoutError:
            return (await apart(self._moved) if self._places else "") or STILL_HERE

    def _moved(self) -> str:
        """The places in the queue that are others than was told."""
        found = {one: self._service.grading.places.of(one) for one in [*self._places]}
        moved = {one: place for one, place in found.items() if place is not None and place != self._places.get(one)}
        self._places.update(moved)
        return "".join(_event("place", attempt=one, text=place_in_words(place)) for one, place in moved.items())

    def _changed(self, attempt: Attempt) -> None:
        # It is called in other threads too.
        if self._student is None or attempt.student == self._student:
            self._loop.call_soon_threadsafe(self._note, attempt)

    def _note(self, attempt: Attempt) -> None:
        if attempt.state is not State.QUEUED:
            self._places.pop(attempt.id, None)
        elif self._student is not None:
            self._places.setdefault(attempt.id, None)
        said = {"attempt": attempt.id, "assignment": attempt.assignment, "state": attempt.state}
        self.put(_event("", **said, feedback=attempt.feedback is not None))

    def _reached(self, step: Progress) -> None:
        self.put(_event("progress", attempt=step.id, done=step.done, of=step.of, text=step_in_words(step)))


def _event(name: str, **said: object) -> str:
    """An event as it is sent; without a name it says that something has changed."""
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(said)}\n\n"
