"""Takes the place of nbgrader's Execute: the engine runs the notebook in the sandbox and asks its hidden tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute
from traitlets import Bool, Float, HasTraits, Integer, TraitType, Unicode

from chainrule.course import decided, report
from chainrule.course.consistency import MARK
from chainrule.course.internals import converter_of, course_directory
from chainrule.course.sanitize import RECORD, Record, released_in_gradebook
from chainrule.diagnosis import fingerprint_files
from chainrule.engine import assignment as assignments
from chainrule.engine import hidden_tests, outputs
from chainrule.engine import seed as seeds
from chainrule.engine.assignment import Assignment, AssignmentError
from chainrule.engine.grade import Settings
from chainrule.engine.imports import not_offered
from chainrule.engine.notebook import running
from chainrule.engine.results import Results
from chainrule.engine.submission import read_bytes
from chainrule.sandbox.files import too_large
from chainrule.sandbox.limits import SIZES, Limits, Setting, settings
from chainrule.sandbox.provisioner import SandboxSettings
from chainrule.sandbox.server import BASE
from chainrule.workers.task import Plan, Task

Names = dict[str, str]
"""nbgrader's names of one notebook: student, assignment, notebook, db_url."""

RESULTS = "chainrule_results"
"""Where the results wait in nbconvert's resources for `SaveGrades`; nothing where there are no hidden tests."""


NOT_ASKED = Results(assignment="", submission="", seed="", grader="", sandbox="", seconds=0.0, notes=[], exercises=[])
"""The results of a notebook whose hidden tests were not asked."""


def _trait(limit: Setting) -> TraitType[Any, Any]:
    unit = "in MiB" if limit.name in SIZES else "in seconds" if limit.name.endswith("seconds") else "a number"
    kind, least = (Float, 0.001) if isinstance(limit.default, float) else (Integer, 1)
    return kind(limit.default, min=least, help=f"{limit.meaning[:1].upper()}{limit.meaning[1:]}; {unit}.").tag(
        config=True
    )


# nbgrader's own `timeout` takes the place of `cell_seconds`.
_LimitTraits = type(
    "_LimitTraits", (HasTraits,), {limit.name: _trait(limit) for limit in settings() if limit.name != "cell_seconds"}
)


class GradeInSandbox(_LimitTraits, Execute):  # type: ignore[misc, valid-type]
    """First of `c.Autograde.autograde_preprocessors`; of nbgrader's `Execute` it obeys `enabled` and `timeout`.

    An assignment without hidden tests still runs in the sandbox; nbgrader's own scoring then applies, with all its
    faults, and a warning says so.
    """

    timeout = Integer(
        int(Limits.cell_seconds), allow_none=True, help="Processor time of one cell, in seconds; None or -1: no limit."
    ).tag(config=True)
    unsafe = Bool(False, help="Grade without any sandbox; every report then says `unsandboxed`.").tag(config=True)
    jobs = Integer(0, min=0, help="How many submissions are graded at a time; 0: as many as there are cores.").tag(
        config=True
    )

    scheduler = Unicode("", help="The Dask scheduler whose workers grade; none: this machine.").tag(config=True)

    def __call__(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Take over what grading the notebook came to; `results.json` follows when its scores are in the gradebook.

        With `--no-execute` nothing runs: no hidden test is asked, and a human grades what has some.

        Raises:
            AssignmentError: the notebook says that it has hidden tests, and there are none; or it is not in Python.
            GradersError: the hidden tests are not in order.
        """
        record = Record(**nb.metadata.pop(RECORD))
        names = resources["nbgrader"]
        assignment = self.tested(names)
        self._require_python(nb, names)
        if assignment is None or not self.enabled:
            if not self.enabled and assignment is not None:
                self.log.warning(
                    "Nothing was run of %s: no hidden test was asked; a human must grade it.", names["notebook"]
                )
                resources[RESULTS] = NOT_ASKED
            if self.enabled:
                self._run_without_hidden_tests(nb, resources)
            outputs.sanitize(nb, self._prose(names))
            return nb, resources
        graded = converter_of(self).batch.graded(names, record.digest)
        nb.cells = graded.notebook.cells
        results = graded.results
        results.notes[:0] = record.notes
        report.add_reports(nb, results)
        converter_of(self).batch.keep(results)
        resources[RESULTS] = results
        self._log(results, names["student"])
        return nb, resources

    def tested(self, names: Names) -> Assignment | None:
        """The assignment whose hidden tests are asked of this notebook: the one that is named like both.

        Raises:
            AssignmentError: the source notebook says that it has hidden tests, and there are none.
        """
        found = self._assignment(names)
        if found is None or not (hidden_tests.files_in(found.folder) or self._says_so(names)):
            return None
        return found

    def plan(self, names: Names, assignment: Assignment) -> Plan:
        """How all submissions of an assignment are graded."""
        settings = Settings(
            self._sandbox(assignment), released_in_gradebook(names), prose=frozenset(self._prose(names))
        )
        root = Path(self._coursedir.root).absolute()
        seed = seeds.diagnosis_seed(seeds.course_secret(root), assignment.name)
        return Plan(assignment, settings, self._source(names).absolute(), seed, root / fingerprint_files.FOLDER)

    def task(self, names: Names, assignment: Assignment, elsewhere: Path | None = None) -> Task:
        """What there is to grade of one student; the submission may lie `elsewhere`."""
        root = Path(self._coursedir.root)
        folder = elsewhere or self._folder(self._coursedir.submitted_directory, names)
        raw, notes = read_bytes(folder / f"{names['notebook']}.ipynb")
        seed = seeds.submission_seed(seeds.course_secret(root), names["assignment"], raw)
        return Task(raw, seed, self._handed_in(names, assignment, elsewhere), tuple(notes))

    def _run_without_hidden_tests(self, nb: NotebookNode, resources: dict[str, Any]) -> None:
        """Run the notebook in the sandbox; nbgrader then scores what its cells print."""
        names = resources["nbgrader"]
        unasked = "There are no hidden tests for %s: nbgrader scores what its cells print."
        self.log.warning(unasked, names["notebook"])
        assignment = self._assignment(names)
        files = (self._source(names), self._handed_in(names, assignment))
        sandbox = replace(self._sandbox(assignment), files=tuple(one for one in files if one is not None))
        sandbox.require_safe()
        folder = Path(self._coursedir.root) / assignments.ROOM / names["assignment"]
        with running(nb, sandbox) as finished:
            missing = not_offered(finished, [], assignment or Assignment(names["assignment"], folder, ""))
        if missing is not None:
            self.log.error("On the submission of %s a human must look: %s", names["student"], missing.fault)
            resources[RESULTS] = NOT_ASKED

    def _says_so(self, names: Names) -> bool:
        """Whether the source notebook says that it has hidden tests."""
        source = self._source(names) / f"{names['notebook']}.ipynb"
        return source.is_file() and MARK in nbformat.read(source, as_version=4).metadata

    def _assignment(self, names: Names) -> Assignment | None:
        """The assignment whose hidden tests are asked of this notebook: the one that is named like both."""
        found = None
        if names["notebook"] == names["assignment"]:
            found = assignments.find(names["assignment"], Path(self._coursedir.root))
        if found is None and self._says_so(names):
            source = self._source(names) / f"{names['notebook']}.ipynb"
            folder = Path(self._coursedir.root) / assignments.ROOM / names["assignment"]
            raise AssignmentError(
                f"{source} says that it has hidden tests, but there is no folder {folder}: put it back; "
                "nothing was graded."
            )
        return found

    @property
    def _coursedir(self) -> Any:
        return course_directory(self)

    def _require_python(self, nb: NotebookNode, names: Names) -> None:
        """The kernelspec is the source notebook's by now; a student's is not looked at."""
        language = nb.metadata.get("kernelspec", {}).get("language", "python")
        if language != "python":
            raise AssignmentError(
                f"The source notebook of {names['notebook']} says that its language is {language}; the sandbox runs "
                "Python. Choose a Python kernel for it, and generate the assignment again."
            )

    def _folder(self, directory: str, names: Names) -> Path:
        return Path(self._coursedir.format_path(directory, names["student"], names["assignment"]))

    def _source(self, names: Names) -> Path:
        return self._folder(self._coursedir.source_directory, {**names, "student": "."})

    @property
    def limits(self) -> Limits:
        """The limits that are configured for the course."""
        unlimited = self.timeout is None or self.timeout < 0
        values = {limit.name: getattr(self, limit.name) for limit in settings() if self.has_trait(limit.name)}
        values["cell_seconds"] = self.notebook_seconds if unlimited else self.timeout
        return Limits().with_settings(values)

    def _sandbox(self, assignment: Assignment | None) -> SandboxSettings:
        limits = self.limits if assignment is None else self._decided(assignment.name, assignment.limited(self.limits))
        settings = SandboxSettings(limits=limits, unsafe=self.unsafe)
        return replace(settings, preload=BASE if assignment is None else assignment.warm)

    def _decided(self, assignment: str, limits: Limits) -> Limits:
        """These limits, and the instructor's on all of a submission's code."""
        seconds = decided.read(Path(self._coursedir.root), assignment).seconds
        if not seconds:
            return limits
        cells, tests = min(limits.notebook_seconds, seconds), min(limits.hidden_tests_seconds, seconds)
        return replace(limits, notebook_seconds=cells, hidden_tests_seconds=tests)

    def _handed_in(self, names: Names, assignment: Assignment | None, elsewhere: Path | None = None) -> Path | None:
        """The folder of what was handed in beside the notebook, unless that is too large to be laid in."""
        folder = (elsewhere or self._folder(self._coursedir.submitted_directory, names)).absolute()
        if too_large((self._source(names), folder), self._sandbox(assignment).limits):
            self.log.warning(
                "The files that %s handed in beside the notebook are too large to lay in.", names["student"]
            )
            return None
        return folder

    def _prose(self, names: Names) -> set[str]:
        """The Markdown that was released with the assignment, unanswered cells too."""
        source = self._source(names) / f"{names['notebook']}.ipynb"
        cells = nbformat.read(source, as_version=4).cells if source.is_file() else []
        with Gradebook(names["db_url"]) as gradebook:
            released = gradebook.find_notebook(names["notebook"], names["assignment"]).source_cells
            return {cell.source for cell in (*released, *cells) if cell.cell_type == "markdown"}

    def _log(self, results: Results, student: str) -> None:
        self.log.info("%s: %g of %g points, %s", student, results.score, results.max_score, results.sandbox)
        for fault in results.faults:
            self.log.error("Grader fault on the submission of %s; a human must look: %s", student, fault)
        for fault in results.hint_faults:
            self.log.warning("No hints on the submission of %s; the points stand: %s", student, fault)
