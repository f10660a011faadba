"""What graded: chainrule's version, and a digest of its code and the assignment's folder as they are in memory."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import chainrule

ROOMS = ("checks", "diagnosis", "engine", "inside", "probe", "sandbox", "workers")
"""The rooms of which a change can change a result."""


def _own_code() -> bytes:
    digest = hashlib.sha256()
    home = Path(str(chainrule.__file__)).parent
    for room in ROOMS:
        for file in sorted((home / room).rglob("*.py")):
            digest.update(f"{file.relative_to(home).as_posix()}\0".encode() + file.read_bytes())
    return digest.digest()


_OWN_CODE = _own_code()
"""Read when the code itself was: what is changed on disk later does not grade in this process."""


def grader_version(digest_of_tests: str) -> str:
    """The version and twelve digits of the digest, as in `0.2.0+1b4f0e985197`."""
    return _version(_OWN_CODE + digest_of_tests.encode())


def code_version() -> str:
    """The same of the code alone, whatever it grades."""
    return _version(_OWN_CODE)


def _version(content: bytes) -> str:
    return f"{importlib.metadata.version('chainrule')}+{short_digest(content)}"


def short_digest(content: bytes) -> str:
    """Twelve hexadecimal digits of the SHA-256: enough to see that two differ."""
    return hashlib.sha256(content).hexdigest()[:12]


def installed(packages: Iterable[str]) -> dict[str, str]:
    """The versions of these distributions; empty for one that is not there."""
    return {package: _installed(package) for package in packages}


@cache
def _installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
