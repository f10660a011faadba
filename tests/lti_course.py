"""A course with a gradebook, and a platform that knows it: what tests of scores sent by LTI work on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lti_platform import CLIENT, WEEK1, Platform

from chainrule.course.init import create
from chainrule.course.opened import Course
from chainrule.lti import keys, settings, users

NAME = "week1"
PARTS = ("softmax", "essay")
MOST = 5.0


def make(folder: Path, platform: Platform) -> Course:
    """A course whose one assignment has two parts, of which nobody has handed in anything."""
    create(folder)
    course = Course(folder)
    add_assignment(course, NAME)
    configure(course, platform)
    return course


def add_assignment(course: Course, name: str) -> None:
    """One more in the gradebook."""
    with course.api.gradebook as gradebook:
        gradebook.add_assignment(name)
        gradebook.add_notebook(name, name)
        gradebook.add_grade_cell(PARTS[0], name, name, max_score=3, cell_type="code")
        gradebook.add_grade_cell(PARTS[1], name, name, max_score=2, cell_type="markdown")


def configure(course: Course, platform: Platform, more: str = "", assignments: str = "") -> None:
    """Write `lti.toml`, with the key whose public half the platform has."""
    target = assignments or f'[assignments.{NAME}]\nline-item = "{platform.address}{WEEK1}"\n'
    file = course.folder / settings.FILE
    file.write_text(
        f'issuer = "{platform.address}"\nclient-id = "{CLIENT}"\ntoken-url = "{platform.address}/token"\n'
        f'lineitems = "{platform.address}/lineitems"\n{more}\n{target}'
    )
    file.chmod(0o644)
    keys.make(course.folder / settings.KEY)
    platform.public_key = keys.read(course.folder, settings.read(course.folder)).public_pem


def graded(course: Course, scores: Mapping[str, float | None], name: str = NAME, penalty: float = 0.0) -> None:
    """Give these students points for the first part, two for the second; None voids them, as a grading begins with."""
    with course.api.gradebook as gradebook:
        for student, points in scores.items():
            gradebook.update_or_create_student(student)
            gradebook.update_or_create_submission(name, student)
            for part, score in zip(PARTS, (points, None if points is None else 2.0), strict=True):
                grade = gradebook.find_grade(part, name, name, student)
                grade.auto_score, grade.needs_manual_grade = score, score is None
            gradebook.find_submission_notebook(name, name, student).late_submission_penalty = penalty
        gradebook.db.commit()
    enrol(course, {student: f"u-{student}" for student in scores})


def enrol(course: Course, ids: Mapping[str, str]) -> None:
    """Who they are to the platform, beside those it knows."""
    file = course.folder / users.FILE
    lines = file.read_text().splitlines() if file.exists() else ["user,user_id"]
    known = {line.partition(",")[0] for line in lines}
    lines += [f"{student},{user_id}" for student, user_id in ids.items() if student not in known]
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o644)


def corrected(course: Course, student: str, part: str, points: float) -> None:
    """What a teacher does in the formgrader."""
    with course.api.gradebook as gradebook:
        grade = gradebook.find_grade(part, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
