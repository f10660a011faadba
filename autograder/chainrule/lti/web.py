"""Asks the platform, within a time and a size; redirections are not followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tornado.httpclient import HTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPInputError
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from chainrule.lti.failures import NotNowError

SECONDS = 30.0
"""For a whole answer, from the connection to its last byte."""

LARGEST_ANSWER = 2**20
LONGEST_PAUSE = 24 * 3600.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    kind: str
    body: bytes
    link: str = ""
    pause: float | None = None


class Web:
    """A client of its own event loop: for a thread that has none."""

    def __init__(self, seconds: float | None = None) -> None:
        """Nothing is asked yet."""
        # Not unpacked: what is small when it is sent stays small.
        self._client = HTTPClient(
            SimpleAsyncHTTPClient, force_instance=True, max_body_size=LARGEST_ANSWER, max_buffer_size=2 * LARGEST_ANSWER
        )
        self._seconds = SECONDS if seconds is None else seconds

    def close(self) -> None:
        """Ask nothing more."""
        self._client.close()

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """One request.

        Raises:
            NotNowError: there was no whole answer.
        """
        request = HTTPRequest(
            url,
            method,
            dict(headers),
            body,
            follow_redirects=False,
            decompress_response=False,
            connect_timeout=self._seconds,
            request_timeout=self._seconds,
            user_agent="chainrule",
        )
        try:
            return _answer(self._client.fetch(request, raise_error=False))
        except (HTTPClientError, HTTPInputError, StreamClosedError, OSError) as error:
            host = request.url.split("/")[2]
            raise NotNowError(f"{host} could not be asked ({error or type(error).__name__}).") from error


def _answer(response: HTTPResponse) -> Answer:
    headers = response.headers
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(
        response.code, kind, response.body, ",".join(headers.get_list("Link")), _pause(headers.get("Retry-After"))
    )


def _pause(text: str | None) -> float | None:
    """Seconds, from a number of them or a moment."""
    if not text:
        return None
    try:
        seconds = float(text) if text.strip().isascii() and text.strip().isdecimal() else _until(text)
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def _until(text: str) -> float:
    moment = parsedate_to_datetime(text)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
