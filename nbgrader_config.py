"""This repository is an nbgrader course: plain nbgrader commands work in this folder, graded in the sandbox."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "chainrule"

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
