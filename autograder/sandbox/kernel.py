"""One sandboxed kernel as the trusted side holds it: what became of it, signals, and the end."""

from __future__ import annotations

import select
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from autograder.sandbox.inside.orders import MAX_MESSAGE, Exited, FromGuard, LimitHit, Signal

GONE = -9
"""The exit status told for a kernel whose guard vanished without a word."""


@dataclass
class SandboxedKernel:
    """A kernel in the sandbox, reached through its guard (`report`) and, for the probe, its `door`."""

    report: socket.socket
    door: socket.socket
    folder: Path
    key: str
    exit_status: int | None = None
    limits_hit: list[str] = field(default_factory=list)

    @property
    def sockets(self) -> Path:
        """The folder of the kernel's unix sockets."""
        return self.folder / "s"

    def poll(self, seconds: float = 0.0) -> int | None:
        """The kernel's exit status, or None while it runs; waits up to `seconds` for news."""
        while self.exit_status is None and select.select([self.report], [], [], seconds)[0]:
            message = self.report.recv(MAX_MESSAGE)
            if not message:
                self.exit_status = GONE
                break
            match msgspec.json.decode(message, type=FromGuard):
                case LimitHit(limit):
                    self.limits_hit.append(limit)
                case Exited(status):
                    self.exit_status = status
            seconds = 0.0
        return self.exit_status

    def signal(self, number: int) -> None:
        """Send a signal to the kernel process; nothing happens if it is gone."""
        try:
            self.report.send(msgspec.json.encode(Signal(number)))
        except OSError:
            self.poll()

    def close(self) -> None:
        """End everything the submission started, wait for that, and remove its folder. Safe to call twice."""
        self.door.close()
        if self.report.fileno() >= 0:
            self.report.shutdown(socket.SHUT_WR)
            self.report.settimeout(15)
            try:
                # The guard's end closes when the last descendant is gone.
                while self.report.recv(MAX_MESSAGE):
                    pass
            except OSError:
                pass
            self.report.close()
        shutil.rmtree(self.folder, ignore_errors=True)
