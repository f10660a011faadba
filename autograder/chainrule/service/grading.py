"""Has attempts graded, in the web loop: hands batches to the grading process, and records what it tells.

The process may die, and the service too: the history says what was being graded, and that is queued again.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from chainrule.service import recorded
from chainrule.service.again import Again
from chainrule.service.at_work import AtWork
from chainrule.service.attempts import Attempt, State
from chainrule.service.history import History
from chainrule.service.live import Live, Places
from chainrule.service.orders import (
    Done,
    Event,
    Failed,
    Grade,
    GradeAgain,
    Graded,
    GradedAgain,
    Impossible,
    MakePages,
    Order,
    Page,
    Progress,
    Ready,
    WarmUp,
    Work,
    WriteAgain,
)
from chainrule.service.policies import Count
from chainrule.service.turns import Gradable, next_batch

LONGEST_LINE = 2**20
RECENT = timedelta(minutes=10)
"""Who was graded within that time comes after who was not."""

MOST_TRIES = 3
"""So often the process may die with the same attempt in its hands."""

LOST = "The grading process ended {times} times while it had this attempt; its log says why."

NOT_WRITTEN = "What was accepted of its re-grading could not be written:"

log = logging.getLogger(__name__)


class Grading:
    """The grading process of a course, started when it is needed and whenever it has died."""

    def __init__(
        self,
        course: Path,
        history: History,
        gradable: Gradable,
        releasable: Callable[[str], bool],
        on_change: Callable[[Attempt], None],
        batch: int,
        best: Callable[[str], bool] = lambda assignment: False,
    ) -> None:
        """`gradable` says whether an attempt may be graded now, `releasable` of an assignment whether students may see
        whole pages now; `on_change` hears of each attempt that changed; `best` says of an assignment whether the best
        of a student's attempts counts, and not the latest.
        """
        self._course = course
        self._history = history
        self._gradable = gradable
        self._releasable = releasable
        self._on_change = on_change
        self._batch = batch
        self._best = best
        # A student who hands in meanwhile waits for a few of them at most.
        self._again = Again(course, history, releasable, max(1, batch // 4))
        self.at_work = AtWork()
        self._wake = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._deaths: dict[int, int] = {}
        self._forced: set[int] = set()
        self._cold: list[str] = []
        self.live = Live()
        """How far the attempts are that are being graded."""
        self.places = Places(history, gradable, RECENT)
        self.problem = ""
        """Why nothing can be graded, as the process said last; empty if it can."""

    def wake(self) -> None:
        """There may be something to grade."""
        self._wake.set()

    def force(self, attempt: int) -> None:
        """Grade this one anew at its next turn, even if nothing has changed."""
        self._forced.add(attempt)

    async def run(self) -> None:
        """Grade for ever; ends the process when it is cancelled."""
        for attempt in self._history.take_up():
            self._changed(attempt)
        # Who was killed after the scores owes the pages.
        owed = self._history.without_page()
        try:
            for assignment in sorted({one.assignment for one in owed}):
                attempts = [one for one in owed if one.assignment == assignment]
                await self._carried_out(MakePages(assignment, _work(attempts), self._releasable(assignment)), set())
            while True:
                self._wake.clear()
                batch = self._next()
                again = None if batch or self._cold else self._again.next_order(self._deaths)
                if not batch and self._cold:
                    await self._carried_out(WarmUp(self._cold.pop(0)), set())
                elif not batch and again is None:
                    await self._wake.wait()
                elif not await (self._graded(batch) if again is None else self._graded_again(again)):
                    # What is wrong with the course or the machine does not pass by itself in no time.
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), 30)
        finally:
            await self._end()

    def warm_up(self, assignments: Iterable[str]) -> None:
        """Make ready for these, whenever nothing else is to be done."""
        self._cold = list(assignments)
        self.wake()

    def _next(self) -> list[Attempt]:
        queued = self._history.in_state(State.QUEUED)
        if not queued:
            return []
        recent = self._history.ended_since(datetime.now(UTC) - RECENT)
        found = next_batch(queued, recent, self._gradable, self._batch)
        # With whom the process has died is graded alone: nobody else is to fail with it.
        return found[:1] if any(one.id in self._deaths for one in found) else found

    async def _graded(self, batch: Sequence[Attempt]) -> bool:
        """Grade a batch; False if nothing can be graded now."""
        taken = [one for one in batch if self._take(one)]
        if not taken:
            return True
        forced = any(one.id in self._forced for one in taken)
        self._forced -= {one.id for one in taken}
        assignment = taken[0].assignment
        self.live.begin(taken)
        work = [self._aged(one) for one in taken]
        order = Grade(assignment, work, forced, self._releasable(assignment), self._best(assignment))
        return await self._carried_out(order, {one.id for one in taken})

    async def _graded_again(self, order: GradeAgain | WriteAgain) -> bool:
        """Of a proposal; what of it could not be written stays accepted, and is written later."""
        if isinstance(order, GradeAgain):
            return await self._carried_out(order, set())
        wanted = {work.id for work in order.attempts}
        left = set(wanted)
        done = await self._carried_out(order, left)
        self._again.decided(order.key, wanted - left)
        return done

    async def _carried_out(self, order: Order, left: set[int]) -> bool:
        """Have an order carried out; `left` are the attempts that it has to decide."""
        self.at_work.begin(order)
        try:
            process = await self._started()
            assert process.stdin is not None
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            await process.stdin.drain()
            possible = True
            while not isinstance(event := await self._heard(process), Done):
                self._record(event, left, order)
                possible = possible and not isinstance(event, Impossible)
            return possible
        except (EOFError, ConnectionError, ValueError):
            # It has ended, or says what is no event.
            log.warning("The grading process has ended; another will be started.")
            self.at_work.ended += 1
            await self._end()
            self._lost(left, order)
            return True
        finally:
            self.live.end(left)
            self.at_work.end()
            for attempt in left:
                if self._history.change(attempt, {State.GRADING}, State.QUEUED, started=None):
                    self._changed(attempt)

    def _aged(self, attempt: Attempt) -> Work:
        """This attempt, and whether a newer one counts."""
        others = self._history.of(attempt.student, attempt.assignment)
        older = any(one.counts and one.number > attempt.number for one in others)
        return Work(attempt.id, attempt.student, attempt.origin, older)

    def _take(self, attempt: Attempt) -> bool:
        taken = self._history.change(attempt.id, {State.QUEUED}, State.GRADING, started=datetime.now(UTC))
        if taken:
            self._changed(attempt.id)
        return taken

    def _record(self, event: Event, left: set[int], order: Order) -> None:
        now = datetime.now(UTC)
        match event:
            case Progress():
                self.live.reached(event)
                return
            case Graded():
                self._decided(event.id, left)
                self._deaths.pop(event.id, None)
                self.problem = ""
                then = _count(order.best) if isinstance(order, Grade) else None
                count = _count(self._best(order.assignment))
                for other in recorded.graded(self._history, event, _before(order), then, count, now):
                    self._changed(other)
            case Failed():
                self._decided(event.id, left)
                self._fail(event.id, event.reason, order)
            case Page():
                if event.made:
                    self._history.has_feedback(event.id, now)
            case GradedAgain():
                self.problem = ""
            case Impossible():
                self.problem = event.reason
                return
            case Ready() | Done():
                return
        self._changed(event.id)

    def _lost(self, left: set[int], order: Order) -> None:
        """The process died with these in its hands: one that kills it again and again is put aside."""
        for attempt in list(left):
            self._deaths[attempt] = self._deaths.get(attempt, 0) + 1
            if self._deaths[attempt] >= MOST_TRIES:
                self._decided(attempt, left)
                self._deaths.pop(attempt)
                self._fail(attempt, LOST.format(times=MOST_TRIES), order)
                self._changed(attempt)

    def _decided(self, attempt: int, left: set[int]) -> None:
        self.live.end({attempt})
        left.discard(attempt)

    def _fail(self, attempt: int, reason: str, order: Order) -> None:
        said = f"{NOT_WRITTEN} {reason}" if isinstance(order, WriteAgain) else reason
        self._history.change(attempt, {_before(order)}, State.FAILED, ended=datetime.now(UTC), reason=said)

    def _changed(self, attempt: int) -> None:
        found = self._history.get(attempt)
        if found is not None:
            self._on_change(found)

    async def _started(self) -> asyncio.subprocess.Process:
        async with self._starting:
            return await self._running()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "chainrule.service.grader_process",
                str(self._course),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
            )
            if not isinstance(await self._heard(self._process), Ready):
                raise ConnectionError
        return self._process

    async def _heard(self, process: asyncio.subprocess.Process) -> Event:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        event: Event = msgspec.json.decode(line, type=Event)
        return event

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
        if process is not None:
            await process.wait()


def _before(order: Order) -> State:
    """In which state an attempt is while an order is carried out: what is written again stays what it was."""
    return State.GRADED if isinstance(order, WriteAgain) else State.GRADING


def _count(best: bool) -> Count:
    return Count.BEST if best else Count.LATEST


def _work(attempts: Sequence[Attempt]) -> list[Work]:
    return [Work(one.id, one.student, one.origin) for one in attempts]
