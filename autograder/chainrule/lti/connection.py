"""The platform of a course, ready to be asked; tokens outlive a pass, so that the service asks for few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chainrule.lti import keys
from chainrule.lti.platform import Platform
from chainrule.lti.settings import Settings
from chainrule.lti.tokens import Tokens
from chainrule.lti.web import Web

_kept: dict[tuple[str, ...], Tokens] = {}


@contextmanager
def connected(course: Path, found: Settings) -> Iterator[Platform]:
    """The platform that the settings name.

    Raises:
        LtiError: the key is not in order.
    """
    key = keys.read(course, found)
    client = (found.token_url, found.client_id, found.audience, found.deployment, key.id, key.public_pem)
    if client not in _kept:
        # Others are of settings that were changed.
        _kept.clear()
        _kept[client] = Tokens(found, key)
    with closing(Web()) as web:
        yield Platform(found, _kept[client], web)
