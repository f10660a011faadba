"""Whether the Hub knows this service: asked once it can answer, since it may start after the service."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from urllib.parse import urlparse

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from chainrule.course.loaded import CourseError

NEEDED = (
    "JUPYTERHUB_SERVICE_URL",
    "JUPYTERHUB_SERVICE_PREFIX",
    "JUPYTERHUB_SERVICE_NAME",
    "JUPYTERHUB_CLIENT_ID",
    "JUPYTERHUB_API_TOKEN",
    "JUPYTERHUB_API_URL",
)
"""What the Hub gives its services. Without the name, JupyterHub's library would let in whomever the Hub knows."""

AGAIN = 15.0
"""Seconds until a Hub that does not answer is asked again."""

log = logging.getLogger(__name__)


def require_variables(variables: Mapping[str, str]) -> None:
    """That the environment is a service's.

    Raises:
        CourseError: it is not; says what is missing.
    """
    if missing := [name for name in NEEDED if not variables.get(name)]:
        raise CourseError(
            f"{missing[0]} is not set: `chainrule serve` is started by JupyterHub as one of its services; "
            "deploy/README.md says how."
        )
    url = variables["JUPYTERHUB_SERVICE_URL"]
    try:
        if urlparse(url).port:
            return
    except ValueError:
        pass
    raise CourseError(f"{url!r} names no port: set the service's `url`, as in http://127.0.0.1:8010.")


async def require_known(variables: Mapping[str, str]) -> None:
    """Wait until the Hub answers, and go on if it knows the service by its token.

    Raises:
        CourseError: it does not, or knows it as something else; says what to change.
    """
    address, name = variables["JUPYTERHUB_API_URL"], variables["JUPYTERHUB_SERVICE_NAME"]
    told = False
    while (known := await _asked(address, variables["JUPYTERHUB_API_TOKEN"])) is None:
        if not told:
            log.warning("The Hub does not answer at %s: nobody can log in until it does.", address)
            told = True
        await asyncio.sleep(AGAIN)
    if known.get("kind") != "service" or known.get("name") != name:
        raise CourseError(
            f"The Hub knows the token of the service {name} as that of {known.get('name')!r}: give each service an "
            "`api_token` of its own, and its own environment that one."
        )
    if told:
        log.info("The Hub answers at %s.", address)


async def _asked(address: str, token: str) -> dict[str, object] | None:
    """What the Hub says of a token's owner; None if it does not answer."""
    try:
        answer = await AsyncHTTPClient().fetch(
            f"{address.rstrip('/')}/user", headers={"Authorization": f"token {token}"}, request_timeout=30
        )
        known = json.loads(answer.body)
        return known if isinstance(known, dict) else None
    except HTTPClientError as error:
        if error.code not in (401, 403):
            return None
        raise CourseError(
            f"The Hub at {address} does not know the service's token (it answers {error.code}): put the same "
            "`api_token` into its entry of c.JupyterHub.services and into JUPYTERHUB_API_TOKEN."
        ) from error
    except (OSError, ValueError):
        return None
