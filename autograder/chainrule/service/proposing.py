"""The grading process's part of a proposal: grades again without writing; what is written was answered then."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.course import unwritten
from chainrule.course.batch import Graders
from chainrule.course.opened import Course
from chainrule.course.unwritten import Answered
from chainrule.service import proposals, store
from chainrule.service.orders import Event, Failed, GradeAgain, GradedAgain, WriteAgain, last_line
from chainrule.workers.task import KNOWN, GradingError, outcome


def grade_again(course: Course, order: GradeAgain, graders: Graders, tell: Callable[[Event], None]) -> None:
    """Grade for a proposal, and write nothing else.

    Raises:
        as `unwritten.answers`.
    """
    folders = [(work, store.folder_of(course.folder, work.origin) / store.FILES) for work in order.attempts]
    for work, answer in unwritten.answers(course, order.assignment, graders, folders):
        try:
            graded = unwritten.require(answer)
            kept = proposals.Answer(outcome(graded).results)
        except (*KNOWN, GradingError) as error:
            graded, kept = (
                b"",
                proposals.Answer(problem=last_line(error)),
            )
        proposals.keep(course.folder, order.assignment, order.key, work.id, kept, graded)
        tell(GradedAgain(work.id))


def answered(course: Course, order: WriteAgain, graders: Graders) -> tuple[Answered, list[Failed]]:
    """Graders that answer what they answered for the proposal, and of which attempts nothing must be written.

    What was accepted is what was shown: nothing else is graded and written in its place.

    Raises:
        CourseError: the assignment has no hidden tests any more.
    """
    known, failed = {}, []
    for work in order.attempts:
        folder = store.folder_of(course.folder, work.origin) / store.FILES
        digest_and_seed = unwritten.identity(course, order.assignment, folder)
        answer = proposals.answer_of(course.folder, order.assignment, work.id)
        try:
            graded = proposals.graded_of(course.folder, order.assignment, work.id)
        except OSError as error:
            failed.append(Failed(work.id, f"What came of it cannot be read any more ({error.strerror})."))
            continue
        if answer is None or answer.results is None:
            failed.append(Failed(work.id, "What came of it is not there any more."))
        elif (answer.results.submission, answer.results.seed) != digest_and_seed:
            failed.append(Failed(work.id, unwritten.OTHER))
        else:
            known[digest_and_seed] = graded
    return Answered(graders, known), failed
