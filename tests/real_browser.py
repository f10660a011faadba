"""A real browser for tests, Debian's Chromium, which asks nobody outside of this machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser; where there is none, the test is skipped."""
    if CHROMIUM is None or subprocess.run([CHROMIUM, "--version"], capture_output=True, check=False).returncode:
        # Ubuntu's `chromium-browser` may be a stand-in that only says how to install it.
        pytest.skip("there is no Chromium on this machine: apt install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", NOWHERE])
        yield found
        found.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a test file."""
    with launched() as found:
        yield found
