"""Tells a browser that something has changed, by server-sent events; what it is, it asks for itself."""

from __future__ import annotations

import asyncio
import json

from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from chainrule.service.attempts import Attempt
from chainrule.service.handlers import Handler

HEARTBEAT = 15.0
"""Seconds after which a proxy might think that nothing more comes."""

LONGEST_QUEUE = 1000


class Events(Handler):
    """One stream: of a student's own attempts, or of all for an instructor who asks for them."""

    @authenticated
    async def get(self) -> None:
        """Until the browser goes away."""
        everybody = self.get_query_argument("class", "") != ""
        if everybody:
            self.require_instructor()
        student = self.student
        waiting: asyncio.Queue[Attempt] = asyncio.Queue(LONGEST_QUEUE)

        loop = asyncio.get_running_loop()

        def put(attempt: Attempt) -> None:
            if not waiting.full():
                waiting.put_nowait(attempt)

        def listen(attempt: Attempt) -> None:
            # It is called in other threads too.
            if everybody or attempt.student == student:
                loop.call_soon_threadsafe(put, attempt)

        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")
        self.service.desk.listen(listen)
        try:
            self.write(": open\n\n")
            await self.flush()
            while True:
                self.write(await _next(waiting))
                await self.flush()
        except StreamClosedError:
            # The browser has gone away.
            pass
        finally:
            self.service.desk.forget(listen)


async def _next(waiting: asyncio.Queue[Attempt]) -> str:
    try:
        attempt = await asyncio.wait_for(waiting.get(), HEARTBEAT)
    except TimeoutError:
        return ": still here\n\n"
    told = {"attempt": attempt.id, "assignment": attempt.assignment, "state": attempt.state}
    return f"data: {json.dumps(told | {'feedback': attempt.feedback is not None})}\n\n"
