"""A Hub with accounts of its own for the tests, and a browser; both are gone afterwards."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import real_browser
from playwright.sync_api import Browser

import set_up
from demonstration import circumstances
from demonstration.environments import PROXY
from demonstration.place import Place, SetUpError, begun

ASSIGNMENT = "week1"
CROWD = tuple(f"crowd{number}" for number in range(int(os.environ.get("CHAINRULE_HUB_SUBMISSIONS", "20"))))
"""Each hands in once, and all at the same time."""

STUDENTS = ("alice", "bob", "mallory", *CROWD)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser."""
    with real_browser.launched() as found:
        yield found


@pytest.fixture(scope="session")
def place(browser: Browser) -> Iterator[Place]:
    """A running Hub on free ports, with a small course. In CHAINRULE_HUB_FOLDER it is set up once, and stays."""
    _require_circumstances()
    prefix = f"chr{secrets.token_hex(2)}_"
    if kept := os.environ.get("CHAINRULE_HUB_FOLDER"):
        made = begun(Path(kept)) or Place(Path(kept), prefix, _free_ports(), STUDENTS, ("ina",), (ASSIGNMENT,))
        set_up.set_up(made)
        yield made
        return
    # Not in pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="chainrule-hub-", dir="/var/tmp"))
    made = Place(folder, prefix, _free_ports(), STUDENTS, ("ina",), (ASSIGNMENT,))
    try:
        set_up.set_up(made)
        yield made
    finally:
        if made.is_begun:
            set_up.remove(made)
        shutil.rmtree(folder, ignore_errors=True)


def _require_circumstances() -> None:
    try:
        circumstances.require()
    except SetUpError as problem:
        pytest.skip(str(problem))
    asked = subprocess.run(["npm", "view", PROXY, "version"], capture_output=True, text=True, check=False, timeout=120)
    if asked.returncode:
        pytest.skip(f"npm finds no {PROXY} from here: {asked.stderr.strip().splitlines()[-1:]}")


def _free_ports() -> int:
    drawn = random.Random()
    while True:
        first = drawn.randrange(20_000, 30_000)
        with suppress(SetUpError):
            circumstances.require_free(Place(Path(), port=first).ports)
            return first
