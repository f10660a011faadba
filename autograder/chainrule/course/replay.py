"""Grades again with the seed that was recorded, and says whether it comes to the same, and if not what has changed.

Nothing is written into the course: the gradebook is only read, and what mistakes answer is computed elsewhere.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import msgspec
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from chainrule.course.comparison import Comparison
from chainrule.course.grade import GradeInSandbox, Names
from chainrule.course.graders import graders_of
from chainrule.course.loaded import CourseError
from chainrule.course.one_gradebook import OneGradebook, database_problem
from chainrule.course.opened import Course, course_above, course_folder
from chainrule.diagnosis import fingerprint_files
from chainrule.engine import results as result_files
from chainrule.engine import seed as seeds
from chainrule.engine.assignment import Assignment, is_name
from chainrule.engine.results import Results
from chainrule.engine.submission import read_bytes
from chainrule.workers.task import Plan, Task, outcome

LARGEST_RESULTS = 16 * 2**20
"""Bytes; ours have some ten thousand."""


def replay(
    file: Path,
    submission: Path | None = None,
    course: Path | None = None,
    on_progress: Callable[[str], None] = lambda what: None,
) -> Comparison:
    """Grade what the results in `file` are of once more, as the course grades now, but with the recorded seed.

    The submission is found from where the results lie, unless it is named, and so is the course. `on_progress` hears
    what is being warmed up.

    Raises:
        CourseError: it cannot be replayed; says why.
        SecretError: the course's secret cannot be used.
        as `Graders.begin` and `outcome`.
    """
    recorded = _recorded(file)
    opened = Course(_course_of(file, course))
    step = _step(opened)
    found = _submission(opened, file, recorded) if submission is None else submission.absolute()
    if not os.path.lexists(found):
        raise CourseError(f"There is no submission {found} to grade again: put it back, or name it with --submission.")
    names = _names(opened, recorded.assignment, found)
    assignment = step.tested(names)
    if assignment is None:
        raise CourseError(f"{recorded.assignment} has no hidden tests any more, so {file} cannot be replayed.")
    _require_secret(opened.folder)
    plan = _plan(step, names, assignment)
    task = _task(opened, step, names, assignment, found)
    now = _graded(step, plan, replace(task, seed=recorded.seed), on_progress)
    another = recorded.submission == task.digest and recorded.seed != task.seed
    return Comparison(names["student"], recorded, now, another)


def _recorded(file: Path) -> Results:
    """The results in a file.

    Raises:
        CourseError: it holds none.
    """
    if not file.is_file():
        raise CourseError(f"There is no file {file}: name a {result_files.FILE_NAME} that a grading has written.")
    if (size := file.stat().st_size) > LARGEST_RESULTS:
        raise CourseError(f"{file} holds no results of a grading: it has {size // 2**20} MiB.")
    try:
        found = result_files.read(file)
    except OSError as error:
        raise CourseError(f"{file} could not be read ({error.strerror}).") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CourseError(f"{file} holds no results of a grading ({error}).") from error
    if not is_name(found.assignment):
        raise CourseError(f"{file} holds no results of a grading ({found.assignment!r:.60} names no assignment).")
    return found


def _course_of(file: Path, course: Path | None) -> Path:
    if course is not None:
        return course_folder(course)
    return course_above(file.parent) or course_folder(Path())


def _step(course: Course) -> GradeInSandbox:
    """The step that grades in this course, as nbgrader would make it."""
    converter = Autograde(coursedir=course.api.coursedir, parent=course.api)
    return GradeInSandbox(parent=converter.exporter_class(parent=converter, config=converter.config))


def _submission(course: Course, file: Path, recorded: Results) -> Path:
    """Where the submission lies whose results are in `file`.

    Raises:
        CourseError: the results do not lie where they were written, or are of another assignment.
    """
    directories = course.api.coursedir
    names = _owner(course, directories.autograded_directory, file.resolve().parent)
    if names is None:
        raise CourseError(
            f"{file} does not lie where {course.folder} keeps its results ({directories.autograded_directory}/STUDENT/"
            f"ASSIGNMENT/{result_files.FILE_NAME}): name the submission with --submission FILE."
        )
    student, assignment = names
    if assignment != recorded.assignment:
        raise CourseError(
            f"{file} holds results of {recorded.assignment!r}, but lies where those of {assignment!r} are kept: name "
            "the submission with --submission FILE."
        )
    return Path(directories.format_path(directories.submitted_directory, student, assignment)) / f"{assignment}.ipynb"


def _names(course: Course, assignment: str, submission: Path) -> Names:
    """nbgrader's names of a submission; the student has none if it lies where nobody has handed in."""
    places = (submission.parent, submission.parent.resolve())
    owners = (_owner(course, course.api.coursedir.submitted_directory, place) for place in places)
    owner = next(filter(None, owners), None)
    student = owner[0] if owner is not None and submission.name == f"{owner[1]}.ipynb" == f"{assignment}.ipynb" else ""
    url = _read_only(course.api.coursedir.db_url, course.folder)
    return {"student": student, "assignment": assignment, "notebook": assignment, "db_url": url}


def _owner(course: Course, directory: str, folder: Path) -> tuple[str, str] | None:
    """Student and assignment of a folder in one of nbgrader's directories; None if it is no such folder."""
    groups = (f"(?P<{name}>[^{os.sep}]+)" for name in ("student", "assignment"))
    pattern = course.api.coursedir.format_path(directory, *groups, escape=True)
    match = re.fullmatch(pattern, str(folder))
    return None if match is None else (match["student"], match["assignment"])


def _read_only(url: str, course: Path) -> str:
    """The address of the same database, of which SQLite then neither makes nor changes a file."""
    found = make_url(url)
    if found.get_backend_name() == "sqlite" and found.database:
        file = f"file:{quote(str(course / found.database))}"
        found = found.set(database=file, query={"mode": "ro", "uri": "true"})
    return found.render_as_string(hide_password=False)


def _require_secret(course: Path) -> None:
    """Without the secret nobody could tell whether the recorded seed is the course's; a new one is not made here.

    Raises:
        CourseError: there is none.
    """
    file = course / seeds.SECRET_FILE
    if not os.environ.get(seeds.SECRET_VARIABLE) and not file.exists():
        raise CourseError(
            f"The course has no secret, so nothing graded before can be checked: put {file} back, or set "
            f"{seeds.SECRET_VARIABLE}."
        )


def _plan(step: GradeInSandbox, names: Names, assignment: Assignment) -> Plan:
    """How submissions are graded now.

    Raises:
        CourseError: the gradebook cannot be read, or does not know the notebook.
    """
    # By no course's name: one that the gradebook does not know would be written into it.
    gradebook = OneGradebook(names["db_url"], course_id="")
    with closing(gradebook), gradebook.in_place_of_all():
        try:
            return step.plan(names, assignment)
        except MissingEntry as error:
            raise CourseError(f"The gradebook does not know {assignment.name}: {error}.") from error
        except SQLAlchemyError as error:
            raise database_problem(error, names["db_url"]) from error


def _task(course: Course, step: GradeInSandbox, names: Names, assignment: Assignment, submission: Path) -> Task:
    """What was handed in, with the seed that it would get now; what lies beside it only where it was handed in."""
    if names["student"]:
        return step.task(names, assignment)
    raw, notes = read_bytes(submission)
    seed = seeds.submission_seed(seeds.course_secret(course.folder), assignment.name, raw)
    return Task(raw, seed, None, tuple(notes))


def _graded(step: GradeInSandbox, plan: Plan, task: Task, on_progress: Callable[[str], None]) -> Results:
    """Grade on this machine; what mistakes answer is taken from the course where it is known, and not kept there."""
    with tempfile.TemporaryDirectory(prefix="chainrule-replay-") as scratch:
        known, copy = (
            fingerprint_files.file_in(one, plan.assignment.name) for one in (plan.fingerprints, Path(scratch))
        )
        if known.is_file():
            shutil.copyfile(known, copy)
        graders = graders_of(step, step.jobs or os.cpu_count() or 1, on_progress=on_progress)
        number = graders.begin(replace(plan, fingerprints=Path(scratch)))
        try:
            return outcome(graders.submit(number, task).result()).results
        finally:
            graders.end(number)
