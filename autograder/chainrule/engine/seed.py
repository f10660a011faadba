"""Where the inputs of the hidden tests come from: a course secret and the submission, so that no two are alike."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import numpy as np

SECRET_VARIABLE = "CHAINRULE_SECRET"
SECRET_FILE = Path(".chainrule") / "secret"


def course_secret(course: Path) -> str:
    """The course's secret: the environment variable CHAINRULE_SECRET, else `.chainrule/secret` in the course folder.

    The file is made at the first grading, readable by its owner alone. Who has it can foresee the inputs.
    """
    if from_environment := os.environ.get(SECRET_VARIABLE):
        return from_environment
    file = course / SECRET_FILE
    file.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as new:
        secret = secrets.token_hex(32)
        new.write(secret + "\n")
    return secret


def submission_seed(secret: str, assignment: str, submission: bytes) -> str:
    """The seed of one submission in hexadecimal: HMAC-SHA-256 of its bytes under the course secret."""
    return hmac.new(secret.encode(), assignment.encode() + b"\0" + submission, hashlib.sha256).hexdigest()


def generator(seed: str, test: str) -> np.random.Generator:
    """The random generator of one hidden test; tests do not share draws, so adding one changes no other."""
    digest = hashlib.sha256(f"{seed}\0{test}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))
