"""How much a hidden test needs of functions of the grader's: what the reference passes them when it is asked itself.

The reference is ours, so it answers outside of any sandbox; but in a fork of the grader, since a hidden test may change
whatever it finds where it asks, and in an empty folder, since it may write files.
"""

from __future__ import annotations

import functools
import importlib
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from chainrule.engine.hidden_tests import FAULTS, HiddenTest
from chainrule.inside import process_control, wire
from chainrule.probe.lent import keep_open, numbers_in
from chainrule.probe.outcome import Crashed
from chainrule.probe.student import Student
from chainrule.sandbox.allowance import Spent
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.remove import remove_tree

MEMORY, SECONDS = 4 * 2**30, 60
"""For one hidden test, in which nothing is hostile: far more than any takes."""

PATIENCE = 10 * SECONDS
"""Seconds of wall clock for the same, on a machine that does much else."""

COUNT = "numbers_passed"
"""The function that the reference has beside its own."""


@dataclass(frozen=True)
class Need:
    """How many numbers the reference passes in a hidden test; each call counts as one at least.

    `lent` to the functions that the test builds on, `heard` to functions of the test's own.
    """

    lent: int
    heard: int


@functools.lru_cache(maxsize=256)
def needed(test: HiddenTest, seed: str, reference: ModuleType) -> Need:
    """Ask this test of the reference. What it cannot be asked without the notebook around it counts up to there.

    Raises:
        ReferenceLostError: its process has ended, or does not answer.
    """
    with closing(Student(_ReferenceCopy(reference, test.builds_on))) as student:
        student.hear_up_to(sys.maxsize)
        with suppress(*FAULTS):
            test.ask(student, seed)
        heard = student.heard
        try:
            return Need(int(getattr(student, COUNT)()), heard)
        except Crashed as error:
            raise ReferenceLostError(f"Asked {test.exercise}/{test.name}, the reference gave no answer.") from error


class ReferenceLostError(RuntimeError):
    """The reference could not be asked; the message says by which hidden test."""


class _ReferenceCopy:
    """The reference as one whom a hidden test asks; nothing is hostile here."""

    seconds = float(SECONDS)
    limits = Limits()

    def __init__(self, reference: ModuleType, counted: tuple[str, ...]) -> None:
        """Fork this process."""
        self.channel, theirs = socket.socketpair()
        self._deadline = time.monotonic() + PATIENCE
        self._folder = Path(tempfile.mkdtemp(prefix="chainrule-reference-"))
        grader = os.getpid()
        # Before the fork, and only where there is one: it loads matplotlib.
        importlib.import_module("chainrule.inside.probe_server")
        self._process = os.fork()
        if self._process == 0:
            _answer(theirs, reference, counted, self._folder, grader)
        theirs.close()

    @contextmanager
    def asked(self, name: str) -> Iterator[None]:
        """See `Copy`."""
        try:
            yield
        except (EOFError, OSError) as error:
            raise Crashed(f"The reference ended its process in `{name}`.") from error

    def send(self, request: wire.Request, token: bytes) -> None:
        """See `Copy`."""
        wire.send(self.channel, request, token)

    def receive(self, token: bytes) -> bytes:
        """See `Copy`."""
        return wire.receive(self.channel, lambda: self.until(select.POLLIN, self.channel))[1]

    def until(self, event: int, channel: socket.socket) -> None:
        """See `Copy`."""
        waiting = select.poll()
        waiting.register(channel, event)
        if not waiting.poll(1000 * max(0.0, self._deadline - time.monotonic())):
            raise TimeoutError

    def count(self, spent: Spent) -> None:
        """See `Copy`."""

    def close(self) -> None:
        """See `Copy`."""
        self.channel.close()
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        remove_tree(self._folder)


def _answer(
    channel: socket.socket, reference: ModuleType, counted: tuple[str, ...], folder: Path, grader: int
) -> NoReturn:
    """The whole life of the fork."""
    from chainrule.inside.probe_server import Answers

    try:
        process_control.end_with_parent(grader)
        keep_open(channel)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        process_control.limit(MEMORY, SECONDS)
        process_control.compute_in_one_thread()
        os.chdir(folder)
        passed = [0]
        namespace = vars(reference)
        for name in counted:
            namespace[name] = _counted(namespace[name], passed)
        namespace[COUNT] = lambda: passed[0]
        Answers(namespace).run(channel)
    except (EOFError, OSError):
        # The grader has hung up.
        pass
    finally:
        os._exit(0)


def _counted(function: Callable[..., Any], passed: list[int]) -> Callable[..., Any]:
    @functools.wraps(function)
    def counted(*args: Any, **kwargs: Any) -> Any:
        passed[0] += max(1, numbers_in([*args, *kwargs.values()]))
        return function(*args, **kwargs)

    return counted
