"""Reads submissions for nbgrader: a file that is no notebook becomes an empty one with a note, not an aborted batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode

from chainrule.course.batch import Batch
from chainrule.course.grade import GradeInSandbox
from chainrule.course.graders import graders_of
from chainrule.course.internals import copy_beside_by_batches, grade_in_batches, is_sanitizing
from chainrule.course.sanitize import SUBMISSION
from chainrule.engine import outputs


class SubmissionExporter(NotebookExporter):
    """nbgrader's exporter for autograding; set as `c.Autograde.exporter_class`."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Convert the notebook in this file, being the submission first and later its sanitized copy."""
        converter: Any = self.parent
        if not is_sanitizing(converter):
            return super().from_filename(filename, resources=resources, **kwargs)
        path = Path(filename)
        # Only with --no-execute are the outputs that were handed in of any interest.
        submission = converter.batch.read(path, keep_outputs=not GradeInSandbox(parent=converter).enabled)
        outputs.make_safe(submission.notebook)
        resources = {**(resources or {}), SUBMISSION: submission}
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        converted: tuple[NotebookNode, dict[str, Any]] = super().from_notebook_node(  # type: ignore[no-untyped-call]
            submission.notebook, resources=resources, **kwargs
        )
        return converted


def batch(converter: Any) -> Batch | None:
    """How nbgrader's own commands and pages grade: with the graders that the course's configuration names."""
    if not isinstance(converter.exporter, SubmissionExporter):
        return None
    return Batch(converter, graders_of(GradeInSandbox(parent=converter.exporter)))


grade_in_batches(batch)
copy_beside_by_batches()
