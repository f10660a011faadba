"""Which of a student's attempts counts, that is, which one's grades the gradebook has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from chainrule.course import standing, unwritten
from chainrule.course.batch import Graders
from chainrule.course.late import Lateness
from chainrule.course.loaded import CourseError
from chainrule.course.opened import Course
from chainrule.engine.results import FILE_NAME, Results
from chainrule.engine.steps import Watch
from chainrule.service import store
from chainrule.service.attempts import Attempt, State
from chainrule.service.history import History
from chainrule.service.orders import Failed, Grade, Graded, Work, last_line
from chainrule.service.policies import Count
from chainrule.workers.task import KNOWN, GradingError, outcome

LEAST = 1e-6
"""Fewer points more are no difference: not every database keeps all digits of a float."""


def to_count(attempts: Iterable[Attempt], count: Count) -> list[Attempt]:
    """The graded attempts that are to count and do not, at most one of each student."""
    wanted: dict[str, Attempt] = {}
    for one in sorted(attempts, key=lambda attempt: attempt.number):
        best = wanted.get(one.student)
        is_wanted = best is None or count is Count.LATEST or (one.score or 0.0) > (best.score or 0.0) + LEAST
        if one.state is State.GRADED and is_wanted:
            wanted[one.student] = one
    return [one for one in wanted.values() if not one.counts]


def give_turns(history: History, attempts: Iterable[Attempt], count: Count) -> list[int]:
    """Those of them that are to count and do not have another turn, in which they are written; which ones."""
    wanted = to_count(attempts, count)
    return [one.id for one in wanted if history.change(one.id, {State.GRADED}, State.QUEUED, started=None, reason="")]


@dataclass
class Chosen:
    """What of an order is to be written, the graders' answers that are known already, and what is decided."""

    write: list[Work] = field(default_factory=list)
    known: dict[int, tuple[str, str, bytes]] = field(default_factory=dict)
    """By attempt: digest and seed of what was graded, and the answer."""
    decided: list[Graded | Failed] = field(default_factory=list)

    @property
    def answers(self) -> dict[tuple[str, str], bytes]:
        """As graders that have answered already take them."""
        return {(digest, seed): answer for digest, seed, answer in self.known.values()}


def choose(course: Course, order: Grade, graders: Graders, watching: Callable[[Work], Watch]) -> Chosen:
    """Grade what may not count without writing it, and say what is to be written; `watching` as in `answers`.

    Raises:
        as `unwritten.answers`.
    """
    chosen = Chosen()
    rivals = []
    for work in order.attempts:
        if (work.older or order.best) and _has_rival(course, order.assignment, work):
            rivals.append((work, store.folder_of(course.folder, work.origin) / store.FILES))
        else:
            chosen.write.append(work)
    if rivals:
        for work, answer in unwritten.answers(course, order.assignment, graders, rivals, watching):
            _judge(course, order, work, answer, chosen)
    return chosen


def _judge(course: Course, order: Grade, work: Work, answer: bytes | GradingError, chosen: Chosen) -> None:
    try:
        graded = unwritten.require(answer)
        results = outcome(graded).results
        kept = store.label(course.folder, work.origin)
    except (*KNOWN, GradingError, CourseError) as error:
        # What the gradebook has stands: this one costs nothing.
        chosen.decided.append(Failed(work.id, last_line(error)))
        return
    now, would_be = _compared(course, work.student, results, kept.at.replace(tzinfo=None))
    if order.best and would_be.score > now.score + LEAST:
        chosen.write.append(work)
        chosen.known[work.id] = results.submission, results.seed, graded
        return
    results.notes += kept.notes
    store.keep_unwritten(course.folder, work.origin, results)
    fault = results.grader_fault
    chosen.decided.append(Graded(work.id, would_be.score, would_be.max_score, results.grader, fault, counts=False))


def _has_rival(course: Course, assignment: str, work: Work) -> bool:
    """Whether the gradebook has whole grades of another attempt."""
    if not _results_file(course, assignment, work.student).is_file():
        return False
    coursedir = course.api.coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            found: datetime | None = gradebook.find_submission(assignment, work.student).timestamp
        except MissingEntry:
            return False
    try:
        return found != store.label(course.folder, work.origin).at.replace(tzinfo=None)
    except CourseError:
        # It says so when it is laid out.
        return False


def _compared(
    course: Course, student: str, results: Results, at: datetime
) -> tuple[standing.Standing, standing.Standing]:
    """What the gradebook says of a student, and what it would say with the results of another attempt."""
    coursedir = course.api.coursedir
    manual = course.config.Sanitize.get("manual_scores", "keep") == "keep"
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        found = gradebook.find_submission(results.assignment, student)
        lateness = Lateness(course, results.assignment)
        return standing.standing(found), standing.with_results(found, results, at, lateness, manual)


def _results_file(course: Course, assignment: str, student: str) -> Path:
    coursedir = course.api.coursedir
    return Path(coursedir.format_path(coursedir.autograded_directory, student, assignment)) / FILE_NAME
