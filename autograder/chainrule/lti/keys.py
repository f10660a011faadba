"""The tool's own key: the course's account alone may read it, and the platform gets its public half."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from chainrule.lti import own_files
from chainrule.lti.failures import LtiError
from chainrule.lti.settings import Settings

BITS = 2048
PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Key:
    """An RSA key; `id` names it to the platform."""

    private: rsa.RSAPrivateKey
    id: str

    @property
    def public_pem(self) -> str:
        """What one pastes into Moodle."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(PEM, form).decode()

    @property
    def public_jwk(self) -> dict[str, Any]:
        """What one pastes into Canvas, or serves as a key set."""
        return {**_jwk(self.private), "kid": self.id, "alg": "RS256", "use": "sig"}


def read(course: Path, settings: Settings, owner: int | None = None) -> Key:
    """The key that a course's settings name; `owner` as in `own_files.read`.

    Raises:
        LtiError: it is missing, others may read it, or it is none; says what to do.
    """
    file = course / settings.key
    try:
        text = own_files.read(file, own_files.OTHERS_AT_ALL, owner)
    except FileNotFoundError as error:
        raise LtiError(
            f"There is no key {file}: `chainrule lti key` makes it, and shows what the platform gets."
        ) from error
    try:
        private = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise LtiError(f"{file} holds no private key in PEM without a password.") from error
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < BITS:
        raise LtiError(f"{file} holds no RSA key of {BITS} bits or more, which platforms ask for.")
    return Key(private, settings.key_id or _thumbprint(private))


def make(file: Path) -> bool:
    """Make a key where there is none; False if there is something already.

    Raises:
        LtiError: it cannot be written.
    """
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    form = serialization.PrivateFormat.PKCS8
    raw = private.private_bytes(PEM, form, serialization.NoEncryption())
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(raw)
    except FileExistsError:
        return False
    except OSError as error:
        raise LtiError(f"The key {file} cannot be written ({error.strerror}).") from error
    return True


def _jwk(private: rsa.RSAPrivateKey) -> dict[str, Any]:
    found: dict[str, Any] = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: found[name] for name in ("e", "kty", "n")}


def _thumbprint(private: rsa.RSAPrivateKey) -> str:
    """By RFC 7638: the same key has the same name wherever it is computed."""
    text = json.dumps(_jwk(private), sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
