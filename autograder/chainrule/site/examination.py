"""All that `chainrule doctor --hub` looks at."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from chainrule.course import exchange_modes
from chainrule.course.loaded import CourseError
from chainrule.site import accounts, answering, course_settings, places, reading, scopes, student_environment
from chainrule.site.accounts import READ, Account
from chainrule.site.course_settings import Settings
from chainrule.site.hub_config import HubConfig, load
from chainrule.site.report import SiteReport

TRIED = "really tried, in a process of each student's account"
COMPUTED = "computed from owners and modes, without access control lists; run this as root, and it is really tried"
TOKEN = "JUPYTERHUB_API_TOKEN"


def examine(
    course: Path,
    config: Path | None = None,
    students: Sequence[str] = (),
    environment: Path | None = None,
    variables: Mapping[str, str] = os.environ,
) -> SiteReport:
    """Look at a course on a Hub; nothing is changed.

    `config` is the Hub's configuration, `environment` the one in which students' notebooks run.
    """
    report = SiteReport(str(course), TRIED if reading.can_try() else COMPUTED)
    owner = accounts.owner(course)
    if owner is None or owner.user == 0:
        report.findings.append(
            f"{course} belongs to {'root' if owner else 'no account of this machine'}: make an account for the course, "
            f"and `chown -R ACCOUNT: '{course}'`."
        )
    settings = _settings(course, owner, report)
    hub = None
    if config is None:
        report.notes.append("The Hub's configuration was not looked at: name it, as in --hub jupyterhub_config.py.")
    else:
        try:
            hub = load(config.absolute())
        except CourseError as error:
            report.findings.append(str(error))
    if settings is not None:
        _look_at_course(course, settings, owner, _students(hub, settings, students, report), report)
    if hub is not None:
        course_id = course.name if settings is None else settings.course_id
        report.findings += scopes.problems(hub, course, course_id, owner.name if owner else "")
        for service in scopes.services_of(hub, course, course_id):
            report.findings += answering.service_problems(service, hub.base_url)
        report.findings += answering.proxy_problems(hub)
    if variables.get(TOKEN):
        report.findings += answering.token_problems(variables)
    environment = environment or (hub.student_environment if hub else None)
    if environment is None:
        report.notes.append("Students' environment was not looked at: name it with --student-environment.")
    else:
        report.findings += student_environment.problems(environment)
    return report


def _settings(course: Path, owner: Account | None, report: SiteReport) -> Settings | None:
    if owner is None:
        return None
    try:
        return course_settings.of(course, owner)
    except CourseError as error:
        report.findings.append(str(error))
        return None


def _look_at_course(
    course: Path, settings: Settings, owner: Account | None, students: Sequence[Account], report: SiteReport
) -> None:
    report.students = [student.name for student in students]
    if owner is not None:
        report.findings += places.of_another(course, settings, owner)
    try:
        report.findings += places.open_to(students, course, settings)
        report.findings += places.closed_to(students, settings)
    except CourseError as error:
        report.findings.append(str(error))
    if not settings.exchange:
        report.notes.append("The exchange is no folder, so there are no modes of it to look at.")
    elif settings.groupshared:
        report.notes.append(
            "A group shares the course (c.CourseDirectory.groupshared): the exchange's modes are its own."
        )
    else:
        report.findings += exchange_modes.problems(
            Path(settings.exchange), settings.course_id, lambda folder: owner is None or owner.may(folder, READ)
        )


def _students(hub: HubConfig | None, settings: Settings, named: Sequence[str], report: SiteReport) -> list[Account]:
    """The accounts that are tried; if no student is named or known, one that is in no group of anybody's."""
    names = list(named) or (scopes.students_of(hub, settings.course_id) if hub else [])
    names = names or accounts.members(f"nbgrader-{settings.course_id}")
    found = {name: accounts.account(name) for name in dict.fromkeys(names)}
    for name, account in found.items():
        if account is None and name in named:
            report.findings.append(f"There is no user {name!r} on this machine: name one with --student.")
        elif account is not None and account.user == 0:
            report.findings.append(f"{name} is root, who reads everything: name a student with --student.")
    there = [account for account in found.values() if account is not None and account.user != 0]
    if not there and (nobody := accounts.account("nobody")) is not None:
        report.notes.append("No student has an account here, or is named with --student; `nobody` stood for them.")
        return [nobody]
    return there
