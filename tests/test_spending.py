"""What a guard says of a submission's time errs in favour of the submission."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from chainrule.inside.spending import LATE_SECONDS, Spending


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A process that sleeps."""
    process = subprocess.Popen(["sleep", "60"])
    while os.stat(f"/proc/{process.pid}/exe").st_ino == os.stat(f"/proc/{os.getpid()}/exe").st_ino:
        time.sleep(0.001)
    time.sleep(0.05)
    yield process.pid
    process.kill()
    process.wait()


def test_who_sleeps_at_every_look_was_not_awake(sleeper: int) -> None:
    spending = Spending()
    begin = time.monotonic()
    spending.look([sleeper])
    while time.monotonic() < begin + 2 * LATE_SECONDS:
        time.sleep(0.01)
        spending.look([sleeper])
    assert spending.since(begin).awake < LATE_SECONDS / 2


def test_nobody_is_said_to_have_slept_while_the_guard_itself_got_no_core(sleeper: int) -> None:
    spending = Spending()
    begin = time.monotonic()
    spending.look([sleeper])
    time.sleep(1.5 * LATE_SECONDS)
    spending.look([sleeper])
    assert spending.since(begin).awake > LATE_SECONDS
