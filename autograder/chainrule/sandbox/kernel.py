"""One sandboxed kernel as the trusted side holds it: what became of it, signals, and the end."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from chainrule.inside.messages import (
    MAX_MESSAGE,
    Alone,
    Exited,
    FromGuard,
    HowMuch,
    LimitHit,
    Probed,
    Signal,
    ToGuard,
    Used,
)
from chainrule.sandbox import disk
from chainrule.sandbox.limits import Limits
from chainrule.sandbox.remove import remove_tree
from chainrule.sandbox.scratch import Scratch

CLOSE_SECONDS = 15.0
ANSWER_SECONDS = 2.0
"""How long a guard is given to answer, which takes it a millisecond."""

GUARD_VANISHED = -1000
"""The exit status told for a kernel whose guard vanished without a word."""

LONGEST_REASON = 300


class SandboxLostError(RuntimeError):
    """The machine ran out of memory or disk, say, or a guard was killed. Nobody loses points for that."""


@dataclass(eq=False)
class SandboxedKernel:
    """A kernel in the sandbox: `report` leads to its guard, `probe` to itself once the notebook is done.

    `log` is what the sandbox's own processes write to when something goes wrong.
    """

    report: socket.socket
    probe: socket.socket
    folder: Path
    key: str
    limits: Limits = field(default_factory=Limits)
    log: Path | None = None
    exit_status: int | None = None
    limits_hit: list[str] = field(default_factory=list)
    _used: Used | None = field(default=None, init=False)
    _copies: int = field(default=0, init=False)
    _alone: int = field(default=0, init=False)
    _left: list[Scratch] = field(default_factory=list, init=False)
    """What the notebook left in its folders."""

    @property
    def sockets(self) -> Path:
        """The folder of the kernel's unix sockets."""
        return self.folder / "s"

    def poll(self, seconds: float = 0.0) -> int | None:
        """The kernel's exit status, or None while it runs; waits up to `seconds` for news."""
        deadline = time.monotonic() + seconds
        while self.exit_status is None:
            try:
                self.report.settimeout(max(deadline - time.monotonic(), 0.0))
                message = self.report.recv(MAX_MESSAGE)
            except (BlockingIOError, TimeoutError):
                break
            except ConnectionResetError:
                # The guard ended with a question of ours unread; what it said before comes after this.
                continue
            except OSError:
                # Closed by ourselves.
                message = b""
            try:
                told = msgspec.json.decode(message, type=FromGuard)
            except msgspec.MsgspecError:
                # Nothing, or something that no guard says.
                self.exit_status = GUARD_VANISHED
                break
            match told:
                case LimitHit(limit):
                    self.limits_hit.append(limit)
                    # What else there is to say comes with it or later.
                    deadline = 0.0
                case Used() as used:
                    self._used = used
                    deadline = 0.0
                case Alone(number):
                    self._alone = number
                    deadline = 0.0
                case Exited(status):
                    self.exit_status = status
        return self.exit_status

    def require_watched(self) -> None:
        """Stop where the guard itself is gone: what became of the kernel is then no student's doing.

        Raises:
            SandboxLostError: somebody or something outside ended the sandbox.
        """
        if self.exit_status == GUARD_VANISHED:
            raise SandboxLostError("The sandbox was ended from outside while a submission ran in it; grade again.")

    def require_room(self) -> None:
        """Stop where the disk is full: the submission may have noticed. If it filled the disk itself, that is its own.

        Raises:
            SandboxLostError: the disk is full, or the submission's folder is gone.
        """
        if "files" in self.limits_hit:
            return
        try:
            full = disk.room(self.folder) < disk.FULL
        except OSError as error:
            raise SandboxLostError(f"{self.folder} was removed while a submission ran in it; grade again.") from error
        if full:
            raise SandboxLostError(
                f"The disk of {self.folder.parent} was full while a submission ran there: make room and grade again."
            )

    def last_words(self) -> str:
        """What the sandbox's log says last: the reason, most likely, when a kernel does not come up."""
        return last_line(self.log) if self.log is not None else ""

    def signal(self, number: int) -> None:
        """Send a signal to the kernel process; nothing happens if it is gone."""
        self._tell(Signal(number))

    def alone(self) -> None:
        """Leave the notebook's process as the notebook left it, for the next copy of it, with time limits of its own.

        All other processes of the submission end, and what earlier copies did to its files is undone.

        Raises:
            OSError: the files cannot be put back.
        """
        self._copies += 1
        self._tell(Probed(self._copies))
        deadline = time.monotonic() + CLOSE_SECONDS
        while self._alone < self._copies and self.exit_status is None and (left := deadline - time.monotonic()) > 0:
            self.poll(seconds=left)
        if self.exit_status is None:
            if not self._left:
                limits = self.limits.scratch_size, self.limits.scratch_depth
                places = ("scratch", "s")
                self._left = [Scratch(self.folder / place, self.folder / f"{place}.kept", *limits) for place in places]
            for place in self._left:
                place.renew()

    def used(self, since: float) -> Used | None:
        """What the submission has used since a moment of the monotonic clock; None if its guard does not say.

        Whatever the guard has told before is then known too.
        """
        self._tell(HowMuch(since))
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.exit_status is None and (left := deadline - time.monotonic()) > 0:
            self.poll(seconds=left)
            # An answer that comes too late is one to another question.
            if self._used is not None and self._used.since == since:
                used, self._used = self._used, None
                return used
        return None

    def _tell(self, message: ToGuard) -> None:
        try:
            self.report.settimeout(0.0)
            self.report.send(msgspec.json.encode(message))
        except OSError:
            self.poll()

    def close(self) -> None:
        """End everything the submission started, wait for that, and remove its folder. Safe to call twice."""
        self.probe.close()
        if self.report.fileno() >= 0:
            deadline = time.monotonic() + CLOSE_SECONDS
            with contextlib.suppress(OSError):
                self.report.shutdown(socket.SHUT_WR)
                # The guard's end closes when the last descendant is gone.
                while (left := deadline - time.monotonic()) > 0:
                    self.report.settimeout(left)
                    if not self.report.recv(MAX_MESSAGE):
                        break
            self.report.close()
        remove_tree(self.folder)


def last_line(log: Path) -> str:
    """The last line of a log, made fit to show, or that there is none."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    last = "".join(char for char in lines[-1] if char.isprintable()) if lines else ""
    return last[:LONGEST_REASON] or "it said nothing."
