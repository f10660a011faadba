"""Takes the place of nbgrader's Execute: runs the notebook in the sandbox and its hidden tests outside of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer

from autograder.assignments import preload_of
from autograder.grading import results as result_files
from autograder.grading import session
from autograder.grading.notebook import NotebookRunner
from autograder.grading.results import Results
from autograder.pipeline import outputs, report
from autograder.pipeline.sanitize import RECORD
from autograder.sandbox.files import too_large
from autograder.sandbox.limits import MEBIBYTE, Limits
from autograder.sandbox.provisioner import SandboxSettings

RESULTS = "chainrule_results"
"""Where the results wait in nbconvert's resources for `SaveGrades`."""


class GradeInSandbox(NbGraderPreprocessor):  # type: ignore[misc]
    """First of `c.Autograde.autograde_preprocessors`.

    An assignment without hidden tests in `autograder/graders/` still runs in the sandbox; nbgrader's own scoring then
    applies, with all its faults, and a warning says so.
    """

    cell_seconds = Float(Limits.cell_seconds, help="Wall clock of one cell, in seconds.").tag(config=True)
    notebook_seconds = Float(Limits.notebook_seconds, help="Wall clock of all cells, in seconds.").tag(config=True)
    test_seconds = Float(Limits.test_seconds, help="Student code in one hidden test, in seconds.").tag(config=True)
    memory = Integer(Limits.memory // MEBIBYTE, help="Memory of one submission, in MiB.").tag(config=True)
    unsafe = Bool(False, help="Grade without any sandbox; every report then says `unsandboxed`.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade the sanitized notebook; its results go beside it as `results.json`."""
        record = nb.metadata.pop(RECORD)
        names = resources["nbgrader"]
        assignment = names["assignment"]
        settings = self._settings(names)
        released = self._released(assignment)
        if session.has_graders(assignment):
            results = session.grade(nb, record["submission"], assignment, record["seed"], settings)
            results.notes[:0] = record["notes"]
            outputs.sanitize(nb, _prose(released / f"{names['notebook']}.ipynb"))
            report.add_reports(nb, results)
            result_files.write(results, Path(resources["metadata"]["path"]) / result_files.FILE_NAME)
            resources[RESULTS] = results
            self._log(results, names["student"])
        else:
            self.log.warning("There are no hidden tests for %s: nbgrader scores what its cells print.", assignment)
            settings.require_safe()
            runner = NotebookRunner(nb, settings)
            runner.run()
            runner.close()
        return nb, resources

    @property
    def _coursedir(self) -> Any:
        return self.parent.parent.coursedir

    def _released(self, assignment: str) -> Path:
        return Path(self._coursedir.format_path(self._coursedir.source_directory, ".", assignment))

    def _settings(self, names: dict[str, str]) -> SandboxSettings:
        limits = Limits(
            cell_seconds=self.cell_seconds,
            notebook_seconds=self.notebook_seconds,
            test_seconds=self.test_seconds,
            memory=self.memory * MEBIBYTE,
        )
        assignment, directory = names["assignment"], self._coursedir.submitted_directory
        submitted = Path(self._coursedir.format_path(directory, names["student"], assignment))
        # As nbgrader does it: what was released with the notebook is put back over what a student made of it.
        released = self._released(assignment)
        files: tuple[Path, ...] = (released, submitted)
        if too_large(files, limits):
            self.log.warning(
                "The files that %s handed in beside the notebook are too large to lay in.", names["student"]
            )
            files = (released,)
        return SandboxSettings(limits=limits, preload=preload_of(assignment), files=files, unsafe=self.unsafe)

    def _log(self, results: Results, student: str) -> None:
        self.log.info("%s: %g of %g points, %s", student, results.score, results.max_score, results.sandbox)
        for fault in results.faults:
            self.log.error("Grader fault on the submission of %s; a human must look: %s", student, fault)


def _prose(source: Path) -> set[str]:
    """The Markdown that was released with the assignment."""
    if not source.is_file():
        return set()
    return {cell.source for cell in nbformat.read(source, as_version=4).cells if cell.cell_type == "markdown"}
