"""Which file of each student was graded last: by its digest a new submission is told from the same one graded again."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

FOLDER = Path(".chainrule") / "graded"


def replace(course: Path, names: dict[str, str], digest: str) -> str | None:
    """Note the SHA-256 of a submission that is about to be graded; returns that of the one before, None if first.

    `names` are nbgrader's of the submission.
    """
    key = "\0".join((names["assignment"], names["notebook"], names["student"]))
    file = course / FOLDER / hashlib.sha256(key.encode()).hexdigest()[:32]
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = file.read_text() if file.is_file() else None
    partial = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(digest)
    partial.replace(file)
    return before
