"""A re-grading that is not written yet: which attempts were graded again, and what came of each, on the disk.

Nothing of it holds before an instructor has seen it and says so; it survives a restart.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from chainrule.course import graded_files
from chainrule.course.replacing import replacing
from chainrule.engine.results import Results
from chainrule.service.attempts import Attempt, State, is_name

FOLDER = Path(".chainrule") / "service" / "again"
"""In the course's folder; a folder for each assignment."""

FILE = "proposal.json"
UNREADABLE = "What came of it cannot be read, perhaps of another version of chainrule: grade it again."
FAULT = "The grader failed on some of it, so a human must look; it is left as it is."

log = logging.getLogger(__name__)


class Proposal(msgspec.Struct, frozen=True):
    """To grade these attempts at an assignment again; once it is `accepted`, all of it is written."""

    assignment: str
    key: str
    by: str
    at: datetime
    attempts: list[int]
    accepted: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What grading an attempt again came to, or why it came to nothing."""

    results: Results | None = None
    problem: str = ""

    @property
    def why_not(self) -> str:
        """Why it cannot be written; empty if it can."""
        return FAULT if self.results is not None and self.results.grader_fault else self.problem


def propose(course: Path, assignment: str, attempts: Iterable[int], by: str) -> Proposal:
    """Begin anew, in the place of what was proposed for the assignment before."""
    made = Proposal(assignment, secrets.token_hex(8), by, datetime.now(UTC), list(attempts))
    with replacing(_folder(course, assignment)) as folder:
        (folder / FILE).write_bytes(msgspec.json.encode(made))
    return made


def find(course: Path, assignment: str) -> Proposal | None:
    """What is proposed for an assignment; a file that holds something else proposes nothing."""
    file = _folder(course, assignment) / FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Proposal)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        log.warning("%s is not in order (%s), so nothing is proposed by it.", file, error)
        return None


def all_of(course: Path) -> list[Proposal]:
    """What is proposed for all of them."""
    names = sorted(folder.name for folder in (course / FOLDER).glob("*/") if is_name(folder.name))
    return [found for name in names if (found := find(course, name)) is not None]


def accept(course: Path, proposal: Proposal) -> None:
    """Let it be written."""
    made = msgspec.structs.replace(proposal, accepted=True)
    graded_files.write_whole(_folder(course, proposal.assignment) / FILE, msgspec.json.encode(made))


def discard(course: Path, assignment: str) -> None:
    """Forget it."""
    shutil.rmtree(_folder(course, assignment), ignore_errors=True)


def keep(course: Path, assignment: str, key: str, attempt: int, answer: Answer, graded: bytes = b"") -> bool:
    """Keep what came of an attempt, and all that the graders said of it; False if it is no longer asked for."""
    found = find(course, assignment)
    if found is None or found.key != key:
        return False
    folder = _folder(course, assignment)
    graded_files.write_whole(folder / f"{attempt}.graded", graded)
    graded_files.write_whole(folder / f"{attempt}.json", msgspec.json.encode(answer))
    return True


def answer_of(course: Path, assignment: str, attempt: int) -> Answer | None:
    """What came of an attempt; None if it was not graded again yet."""
    try:
        return msgspec.json.decode((_folder(course, assignment) / f"{attempt}.json").read_bytes(), type=Answer)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:
        return Answer(problem=UNREADABLE)


def graded_of(course: Path, assignment: str, attempt: int) -> bytes:
    """What the graders said, for `outcome`.

    Raises:
        OSError: the proposal has been discarded.
    """
    return (_folder(course, assignment) / f"{attempt}.graded").read_bytes()


def unanswered(course: Path, proposal: Proposal) -> list[int]:
    """The attempts that are still to be graded again."""
    folder = _folder(course, proposal.assignment)
    return [attempt for attempt in proposal.attempts if not (folder / f"{attempt}.json").is_file()]


def left_out(attempt: Attempt) -> str:
    """Why an attempt of a proposal is left as it is by now; empty if it is to be written."""
    if not attempt.counts:
        return "Another attempt counts by now."
    return "" if attempt.state is State.GRADED else f"It is {attempt.state} by now."


def _folder(course: Path, assignment: str) -> Path:
    return course / FOLDER / assignment
