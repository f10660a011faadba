"""Configures nbgrader in students' servers."""

from __future__ import annotations

import os
from typing import Any

from chainrule_student.exchange import HubExchange
from chainrule_student.fetch_assignment import ExchangeFetchAssignment
from chainrule_student.fetch_feedback import ExchangeFetchFeedback
from chainrule_student.listing import ExchangeList
from chainrule_student.submit import ExchangeSubmit
from chainrule_student.validation import name_failed_checks


def configure(c: Any, course: str, url: str = "") -> None:
    """Have nbgrader fetch from and submit to a course's service; called in nbgrader_config.py once for each course.

    `url` is where students' servers reach the service; by default below the Hub's public address, if the Hub tells it.
    With several courses nbgrader's commands want `--course`.

    Raises:
        ValueError: the address is missing, or is none.
    """
    url = url or _below_public_url(course)
    if not url.startswith(("http://", "https://")):
        raise ValueError(
            f"{url!r} is no address of the service of {course}: in nbgrader_config.py write "
            f"configure(c, {course!r}, 'https://HUB/services/chainrule-{course}/')."
        )
    services = dict(c.HubExchange.get("services", {})) | {course: url.rstrip("/") + "/"}
    c.HubExchange.services = services
    c.CourseDirectory.course_id = course if len(services) == 1 else ""
    c.ExchangeFactory.exchange = HubExchange
    c.ExchangeFactory.fetch_assignment = ExchangeFetchAssignment
    c.ExchangeFactory.fetch_feedback = ExchangeFetchFeedback
    c.ExchangeFactory.list = ExchangeList
    c.ExchangeFactory.submit = ExchangeSubmit
    name_failed_checks()


def _below_public_url(course: str) -> str:
    hub = os.environ.get("JUPYTERHUB_PUBLIC_HUB_URL", "").rstrip("/")
    return f"{hub.removesuffix('/hub')}/services/chainrule-{course}/" if hub else ""
