"""The grading process's part of a proposal: grades again without writing; what is written was answered then."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.course import unwritten
from chainrule.course.batch import Graders
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.course.unwritten import Answered
from chainrule.service import proposals, store
from chainrule.service.orders import Event, GradeAgain, GradedAgain, WriteAgain, last_line
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


def answered(course: Course, order: WriteAgain, graders: Graders) -> Answered:
    """Graders that answer what they answered for the proposal.

    Raises:
        CourseError: it is not there any more.
    """
    known = {}
    for work in order.attempts:
        answer = proposals.answer_of(course.folder, order.assignment, work.id)
        if answer is None or answer.results is None:
            raise CourseError(f"What came of the attempt {work.id} is not there any more: grade it again.")
        graded = proposals.graded_of(course.folder, order.assignment, work.id)
        known[answer.results.submission, answer.results.seed] = graded
    return Answered(graders, known)
