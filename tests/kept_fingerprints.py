"""What mistakes answer, computed once in a run of the tests: courses of one secret share it, as batches of one do.

It takes as long as grading many submissions.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from chainrule.diagnosis import fingerprint_files
from chainrule.engine.seed import SECRET_FILE

VARIABLE = "CHAINRULE_TEST_FINGERPRINTS"
"""The folder with the secret and the fingerprints, for the processes of this run."""


def begin() -> Callable[[], None]:
    """Make the folder, with what a demo has computed if there is one; returns what removes it. Once in a run."""
    if VARIABLE in os.environ:
        return lambda: None
    folder = Path(tempfile.mkdtemp(prefix="chainrule-tests-"))
    os.environ[VARIABLE] = str(folder)
    kept, secret = folder / fingerprint_files.FOLDER, folder / SECRET_FILE
    demo = os.environ.get("CHAINRULE_DEMO")
    if demo and (Path(demo) / fingerprint_files.FOLDER).is_dir():
        shutil.copytree(Path(demo) / fingerprint_files.FOLDER, kept)
        shutil.copy(Path(demo) / SECRET_FILE, secret)
    else:
        kept.mkdir(parents=True)
        secret.touch(0o600)
        secret.write_text(secrets.token_hex(32))

    def end() -> None:
        del os.environ[VARIABLE]
        shutil.rmtree(folder)

    return end


def share(course: Path) -> None:
    """Give a new course this run's secret, and the place where fingerprints under it are kept."""
    if VARIABLE not in os.environ:
        # Not in a run of the tests.
        return
    folder = Path(os.environ[VARIABLE])
    (course / SECRET_FILE).parent.mkdir(mode=0o700)
    shutil.copy(folder / SECRET_FILE, course / SECRET_FILE)
    (course / fingerprint_files.FOLDER).symlink_to(folder / fingerprint_files.FOLDER)
