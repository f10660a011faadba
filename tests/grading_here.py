"""Carries out the service's orders in the process of the test, whose graders stay warm from one test to the next."""

from __future__ import annotations

import asyncio
import io

import msgspec

from chainrule.service.attempts import State
from chainrule.service.desk import Desk
from chainrule.service.grader_process import GraderProcess
from chainrule.service.grading import Grading
from chainrule.service.orders import Event, Order


class GradingHere(Grading):
    """As the service's, but for the process."""

    def __init__(self, desk: Desk) -> None:
        folder, history = desk.course.folder, desk.history
        super().__init__(folder, history, desk.is_gradable, desk.is_releasable, desk.tell, 8, desk.counts_best)
        self.desk = desk

    async def _carried_out(self, order: Order, left: set[int]) -> bool:
        told = io.BytesIO()
        process = GraderProcess(self.desk.course, told)
        process.carry_out(msgspec.json.decode(msgspec.json.encode(order), type=Order))
        for line in told.getvalue().splitlines():
            self._record(msgspec.json.decode(line, type=Event), left, order)
        assert not left, self.problem
        return True


def grade(desk: Desk) -> None:
    """Grade all that waits for its turn, and make the pages."""
    grading = GradingHere(desk)
    while desk.history.in_state(State.QUEUED):
        assert asyncio.run(grading._graded(grading._next()))


def carry_on(desk: Desk) -> None:
    """Grade again what is proposed, or write what of it is accepted."""
    grading = GradingHere(desk)
    while (order := grading._again.next_order()) is not None:
        assert asyncio.run(grading._graded_again(order))
