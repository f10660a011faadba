"""Takes the place of nbgrader's Execute: the engine runs the notebook in the sandbox and asks its hidden tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Bool, Float, HasTraits, Integer, TraitType

from chainrule.course import outputs, report
from chainrule.course.consistency import MARK, disagreements
from chainrule.course.internals import course_directory
from chainrule.course.sanitize import RECORD, Record, released_in_gradebook
from chainrule.diagnosis.naming import diagnose
from chainrule.engine import assignment as assignments
from chainrule.engine import hidden_tests
from chainrule.engine import results as result_files
from chainrule.engine.assignment import Assignment, AssignmentError
from chainrule.engine.grade import Settings, grade
from chainrule.engine.hidden_tests import GradersError
from chainrule.engine.imports import not_offered
from chainrule.engine.notebook import running
from chainrule.engine.released import ReleasedCell
from chainrule.engine.results import Results
from chainrule.engine.submission import read_file
from chainrule.sandbox.files import too_large
from chainrule.sandbox.limits import SIZES, Limits, Setting, settings
from chainrule.sandbox.provisioner import SandboxSettings
from chainrule.sandbox.server import BASE

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
        int(Limits.cell_seconds), allow_none=True, help="Wall clock of one cell, in seconds; None or -1: no limit."
    ).tag(config=True)
    unsafe = Bool(False, help="Grade without any sandbox; every report then says `unsandboxed`.").tag(config=True)

    def __call__(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade the sanitized notebook; its results go beside it as `results.json`.

        With `--no-execute` nothing runs: no hidden test is asked, and a human grades what has some.

        Raises:
            AssignmentError: the notebook says that it has hidden tests, and there are none; or it is not in Python.
            GradersError: the hidden tests are not in order.
        """
        record = Record(**nb.metadata.pop(RECORD))
        names = resources["nbgrader"]
        assignment = self._assignment(names)
        self._require_python(nb, names)
        prose = _prose(self._source(names) / f"{names['notebook']}.ipynb")
        tested = assignment is not None and (hidden_tests.files_in(assignment.folder) or self._says_so(names))
        if not self.enabled:
            outputs.sanitize(nb, prose)
            if tested:
                self.log.warning(
                    "Nothing was run of %s: no hidden test was asked; a human must grade it.", names["notebook"]
                )
                resources[RESULTS] = NOT_ASKED
            return nb, resources
        if assignment is None or not tested:
            self._run_without_hidden_tests(nb, resources, assignment)
            outputs.sanitize(nb, prose)
            return nb, resources
        released = released_in_gradebook(names)
        for problem in disagreements(hidden_tests.load(assignment), _points(released)):
            raise GradersError(problem)
        settings = Settings(self._sandbox(names, assignment), released)
        submitted = read_file(self._folder(self._coursedir.submitted_directory, names) / f"{names['notebook']}.ipynb")
        graded = grade(submitted.raw, assignment, settings, record.seed, diagnose)
        if submitted.notes:
            # The bytes of a file that could not even be opened say less.
            graded.results.notes[0] = submitted.notes[0]
        notebook, results = graded.notebook, graded.results
        nb.cells = notebook.cells
        results.notes[:0] = record.notes
        outputs.sanitize(nb, prose)
        report.add_reports(nb, results)
        result_files.write(results, Path(resources["metadata"]["path"]) / result_files.FILE_NAME)
        resources[RESULTS] = results
        self._log(results, names["student"])
        return nb, resources

    def _run_without_hidden_tests(
        self, nb: NotebookNode, resources: dict[str, Any], assignment: Assignment | None
    ) -> None:
        """Run the notebook in the sandbox; nbgrader then scores what its cells print."""
        names = resources["nbgrader"]
        unasked = "There are no hidden tests for %s: nbgrader scores what its cells print."
        self.log.warning(unasked, names["notebook"])
        sandbox = self._sandbox(names, assignment)
        sandbox.require_safe()
        folder = Path(self._coursedir.root) / assignments.ROOM / names["assignment"]
        with running(nb, sandbox) as finished:
            missing = not_offered(finished, [], assignment or Assignment(names["assignment"], folder, ""))
        if missing is not None:
            self.log.error("On the submission of %s a human must look: %s", names["student"], missing.fault)
            resources[RESULTS] = NOT_ASKED

    def _says_so(self, names: dict[str, str]) -> bool:
        """Whether the source notebook says that it has hidden tests."""
        source = self._source(names) / f"{names['notebook']}.ipynb"
        return source.is_file() and MARK in nbformat.read(source, as_version=4).metadata

    def _assignment(self, names: dict[str, str]) -> Assignment | None:
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

    def _require_python(self, nb: NotebookNode, names: dict[str, str]) -> None:
        """The kernelspec is the source notebook's by now; a student's is not looked at."""
        language = nb.metadata.get("kernelspec", {}).get("language", "python")
        if language != "python":
            raise AssignmentError(
                f"The source notebook of {names['notebook']} says that its language is {language}; the sandbox runs "
                "Python. Choose a Python kernel for it, and generate the assignment again."
            )

    def _folder(self, directory: str, names: dict[str, str]) -> Path:
        return Path(self._coursedir.format_path(directory, names["student"], names["assignment"]))

    def _source(self, names: dict[str, str]) -> Path:
        return self._folder(self._coursedir.source_directory, {**names, "student": "."})

    @property
    def limits(self) -> Limits:
        """The limits that are configured for the course."""
        unlimited = self.timeout is None or self.timeout < 0
        values = {limit.name: getattr(self, limit.name) for limit in settings() if self.has_trait(limit.name)}
        values["cell_seconds"] = self.notebook_seconds if unlimited else self.timeout
        return Limits().with_settings(values)

    def _sandbox(self, names: dict[str, str], assignment: Assignment | None) -> SandboxSettings:
        limits = self.limits if assignment is None else assignment.limited(self.limits)
        # As nbgrader does it: what was released with the notebook is put back over what a student made of it.
        released = self._source(names)
        files: tuple[Path, ...] = (released, self._folder(self._coursedir.submitted_directory, names))
        if too_large(files, limits):
            self.log.warning(
                "The files that %s handed in beside the notebook are too large to lay in.", names["student"]
            )
            files = (released,)
        settings = SandboxSettings(limits=limits, files=files, unsafe=self.unsafe)
        return replace(settings, preload=BASE if assignment is None else assignment.warm)

    def _log(self, results: Results, student: str) -> None:
        self.log.info("%s: %g of %g points, %s", student, results.score, results.max_score, results.sandbox)
        for fault in results.faults:
            self.log.error("Grader fault on the submission of %s; a human must look: %s", student, fault)
        for fault in results.hint_faults:
            self.log.warning("No hints on the submission of %s; the points stand: %s", student, fault)


def _points(released: Mapping[str, ReleasedCell]) -> dict[str, float]:
    """The points of the released cells that are graded automatically."""
    settings = {name: cell.metadata for name, cell in released.items()}
    return {name: one["points"] for name, one in settings.items() if one["grade"] and not one["solution"]}


def _prose(source: Path) -> set[str]:
    """The Markdown that was released with the assignment."""
    if not source.is_file():
        return set()
    return {cell.source for cell in nbformat.read(source, as_version=4).cells if cell.cell_type == "markdown"}
