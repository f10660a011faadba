"""Talks with the service of a course, as the user whose server this is; what goes wrong becomes one sentence."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

TOKEN = "JUPYTERHUB_API_TOKEN"
"""The environment variable in which the Hub gives each server a token of its user's."""

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try, when nobody answers or the service is not ready."""

PATIENCE = 60.0
"""Seconds after which there is no further try."""

TIMEOUTS = (5.0, 120.0)
"""Seconds until a connection must be there, and between two pieces of an answer."""

LATER = (429, 502, 503, 504)
"""The service, or the Hub's proxy before it, asks to come again."""

AGAIN = "try again in a minute, and tell your instructor if it stays so"
LONGEST_SENTENCE = 500
CHUNK = 2**20


class ServiceError(Exception):
    """The service did not do what it was asked; the message says why and what to do, in one sentence."""


class _WithToken(requests.auth.AuthBase):
    """Sets the header itself, so that nothing else does: no `.netrc`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token {self._token}"
        return request


class Connection:
    """The service at an address. What it takes twice it must not do twice: everything is tried again."""

    def __init__(self, course: str, url: str) -> None:
        """Asks nothing yet.

        Raises:
            ServiceError: this is no server that a Hub has started.
        """
        token = os.environ.get(TOKEN, "")
        if not token:
            raise ServiceError(f"{TOKEN} is not set: do this in a server that JupyterHub has started.")
        self._course = course
        self._url = url
        self._session = requests.Session()
        self._session.auth = _WithToken(token)

    def get(self, *path: str) -> Any:
        """What the service answers in JSON below a path.

        Raises:
            ServiceError
        """
        return self._json(self._asked("GET", path))

    def post(self, *path: str, body: bytes) -> Any:
        """What the service answers to this body.

        Raises:
            ServiceError
        """
        return self._json(self._asked("POST", path, body))

    def content(self, *path: str) -> Iterator[bytes]:
        """A file, piece by piece.

        Raises:
            ServiceError
        """
        with self._asked("GET", path) as answer:
            try:
                yield from answer.iter_content(CHUNK)
            except requests.RequestException as error:
                raise ServiceError(f"The connection to {self._url} ended amidst a file: fetch it again.") from error

    def _asked(self, method: str, path: tuple[str, ...], body: bytes | None = None) -> requests.Response:
        """A good answer, at the first try or a later one."""
        end = time.monotonic() + PATIENCE
        for pause in (*PAUSES, None):
            last = pause is None or time.monotonic() + pause > end
            try:
                answer = self._once(method, path, body)
                if answer.status_code not in LATER or last:
                    return self._good(answer)
                answer.close()
            except requests.RequestException as error:
                if last or not isinstance(error, requests.ConnectionError | requests.Timeout):
                    raise ServiceError(self._unreachable(error)) from error
            assert pause is not None
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _once(self, method: str, path: tuple[str, ...], body: bytes | None) -> requests.Response:
        # A redirection would lead to a page for logging in, or take the token elsewhere.
        return self._session.request(
            method,
            self._url + "/".join(quote(part) for part in path),
            data=body,
            timeout=TIMEOUTS,
            stream=True,
            allow_redirects=False,
            headers={"Content-Type": "application/json"} if body is not None else None,
        )

    def _good(self, answer: requests.Response) -> requests.Response:
        """The answer, if it is none of something gone wrong."""
        if answer.status_code == 200:
            return answer
        with answer:
            raise ServiceError(self._problem(answer))

    def _problem(self, answer: requests.Response) -> str:
        said = _sentence(answer)
        if said and answer.status_code != 502:
            return said
        if 300 <= answer.status_code < 402:
            return "The Hub does not know this server's token, or it has expired: stop your server and start it again."
        if answer.status_code == 403:
            return f"Your server may not use {self._course}: ask your instructor whether you are enrolled in it."
        if answer.status_code == 404:
            return f"There is no service of {self._course} at {self._url}: tell your instructor."
        if answer.status_code == 413:
            return "That is more than the Hub takes at once: remove large files from the folder and submit again."
        if answer.status_code in LATER:
            return f"The service of {self._course} is not ready: {AGAIN}."
        return f"The service of {self._course} answered with the error {answer.status_code}: tell your instructor."

    def _json(self, answer: requests.Response) -> Any:
        try:
            with answer:
                return answer.json()
        except requests.RequestException as error:
            raise ServiceError(
                f"Something else than the service of {self._course} answers at {self._url}: tell your instructor."
            ) from error

    def _unreachable(self, error: requests.RequestException) -> str:
        why = "it takes too long" if isinstance(error, requests.Timeout) else type(error).__name__
        return f"The Hub cannot be reached at {self._url} ({why}): {AGAIN}."


def _sentence(answer: requests.Response) -> str:
    """What the service itself says; nothing if this is the page of somebody else."""
    if not answer.headers.get("Content-Type", "").startswith("text/plain"):
        return ""
    text = next(answer.iter_content(4 * LONGEST_SENTENCE), b"").decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in text)[:LONGEST_SENTENCE].strip()
