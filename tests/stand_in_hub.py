"""Stands in for JupyterHub's API towards a service: whose token is it, and may they come in? Nothing else of a Hub."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NAME = "chainrule-nn"
PREFIX = f"/services/{NAME}/"
TOKEN = "the-service's-own"
ACCESS = f"access:services!service={NAME}"


class StandInHub(ThreadingHTTPServer):
    """Answers `/hub/api/user` on loopback; the token of a student is the name."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        """Listen."""
        super().__init__(("127.0.0.1", 0), _Answers)
        self.known: dict[str, dict[str, Any]] = {TOKEN: {"kind": "service", "name": NAME, "scopes": []}}

    @property
    def api(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.server_port}/hub/api"

    def add(self, user: str, group: str) -> None:
        """Let this user in; the token is the name."""
        self.known[user] = {"kind": "user", "name": user, "groups": [group], "admin": False, "scopes": [ACCESS]}


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Who is it?"""
        hub = self.server
        assert isinstance(hub, StandInHub)
        token = self.headers.get("Authorization", "").partition(" ")[2]
        user = hub.known.get(token)
        body = json.dumps(user if self.path == "/hub/api/user" else None).encode()
        self.send_response(403 if user is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Silence."""


@contextmanager
def stand_in_hub() -> Iterator[StandInHub]:
    """A Hub for a while."""
    hub = StandInHub()
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


def free_port() -> int:
    """A port of loopback where nobody listens now."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def variables(api: str, port: int) -> dict[str, str]:
    """The environment that the Hub would give to the service."""
    checkout = Path(__file__).parent.parent / "autograder"
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(checkout), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        "JUPYTERHUB_SERVICE_NAME": NAME,
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_CLIENT_ID": f"service-{NAME}",
        "JUPYTERHUB_API_TOKEN": TOKEN,
        "JUPYTERHUB_API_URL": api,
        "JUPYTERHUB_BASE_URL": "/",
    }
