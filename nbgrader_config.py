"""This repository is an nbgrader course: plain nbgrader commands work in this folder, graded in the sandbox."""

import warnings

from sqlalchemy.exc import SAWarning

# nbgrader 0.9 makes SQLAlchemy 2 warn, several lines for every submission, about nothing that anybody could change.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "chainrule"

# results.json is ours alone: never taken from a student, never copied to where feedback goes out.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache", "results.json"]

c.Autograde.exporter_class = "autograder.pipeline.exporter.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.pipeline.sanitize.Sanitize",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.pipeline.grade.GradeInSandbox",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.pipeline.save.SaveGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
