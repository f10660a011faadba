"""Whether the roles of a Hub let students and instructors of a course do what they must, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chainrule.site.accounts import listed
from chainrule.site.hub_config import HubConfig, HubService

TOO_MUCH = (
    "admin-ui", "admin:users", "admin:servers", "admin:services", "admin:groups", "admin:auth_state", "access:servers",
    "users", "groups", "tokens", "servers", "proxy", "shutdown",
)  # fmt: skip
"""With one of these about others, somebody can become another user, an instructor or the Hub itself."""

OWN = ("!user", "!server")


def services_of(config: HubConfig, course: Path, course_id: str) -> list[HubService]:
    """The services that grade a course on submit; there should be one."""
    return [one for one in config.services if one.serves(course, course_id)]


def problems(config: HubConfig, course: Path, course_id: str, account: str) -> Iterator[str]:
    """A sentence for each thing in the configuration that is to be changed for this course."""
    found = services_of(config, course, course_id)
    if not found:
        yield (
            f"No service of the Hub runs `chainrule serve` for {course}: add one to c.JupyterHub.services, as in "
            "deploy/jupyterhub/jupyterhub_config.py."
        )
        return
    if len(found) > 1:
        names = listed([one.name for one in found])
        yield f"{names} are services of one course, {course}: take all but one out of c.JupyterHub.services."
    service = found[0]
    yield from _service(service, config, account)
    instructors = service.option("--instructors") or f"formgrade-{course_id}"
    formgrader = next((one for one in config.services if _is_formgrader(one, course, course_id, account)), None)
    yield from _ways_in(config, service, formgrader, f"nbgrader-{course_id}", instructors)


def students_of(config: HubConfig, course_id: str) -> list[str]:
    """Who is in the Hub's group of a course's students, as far as its configuration says."""
    return config.groups.get(f"nbgrader-{course_id}", [])


def _service(service: HubService, config: HubConfig, account: str) -> Iterator[str]:
    where = f"the service {service.name}"
    if service.command and account != "root" and service.user != account:
        said = f"as {service.user}" if service.user else "as the Hub's own user"
        yield f"The Hub starts {where} {said}, and the course belongs to {account}: set its `user` to {account!r}."
    if not service.command and not service.api_token:
        yield f"Nothing starts {where}: give it a `command`, or an `api_token` if another program starts it."
    if not service.place[1]:
        yield f"The url of {where} names no port ({service.url or 'there is none'}): set it, as in http://127.0.0.1:8010."
    for other in config.services:
        if other is not service and other.place[1] and other.place == service.place:
            yield f"{other.name} and {service.name} have one port, {service.url}: give one another in its `url`."
    held = [scope for role in config.roles if service.name in role.services for scope in role.scopes]
    wide = [scope for scope in held if scope.partition("!")[0] in TOO_MUCH and "!" not in scope]
    if service.admin or wide:
        yield f"{where.capitalize()} may do what it need not ({listed(wide) or 'admin'}): take that off its roles."


def _ways_in(
    config: HubConfig, service: HubService, formgrader: HubService | None, students: str, instructors: str
) -> Iterator[str]:
    for group in (students, instructors):
        if not may_access(scopes(config, "", {group}), service.name):
            yield _lacking(group, service.name)
    if formgrader is not None and not may_access(scopes(config, "", {instructors}), formgrader.name):
        yield _lacking(instructors, formgrader.name)
    for student in ["", *config.groups.get(students, [])]:
        groups = {name for name, members in config.groups.items() if student in members} | {students}
        who = student or f"everybody in the group {students}"
        if student and instructors in groups:
            yield f"{who} is in {students} and in {instructors}, whose members see all grades: leave one of the two."
        if student in config.admins:
            yield f"{who} is one of the Hub's admins and a student: take one of the two away."
        held = scopes(config, student, groups)
        if student and held == scopes(config, "", {students}):
            continue
        if formgrader is not None and instructors not in groups and may_access(held, formgrader.name):
            yield f"{who} can come into the formgrader {formgrader.name}: take that off in c.JupyterHub.load_roles."
        if wide := sorted(scope for scope in held if _is_too_much(scope, student)):
            yield f"{who} has the scopes {listed(wide)}, which reach others: take them off in c.JupyterHub.load_roles."


def scopes(config: HubConfig, user: str, groups: set[str]) -> set[str]:
    """What the roles of a configuration give a user of these groups; every user has the role `user`."""
    return {
        scope
        for role in config.roles
        if role.name == "user" or (user and user in role.users) or groups.intersection(role.groups)
        for scope in role.scopes
    }


def may_access(held: set[str], service: str) -> bool:
    """Whether scopes open a service."""
    return bool(held & {"access:services", f"access:services!service={service}"})


def _is_too_much(scope: str, student: str) -> bool:
    name, mark, of = scope.partition("!")
    return name in TOO_MUCH and not (mark and (f"!{of}" in OWN or of == f"user={student}"))


def _is_formgrader(service: HubService, course: Path, course_id: str, account: str) -> bool:
    """Whether it shows a course's formgrader: a notebook server in its folder, by its account or by its name."""
    if not service.command:
        return service.name == course_id
    runs = any("singleuser" in word or "jupyter" in word for word in service.command)
    return runs and service.user == account and bool(service.cwd) and Path(service.cwd).resolve() == course


def _lacking(group: str, service: str) -> str:
    scope = f"access:services!service={service}"
    return (
        f"No role lets the group {group} into the service {service}: add {{'name': …, 'groups': ['{group}'], "
        f"'scopes': ['{scope}']}} to c.JupyterHub.load_roles."
    )
