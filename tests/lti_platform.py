"""A learning platform of the tests' own, on loopback: tokens for signed assertions, line items, scores and results.

It is as strict as AGS 2.0 asks: a score whose moment is not later than the last one's gets a 409.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from chainrule.lti import connection

CLIENT = "tool-7"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ALL_SCOPES = (f"{AGS}score", f"{AGS}result.readonly", f"{AGS}lineitem")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SILENCE = 3.0
WEEK1 = "/lineitems/1/lineitem?type_id=3"


@dataclass
class Platform:
    """What it holds, and what goes wrong with the next scores: a status, or a word for more than that."""

    port: int = 0
    public_key: str = ""
    key_set: dict[str, Any] = field(default_factory=dict)
    scopes: tuple[str, ...] = ALL_SCOPES
    expires_in: float = 3600
    deployment: str = ""
    faults: list[Any] = field(default_factory=list)
    token_faults: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: dict[str, tuple[set[str], float]] = field(default_factory=dict)
    assertions: set[str] = field(default_factory=set)
    line_items: list[dict[str, Any]] = field(default_factory=list)
    made_as: str | None = None
    taken: list[dict[str, Any]] = field(default_factory=list)
    conflicts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def column(self) -> dict[str, float]:
        """The scores that a teacher sees there, by user."""
        return {score["userId"]: score["scoreGiven"] for score in self.taken}

    def tokens_asked(self) -> int:
        return self.asked.count("POST /token")


class _LostError(Exception):
    """The connection ends here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self._answer_locked()

    def do_POST(self) -> None:
        self._answer_locked()

    def _answer_locked(self) -> None:
        path = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with self.platform.lock:
                self.platform.asked.append(f"{self.command} {path.path}")
                if path.path == "/certs":
                    self._say(200, self.platform.key_set)
                elif path.path == "/token":
                    self._token({name: value[0] for name, value in parse_qs(body.decode()).items()})
                elif path.path == "/lineitems":
                    self._line_items(body, {name: value[0] for name, value in parse_qs(path.query).items()})
                elif path.path.endswith("/lineitem/scores") and self.command == "POST":
                    self._score(body)
                elif path.path.endswith("/lineitem/results"):
                    self._results(parse_qs(path.query)["user_id"][0])
                else:
                    self._say(404, {"error": "nothing here"})
        except _LostError:
            self.close_connection = True
            self.connection.close()

    @property
    def platform(self) -> Platform:
        server: Any = self.server
        found: Platform = server.platform
        return found

    def _say(self, status: int, value: object, **headers: str) -> None:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(raw)

    def _token(self, form: dict[str, str]) -> None:
        platform = self.platform
        if platform.token_faults:
            status, said = platform.token_faults.pop(0)
            self._say(status, said)
            return
        try:
            claims = jwt.decode(
                form["client_assertion"],
                platform.public_key,
                ["RS256"],
                audience=f"{platform.address}/token",
                issuer=CLIENT,
                options={"require": ["exp", "iat", "jti", "sub"]},
            )
        except (jwt.InvalidTokenError, KeyError) as error:
            self._say(400, {"error": "invalid_client", "error_description": str(error)})
            return
        deployment = claims.get("https://purl.imsglobal.org/spec/lti/claim/deployment_id", "")
        fresh = claims["jti"] not in platform.assertions
        well = form.get("grant_type"), form.get("client_assertion_type"), claims["sub"], deployment
        if not fresh or well != ("client_credentials", ASSERTION, CLIENT, platform.deployment):
            self._say(400, {"error": "invalid_request"})
            return
        platform.assertions.add(claims["jti"])
        granted = {*form["scope"].split()} & {*platform.scopes}
        if not granted:
            self._say(400, {"error": "invalid_scope"})
            return
        token = secrets.token_urlsafe()
        platform.tokens[token] = granted, time.monotonic() + platform.expires_in
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": platform.expires_in}
        self._say(200, answer | {"scope": " ".join(granted)})

    def _may(self, scope: str) -> bool:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        scopes, end = self.platform.tokens.get(token, (set[str](), 0.0))
        if kind != "Bearer" or time.monotonic() >= end:
            self._say(401, {"error": "no such token"})
            return False
        if f"{AGS}{scope}" not in scopes:
            self._say(403, {"error": "another scope"})
            return False
        return True

    def _score(self, body: bytes) -> None:
        platform = self.platform
        fault = platform.faults.pop(0) if platform.faults else None
        if fault == "lost before it was read":
            raise _LostError
        if fault == "silent":
            time.sleep(SILENCE)
            raise _LostError
        if isinstance(fault, bytes):
            self.wfile.write(fault)
            raise _LostError
        if isinstance(fault, tuple):
            status, headers, said = fault
            self._say(status, said, **headers)
            return
        if not self._may("score"):
            return
        if self.headers.get("Content-Type") != "application/vnd.ims.lis.v1.score+json":
            self._say(415, {"error": "no score"})
            return
        score = json.loads(body)
        moment = datetime.fromisoformat(score["timestamp"])
        assert moment.tzinfo is not None
        score |= {"line_item": self.path.partition("?")[0], "moment": moment}
        earlier = [one for one in platform.taken if same_cell(one, score)]
        if earlier and moment <= max(one["moment"] for one in earlier):
            platform.conflicts += 1
            self._say(409, {"error": "an earlier score"})
            return
        platform.taken.append(score)
        if fault == "lost after it was taken":
            raise _LostError
        self._say(200, {})

    def _results(self, user: str) -> None:
        if self._may("result.readonly"):
            last = [one for one in self.platform.taken if one["userId"] == user][-1:]
            # Platforms tell results on a scale of their own.
            found = [
                {"userId": user, "resultScore": 100 * one["scoreGiven"] / one["scoreMaximum"], "resultMaximum": 100}
                for one in last
            ]
            self._say(200, found)

    def _line_items(self, body: bytes, query: dict[str, str]) -> None:
        platform = self.platform
        if not self._may("lineitem"):
            return
        if self.command == "POST":
            made = json.loads(body) | {"id": f"{platform.address}/lineitems/{len(platform.line_items) + 2}/lineitem"}
            platform.line_items.append(made)
            fault = platform.faults.pop(0) if platform.faults else None
            if fault == "lost after it was taken":
                raise _LostError
            self._say(201, made | ({} if platform.made_as is None else {"id": platform.made_as}))
            return
        # One to a page, and without the filter, as some platforms do it.
        page = int(query.get("page", "0"))
        more = {"Link": f'</lineitems?page={page + 1}>; rel="next"'} if page + 1 < len(platform.line_items) else {}
        self._say(200, platform.line_items[page : page + 1], **more)


def same_cell(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one["line_item"], one["userId"]) == (other["line_item"], other["userId"])


@contextmanager
def running() -> Iterator[Platform]:
    """A platform that answers while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        platform = Platform(server.server_address[1])
        server.platform = platform  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield platform
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A platform for one test, which nobody has a token of yet."""
    connection._kept.clear()
    with running() as found:
        yield found
