"""The process that grades for the service: takes orders on its standard input, and tells what became of them.

It is the one that writes the gradebook, as `nbgrader autograde` would, under the course's lock.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

import msgspec
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.default import Exchange
from sqlalchemy.exc import SQLAlchemyError

from chainrule.course import graders
from chainrule.course.batch import Graders, Listener
from chainrule.course.internals import LOCK, alone
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.course.unwritten import Answered
from chainrule.engine import results as result_files
from chainrule.engine.results import FILE_NAME
from chainrule.engine.steps import Step, Watch
from chainrule.service import counting, proposing, store
from chainrule.service.orders import (
    Done,
    Event,
    Failed,
    Grade,
    GradeAgain,
    Graded,
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
from chainrule.workers.task import KNOWN, ClusterError, GradingError

log = logging.getLogger(__name__)


def main(folder: Path, orders: IO[bytes], events: IO[bytes]) -> None:
    """Carry out orders until there are no more."""
    course = Course(folder)
    process = GraderProcess(course, events)
    process.tell(Ready())
    for line in orders:
        process.carry_out(msgspec.json.decode(line, type=Order))


class GraderProcess:
    """Grades in a course, and tells `events`."""

    def __init__(self, course: Course, events: IO[bytes]) -> None:
        """Nothing yet."""
        self._course = course
        self._events = events
        self._one_at_a_time = threading.Lock()
        self._scores_shown = False
        self._exchange = Path(str(Exchange(coursedir=course.api.coursedir, parent=course.api).root))

    def tell(self, event: Event) -> None:
        """Say what happened; in whichever thread."""
        with self._one_at_a_time:
            self._events.write(msgspec.json.encode(event) + b"\n")
            self._events.flush()

    def reached(self, work: Work, step: Step) -> None:
        """Say how far an attempt is; a score only where students may see all of it now."""
        if step.score is not None and not self._scores_shown:
            return
        # If nobody listens any more, it is graded to its end all the same.
        with suppress(BrokenPipeError):
            self.tell(Progress(work.id, step.done, step.of, step.exercise, step.score, step.max_score))

    def carry_out(self, order: Order) -> None:
        """Grade what is ordered, then make the pages; whatever goes wrong is told."""
        try:
            with alone(self._course.folder, LOCK, log):
                match order:
                    case Grade():
                        self._make_pages(order, self._grade(order))
                    case MakePages():
                        self._make_pages(order, order.attempts)
                    case GradeAgain():
                        proposing.grade_again(self._course, order, graders.graders_of(self._course.step), self.tell)
                    case WriteAgain():
                        self._make_pages(order, self._write_again(order))
                    case WarmUp():
                        self._course.warm_up(order.assignment, graders.graders_of(self._course.step))
        except (*KNOWN, ClusterError, GradingError, CourseError, SQLAlchemyError, OSError) as error:
            log.exception("Nothing could be graded.")
            self.tell(Impossible(str(error)))
        self.tell(Done())

    def _grade(self, order: Grade) -> list[Work]:
        """Grade; those whose scores are written."""
        self._scores_shown = order.release
        made = graders.graders_of(self._course.step)
        chosen = counting.choose(self._course, order, made, lambda work: partial(self.reached, work))
        for event in chosen.decided:
            self.tell(event)
        better = [work for work in chosen.write if work.id in chosen.known]
        others = [work for work in chosen.write if work.id not in chosen.known]
        return [
            *self._written(order.assignment, others, order.force, made),
            # What the gradebook has of another attempt may be of the same bytes.
            *self._written(order.assignment, better, True, Answered(made, chosen.answers)),
        ]

    def _write_again(self, order: WriteAgain) -> list[Work]:
        """Write what was accepted of a proposal; those whose scores are written."""
        made, failed = proposing.answered(self._course, order, graders.graders_of(self._course.step))
        for event in failed:
            self.tell(event)
        lost = {event.id for event in failed}
        return self._written(order.assignment, [work for work in order.attempts if work.id not in lost], True, made)

    def _written(self, assignment: str, attempts: Sequence[Work], force: bool, made: Graders) -> list[Work]:
        """Have nbgrader grade attempts and write them; those of which it has."""
        laid_out = [work for work in attempts if self._laid_out(assignment, work)]
        if not laid_out:
            return []
        listener = _Telling(self, assignment, laid_out)
        self._course.grade(assignment, [work.student for work in laid_out], force, listener, made)
        for work in laid_out:
            if work.student not in listener.told:
                self.tell(Failed(work.id, "It was not graded, and the log of the service says why."))
        return [work for work in laid_out if work.student in listener.graded]

    def _laid_out(self, assignment: str, work: Work) -> bool:
        coursedir = self._course.api.coursedir
        target = Path(coursedir.format_path(coursedir.submitted_directory, work.student, assignment))
        try:
            store.lay_out(self._course.folder, work.origin, target)
        except (CourseError, OSError, shutil.Error) as error:
            log.exception("The attempt %d could not be laid out.", work.id)
            self.tell(Failed(work.id, str(error)))
            return False
        return True

    def graded(self, assignment: str, work: Work, said: str | None) -> Graded | Failed:
        """What the gradebook says of an attempt that was just graded."""
        file = self._course.folder / "autograded" / work.student / assignment / FILE_NAME
        coursedir = self._course.api.coursedir
        try:
            results = result_files.read(file)
            store.keep_results(self._course.folder, work.origin, file)
            with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
                found = gradebook.find_submission(assignment, work.student)
                score = max(0.0, found.score - found.late_submission_penalty)
                return Graded(work.id, score, found.max_score, results.grader, results.grader_fault)
        except (OSError, msgspec.MsgspecError, MissingEntry):
            last = (said or "").strip().splitlines()[-1:]
            return Failed(work.id, last[0] if last else f"There is no {file}.")

    def _make_pages(self, order: Grade | MakePages | WriteAgain, graded: Sequence[Work]) -> None:
        for work in graded:
            self.tell(self._page(order.assignment, work, order.release))

    def _page(self, assignment: str, work: Work, wanted: bool) -> Page:
        try:
            self._course.feedback(assignment, work.student)
        except (CourseError, OSError) as error:
            log.exception("The feedback page of the attempt %d could not be made.", work.id)
            return Page(work.id, made=False, problem=str(error))
        if not wanted or not self._exchange.is_dir():
            # It is not to be seen yet; or a site without the exchange shows it by the service alone.
            return Page(work.id, made=True)
        try:
            self._course.release_feedback(assignment, work.student)
        except (CourseError, OSError) as error:
            log.exception("The feedback page of the attempt %d could not be put into the exchange.", work.id)
            return Page(work.id, made=True, problem=str(error))
        return Page(work.id, made=True)


class _Telling(Listener):
    """Tells of each submission as soon as it is written."""

    def __init__(self, process: GraderProcess, assignment: str, attempts: Sequence[Work]) -> None:
        self._process = process
        self._assignment = assignment
        self._work = {work.student: work for work in attempts}
        self.graded: set[str] = set()
        self.told: set[str] = set()

    def watch(self, student: str) -> Watch | None:
        work = self._work.get(student)
        return None if work is None else partial(self._process.reached, work)

    def done(self, student: str, log: str | None) -> None:
        if student not in self._work:
            return
        event = self._process.graded(self._assignment, self._work[student], log)
        self.told.add(student)
        if isinstance(event, Graded):
            self.graded.add(student)
        self._process.tell(event)


def run() -> None:
    """As a process of its own: `python -m chainrule.service.grader_process COURSE`."""
    # Whatever libraries print goes to the log.
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main(Path(sys.argv[1]), sys.stdin.buffer, events)


if __name__ == "__main__":
    run()
