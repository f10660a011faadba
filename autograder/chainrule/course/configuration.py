"""Configures an nbgrader course to be graded by chainrule: one import and one call, so that an upgrade upgrades it."""

from __future__ import annotations

import warnings
from typing import Any

from sqlalchemy.exc import SAWarning


def configure(c: Any) -> None:
    """Set what nbgrader needs to know; called in a course's `nbgrader_config.py` with its `get_config()`.

    What the file sets afterwards overrides it. Nothing is looked for or changed on disk.
    """
    # nbgrader 0.9 makes SQLAlchemy 2 warn, several lines for every submission, about nothing that anybody could change.
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

    # results.json is ours alone: never taken from a student, never copied to where feedback goes out.
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache", "results.json"]

    c.ExchangeFactory.collect = "chainrule.course.collect.CollectSubmissions"

    c.Autograde.exporter_class = "chainrule.course.exporter.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = [
        "chainrule.course.sanitize.Sanitize",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        "chainrule.course.grade.GradeInSandbox",
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "chainrule.course.save.SaveGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.AssignLatePenalties.plugin_class = "chainrule.course.late.LatePenalty"
    c.GenerateFeedback.exporter_class = "chainrule.course.feedback.FeedbackExporter"
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "chainrule.course.feedback.ShowScores",
    ]
    # After a manual correction the page is made again without --force, or it would go on saying the old score.
    c.GenerateFeedback.force = True

    c.ExportApp.plugin_class = "chainrule.course.scores_table.ScoresTable"
