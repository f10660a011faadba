"""One writer, many graders: submissions are graded in processes of their own, and written as they come back.

nbgrader's `Autograde` converts one submission after the other. Here each is converted when its results are there.
"""

from __future__ import annotations

import io
import logging
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nbgrader.api import MissingEntry
from nbgrader.converters.base import NbGraderException
from sqlalchemy.exc import SQLAlchemyError

from chainrule.course import beside, collected_files, interrupts, timestamps, unfinished
from chainrule.course.grade import GradeInSandbox, Names
from chainrule.course.loaded import CourseError
from chainrule.course.one_gradebook import OneGradebook, database_problem
from chainrule.course.sanitize import released_in_gradebook
from chainrule.course.unchanged import is_graded
from chainrule.engine import results as result_files
from chainrule.engine import submission as submissions
from chainrule.engine.assignment import Assignment, AssignmentError
from chainrule.engine.grade import Graded
from chainrule.engine.results import FILE_NAME, Results
from chainrule.engine.steps import Watch
from chainrule.sandbox.remove import clear
from chainrule.workers.task import KNOWN, ClusterError, GradingError, Plan, Task, outcome

PROBLEMS = (*KNOWN, ClusterError, GradingError)
"""What ends a batch: nothing can be graded, whoever handed in."""

TOO_LARGE = "The files beside the notebook are too many or too large: it ran with those that were released alone."

AHEAD = 3
"""So many submissions more than there are graders are read and wait; more would only fill the memory."""


class Graders(Protocol):
    """What grades: processes here, or workers of a cluster."""

    @property
    def jobs(self) -> int:
        """How many submissions at a time."""

    def begin(self, plan: Plan) -> int:
        """Make ready for the submissions of a plan; returns its number."""

    def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
        """Have one graded; `outcome` reads the answer, and `watch` may hear how far it is."""

    def end(self, plan: int) -> None:
        """No more of that plan."""


class Listener:
    """Hears how a batch goes on."""

    def found(self, submissions: int) -> None:
        """So many were handed in, graded before or not."""

    def watch(self, student: str) -> Watch | None:
        """What is to hear how far the grading of a submission is, in another thread; None if nobody wants to know."""
        return None

    def writing(self, student: str) -> None:
        """The results of a submission are there and are being written."""

    def done(self, student: str, log: str | None) -> None:
        """A submission is graded and written, or was before (no log), or failed, as the log says."""


@dataclass
class Submission:
    """A folder that was handed in, and what of it is being graded."""

    folder: str
    student: str
    assignment: str
    notebooks: list[str]
    """The files of its notebooks."""
    handed_out: dict[str, tuple[Task, Future[bytes]]] = field(default_factory=dict)
    """By notebook the task and the answer to come."""
    results: Results | None = None
    problem: str = ""
    """Why it could not be handed out."""
    linked: bool = False
    """Whether there is a link in the place of the folder."""
    notes: list[str] = field(default_factory=list)
    """Sentences for the report: what of it was left out, and what is not believed."""

    @property
    def ready(self) -> bool:
        """Whether all of it has been graded."""
        return all(answer.done() for _, answer in self.handed_out.values())


class Batch:
    """The submissions that one run of nbgrader's `Autograde` is to grade, and how."""

    def __init__(
        self,
        converter: Any,
        graders: Graders,
        students: frozenset[str] | None = None,
        listener: Listener | None = None,
    ) -> None:
        """Those that `converter` has found, or only those of `students`."""
        self._converter = converter
        self._graders = graders
        self._students = students
        self._listener = listener or Listener()
        self._step = GradeInSandbox(parent=converter.exporter)
        self._plans: dict[tuple[str, str], int] = {}
        self._current: Submission | None = None
        self._gradebook: OneGradebook | None = None
        self._failed = self._refused = False

    def convert(self, convert_notebooks: Callable[[Any], None]) -> None:
        """Grade and write all of them; `convert_notebooks` is nbgrader's own way to write.

        Raises:
            NbGraderException: some could not be graded; the log says which and why.
            CourseError: the gradebook cannot be used.
            as `Graders.begin`: nothing can be graded, and nothing was written.
        """
        found = list(self._found())
        self._listener.found(len(found))
        coursedir = self._converter.coursedir
        self._commit_before_hooks()
        with (
            closing(OneGradebook(coursedir.db_url, coursedir.course_id)) as self._gradebook,
            self._gradebook.in_place_of_all(),
            interrupts.noticed() as require_no_interrupt,
        ):
            try:
                for submission in self._as_ready(found):
                    self._write(submission, convert_notebooks)
                    require_no_interrupt()
            finally:
                for plan in self._plans.values():
                    self._graders.end(plan)
        if self._failed:
            raise NbGraderException("Some submissions could not be graded; the messages above say which and why.")

    def graded(self, names: Names, digest: str) -> Graded:
        """The results of the notebook that is being written; `digest` is that of the submission as nbgrader read it.

        Raises:
            GradingError: it could not be read, or is another file than a moment ago.
            as `outcome`.
        """
        assert self._current is not None
        if self._current.problem:
            raise GradingError(f"The submission could not be read: {self._current.problem}")
        task, answer = self._current.handed_out[names["notebook"]]
        if task.digest != digest:
            raise GradingError("The submitted file changed while it was graded; grade again.")
        graded = outcome(answer.result())
        graded.results.notes += self._current.notes
        if task.handed_in is None:
            graded.results.notes.append(TOO_LARGE)
        return graded

    def copy_beside(self, assignment: str, student: str) -> None:
        """In the place of nbgrader's own copying: the regular files beside the notebooks of the current submission."""
        submission, converter = self._current, self._converter
        assert submission is not None
        if submission.linked:
            # Nothing may be run that would fail for it.
            self._failed = True
            converter.log.error("The submission of %s was not graded: %s", student, submission.problem)
        if submission.problem:
            return
        coursedir, folder = converter.coursedir, Path(submission.folder)
        limits = self._step.limits
        released = beside.released_files(coursedir, assignment, converter.exclude_overwriting.get(assignment, []))
        target = Path(converter._format_dest(assignment, student))
        submission.notes += collected_files.notes(Path(coursedir.root), assignment, student, folder)
        submission.notes += beside.copy_beside(folder, target, coursedir.ignore, released, limits)
        try:
            timestamps.read(folder)
        except timestamps.TimeError as error:
            submission.notes.append(timestamps.unknown(error))
        for note in submission.notes:
            converter.log.warning("The submission of %s: %s", student, note)

    def read(self, notebook: Path, keep_outputs: bool) -> submissions.Submission:
        """The notebook of the submission that is being written, whatever it is; nothing of what a link leads to."""
        assert self._current is not None
        if self._current.linked:
            return submissions.unread(self._current.problem)
        return submissions.read_file(notebook, keep_outputs)

    def keep(self, results: Results) -> None:
        """Write these results beside the notebook as soon as its scores are durable; not before, or they might miss."""
        assert self._current is not None
        self._current.results = results

    def begin_anew(self) -> None:
        """Make durable that the scores of an earlier grading are void, and take away its results."""
        assert self._gradebook is not None
        assert self._current is not None
        clear(self._results_file(self._current))
        self._gradebook.commit()

    def _found(self) -> Iterator[Submission]:
        pattern = self._converter._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
        for folder, notebooks in sorted(self._converter.assignments.items()):
            match = re.match(pattern, folder)
            if match is None:
                raise NbGraderException(f"Could not match '{folder}' with regexp '{pattern}'")
            if self._students is None or match["student_id"] in self._students:
                yield Submission(folder, match["student_id"], match["assignment_id"], sorted(notebooks))

    def _as_ready(self, found: Iterable[Submission]) -> Iterator[Submission]:
        """Each submission that is to be written, when all of it is graded."""
        waiting: list[Submission] = []
        for submission in found:
            try:
                handed_out = self._hand_out(submission)
            except (*PROBLEMS, CourseError, SQLAlchemyError):
                raise
            except Exception:  # noqa: BLE001
                # Whatever lies in a submitted folder costs its own grade and nobody else's. It fails when written,
                # and an earlier score goes void then.
                submission.problem = traceback.format_exc()
                handed_out = True
            if not handed_out:
                self._listener.done(submission.student, None)
                continue
            waiting.append(submission)
            while len(waiting) >= self._graders.jobs + AHEAD:
                yield from _taken(waiting)
        while waiting:
            yield from _taken(waiting)

    def _hand_out(self, submission: Submission) -> bool:
        """Give what is to be graded of a submission to the graders; False if it stays as it was graded before."""
        link = beside.link_on_the_way(Path(submission.folder), Path(self._converter.coursedir.root))
        if link is not None:
            submission.linked, submission.problem = True, f"{link} is a link. Put the folder itself there."
            return True
        tasks = list(self._tasks(submission))
        graded = [(assignment, task) for _, assignment, task in tasks]
        # One that cannot be graded as it should be says so when nbgrader writes it.
        forced = self._converter.force or self._refused or unfinished.is_unfinished(*self._note(submission))
        if not forced and is_graded(
            self._converter, self._step, submission.student, submission.assignment, submission.notebooks, graded
        ):
            return False
        for names, assignment, task in tasks:
            answer = self._graders.submit(self._plan(names, assignment), task, self._listener.watch(submission.student))
            submission.handed_out[names["notebook"]] = task, answer
        return True

    def _tasks(self, submission: Submission) -> Iterator[tuple[Names, Assignment, Task]]:
        """The notebooks of a submission that have hidden tests; others are run when they are written."""
        self._refused = False
        if not self._step.enabled:
            return
        for file in submission.notebooks:
            try:
                names = self._converter.init_single_notebook_resources(file)["nbgrader"]
                assignment = self._step.tested(names)
                if assignment is not None:
                    released_in_gradebook(names)
                    yield names, assignment, self._step.task(names, assignment)
            except AssignmentError:
                self._refused = True
            except (MissingEntry, NbGraderException):
                # A notebook that belongs to nothing here: nbgrader skips it when the submission is written.
                continue

    def _plan(self, names: Names, assignment: Assignment) -> int:
        key = names["assignment"], names["notebook"]
        if key not in self._plans:
            self._plans[key] = self._graders.begin(self._step.plan(names, assignment))
        return self._plans[key]

    def _write(self, submission: Submission, convert_notebooks: Callable[[Any], None]) -> None:
        """Have nbgrader write one submission; if that fails, its log says why.

        Raises:
            CourseError: the gradebook cannot be used.
        """
        converter = self._converter
        assert self._gradebook is not None
        self._current = submission
        self._listener.writing(submission.student)
        converter.assignments = {submission.folder: submission.notebooks}
        self._gradebook.problem = None
        with _logged(converter.log) as log, _forced(converter):
            try:
                unfinished.begin(*self._note(submission))
                convert_notebooks(converter)
                self._gradebook.commit()
                self._write_results(submission)
                unfinished.end(*self._note(submission))
            except SQLAlchemyError as error:
                clear(self._results_file(submission).parent)
                raise database_problem(error, converter.coursedir.db_url) from error
            except NbGraderException as error:
                self._gradebook.rollback()
                if self._gradebook.problem is not None:
                    raise database_problem(self._gradebook.problem, converter.coursedir.db_url) from error
                # What was written of it has been removed.
                unfinished.end(*self._note(submission))
                self._failed = True
            except OSError:
                self._failed = True
                converter.log.error(
                    "The results of %s could not be written: %s", submission.student, traceback.format_exc()
                )
            finally:
                # The notebooks of a whole class would fill the memory.
                submission.handed_out.clear()
        self._listener.done(submission.student, log.getvalue())

    def _commit_before_hooks(self) -> None:
        """What a course's own post-convert hook does to the gradebook happens after ours is durable."""
        converter, run_hook = self._converter, type(self._converter).run_post_convert_hook

        def committed_first() -> None:
            assert self._gradebook is not None
            self._gradebook.commit()
            run_hook(converter)

        converter.run_post_convert_hook = committed_first

    def _note(self, submission: Submission) -> tuple[Path, str, str]:
        return Path(self._converter.coursedir.root), submission.assignment, submission.student

    def _results_file(self, submission: Submission) -> Path:
        return Path(self._converter._format_dest(submission.assignment, submission.student)) / FILE_NAME

    def _write_results(self, submission: Submission) -> None:
        if submission.results is not None:
            file = self._results_file(submission)
            # A student may have handed in something of these names.
            for place in (file, file.with_suffix(".partial")):
                clear(place)
            result_files.write(submission.results, file)
            file.chmod(int(str(self._converter.permissions), 8))
            submission.results = None


def _taken(waiting: list[Submission]) -> list[Submission]:
    """Take out those that are ready; waits until there is one."""
    while not (ready := [submission for submission in waiting if submission.ready]):
        left = [answer for one in waiting for _, answer in one.handed_out.values() if not answer.done()]
        wait(left, return_when=FIRST_COMPLETED)
    waiting[:] = [submission for submission in waiting if submission not in ready]
    return ready


@contextmanager
def _forced(converter: Any) -> Iterator[None]:
    """What is to be written has been decided; nbgrader need not ask again."""
    before, converter.force = converter.force, True
    try:
        yield
    finally:
        converter.force = before


@contextmanager
def _logged(log: Any) -> Iterator[io.StringIO]:
    """What is logged in this block."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    log.addHandler(handler)
    try:
        yield text
    finally:
        log.removeHandler(handler)
