"""An nbgrader course as chainrule uses it: grading submission by submission through nbgrader's own API."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import temp_attrs
from sqlalchemy.exc import SQLAlchemyError

from chainrule.course import unfinished
from chainrule.course.batch import Batch, Graders, Listener
from chainrule.course.consistency import assignment_of
from chainrule.course.grade import GradeInSandbox
from chainrule.course.graders import graders_of
from chainrule.course.loaded import CONFIG as CONFIG
from chainrule.course.loaded import CourseError as CourseError
from chainrule.course.loaded import nbgrader_app, settings_lacking
from chainrule.course.one_gradebook import database_problem
from chainrule.engine import hidden_tests
from chainrule.engine import results as result_files
from chainrule.engine.assignment import ROOM, Assignment
from chainrule.engine.hidden_tests import GradersError
from chainrule.engine.results import Results
from chainrule.engine.steps import Watch


@dataclass(frozen=True)
class Graded:
    """What became of one submission: its results, or the log of what went wrong."""

    student: str
    assignment: str
    results: Results | None
    log: str = ""


def course_folder(start: Path) -> Path:
    """The course folder at or above `start`.

    Raises:
        CourseError: none of them has an nbgrader_config.py.
    """
    folder = course_above(start)
    if folder is None:
        raise CourseError(
            f"{start.resolve()} is no course: there is no {CONFIG} in it or above it. Go to the course's folder first, "
            "or make one with `chainrule init FOLDER`."
        )
    return folder


def course_above(start: Path) -> Path | None:
    """The same, or None if there is none."""
    folders = (start.resolve(), *start.resolve().parents)
    return next((folder for folder in folders if (folder / CONFIG).is_file()), None)


class Course:
    """A course folder, opened with its own nbgrader configuration."""

    def __init__(self, folder: Path, unsafe: bool = False) -> None:
        """Open the course; with `unsafe` it grades without a sandbox, which every report then says."""
        self.folder = folder
        _find_alembic()
        app = nbgrader_app(folder)
        if unsafe:
            app.config.GradeInSandbox.unsafe = True
        self.config = app.config
        self.api: Any = NbGraderAPI(app.coursedir, parent=app)

    def generate(self, assignment: str) -> None:
        """Make the release version, which also tells the gradebook about the assignment.

        Raises:
            CourseError: nbgrader could not; says why.
        """
        _done(self.api.generate_assignment(assignment), f"{assignment} could not be generated")

    def students(self, assignment: str) -> list[str]:
        """Who has handed in this assignment, in alphabetical order."""
        return sorted(self.api.get_submitted_students(assignment))

    def grade(
        self,
        assignment: str,
        students: Sequence[str] = (),
        force: bool = False,
        listener: Listener | None = None,
        graders: Graders | None = None,
    ) -> list[Graded]:
        """Grade the submissions of `students` (all of them if none is named) as `nbgrader autograde` does.

        What is unchanged since it was graded (submission, grader version, seed) is left as it is, unless `force`.
        `graders` do the work, by default those of this machine.

        Raises:
            as `require_gradable`; nothing is graded.
            CourseError: the gradebook cannot be used.
        """
        self.require_gradable(assignment, students)
        if self._is_new(assignment) or unfinished.is_unfinished(self.folder, assignment):
            unfinished.begin(self.folder, assignment)
            self.generate(assignment)
            unfinished.end(self.folder, assignment)
        graders = graders or graders_of(self.step)
        recorder = _Recorder(listener or Listener())
        with temp_attrs(self.api.coursedir, assignment_id=assignment, student_id="*"):
            app = Autograde(coursedir=self.api.coursedir, parent=self.api)
            app.force = force
            app.make_batch = lambda converter: Batch(converter, graders, frozenset(students) or None, recorder)
            with suppress(NbGraderException):
                # What could not be graded has been recorded.
                app.start()
        return [
            self._graded(assignment, student, recorder.logs.get(student, ""))
            for student in students or self.students(assignment)
        ]

    def warm_up(self, assignment: str, graders: Graders) -> None:
        """Make ready what the first submission of an assignment would wait for: the sandbox, and what mistakes answer.

        Raises:
            CourseError, AssignmentError, GradersError: it cannot be graded; says why.
            as `Graders.begin`.
        """
        found = assignment_of(assignment, self.folder)
        if found is None or self._is_new(assignment):
            # The first grading tells the gradebook about it.
            return
        names = {"assignment": assignment, "notebook": assignment, "student": ".", "db_url": self.api.coursedir.db_url}
        graders.end(graders.begin(self.step_in_place.plan(names, found)))

    @property
    def step_in_place(self) -> GradeInSandbox:
        """The step that grades, with the converter around it that nbgrader would make."""
        converter = Autograde(coursedir=self.api.coursedir, parent=self.api)
        converter.exporter = converter.exporter_class(parent=converter, config=converter.config)
        return GradeInSandbox(parent=converter.exporter)

    @property
    def step(self) -> GradeInSandbox:
        """The step that grades, as the course configures it."""
        return GradeInSandbox(config=self.config)

    def require_gradable(self, assignment: str, students: Sequence[str] = ()) -> Assignment:
        """The assignment that is to be graded.

        Raises:
            CourseError: no such assignment or submission, or the course is not configured.
            AssignmentError, GradersError: the hidden tests are not there, not in order, or do not fit the notebook.
        """
        submitted = self.students(assignment)
        for student in students:
            if student not in submitted:
                raise CourseError(
                    f"There is no submission of {assignment} by {student} in {self.folder / 'submitted'}."
                )
        if not submitted:
            raise CourseError(
                f"Nobody has handed in {assignment}: {self.folder / 'submitted'} has no submission of it."
            )
        if assignment not in self.api.get_source_assignments():
            raise CourseError(f"There is no assignment {assignment!r} in {self.folder / 'source'}.")
        if lacking := settings_lacking(self.config):
            raise CourseError(
                f"{self.folder / CONFIG} does not configure chainrule ({lacking[0]} is another), so nothing was "
                "graded; `chainrule init` says which lines it needs."
            )
        found = assignment_of(assignment, self.folder)
        if found is None:
            raise CourseError(
                f"{assignment} has no hidden tests, neither in {self.folder / ROOM / assignment} nor shipped with "
                f"chainrule: `nbgrader autograde {assignment}` scores what its cells print, in the sandbox."
            )
        if not hidden_tests.files_in(found.folder):
            raise GradersError(f"There are no hidden tests for {assignment!r}: {found.folder} has no test_*.py.")
        return found

    def _is_new(self, assignment: str) -> bool:
        try:
            with self.api.gradebook as gradebook:
                return assignment not in {known.name for known in gradebook.assignments}
        except SQLAlchemyError as error:
            raise database_problem(error, self.api.coursedir.db_url) from error

    def _graded(self, assignment: str, student: str, log: str) -> Graded:
        file = self.folder / "autograded" / student / assignment / result_files.FILE_NAME
        if not file.exists():
            return Graded(student, assignment, None, log or f"There is no {file}.")
        return Graded(student, assignment, result_files.read(file), log)

    def feedback(self, assignment: str, student: str) -> Path:
        """Generate a student's feedback page; returns where it is.

        Raises:
            CourseError: nbgrader could not; says why.
        """
        _done(self.api.generate_feedback(assignment, student, force=True), f"No feedback for {student}")
        return self.folder / "feedback" / student / assignment / f"{assignment}.html"

    def release_feedback(self, assignment: str, student: str) -> None:
        """Put a student's feedback page where nbgrader's own list of assignments fetches it.

        Raises:
            CourseError: nbgrader could not; says why.
        """
        _done(self.api.release_feedback(assignment, student), f"The feedback for {student} is not in the exchange")


def _find_alembic() -> None:
    """nbgrader runs the command `alembic` from PATH, which lacks it where the environment is not activated."""
    own = str(Path(sys.executable).parent)
    if own not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([own, os.environ.get("PATH", "")])


@dataclass
class _Recorder(Listener):
    """Keeps each submission's log, and passes on what it hears."""

    listener: Listener
    logs: dict[str, str] = field(default_factory=dict)

    def found(self, submissions: int) -> None:
        self.listener.found(submissions)

    def watch(self, student: str) -> Watch | None:
        return self.listener.watch(student)

    def writing(self, student: str) -> None:
        self.listener.writing(student)

    def done(self, student: str, log: str | None) -> None:
        self.logs[student] = log or ""
        self.listener.done(student, log)


def _unless_interrupted(result: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's API catches everything that ends its work, a Ctrl-C too, and tells it as a text.

    Raises:
        KeyboardInterrupt: so it was.
    """
    lines = str(result.get("error") or "").strip().splitlines()
    if lines and lines[-1].startswith("KeyboardInterrupt"):
        raise KeyboardInterrupt
    return result


def _done(result: dict[str, Any], what: str) -> None:
    if not _unless_interrupted(result)["success"]:
        lines = [line for line in str(result.get("log") or result.get("error")).splitlines() if line.strip()]
        raise CourseError(f"{what}: {lines[-1] if lines else 'nbgrader does not say why.'}")
