"""Graders on this machine: a client of the dispatcher, which gives a future for every submission."""

from __future__ import annotations

import atexit
import itertools
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from chainrule.engine.hidden_tests import ONE_THREAD
from chainrule.engine.steps import Watch
from chainrule.sandbox import disk
from chainrule.sandbox.held_folder import FolderError, HeldFolder
from chainrule.workers.dispatcher import (
    Begin,
    Done,
    End,
    Order,
    Progress,
    Reached,
    ToClient,
    Warm,
    answer_file,
    receive,
    send,
)
from chainrule.workers.task import KNOWN, GradingError, Plan, Task, outcome

START = "import sys; sys.modules['rfc3987_syntax'] = None; from chainrule.workers.dispatcher import main; main"
"""Not as `-m`, which would make another module of it: its classes travel. And without the grammar of international
addresses that jsonschema builds when it is imported, for a second; no schema of a notebook asks for such an address."""

CLOSE_SECONDS = 20.0


class LocalGraders:
    """`jobs` graders at a time, each a fork of one warm process."""

    def __init__(self, jobs: int, on_progress: Callable[[str], None] = lambda what: None) -> None:
        """Start the dispatcher; `on_progress` hears, in a thread of its own, what is being warmed up.

        Raises:
            GradingError: there is no place for its temporary folder.
        """
        self.jobs = jobs
        self.on_progress = on_progress
        self._owner = os.getpid()
        try:
            self._folder = HeldFolder("graded")
        except FolderError as error:
            raise GradingError(str(error)) from error
        self._spool = self._folder.path
        self._futures: dict[int, Future[bytes]] = {}
        self._watches: dict[int, Watch] = {}
        self._lock = threading.Lock()
        self._plans: dict[int, Future[None]] = {}
        self._numbers = itertools.count(1)
        self._ended = False
        self._channel, theirs = socket.socketpair()
        with theirs, (self._spool / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", f"{START}({theirs.fileno()}, {str(self._spool)!r}, {jobs})"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Graders share the cores; and a fork of a process with OpenMP threads hangs in its first backward.
                env={**os.environ, **dict.fromkeys(ONE_THREAD, "1")},
                # The dispatcher and its forks hold the folder too: it must not be swept away under them.
                pass_fds=[theirs.fileno(), self._folder.lock],
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Whether the dispatcher still serves this process."""
        return self._reader.is_alive() and os.getpid() == self._owner

    def begin(self, plan: Plan) -> int:
        """Have everything made ready for the submissions of a plan; returns its number.

        Raises:
            AssignmentError, GradersError, NoSandboxError, ServerError: the plan cannot be followed; says why.
            GradingError: the dispatcher ended.
        """
        ready: Future[None] = Future()
        number = next(self._numbers)
        with self._lock:
            self._plans[number] = ready
            self._send(Begin(number, plan))
        ready.result()
        return number

    def end(self, plan: int) -> None:
        """Forget a plan; its submissions are done or no longer wanted."""
        # Graders that are gone have forgotten it.
        with suppress(GradingError):
            self._send(End(plan))

    def submit(self, plan: int, task: Task, watch: Watch | None = None) -> Future[bytes]:
        """Have a submission graded by the plan of this number; `outcome` reads what the future holds.

        `watch` hears in another thread how far it is, and must not raise. The future raises GradingError where the
        grader died.
        """
        future: Future[bytes] = Future()
        number = next(self._numbers)
        with self._lock:
            self._futures[number] = future
            if watch is not None:
                self._watches[number] = watch
            self._send(Order(number, plan, task, watched=watch is not None))
        return future

    def _send(self, message: Begin | End | Order) -> None:
        if self._ended:
            raise GradingError(self._end())
        # A dispatcher that has just gone is noticed where its answers are read.
        with suppress(BrokenPipeError, ConnectionResetError):
            send(self._channel, pickle.dumps(message))

    def _read(self) -> None:
        """Fulfil futures until the dispatcher hangs up."""
        try:
            with suppress(ConnectionResetError):
                while message := receive(self._channel):
                    self._take(msgspec.json.decode(message, type=ToClient))
        finally:
            # Whatever ended it: nobody must wait for ever.
            with self._lock:
                self._ended = True
                left: list[Future[Any]] = [*self._futures.values(), *self._plans.values()]
                self._futures.clear()
                self._plans.clear()
                self._watches.clear()
            for future in left:
                future.set_exception(GradingError(self._end()))

    def _take(self, told: ToClient) -> None:
        match told:
            case Progress(what):
                self.on_progress(what)
            case Warm(number, problem):
                with self._lock:
                    ready = self._plans.pop(number)
                if problem:
                    ready.set_exception(_problem(problem))
                else:
                    ready.set_result(None)
            case Reached(number, step):
                # Its last steps may be told after its end.
                with self._lock:
                    watch = self._watches.get(number)
                if watch is not None:
                    watch(step)
            case Done(number, status):
                with self._lock:
                    future = self._futures.pop(number)
                    self._watches.pop(number, None)
                self._fulfil(future, answer_file(self._spool, number), status)

    def _end(self) -> str:
        return f"The graders' dispatcher ended: {self._last_words()}"

    def _fulfil(self, future: Future[bytes], answer: Path, status: int) -> None:
        try:
            found = answer.read_bytes()
            answer.unlink()
        except OSError:
            future.set_exception(
                GradingError(f"The process that graded it ended (status {status}); grade again. {self._last_words()}")
            )
        else:
            future.set_result(found)

    def _last_words(self) -> str:
        lines: list[str] = []
        with suppress(OSError):
            if disk.room(self._spool) < disk.FULL:
                # Neither an answer nor a reason could be written down.
                return f"The disk of {self._spool.parent} is full: make room there."
            lines = (self._spool / "log").read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it said nothing."

    def close(self) -> None:
        """End the dispatcher and all graders at work. Safe to call twice."""
        if os.getpid() != self._owner:
            return
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(timeout=CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._channel.close()
        self._folder.remove()


_kept: list[LocalGraders] = []
"""The graders of this process, kept warm for the next grading."""


def local_graders(jobs: int, on_progress: Callable[[str], None] = lambda what: None) -> LocalGraders:
    """This process's graders, started at the first call, or anew should they have died or be of another number."""
    if _kept and (not _kept[0].alive or _kept[0].jobs != jobs):
        close_local_graders()
    if not _kept:
        _kept.append(LocalGraders(jobs, on_progress))
    _kept[0].on_progress = on_progress
    return _kept[0]


@atexit.register
def close_local_graders() -> None:
    """End this process's graders."""
    while _kept:
        _kept.pop().close()


def _problem(answer: bytes) -> Exception:
    """What `carried_out` has put into an answer that holds no grade."""
    try:
        outcome(answer)
    except (GradingError, *KNOWN) as error:
        return error
    raise AssertionError("the answer holds a grade")
