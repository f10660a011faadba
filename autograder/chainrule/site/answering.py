"""Who listens where the Hub, its proxy and a course's service should, and whether their programs are there."""

from __future__ import annotations

import errno
import json
import shutil
import socket
import urllib.request
from collections.abc import Iterator, Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlparse

from chainrule.site.hub_config import HubConfig, HubService

SECONDS = 5.0
ALIVE = b"ok\n"
"""What the service's `health` answers."""


def service_problems(service: HubService, base_url: str) -> Iterator[str]:
    """Whether the port of a service is free, or its own."""
    host, port = service.place
    if not port or not (reason := taken(host, port)):
        return
    if answer(f"{service.url.rstrip('/')}{base_url}services/{service.name}/health") != ALIVE:
        yield (
            f"The port of {service.name}, {service.url}, cannot be had ({reason}), and what answers there is not it: "
            f"end that (`ss -ltnp 'sport = :{port}'` names it), or give the service another port in its `url`."
        )


def proxy_problems(config: HubConfig) -> Iterator[str]:
    """Whether the proxy's program is there; and if the Hub runs, whether the proxy does."""
    if config.proxy_command:
        program = config.proxy_command[0]
        if shutil.which(program) is None:
            yield (
                f"The proxy's program {program} is not there: `npm install --prefix FOLDER configurable-http-proxy`, "
                "and set c.ConfigurableHTTPProxy.command to FOLDER/node_modules/.bin/configurable-http-proxy."
            )
        elif shutil.which("node") is None:
            yield f"The proxy {program} needs Node.js, and there is no program `node`: install it."
    hub = f"{config.hub_bind_url.rstrip('/')}{config.base_url}hub/health" if config.hub_bind_url else ""
    if hub and answer(hub) is not None and answer(f"{config.bind_url.rstrip('/')}/hub/health") is None:
        yield (
            f"The Hub runs, and its proxy does not answer at {config.bind_url}: restart the Hub, which starts it, or "
            "the proxy itself where c.ConfigurableHTTPProxy.should_start is False."
        )


def token_problems(variables: Mapping[str, str]) -> Iterator[str]:
    """Whether the Hub knows a service by the token that its environment holds."""
    address, token = variables.get("JUPYTERHUB_API_URL", ""), variables.get("JUPYTERHUB_API_TOKEN", "")
    request = urllib.request.Request(f"{address.rstrip('/')}/user", headers={"Authorization": f"token {token}"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answered:
            known = json.load(answered)
    except HTTPError as error:
        error.close()
        yield (
            f"The Hub at {address} does not know the service's token (it answers {error.code}): put the same "
            "`api_token` into the service's entry of c.JupyterHub.services and into its environment."
        )
    except (URLError, OSError, ValueError) as error:
        yield f"The Hub's API does not answer at {address} ({error}): start the Hub, or correct JUPYTERHUB_API_URL."
    else:
        if known.get("kind") != "service":
            yield f"The token in JUPYTERHUB_API_TOKEN is {known.get('name')}'s, and must be the service's own."


def taken(host: str, port: int) -> str:
    """Why nobody else can listen there now; empty if somebody can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        # The service may run elsewhere, as in another container.
        elsewhere = error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror)
        return "" if elsewhere else str(error.strerror)
    return ""


def answer(url: str) -> bytes | None:
    """The beginning of what is answered there; None if nothing good is."""
    if urlparse(url).scheme not in ("http", "https"):
        return None
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answered:
            return bytes(answered.read(1000))
    except (OSError, ValueError):
        return None
