"""Access tokens: asked for with an assertion signed by the tool's key (OAuth 2's client credentials)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from urllib.parse import urlencode

import jwt
import msgspec

from chainrule.engine.visible import in_one_line
from chainrule.lti.failures import LtiError, NotNowError
from chainrule.lti.keys import Key
from chainrule.lti.settings import Settings
from chainrule.lti.web import Answer, Web

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEPLOYMENT = "https://purl.imsglobal.org/spec/lti/claim/deployment_id"
VALID = 300
"""Seconds for which an assertion is valid."""

EARLY = 30.0
"""Seconds before its end in which a token is no longer used: it has to arrive."""

LONGEST = 24 * 3600.0


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 60.0
    scope: str | None = None


class _Problem(msgspec.Struct):
    error: str = ""
    error_description: str = ""


class Tokens:
    """The tokens for one platform, by scope."""

    def __init__(self, settings: Settings, key: Key, clock: Callable[[], float] = time.monotonic) -> None:
        """None yet."""
        self._settings = settings
        self._key = key
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}

    def get(self, web: Web, scope: str) -> str:
        """A token for a scope.

        Raises:
            LtiError: the platform gives none; says why.
            NotNowError
        """
        token, end = self._kept.get(scope, ("", 0.0))
        if not token or self._clock() >= end:
            found = self._asked(web, scope)
            valid = min(max(found.expires_in, 0.0), LONGEST)
            token = found.access_token
            self._kept[scope] = token, self._clock() + max(valid - EARLY, valid / 2)
        return token

    def forget(self, scope: str) -> None:
        """The platform takes this one no longer."""
        self._kept.pop(scope, None)

    def _asked(self, web: Web, scope: str) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(),
            "scope": scope,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = web.ask("POST", self._settings.token_url, headers, urlencode(form).encode())
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise NotNowError(f"{self._settings.token_url} answers {answer.status}.", answer.pause)
        if answer.status != 200:
            raise LtiError(self._refusal(answer))
        try:
            found = msgspec.json.decode(answer.body, type=_Token)
        except msgspec.MsgspecError as error:
            raise LtiError(f"{self._settings.token_url} answers without a token ({error}).") from error
        if not found.access_token.isascii() or not found.access_token.isprintable() or " " in found.access_token:
            raise LtiError(f"{self._settings.token_url} gives a token that no header can carry.")
        if found.scope is not None and scope not in found.scope.split():
            raise LtiError(
                f"{self._settings.issuer} gives a token without {scope}: allow the tool to send grades there."
            )
        return found

    def _assertion(self) -> str:
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self._settings.client_id,
            "sub": self._settings.client_id,
            "aud": self._settings.audience or self._settings.token_url,
            "iat": now,
            "exp": now + VALID,
            "jti": secrets.token_urlsafe(24),
        }
        if self._settings.deployment:
            claims[DEPLOYMENT] = self._settings.deployment
        return jwt.encode(claims, self._key.private, "RS256", {"kid": self._key.id})

    def _refusal(self, answer: Answer) -> str:
        try:
            found = msgspec.json.decode(answer.body, type=_Problem)
        except msgspec.MsgspecError:
            found = _Problem()
        said = in_one_line(": ".join(part for part in (found.error, found.error_description) if part))[:300]
        to_do = {
            "invalid_client": "does it have this client-id, and the public key that `chainrule lti key` shows?",
            "invalid_scope": "allow the tool to send grades in its settings there.",
        }.get(found.error, "look at token-url, client-id and key in lti.toml.")
        return f"{self._settings.token_url} gives no token ({answer.status}{f', {said}' if said else ''}): {to_do}"
