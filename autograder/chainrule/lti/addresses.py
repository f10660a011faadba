"""Which addresses are asked: those of the settings, and of what the platform names those on the same host."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

from chainrule.engine.visible import in_one_line
from chainrule.lti.failures import LtiError

PORTS = {"https": 443, "http": 80}

_ODD = re.compile(r"[^\x21-\x7e]|[\\<>\"]")


def require_address(url: str, where: str) -> str:
    """The address itself, if it may be asked: https, or http on this machine's loopback, which tests use.

    Raises:
        LtiError: it may not; `where` says whose address it is.
    """
    parts = _parts(url)
    if parts is None or not parts.hostname or parts.fragment or parts.username is not None:
        raise LtiError(f"{where} is {in_one_line(url)[:200]!r}, which is no address: write it as https://HOST/PATH.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise LtiError(f"{where} is {in_one_line(url)[:200]!r}: scores and tokens go out by https alone.")
    return url


def require_same_host(url: str, known: str, where: str) -> str:
    """An address that the platform named, if it is on the host of a `known` one; it may be relative to that.

    Raises:
        LtiError: it is anybody else's.
    """
    found = require_address(urljoin(known, url), where)
    if _origin(found) != _origin(known):
        raise LtiError(f"{where} is {in_one_line(found)[:200]!r}, on another host than {known}: it was not asked.")
    return found


def beneath(line_item: str, name: str, **query: str) -> str:
    """The address of a line item's `scores` or `results`: before its query, if it has one, as Moodle's have."""
    parts = urlsplit(line_item)
    more = "&".join(part for part in (parts.query, urlencode(query, quote_via=quote)) if part)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{name}", query=more).geturl()


def with_query(url: str, **query: str) -> str:
    """An address with more in its query."""
    parts = urlsplit(url)
    more = "&".join(part for part in (parts.query, urlencode(query, quote_via=quote)) if part)
    return parts._replace(query=more).geturl()


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return None if _ODD.search(url) or parts.port == 0 else parts
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or PORTS[parts.scheme]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
