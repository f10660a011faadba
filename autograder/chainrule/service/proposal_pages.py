"""Re-grading after a grader was mended: what would change for whom is shown first, and written when it is accepted."""

from __future__ import annotations

import threading

from tornado.web import HTTPError, authenticated

from chainrule.service import class_view, proposal_view, proposals
from chainrule.service.desk import Desk
from chainrule.service.handlers import Handler, apart
from chainrule.service.proposal_view import ProposalView
from chainrule.service.proposals import Proposal
from chainrule.workers.task import KNOWN

WRITTEN = "The re-grading before is being written; wait until it is done."
NONE = "There is no re-grading to decide about: press “Re-grade…” on the assignment's page."
ANOTHER = "This re-grading has been replaced by another one, which its page shows: look at that first."
NOT_DONE = "Not all attempts are graded again yet; wait for the rest."
OUTDATED = "The grader has changed since this was graded: discard it, and press “Re-grade…” once more."
NOTHING = "No graded attempt counts here, so there is nothing to grade again."

_DECIDING = threading.Lock()
"""Two instructors decide one after the other."""


class RegradePage(Handler):
    """Old and new points side by side."""

    @authenticated
    async def get(self, assignment: str) -> None:
        """The page; without a proposal that of the assignment."""
        self.require_instructor()
        found = await apart(_view, self.service.desk, assignment)
        if found is None:
            self.redirect(f"{self.service.prefix}class/{assignment}")
            return
        self.show("regrade.html", found=found, problem=self.service.grading.problem, outdated=OUTDATED)

    @authenticated
    async def post(self, assignment: str) -> None:
        """Begin: all attempts that count, or the one that is named."""
        self.require_instructor()
        only = self.get_body_argument("attempt", "")
        await apart(_begin, self.service.desk, assignment, only, self.student)
        self.service.grading.wake()
        self.redirect(f"{self.service.prefix}class/{assignment}/regrade")


class Accept(Handler):
    """Has all of it written."""

    @authenticated
    async def post(self, assignment: str) -> None:
        """If it is whole, and by the grader of now."""
        self.require_instructor()
        await apart(_accept, self.service.desk, assignment, self.get_body_argument("key", ""))
        self.service.grading.wake()
        self.redirect(f"{self.service.prefix}class/{assignment}")


class Discard(Handler):
    """Forgets it."""

    @authenticated
    async def post(self, assignment: str) -> None:
        """The one that was shown; nothing was written of it."""
        self.require_instructor()
        await apart(_discard, self.service.desk, assignment, self.get_body_argument("key", ""))
        self.redirect(f"{self.service.prefix}class/{assignment}")


def _view(desk: Desk, assignment: str) -> ProposalView | None:
    proposal = proposals.find(desk.course.folder, assignment)
    if proposal is None:
        return None
    try:
        return proposal_view.view(desk.course, proposal, {one.id: one for one in desk.history.at(assignment)})
    except KNOWN as error:
        raise HTTPError(409, str(error).replace("%", "%%")) from error


def _begin(desk: Desk, assignment: str, only: str, by: str) -> Proposal:
    attempts = [one.id for one in class_view.that_count(desk.history.at(assignment)) if only in ("", str(one.id))]
    if not attempts:
        raise HTTPError(409, NOTHING)
    with _DECIDING:
        before = proposals.find(desk.course.folder, assignment)
        if before is not None and before.accepted:
            raise HTTPError(409, WRITTEN)
        return proposals.propose(desk.course.folder, assignment, attempts, by)


def _accept(desk: Desk, assignment: str, key: str) -> None:
    """What is accepted is what was shown.

    Raises:
        HTTPError: it cannot be; says why.
    """
    proposal = _required(desk, assignment)
    if proposal.key != key:
        raise HTTPError(409, ANOTHER)
    found = _view(desk, assignment)
    if found is None:
        raise HTTPError(409, NONE)
    if proposal.accepted:
        raise HTTPError(409, WRITTEN)
    if found.waiting:
        raise HTTPError(409, NOT_DONE)
    if not found.is_current:
        raise HTTPError(409, OUTDATED)
    with _DECIDING:
        # The view took a while, in which somebody else may have begun another, or accepted this one.
        now = _required(desk, assignment)
        if now != proposal:
            raise HTTPError(409, WRITTEN if now.key == key else ANOTHER)
        proposals.accept(desk.course.folder, proposal)


def _discard(desk: Desk, assignment: str, key: str) -> None:
    with _DECIDING:
        proposal = _required(desk, assignment)
        if proposal.key != key:
            raise HTTPError(409, ANOTHER)
        if proposal.accepted:
            raise HTTPError(409, WRITTEN)
        proposals.discard(desk.course.folder, assignment)


def _required(desk: Desk, assignment: str) -> Proposal:
    found = proposals.find(desk.course.folder, assignment)
    if found is None:
        raise HTTPError(409, NONE)
    return found
