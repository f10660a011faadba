"""Where the inputs of the hidden tests come from: a course secret and the submission, so that no two are alike."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

import numpy as np

SECRET_VARIABLE = "CHAINRULE_SECRET"
SECRET_FILE = Path(".chainrule") / "secret"
SHORTEST_SECRET = 16

NO_COURSE = ""
"""The secret of hints where no course has one. Points need a seed that nobody can foresee: `fresh_seed`."""


class SecretError(RuntimeError):
    """The course's secret cannot be used; the message says where it is and what to do."""


def course_secret(course: Path) -> str:
    """The course's secret: the environment variable CHAINRULE_SECRET, else `.chainrule/secret` in the course folder.

    The file is made at the first grading, readable by its owner alone. Who has it can foresee the inputs.

    Raises:
        SecretError: the file is empty, too short to be one, or cannot be read.
    """
    if from_environment := os.environ.get(SECRET_VARIABLE):
        return from_environment
    file = course / SECRET_FILE
    try:
        if not file.exists():
            _make(file)
        secret = file.read_text().strip()
    except OSError as error:
        raise SecretError(f"The course's secret {file} cannot be read or made ({error.strerror}).") from error
    if len(secret) < SHORTEST_SECRET:
        raise SecretError(
            f"The course's secret {file} has fewer than {SHORTEST_SECRET} characters: remove it, and the next grading "
            "makes a new one. Submissions graded before keep their seeds in their results.json."
        )
    return secret


def _make(file: Path) -> None:
    """Write a new secret, whole or not at all; of two graders that do so at once, one makes the secret of both."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    partial = file.with_name(f"secret.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as new:
            new.write(secrets.token_hex(32) + "\n")
            new.flush()
            os.fsync(new.fileno())
        with suppress(FileExistsError):
            os.link(partial, file)
    finally:
        partial.unlink()


def fresh_seed() -> str:
    """A seed for one grading where there is no course: whoever grades is told it, and can draw the same again."""
    return secrets.token_hex(32)


def submission_seed(secret: str, assignment: str, submission: bytes) -> str:
    """The seed of one submission in hexadecimal: HMAC-SHA-256 of its bytes under the course secret."""
    return hmac.new(secret.encode(), assignment.encode() + b"\0" + submission, hashlib.sha256).hexdigest()


def diagnosis_seed(secret: str, assignment: str) -> str:
    """The seed under which a course's notebooks are asked for hints, the same for all: HMAC-SHA-256 of its purpose."""
    # No assignment's name begins with a zero byte, so this is no submission's seed.
    return hmac.new(secret.encode(), b"\0diagnosis\0" + assignment.encode(), hashlib.sha256).hexdigest()


def generator(seed: str, test: str) -> np.random.Generator:
    """The random generator of one hidden test; tests do not share draws, so adding one changes no other."""
    digest = hashlib.sha256(f"{seed}\0{test}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))
